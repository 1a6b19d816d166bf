//! What can be wrong with a signature, a delta, or the streams around them.

use std::io;

use backtrail_base::{Code, Coded};
use thiserror::Error;

/// Why a signature or a delta could not be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeltaError {
    /// The bytes are no librsync signature, or contradict themselves.
    #[error("the rsync signature is malformed: {0}")]
    Signature(&'static str),
    /// The bytes are no librsync delta, or contradict themselves.
    #[error("the rsync delta is malformed at byte {at}: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Offset in the delta, in bytes.
        at: u64,
    },
    /// The delta ends before its end command.
    #[error("the rsync delta is cut off at byte {at}")]
    CutOff {
        /// Offset in the delta, in bytes.
        at: u64,
    },
    /// The delta copies from where its base has nothing.
    #[error("the rsync delta copies bytes {offset}..{offset}+{len} of a base of {base_len} bytes")]
    OutsideBase {
        /// First byte wanted.
        offset: u64,
        /// Number of bytes wanted.
        len: u64,
        /// Length of the base.
        base_len: u64,
    },
    /// The delta would make more than the caller allows.
    #[error("the rsync delta makes more than the {limit} bytes allowed")]
    TooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The delta or a composition has more commands than the caller allows: apply the deltas one by one.
    #[error("the rsync delta has more than {limit} commands")]
    TooManyOps {
        /// The limit.
        limit: usize,
    },
    /// The delta could not be read.
    #[error("the rsync delta cannot be read: {0}")]
    Delta(#[source] io::Error),
    /// The base could not be read.
    #[error("the base of the rsync delta cannot be read: {0}")]
    Base(#[source] io::Error),
    /// Spooled literal bytes could not be written or read back.
    #[error("the spooled bytes of an rsync delta cannot be read or written: {0}")]
    Literals(#[source] io::Error),
    /// The result could not be written.
    #[error("the result of the rsync delta cannot be written: {0}")]
    Output(#[source] io::Error),
}

impl Coded for DeltaError {
    fn code(&self) -> Code {
        match self {
            Self::Delta(_) | Self::Base(_) | Self::Literals(_) | Self::Output(_) => Code::Io,
            _ => Code::Damaged,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Signature(_) => Some("Start a new full backup, which needs no old signatures.".into()),
            Self::Malformed { .. } | Self::CutOff { .. } | Self::OutsideBase { .. } => {
                Some("Restore this file from an earlier backup of the same chain.".into())
            }
            _ => None,
        }
    }
}
