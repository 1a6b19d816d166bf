//! OpenPGP for backups: keys (make, import, export, list, find) and streams (seal, open), over sequoia-openpgp.
//!
//! What is sealed here, `gpg` 2.2 reads without a complaint; what `gpg`, RNP or Sequoia wrote, is opened here, with
//! damage and truncation always an error. A [`Sealer`] and an [`Opener`] are made once a run: a passphrase is
//! stretched once and a key unlocked once, whatever the number of messages. Keys that live only in GnuPG, and what
//! sequoia does not know (ElGamal, Twofish, messages without integrity protection), go through the `gpg` program.
//! The crate knows no storage and no backups: bytes in, bytes out, and a folder of keys.

mod cfb;
mod deflate;
mod error;
mod frame;
pub mod gnupg;
pub mod key;
mod open;
mod peek;
mod policy;
mod pool;
mod seal;
mod session;
mod warning;

pub use error::{Error, Result};
pub use gnupg::Gnupg;
pub use key::{Key, KeyInfo, KeyStore, NewKey, Purpose, SecretState};
pub use open::{OpenWith, OpenedReader, Opener, SignatureState};
pub use seal::{Compression, Recipient, SealPolicy, SealedWriter, Sealer, Signer};
pub use warning::Warning;
