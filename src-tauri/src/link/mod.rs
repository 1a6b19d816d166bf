//! The link between the window and the background: typed calls, their answers, and events, as lines of JSON over a
//! socket that only this person can open. It promises that a call ends with an answer or a [`Failure`], also when the
//! background goes away; what a call does is decided in `backtrail-api`.

mod address;
mod client;
mod lines;
mod peer;
mod server;
#[cfg(all(test, unix))]
mod tests;
mod wire;

use crate::messages;
pub(crate) use address::Address;
use backtrail_api::view::Failure;
use backtrail_base::Code;
pub(crate) use client::{Link, Told, tell};
pub(crate) use server::{Answers, Ending, Windows, listen, serve};
pub(crate) use wire::{QUIT, SHOW};

/// The two ends do not understand each other: one of them is older, after an update.
fn broken(details: String) -> Failure {
    Failure {
        code: Code::LinkBroken.as_str().to_owned(),
        message: messages::LINK_BROKEN.to_owned(),
        advice: Some(messages::LINK_BROKEN_ADVICE.to_owned()),
        step: None,
        details: Some(details),
    }
}
