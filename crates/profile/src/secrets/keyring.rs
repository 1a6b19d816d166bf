//! What a keyring is to the rest of Backtrail: a place that keeps short secrets by name while nobody is logged in, and
//! that says whether it is open. One behind this is the system's, the other lives in memory.

use super::{Error, Result};
use backtrail_base::Sensitive;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether a keyring can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyringState {
    /// It is open.
    Ready,
    /// It is there and locked: what it holds is not known until the person unlocks it.
    Locked,
    /// There is none.
    Absent,
}

/// A keyring. Every call may take as long as another process needs, but only [`Keyring::unlock`] asks the person
/// anything; none may be made from the thread that draws a window. All may be called from any thread, also from one
/// that runs tasks.
pub trait Keyring: Send + Sync + std::fmt::Debug {
    /// Whether it can be used, asked anew each time.
    fn state(&self) -> KeyringState;

    /// Lets the system ask the person to unlock it, and waits for the answer. An open keyring is not asked.
    ///
    /// # Errors
    /// `Dismissed` when the person declined, `Absent`, `Keyring`.
    fn unlock(&self) -> Result<()>;

    /// The secret of this name; `None` only if the keyring is open and does not hold it.
    ///
    /// # Errors
    /// `Locked`, `Absent`, `Keyring`.
    fn get(&self, name: &str) -> Result<Option<Sensitive<String>>>;

    /// Keeps a secret, in place of one of the same name.
    ///
    /// # Errors
    /// `Locked`, `Absent`, `Keyring`.
    fn set(&self, name: &str, secret: &Sensitive<String>) -> Result<()>;

    /// Forgets a secret; one that is not there is forgotten already.
    ///
    /// # Errors
    /// `Locked`, `Absent`, `Keyring`.
    fn delete(&self, name: &str) -> Result<()>;
}

/// A keyring in memory, which can be locked and taken away: for tests.
#[derive(Debug)]
pub struct MemoryKeyring {
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    state: KeyringState,
    secrets: BTreeMap<String, Sensitive<String>>,
}

impl Default for MemoryKeyring {
    fn default() -> Self {
        Self::new(KeyringState::Ready)
    }
}

impl MemoryKeyring {
    /// An empty keyring in this state.
    #[must_use]
    pub fn new(state: KeyringState) -> Self {
        Self { held: Mutex::new(Held { state, secrets: BTreeMap::new() }) }
    }

    /// Locks it, unlocks it, or takes it away; what it holds stays.
    pub fn set_state(&self, state: KeyringState) {
        self.lock().state = state;
    }

    /// The names it holds, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().secrets.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<MutexGuard<'_, Held>> {
        let held = self.lock();
        match held.state {
            KeyringState::Ready => Ok(held),
            KeyringState::Locked => Err(Error::Locked),
            KeyringState::Absent => Err(Error::Absent { why: "there is none".to_owned() }),
        }
    }
}

impl Keyring for MemoryKeyring {
    fn state(&self) -> KeyringState {
        self.lock().state
    }

    fn unlock(&self) -> Result<()> {
        let mut held = self.lock();
        if held.state == KeyringState::Absent {
            return Err(Error::Absent { why: "there is none".to_owned() });
        }
        held.state = KeyringState::Ready;
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Sensitive<String>>> {
        Ok(self.open()?.secrets.get(name).cloned())
    }

    fn set(&self, name: &str, secret: &Sensitive<String>) -> Result<()> {
        self.open()?.secrets.insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.open()?.secrets.remove(name);
        Ok(())
    }
}
