//! Putting entries in place by the standard library alone, for systems without `openat`. Before anything is written
//! into a folder it is looked at again: a link is never taken for one.

use super::Attributes;
use backtrail_base::{fs, random_bytes};
use backtrail_format::Kind;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// A folder of the target, by its path.
pub(super) struct Folder(PathBuf);

/// A file that has no name of its own yet.
pub(super) struct Pending {
    file: BufWriter<fs::File>,
    path: PathBuf,
}

impl Pending {
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        &mut self.file
    }
}

impl Folder {
    pub(super) fn parent_of(path: &Path) -> io::Result<(Self, Vec<u8>)> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok((Self(path.to_owned()), b".".to_vec()));
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Ok((Self(parent.to_owned()), name.as_encoded_bytes().to_vec()))
    }

    /// A name from a backup as a path here. What would mean something else on this system (a drive, a stream, a
    /// device, a separator) is refused.
    fn child(&self, name: &[u8]) -> io::Result<PathBuf> {
        let refused = || io::Error::new(io::ErrorKind::InvalidInput, "this system cannot hold such a name");
        let text = std::str::from_utf8(name).map_err(|_| refused())?;
        if name != b"." && text.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|']) {
            return Err(refused());
        }
        Ok(self.0.join(text))
    }

    pub(super) fn make_folder(&self, name: &[u8], _: bool) -> io::Result<Self> {
        let path = self.child(name)?;
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if !fs::symlink_metadata(&path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self(path))
    }

    pub(super) fn create_file(&self) -> io::Result<Pending> {
        let path = self.0.join(format!(".backtrail-{}", crate::output::hex(&random_bytes::<8>())));
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Pending { file: BufWriter::with_capacity(128 << 10, file), path })
    }

    /// Files are opened so that they can be removed while open.
    pub(super) fn discard(&self, pending: &Pending) {
        fs::remove_file(&pending.path).ok();
    }

    pub(super) fn finish_file(
        &self,
        mut pending: Pending,
        name: &[u8],
        attributes: &Attributes<'_>,
        overwrite: bool,
    ) -> io::Result<()> {
        pending.file.flush()?;
        let path = self.child(name)?;
        if !overwrite && fs::symlink_metadata(&path).is_ok() {
            self.discard(&pending);
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if let Ok(seconds) = u64::try_from(attributes.metadata.mtime) {
            pending.file.get_ref().file().set_modified(UNIX_EPOCH + Duration::from_secs(seconds))?;
        }
        let temporary = pending.path.clone();
        drop(pending);
        fs::rename(&temporary, &path)?;
        if attributes.metadata.mode & 0o200 == 0 {
            let mut permissions = fs::metadata(&path)?.permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&path, permissions)?;
        }
        Ok(())
    }

    /// Links need a privilege on Windows that few have; the rest does not exist there.
    pub(super) fn make_special(&self, _: &[u8], attributes: &Attributes<'_>, _: bool) -> io::Result<()> {
        let what = match attributes.metadata.kind {
            Kind::Symlink { .. } => "symbolic links",
            Kind::Fifo => "named pipes",
            _ => "devices",
        };
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("{what} are not restored on this system")))
    }

    /// A folder's time cannot be set through the standard library there.
    pub(super) fn set_attributes(&self, _: &Attributes<'_>) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
