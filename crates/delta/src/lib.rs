//! The rsync algorithm in librsync's file formats: signatures, deltas, patches and the composition of deltas.
//! It promises bounded memory whatever the size of the file, results that librsync (and so stock duplicity)
//! reads, and an error instead of a panic for any malformed or hostile input. Where the bytes come from and go
//! to, and whether a rebuilt file is the right one (check a cryptographic hash), is left to the caller.
//!
//! One pass over a file feeds both its new signature and its delta against the old one:
//!
//! ```
//! use backtrail_delta::{DeltaWriter, Signature, SignatureWriter, patch};
//!
//! let (old, new) = (b"once upon a time".repeat(100), b"once upon a midnight".repeat(100));
//! let mut writer = SignatureWriter::new(512);
//! writer.update(&old);
//! let signature = Signature::parse(writer.finish())?;
//!
//! let mut delta = Vec::new();
//! let mut writer = DeltaWriter::new(&signature);
//! for piece in new.chunks(1000) {
//!     writer.update(piece, &mut delta);
//! }
//! writer.finish(&mut delta);
//!
//! let mut rebuilt = Vec::new();
//! patch(&mut std::io::Cursor::new(old), delta.as_slice(), &mut rebuilt, None)?;
//! assert_eq!(rebuilt, new);
//! # Ok::<(), backtrail_delta::DeltaError>(())
//! ```
//!
//! Hashing is `fast_rsync`'s (MD4 in SIMD lanes). The matcher is our own: `fast_rsync::diff` wants the whole file
//! in one buffer, never matches the short last block, answers runs of equal blocks with one command a block, and
//! computes up to 1024 strong sums for each weak sum that collides.

mod command;
mod compose;
mod error;
mod forward;
mod index;
mod patch;
mod ranges;
mod rollsum;
mod signature;
mod writer;

pub use command::DELTA_MAGIC;
pub use compose::{Literals, Op, Ops, Streams};
pub use error::DeltaError;
pub use forward::Forward;
pub use patch::patch;
pub use ranges::Ranges;
pub use signature::{Signature, SignatureKind, SignatureWriter};
pub use writer::DeltaWriter;
