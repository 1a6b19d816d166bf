//! The link between the window and the background: typed calls, their answers, and events, as lines of JSON over a
//! socket that only this person can open. It promises that a call ends with an answer or a [`Failure`], also when the
//! background goes away; what a call does is decided in `backtrail-api`.

mod address;
mod client;
mod lines;
mod wire;

pub(crate) use address::Address;
pub(crate) use client::{Link, Told};
