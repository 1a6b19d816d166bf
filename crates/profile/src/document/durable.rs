//! Replacing a file so that whoever reads it, also after a crash or a power cut, finds the old content or the new one
//! and never a part: a temporary file beside it, synced, renamed over it, and the folder synced. Only this person may
//! read the file.

use backtrail_base::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// How temporary files begin and end; they are swept away when their writer died.
const PREFIX: &str = ".backtrail-";
const SUFFIX: &str = ".tmp";

/// Puts `content` at `path`, whose folder is made when missing (then for this person alone).
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other(format!("{} is no file", path.display())))?;
    private_folder(folder)?;
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()));
    // Made with 0600 by `tempfile`; on Windows the folder below the person's profile is theirs alone.
    let mut file =
        tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder).map_err(named)?;
    file.write_all(content).map_err(named)?;
    file.as_file().sync_all().map_err(named)?;
    file.persist(path).map_err(|failed| named(failed.error))?;
    sync_folder(folder)
}

/// Moves a file, and makes sure that the move outlives a power cut.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => path.parent().filter(|folder| folder.is_dir()).map_or(Ok(()), sync_folder),
    }
}

/// Makes sure that a new file's name outlives a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes a folder that only this person can look into; one that is there is left as it is.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    only_mine(folder)
}

/// Removes what writers that were killed left in `folder`. Younger files than a day may belong to a living one.
pub(crate) fn sweep(folder: &Path, now: backtrail_base::Timestamp) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !ours {
            continue;
        }
        let written = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH);
        let written = written.map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        if written.saturating_add(24 * 60 * 60) < now.0 {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn only_mine(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

// A folder below the person's own profile is theirs alone on Windows, and a folder cannot be synced there: NTFS
// writes renames to its journal in order.
#[cfg(not(unix))]
fn only_mine(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
