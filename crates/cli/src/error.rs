//! What stops the command, from whichever floor: always a sentence, a next step where there is one, a code and an exit
//! number.

use crate::args::UsageError;
use crate::exit;
use crate::render::text;
use backtrail_base::{Code, Coded};
use backtrail_engine::EngineError;
use backtrail_store::StoreError;

/// A stopped command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line is wrong.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The engine stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The destination failed before the engine had it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key or a passphrase is missing or wrong.
    #[error(transparent)]
    Pgp(#[from] backtrail_pgp::Error),
    /// A local file cannot be read or written; the message names it.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Something of the command's own.
    #[error("{message}")]
    Own {
        /// What happened, one sentence without a full stop.
        message: String,
        /// What to do.
        next_step: Option<String>,
        /// The code.
        code: Code,
        /// The exit number.
        exit: u8,
    },
}

impl CliError {
    /// An error with the exit number of its code.
    pub(crate) fn own(code: Code, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self::Own {
            message: message.into(),
            next_step: Some(next_step.into()),
            code,
            exit: exit::number(code),
        }
    }

    /// An error of a floor below as it stands.
    pub(crate) fn of(error: &dyn Coded) -> Self {
        let code = error.code();
        let next_step = error.next_step();
        Self::Own { message: error.to_string(), next_step, code, exit: exit::number(code) }
    }

    /// What happened, one sentence without a full stop, with the cause of a failed call.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Io(error)
            | Self::Engine(EngineError::Io(error))
            | Self::Pgp(backtrail_pgp::Error::Io(error))
            | Self::Engine(EngineError::Pgp(backtrail_pgp::Error::Io(error))) => text::io_error(error),
            other => other.to_string(),
        }
    }

    /// The exit number.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self {
            Self::Usage(error) => error.exit,
            Self::Own { exit, .. } => *exit,
            other => exit::number(other.code()),
        }
    }
}

impl Coded for CliError {
    fn code(&self) -> Code {
        match self {
            Self::Usage(_) => Code::Usage,
            Self::Engine(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Pgp(error) => error.code(),
            Self::Io(_) => Code::Io,
            Self::Own { code, .. } => *code,
        }
    }

    fn next_step(&self) -> Option<String> {
        match self {
            Self::Usage(error) => Some(error.next_step.clone()),
            Self::Engine(error) => error.next_step(),
            Self::Store(error) => error.next_step(),
            Self::Pgp(error) => error.next_step(),
            Self::Io(_) => None,
            Self::Own { next_step, .. } => next_step.clone(),
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Engine(error) => error.retryable(),
            Self::Store(error) => error.retryable(),
            _ => false,
        }
    }
}
