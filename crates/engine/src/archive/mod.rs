//! The archive folder: plain manifests and gzipped signatures that mirror the destination's, so that an increment
//! needs neither to fetch nor to decrypt them. The destination has the truth; whatever is here can be fetched again.

mod gzip;
mod lock;
mod members;

pub(crate) use gzip::{GzipCopy, MEMBER};
pub(crate) use lock::Lock;
pub(crate) use members::MemberReader;

use crate::event::{Event, Phase};
use crate::{Context, EngineError};
use backtrail_base::fs;
use backtrail_format::collection::{Collection, Place, Set, SignatureChain};
use backtrail_format::manifest::Manifest;
use backtrail_format::names::{Encoding, FileKind, FileName, SetId};
use backtrail_store::Object;
use flate2::read::MultiGzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The most a manifest may take: 16 million changed files of common length.
const MANIFEST_LIMIT: u64 = 2 << 30;
/// The most a signature may take: that of a file of 100 TiB in blocks of 3.2.1's rule.
pub(crate) const SIGNATURE_LIMIT: u64 = 512 << 20;

/// What the destination and the archive folder hold, at one moment.
pub(crate) struct Listing {
    pub(crate) collection: Collection,
    /// Sizes of the destination's objects.
    pub(crate) sizes: BTreeMap<String, u64>,
}

/// Lists the destination and the archive folder.
pub(crate) fn list(ctx: &Context) -> Result<Listing, EngineError> {
    let objects = ctx.destination.list()?;
    assemble(ctx, objects.into_iter().map(|Object { name, size }| (name, size)).collect())
}

/// Sorts the destination's objects, already listed, together with what the archive folder holds now.
fn assemble(ctx: &Context, sizes: BTreeMap<String, u64>) -> Result<Listing, EngineError> {
    let local = local_names(&ctx.archive_folder)?;
    let collection = Collection::assemble(&ctx.prefixes, sizes.keys(), &local, ctx.time_separator);
    Ok(Listing { collection, sizes })
}

pub(crate) fn local_names(folder: &Path) -> Result<Vec<String>, EngineError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

/// Makes the archive folder, for this user only.
pub(crate) fn create(ctx: &Context) -> Result<(), EngineError> {
    fs::create_dir_all(&ctx.archive_folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Names and signatures of every file are in here.
        fs::set_permissions(&ctx.archive_folder, PermissionsExt::from_mode(0o700))?;
    }
    Ok(())
}

/// A file without its name yet, in `folder` so that it can be renamed into place.
pub(crate) fn unfinished(folder: &Path) -> Result<NamedTempFile, EngineError> {
    tempfile::Builder::new()
        .prefix(".backtrail-")
        .tempfile_in(folder)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())).into())
}

/// Gives an unfinished file its name, replacing what is there.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> Result<(), EngineError> {
    file.persist(path).map(drop).map_err(|error| {
        io::Error::new(error.error.kind(), format!("{}: {}", path.display(), error.error))
    })?;
    Ok(())
}

/// Writes a small file of the archive folder whole.
pub(crate) fn write(folder: &Path, name: &str, content: &[u8]) -> Result<(), EngineError> {
    let mut file = unfinished(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    persist(file, &folder.join(name))
}

/// Opens a stored object and undoes its encoding.
pub(crate) fn open_object(ctx: &Context, name: &str) -> Result<Box<dyn Read + Send>, EngineError> {
    decode(ctx, name, Box::new(BufReader::with_capacity(256 << 10, ctx.destination.read(name)?)))
}

/// Undoes the encoding that `name` shows.
pub(crate) fn decode(
    ctx: &Context,
    name: &str,
    stored: Box<dyn Read + Send>,
) -> Result<Box<dyn Read + Send>, EngineError> {
    let parsed = FileName::parse(&ctx.prefixes, name, ctx.time_separator);
    let encoding = parsed.map_or(Encoding::Plain, |name| name.encoding);
    if !encoding.is_encrypted() && ctx.opener.refuses_plain() {
        return Err(EngineError::NotSealed { object: name.to_owned() });
    }
    Ok(match encoding {
        Encoding::Pgp => Box::new(ctx.opener.get()?.open(stored)?),
        Encoding::Smime => {
            return Err(backtrail_store::StoreError::Failed {
                name: name.to_owned(),
                reason: "it is encrypted with S/MIME (gpgsm), which is not supported".to_owned(),
            }
            .into());
        }
        Encoding::Gzip => Box::new(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(stored))),
        Encoding::Plain => stored,
    })
}

/// The manifest of a finished set: the archive folder's copy, else the destination's, which is then kept.
pub(crate) fn manifest(ctx: &Context, set: &Set) -> Result<Manifest, EngineError> {
    if let Some(local) = &set.local_manifest {
        let content = fs::read(ctx.archive_folder.join(local))?;
        // A copy that cannot be read is as good as none.
        match Manifest::parse(&content) {
            Ok(manifest) if !manifest.volumes.is_empty() => return Ok(manifest),
            _ => {}
        }
    }
    let Some(name) = &set.manifest else {
        return Err(EngineError::ManifestMissing { set: set.id.to_string() });
    };
    let mut content = Vec::new();
    open_object(ctx, name)?
        .take(MANIFEST_LIMIT)
        .read_to_end(&mut content)
        .map_err(|error| EngineError::from_stream(name, error))?;
    let manifest = Manifest::parse(&content).map_err(EngineError::format(name))?;
    // Every set has a volume, if only an empty one: a text without any is no manifest.
    if manifest.volumes.is_empty() {
        return Err(EngineError::ManifestInvalid { object: name.clone() });
    }
    if ctx.archive_folder.is_dir() {
        write(&ctx.archive_folder, &manifest_name(ctx, set.id), &content)?;
    }
    Ok(manifest)
}

/// The name of a set's manifest in the archive folder.
pub(crate) fn manifest_name(ctx: &Context, set: SetId) -> String {
    FileName { kind: FileKind::Manifest { set }, encoding: Encoding::Plain, partial: false }
        .write(&ctx.prefixes)
}

/// The signatures of a set, as a file of the archive folder.
#[derive(Debug, Clone)]
pub(crate) struct SignatureFile {
    pub(crate) set: SetId,
    pub(crate) path: PathBuf,
}

/// The signatures of `wanted` (a full set's first) as files of the archive folder; what is not there yet is fetched.
pub(crate) fn signatures(
    ctx: &Context,
    chain: &SignatureChain,
    wanted: impl Fn(&SetId) -> bool,
) -> Result<Vec<SignatureFile>, EngineError> {
    create(ctx)?;
    let present: BTreeSet<String> = local_names(&ctx.archive_folder)?.into_iter().collect();
    let mut files = Vec::new();
    for (set, name) in chain.all().filter(|(set, _)| wanted(set)) {
        if chain.place == Place::Local {
            files.push(SignatureFile { set: *set, path: ctx.archive_folder.join(name) });
            continue;
        }
        let kind = FileKind::Signatures { set: *set };
        let local = FileName { kind, encoding: Encoding::Gzip, partial: false }.write(&ctx.prefixes);
        let path = ctx.archive_folder.join(&local);
        if !present.contains(&local) {
            ctx.tell(Event::Phase(Phase::Syncing));
            fetch_signatures(ctx, name, &path)?;
        }
        files.push(SignatureFile { set: *set, path });
    }
    Ok(files)
}

fn fetch_signatures(ctx: &Context, name: &str, path: &Path) -> Result<(), EngineError> {
    let mut object = open_object(ctx, name)?;
    let mut copy = GzipCopy::create(&ctx.archive_folder)?;
    let mut chunk = vec![0; 128 << 10];
    loop {
        ctx.check_cancelled()?;
        match object.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => copy.write(&chunk[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(EngineError::from_stream(name, error)),
        }
    }
    persist(copy.finish()?.0, path)
}

/// Opens a file of the archive folder, gzipped or not by its name.
pub(crate) fn open_local(path: &Path) -> Result<Box<dyn Read + Send>, EngineError> {
    let file = BufReader::with_capacity(64 << 10, fs::File::open(path)?);
    Ok(if is_gzipped(path) {
        Box::new(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    })
}

/// Whether a file of the archive folder is gzipped, by its name.
pub(crate) fn is_gzipped(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == "gz" || suffix == "z")
}

/// Removes what hides or outlives the destination's objects: unfinished manifests and signatures of sets that are
/// finished (a stale `.part` makes stock duplicity restore only what it names), and copies whose originals are gone.
/// The lock must be held. Returns the listing as it is afterwards; the destination is not asked again.
pub(crate) fn tidy(ctx: &Context, listing: Listing) -> Result<Listing, EngineError> {
    let collection = &listing.collection;
    let remote: BTreeSet<SetId> =
        collection.sets().filter(|set| set.is_complete()).map(|set| set.id).collect();
    let signed: BTreeSet<SetId> = listing
        .sizes
        .keys()
        .filter_map(|name| FileName::parse(&ctx.prefixes, name, ctx.time_separator))
        .filter_map(|name| match name.kind {
            FileKind::Signatures { set } => Some(set),
            _ => None,
        })
        .collect();
    for name in local_names(&ctx.archive_folder)? {
        let Some(parsed) = FileName::parse(&ctx.prefixes, &name, ctx.time_separator) else { continue };
        let set = parsed.kind.set();
        let goes = if parsed.partial {
            remote.contains(&set)
        } else {
            match parsed.kind {
                FileKind::Manifest { .. } => !remote.contains(&set),
                FileKind::Signatures { .. } => !signed.contains(&set),
                FileKind::Volume { .. } | FileKind::JsonStat { .. } => false,
            }
        };
        if goes {
            remove(&ctx.archive_folder.join(name))?;
        }
    }
    assemble(ctx, listing.sizes)
}

/// Removes a file of the archive folder; one that is gone counts as removed.
pub(crate) fn remove(path: &Path) -> Result<(), EngineError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
