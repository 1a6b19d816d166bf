//! The way of bytes to an object: encoded (OpenPGP, gzip or as they are), counted and hashed as they are stored.

use crate::EngineError;
use backtrail_format::names::Encoding;
use backtrail_pgp::{SealedWriter, Sealer};
use backtrail_store::{Commit, Destination, Upload};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How new objects are protected.
#[derive(Clone)]
pub enum Protection {
    /// OpenPGP, to keys or a passphrase; it compresses too.
    Pgp(Sealer),
    /// Not encrypted, gzipped.
    Gzip,
    /// Neither encrypted nor compressed.
    Plain,
}

impl Protection {
    /// The encoding that the names of volumes and signatures show.
    pub(crate) fn encoding(&self) -> Encoding {
        match self {
            Self::Pgp(_) => Encoding::Pgp,
            Self::Gzip => Encoding::Gzip,
            Self::Plain => Encoding::Plain,
        }
    }

    /// The encoding of manifests, which are never gzipped.
    pub(crate) fn manifest_encoding(&self) -> Encoding {
        match self {
            Self::Pgp(_) => Encoding::Pgp,
            Self::Gzip | Self::Plain => Encoding::Plain,
        }
    }
}

/// What was stored under a name.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// Lower-case hexadecimal.
    pub(crate) sha1: String,
    pub(crate) sha256: String,
}

/// An object on its way: what is written is encoded, hashed and sent.
pub(crate) struct ObjectWriter {
    name: String,
    encoder: Encoder,
}

enum Encoder {
    Pgp(SealedWriter<Sink>),
    Gzip(Box<GzEncoder<Sink>>),
    Plain(Box<Sink>),
}

impl ObjectWriter {
    /// Starts the object `name`. `stored` is kept at the number of bytes sent so far.
    pub(crate) fn create(
        destination: &Destination,
        name: &str,
        protection: &Protection,
        stored: Arc<AtomicU64>,
    ) -> Result<Self, EngineError> {
        let sink =
            Sink { upload: destination.create(name)?, sha1: Sha1::new(), sha256: Sha256::new(), stored };
        let encoder = match protection {
            Protection::Pgp(sealer) => Encoder::Pgp(sealer.seal(sink)?),
            // Level 6 is what stock duplicity writes.
            Protection::Gzip => Encoder::Gzip(Box::new(GzEncoder::new(sink, Compression::new(6)))),
            Protection::Plain => Encoder::Plain(Box::new(sink)),
        };
        Ok(Self { name: name.to_owned(), encoder })
    }

    /// Ends the object's content; it appears when the result is committed.
    pub(crate) fn finish(self) -> Result<Finished, EngineError> {
        let sink = match self.encoder {
            Encoder::Pgp(writer) => writer.finish()?,
            Encoder::Gzip(writer) => {
                writer.finish().map_err(|error| EngineError::from_stream(&self.name, error))?
            }
            Encoder::Plain(sink) => *sink,
        };
        let stored = Stored {
            name: self.name,
            bytes: sink.upload.written(),
            sha1: hex(&sink.sha1.finalize()),
            sha256: hex(&sink.sha256.finalize()),
        };
        Ok(Finished { upload: sink.upload, stored })
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.encoder {
            Encoder::Pgp(writer) => writer.write(bytes),
            Encoder::Gzip(writer) => writer.write(bytes),
            Encoder::Plain(sink) => sink.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An object whose content is complete but that is not visible yet. Dropping it leaves nothing.
#[derive(Debug)]
pub(crate) struct Finished {
    upload: Upload,
    stored: Stored,
}

impl Finished {
    /// Makes the object appear under its name.
    pub(crate) fn commit(self, how: Commit) -> Result<Stored, EngineError> {
        self.upload.commit(how)?;
        Ok(self.stored)
    }
}

/// The end of the line.
struct Sink {
    upload: Upload,
    sha1: Sha1,
    sha256: Sha256,
    stored: Arc<AtomicU64>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        self.stored.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.upload.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
