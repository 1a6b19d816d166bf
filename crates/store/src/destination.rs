//! One opened destination: a flat set of named objects.

use crate::{Address, Scheme, StoreError, Upload};
use backtrail_base::{Timestamp, fs};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// An object on a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name within the destination's folder.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A destination that is ready to use. Cloning shares it; every call may be made from several threads at once, but
/// not from inside an asynchronous runtime.
#[derive(Debug, Clone)]
pub struct Destination {
    address: Address,
    store: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    /// The folder, when the destination is one.
    folder: Option<PathBuf>,
}

impl Destination {
    /// Opens the destination at `address`. With `create`, a missing folder is made (by the first backup); without,
    /// it is an error.
    ///
    /// # Errors
    /// [`StoreError::NoFolder`], [`StoreError::NotAFolder`], or what the system says.
    pub fn open(address: &Address, create: bool) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("destination")
            .enable_all()
            .build()
            .map_err(|error| StoreError::from_io(&address.text, &error))?;
        match address.scheme {
            Scheme::File => {
                let shown = address.path.display().to_string();
                if !address.path.exists() {
                    if !create {
                        return Err(StoreError::NoFolder { path: shown });
                    }
                    fs::create_dir_all(&address.path).map_err(|error| StoreError::from_io(&shown, &error))?;
                }
                if !address.path.is_dir() {
                    return Err(StoreError::NotAFolder { path: shown });
                }
                let store = LocalFileSystem::new_with_prefix(&address.path)
                    .map_err(|error| StoreError::from_object_store(&shown, &error))?
                    .with_fsync(true);
                Ok(Self {
                    address: address.clone(),
                    store: Arc::new(store),
                    runtime: Arc::new(runtime),
                    folder: Some(address.path.clone()),
                })
            }
        }
    }

    /// The address it was opened from.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The folder that the objects lie in, when the destination is one: reading an object twice then costs less than
    /// keeping a copy, and a backup of what surrounds it must leave it out.
    #[must_use]
    pub fn local_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Every object, in no order. Folders and names that are not text are passed over: nothing that a backup wrote
    /// has such a name, and foreign files must not stop it.
    ///
    /// # Errors
    /// When the destination cannot be listed.
    pub fn list(&self) -> Result<Vec<Object>, StoreError> {
        // `LocalFileSystem` fails the whole listing at the first name that is not UTF-8, hence our own.
        if let Some(folder) = &self.folder {
            let shown = folder.display().to_string();
            let failed = |error: io::Error| StoreError::from_io(&shown, &error);
            let mut objects = Vec::new();
            for entry in fs::read_dir(folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                // An object that vanished since the listing began is as if it had not been listed.
                let Ok(metadata) = fs::metadata(entry.path()) else { continue };
                if metadata.is_file() {
                    objects.push(Object { name, size: metadata.len() });
                }
            }
            return Ok(objects);
        }
        let listing = self.runtime.block_on(self.store.list_with_delimiter(None));
        let listing =
            listing.map_err(|error| StoreError::from_object_store(&self.address.text, &error))?.objects;
        Ok(listing
            .into_iter()
            .filter_map(|meta| {
                meta.location.filename().map(|name| Object { name: name.to_owned(), size: meta.size })
            })
            .collect())
    }

    /// Opens an object for reading from its start.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the destination says. Errors met while reading come from the reader.
    pub fn read(&self, name: &str) -> Result<ObjectReader, StoreError> {
        let path = object_path(name)?;
        let result = self
            .runtime
            .block_on(self.store.get(&path))
            .map_err(|error| StoreError::from_object_store(name, &error))?;
        Ok(ObjectReader(match result.payload {
            GetResultPayload::File(file, _) => Source::File(file),
            GetResultPayload::Stream(stream) => {
                Source::Stream { stream, chunk: Bytes::new(), runtime: Arc::clone(&self.runtime) }
            }
        }))
    }

    /// Reads a whole small object (a manifest).
    ///
    /// # Errors
    /// As [`Self::read`]; [`StoreError::Failed`] when it is larger than `limit` bytes.
    pub fn read_all(&self, name: &str, limit: u64) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.read(name)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| StoreError::from_io(name, &error))?;
        if bytes.len() as u64 > limit {
            let reason = format!("it is larger than the {limit} bytes that such an object may have");
            return Err(StoreError::Failed { name: name.to_owned(), reason });
        }
        Ok(bytes)
    }

    /// Starts to write an object. It appears under its name only when the upload is committed; dropping the upload
    /// leaves nothing behind.
    ///
    /// # Errors
    /// When the destination refuses.
    pub fn create(&self, name: &str) -> Result<Upload, StoreError> {
        // The store would make a missing folder anew: where a drive was taken away, below its empty mount point.
        if let Some(folder) = self.folder.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(StoreError::NoFolder { path: folder.display().to_string() });
        }
        Upload::start(Arc::clone(&self.store), Arc::clone(&self.runtime), object_path(name)?, name)
    }

    /// Deletes an object; one that is gone already counts as deleted.
    ///
    /// # Errors
    /// When the destination refuses.
    pub fn delete(&self, name: &str) -> Result<(), StoreError> {
        let path = object_path(name);
        // `LocalFileSystem` does not delete its own staged parts (`name#1`), which a killed run leaves behind.
        if let Some(folder) = &self.folder {
            if name.contains(['/', '\\']) {
                return path.map(drop);
            }
            return match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(StoreError::from_io(name, &error))
                }
                _ => Ok(()),
            };
        }
        match self.runtime.block_on(self.store.delete(&path?)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::from_object_store(name, &error)),
        }
    }
}

impl Destination {
    /// Gives an object another name; one that has that name already is replaced.
    ///
    /// # Errors
    /// When the destination refuses.
    pub fn rename(&self, name: &str, new: &str) -> Result<(), StoreError> {
        let (from, to) = (object_path(name)?, object_path(new)?);
        let done = self.runtime.block_on(self.store.rename(&from, &to));
        done.map_err(|error| StoreError::from_object_store(name, &error))
    }

    /// When an object was last written, by the destination's clock.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the destination says.
    pub fn modified(&self, name: &str) -> Result<Timestamp, StoreError> {
        let path = object_path(name)?;
        let meta = self.runtime.block_on(self.store.head(&path));
        let meta = meta.map_err(|error| StoreError::from_object_store(name, &error))?;
        Ok(Timestamp(meta.last_modified.timestamp()))
    }
}

/// The store's path of an object. A destination is one flat folder, so a slash is refused.
fn object_path(name: &str) -> Result<ObjectPath, StoreError> {
    let bad = |reason: String| StoreError::Failed { name: name.to_owned(), reason };
    if name.contains(['/', '\\']) {
        return Err(bad("an object's name cannot hold a slash".to_owned()));
    }
    ObjectPath::parse(name).map_err(|error| bad(error.to_string()))
}

/// Reads an object as it arrives.
pub struct ObjectReader(Source);

enum Source {
    // The type is the store's own; its errors are given the object's name by whoever reads.
    #[expect(clippy::disallowed_types, reason = "the object store hands out this file")]
    File(std::fs::File),
    Stream {
        stream: BoxStream<'static, object_store::Result<Bytes>>,
        chunk: Bytes,
        runtime: Arc<Runtime>,
    },
}

impl std::fmt::Debug for ObjectReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectReader")
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Source::File(file) => file.read(buffer),
            Source::Stream { stream, chunk, runtime } => {
                while chunk.is_empty() {
                    match runtime.block_on(stream.next()) {
                        Some(next) => *chunk = next.map_err(io::Error::other)?,
                        None => return Ok(0),
                    }
                }
                let taken = chunk.split_to(chunk.len().min(buffer.len()));
                buffer[..taken.len()].copy_from_slice(&taken);
                Ok(taken.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Commit;
    use std::io::Write;

    fn open(folder: &std::path::Path) -> Destination {
        let address = Address::parse(folder.to_str().expect("text")).expect("a path");
        Destination::open(&address, true).expect("opens")
    }

    #[test]
    fn an_object_is_visible_only_when_committed() {
        let folder = tempfile::tempdir().expect("folder");
        let destination = open(folder.path());
        let mut upload = destination.create("a.vol1").expect("create");
        upload.write_all(&vec![7; 3_000_000]).expect("write");
        let names = |d: &Destination| -> Vec<_> {
            d.list().expect("list").into_iter().filter(|o| !o.name.contains('#')).collect()
        };
        assert!(names(&destination).is_empty(), "a half-written volume must not look like one");
        upload.commit(Commit::Replace).expect("commit");
        assert_eq!(names(&destination), [Object { name: "a.vol1".into(), size: 3_000_000 }]);
        let mut read = Vec::new();
        destination.read("a.vol1").expect("read").read_to_end(&mut read).expect("read");
        assert!(read == vec![7; 3_000_000]);
    }

    #[test]
    fn a_dropped_upload_leaves_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let destination = open(folder.path());
        let mut upload = destination.create("a").expect("create");
        upload.write_all(&vec![7; 3_000_000]).expect("write");
        drop(upload);
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 0, "the staged part must go too");
    }

    #[test]
    fn an_existing_object_is_kept_when_it_must_be_new() {
        let folder = tempfile::tempdir().expect("folder");
        let destination = open(folder.path());
        for (text, expected) in [("one", true), ("two", false)] {
            let mut upload = destination.create("manifest").expect("create");
            upload.write_all(text.as_bytes()).expect("write");
            assert_eq!(upload.commit(Commit::IfAbsent).is_ok(), expected, "{text}");
        }
        assert_eq!(destination.read_all("manifest", 10).expect("read"), b"one");
        assert!(destination.read_all("manifest", 2).is_err(), "the limit holds");
    }

    #[test]
    fn foreign_names_do_not_stop_a_listing_and_deleting_twice_is_fine() {
        let folder = tempfile::tempdir().expect("folder");
        let destination = open(folder.path());
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff")), b"x").expect("write");
        }
        fs::write(folder.path().join("file with ü"), b"x").expect("write");
        fs::create_dir(folder.path().join("folder")).expect("dir");
        assert_eq!(destination.list().expect("list").len(), 1);
        destination.delete("file with ü").expect("delete");
        destination.delete("file with ü").expect("gone is deleted");
        fs::write(folder.path().join("a.vol1#3"), b"left by a killed run").expect("write");
        destination.delete("a.vol1#3").expect("staged parts can be removed too");
        assert!(destination.delete("../x").is_err(), "no object lies outside the folder");
        assert!(matches!(destination.read("absent"), Err(StoreError::NotFound { .. })));
        assert!(destination.create("../out").is_err(), "no object lies outside the folder");
    }

    #[test]
    fn a_missing_folder_is_made_only_when_asked() {
        let folder = tempfile::tempdir().expect("folder");
        let missing = folder.path().join("a/b");
        let address = Address::parse(missing.to_str().expect("text")).expect("path");
        assert!(matches!(Destination::open(&address, false), Err(StoreError::NoFolder { .. })));
        assert!(!missing.exists(), "a restore must not make the folder it looks in");
        Destination::open(&address, true).expect("made");
        fs::write(folder.path().join("file"), b"").expect("write");
        let address = Address::parse(folder.path().join("file").to_str().expect("text")).expect("path");
        assert!(matches!(Destination::open(&address, true), Err(StoreError::NotAFolder { .. })));
    }
}
