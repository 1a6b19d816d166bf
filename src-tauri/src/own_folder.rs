//! A folder that is this person's alone: for the socket, the locks, the log.

use backtrail_base::fs;
use std::io;
use std::path::Path;

/// Makes the folder, with those above it, unless it is there.
///
/// # Errors
/// When it cannot be made, is a link, or belongs to somebody else.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return unix(folder);
    #[cfg(not(unix))]
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn unix(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    let made = std::fs::DirBuilder::new().mode(0o700).create(folder);
    if let Err(error) = made
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(io::Error::new(error.kind(), format!("{}: {error}", folder.display())));
    }
    // Not followed: somebody who may write above it must not lead us elsewhere.
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        let why = format!("{} is not a folder of this person's own", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nobody_else_may_enter_it() {
        let root = tempfile::tempdir().expect("the temporary folder can be written");
        let folder = root.path().join("above/own");
        make(&folder).expect("it is ours to make");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "a new one is closed");
        fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        make(&folder).expect("it is ours still");
        assert_eq!(mode(&folder), 0o700, "one that was open is closed");
    }

    #[test]
    fn a_link_is_not_followed() {
        let root = tempfile::tempdir().expect("the temporary folder can be written");
        let folder = root.path().join("own");
        std::os::unix::fs::symlink(root.path(), &folder).expect("links can be made");
        let refused = make(&folder).expect_err("a link leads where somebody else wants");
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied, "{refused}");
    }
}
