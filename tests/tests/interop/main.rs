//! Interoperability with stock duplicity 0.8.22 and 3.2.1, over the command line and the destination alone: what we
//! write they restore, what they write we restore, and chains in which the writers take turns, at every moment and
//! in every way of sealing. It needs the three programs (`backtrail_tests::tool` says where they are looked for) and
//! makes a new random history each time; a failure prints its seed.

mod chains;
mod interrupted;
mod names;
mod parts;
mod profile;
mod removal;
mod sealing;
mod selection;
