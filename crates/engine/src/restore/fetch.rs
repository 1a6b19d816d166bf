//! Getting a volume: fetched, and checked against the manifest's hash before anything in it is believed.

use crate::output::hex;
use crate::{Context, EngineError};
use backtrail_format::manifest::Volume;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// Volumes up to this size are read into memory. Larger ones are copied to a temporary file, as they are stored, or
/// read again where they lie when that is a local folder.
const SMALL: u64 = 1 << 20;

/// Where the bytes of a volume are between the check and the reading.
enum Copy {
    Memory(Vec<u8>),
    #[expect(clippy::disallowed_types, reason = "an unnamed file has no path to put into an error")]
    File(std::fs::File),
    /// Where they were.
    None,
}

/// A volume whose hash held.
pub(super) struct Fetched {
    /// It, as it is stored.
    pub(super) stored: Box<dyn Read + Send>,
    pub(super) bytes: u64,
}

/// Fetches the volume `name` of about `size` bytes. `go_on` is asked often, and stops it with its error.
pub(super) fn fetch(
    ctx: &Context,
    name: &str,
    recorded: &Volume,
    size: u64,
    go_on: &dyn Fn() -> Result<(), EngineError>,
) -> Result<Fetched, EngineError> {
    let mut object = ctx.destination.read(name)?;
    let mut copy = match ctx.destination.local_folder() {
        _ if size <= SMALL => Copy::Memory(Vec::new()),
        Some(_) => Copy::None,
        None => Copy::File(temporary(ctx)?),
    };
    let mut check = Check::of(recorded);
    let mut chunk = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        go_on()?;
        let count = match object.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(EngineError::from_stream(name, error)),
        };
        bytes += count as u64;
        check.update(&chunk[..count]);
        match &mut copy {
            Copy::Memory(copy) => copy.extend_from_slice(&chunk[..count]),
            Copy::File(copy) => copy.write_all(&chunk[..count])?,
            Copy::None => {}
        }
        // It is not of the size that the listing said.
        if let Copy::Memory(start) = &copy
            && start.len() as u64 > 2 * SMALL
        {
            copy = match ctx.destination.local_folder() {
                Some(_) => Copy::None,
                None => {
                    let mut file = temporary(ctx)?;
                    file.write_all(start)?;
                    Copy::File(file)
                }
            };
        }
    }
    check.finish(name)?;
    let stored: Box<dyn Read + Send> = match copy {
        Copy::Memory(copy) => Box::new(Cursor::new(copy)),
        Copy::File(mut copy) => {
            copy.seek(SeekFrom::Start(0))?;
            Box::new(copy)
        }
        Copy::None => Box::new(ctx.destination.read(name)?),
    };
    Ok(Fetched { stored, bytes })
}

#[expect(clippy::disallowed_types, reason = "an unnamed file has no path to put into an error")]
fn temporary(ctx: &Context) -> Result<std::fs::File, EngineError> {
    let folder = &ctx.temp_folder;
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    Ok(tempfile::tempfile_in(folder).map_err(failed)?)
}

/// The check of a volume: by its SHA-256 where the manifest has one, since nobody makes another volume of the same;
/// else by the SHA-1 that stock duplicity writes.
struct Check<'v> {
    hash: Hash,
    wanted: Option<(&'static str, &'v str)>,
}

enum Hash {
    Sha256(Sha256),
    Sha1(Sha1),
}

impl<'v> Check<'v> {
    fn of(recorded: &'v Volume) -> Self {
        match (recorded.sha256(), recorded.sha1()) {
            (Some(wanted), _) => Self { hash: Hash::Sha256(Sha256::new()), wanted: Some(("SHA256", wanted)) },
            (None, wanted) => {
                Self { hash: Hash::Sha1(Sha1::new()), wanted: wanted.map(|wanted| ("SHA1", wanted)) }
            }
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match (&mut self.hash, self.wanted) {
            (_, None) => {}
            (Hash::Sha256(hash), _) => hash.update(bytes),
            (Hash::Sha1(hash), _) => hash.update(bytes),
        }
    }

    fn finish(self, name: &str) -> Result<(), EngineError> {
        let Some((algorithm, wanted)) = self.wanted else { return Ok(()) };
        let found = match self.hash {
            Hash::Sha256(hash) => hex(&hash.finalize()),
            Hash::Sha1(hash) => hex(&hash.finalize()),
        };
        if wanted.eq_ignore_ascii_case(&found) {
            return Ok(());
        }
        Err(EngineError::HashMismatch { object: name.to_owned(), algorithm })
    }
}
