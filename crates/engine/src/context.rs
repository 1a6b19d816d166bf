//! What every operation works with: the destination, the archive folder beside it, how encrypted objects are
//! opened, the clock, and who is told of progress.

use crate::cancel::Cancel;
use crate::event::{Event, Observer};
use crate::{EngineError, Warning};
use backtrail_base::Clock;
use backtrail_format::names::Prefixes;
use backtrail_pgp::{Error as PgpError, Opener};
use backtrail_store::Destination;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The surroundings of an operation on one backup.
pub struct Context {
    /// Where the backup is.
    pub destination: Destination,
    /// The folder of plain manifests and gzipped signatures that mirrors the destination's (`format.md` 11). It is
    /// made when needed and can be lost: the destination has the truth.
    pub archive_folder: PathBuf,
    /// Where unfinished data may lie; only ciphertext is ever written there.
    pub temp_folder: PathBuf,
    /// What the names of this backup's objects begin with.
    pub prefixes: Prefixes,
    /// The separator inside old time texts (`:`).
    pub time_separator: char,
    /// Opens encrypted objects, when one must be read.
    pub opener: LazyOpener,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
    /// Set to stop the operation at the next safe point.
    pub cancel: Cancel,
}

impl Context {
    /// Tells the observer of an event.
    pub(crate) fn tell(&self, event: Event<'_>) {
        self.observer.event(event);
    }

    /// Tells the observer of a warning.
    pub(crate) fn warn(&self, warning: &Warning) {
        self.observer.event(Event::Warning(warning));
    }

    /// Waits while the operation is paused; an error once it was cancelled.
    pub(crate) fn check_cancelled(&self) -> Result<(), EngineError> {
        self.cancel.check()
    }
}

type MakeOpener = dyn Fn() -> Result<Opener, PgpError> + Send + Sync;

/// Makes the [`Opener`] when the first encrypted object must be read, once a run: an increment whose archive
/// folder is current needs no secret key and asks for no passphrase.
#[derive(Clone)]
pub struct LazyOpener {
    make: Arc<MakeOpener>,
    made: Arc<Mutex<Option<Opener>>>,
    sealed_only: bool,
}

impl LazyOpener {
    /// An opener made by `make` when first needed.
    pub fn new(make: impl Fn() -> Result<Opener, PgpError> + Send + Sync + 'static) -> Self {
        Self { make: Arc::new(make), made: Arc::default(), sealed_only: false }
    }

    /// The same, for a backup of which every object is encrypted: one that is not was put there by somebody else, and
    /// reading it is an error ([`EngineError::NotSealed`]) instead of a way around the signature that is expected.
    #[must_use]
    pub fn sealed_only(mut self) -> Self {
        self.sealed_only = true;
        self
    }

    /// Whether objects that are not encrypted are refused.
    pub(crate) fn refuses_plain(&self) -> bool {
        self.sealed_only
    }

    /// The opener.
    ///
    /// # Errors
    /// What making it met (no passphrase, no key); asked again, it is tried again.
    pub fn get(&self) -> Result<Opener, PgpError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opener) = &*made {
            return Ok(opener.clone());
        }
        let opener = (self.make)()?;
        *made = Some(opener.clone());
        Ok(opener)
    }
}
