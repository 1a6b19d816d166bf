//! This crate against the real gpg: what it makes, gpg reads; what gpg makes, it opens; what is damaged, it refuses.
//! The gpg program must be on the path. Each test has a GnuPG folder of its own, with a short path because of
//! the agent's socket, and ends its agent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod damage;
mod gnupg_only;
mod keys;
mod opening;
mod sealing;
mod support;
