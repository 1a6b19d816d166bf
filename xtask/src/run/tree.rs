//! Folders as the story needs them: copied, measured and compared, with modes and times.

use crate::say::{Done, failure};
use std::collections::BTreeMap;
use std::fs::{FileTimes, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a folder holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Regular files.
    pub(crate) files: u64,
    /// The bytes in them.
    pub(crate) bytes: u64,
}

/// Copies the named files (paths below `from`), with the folders they lie in, modes and times.
pub(crate) fn copy_files(from: &Path, names: &[PathBuf], to: &Path) -> Done {
    for name in names {
        let target = to.join(name);
        if let Some(folder) = target.parent() {
            fs_err::create_dir_all(folder)?;
        }
        copy_one(&from.join(name), &target)?;
    }
    Ok(())
}

/// Copies a whole folder, with modes and times, those of the folders included.
pub(crate) fn copy_all(from: &Path, to: &Path) -> Done {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            copy_one(&entry.path(), &target)?;
        }
    }
    let metadata = fs_err::metadata(from)?;
    fs_err::set_permissions(to, metadata.permissions())?;
    set_time(to, &metadata)
}

fn copy_one(from: &Path, to: &Path) -> Done {
    let metadata = fs_err::symlink_metadata(from)?;
    if metadata.is_symlink() {
        #[cfg(unix)]
        fs_err::os::unix::fs::symlink(fs_err::read_link(from)?, to)?;
        return Ok(());
    }
    fs_err::copy(from, to)?;
    set_time(to, &metadata)
}

fn set_time(path: &Path, metadata: &Metadata) -> Done {
    let mut options = fs_err::OpenOptions::new();
    // Windows opens a folder only with a flag of its own; there its time is left as it is.
    if metadata.is_dir() && cfg!(windows) {
        return Ok(());
    }
    let file =
        if metadata.is_dir() { options.read(true).open(path)? } else { options.write(true).open(path)? };
    Ok(file.file().set_times(FileTimes::new().set_modified(metadata.modified()?))?)
}

/// Counts files and bytes; a file's size once, whatever lies under it on the disk.
pub(crate) fn measure(folder: &Path) -> Done<Measure> {
    let mut sum = Measure::default();
    for (path, metadata) in walk(folder)? {
        if metadata.is_file() {
            sum.files += 1;
            sum.bytes += fs_err::symlink_metadata(folder.join(path))?.len();
        }
    }
    Ok(sum)
}

/// Every file and folder below `folder`, in order.
pub(crate) fn walk(folder: &Path) -> Done<BTreeMap<PathBuf, Metadata>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs_err::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            let metadata = fs_err::symlink_metadata(entry.path())?;
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path, metadata);
        }
    }
    Ok(found)
}

/// Compares two folders: names, kinds, contents, link targets, modes, and times to the second (finer ones are not in
/// duplicity's format). A link's own time is left out.
///
/// # Errors
/// The differences, up to ten of them.
pub(crate) fn compare(expected: &Path, found: &Path) -> Done {
    let (left, right) = (walk(expected)?, walk(found)?);
    let mut differences = Vec::new();
    for path in right.keys().filter(|path| !left.contains_key(*path)) {
        differences.push(format!("{} should not be there", path.display()));
    }
    for (path, metadata) in &left {
        let difference = match right.get(path) {
            None => Some("is missing"),
            Some(other) => differs(&expected.join(path), metadata, &found.join(path), other)?,
        };
        differences.extend(difference.map(|what| format!("{} {what}", path.display())));
    }
    if differences.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = differences.iter().take(10).cloned().collect();
    failure(format!(
        "what was restored differs from what was backed up in {} places: {}.",
        differences.len(),
        shown.join("; ")
    ))
}

fn differs(a: &Path, left: &Metadata, b: &Path, right: &Metadata) -> Done<Option<&'static str>> {
    if left.file_type() != right.file_type() {
        return Ok(Some("is of another kind"));
    }
    if left.is_symlink() {
        return Ok((fs_err::read_link(a)? != fs_err::read_link(b)?).then_some("leads elsewhere"));
    }
    if left.is_file() && fs_err::read(a)? != fs_err::read(b)? {
        return Ok(Some("has other content"));
    }
    if left.permissions() != right.permissions() {
        return Ok(Some("has another mode"));
    }
    Ok((seconds(left)? != seconds(right)?).then_some("has another time"))
}

fn seconds(metadata: &Metadata) -> Done<u64> {
    let since = metadata.modified()?.duration_since(SystemTime::UNIX_EPOCH);
    Ok(since.map_or(0, |since| since.as_secs()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    /// A fresh folder with two equal trees, removed at the end.
    fn two_trees(name: &str, change: impl FnOnce(&Path)) -> Result<(), String> {
        let base = std::env::temp_dir().join(format!("xtask-tree-{name}-{}", std::process::id()));
        let (a, b) = (base.join("a"), base.join("b"));
        fs_err::create_dir_all(a.join("sub/empty")).expect("the temporary folder can be written");
        fs_err::write(a.join("sub/file"), "content").expect("as above");
        fs_err::os::unix::fs::symlink("file", a.join("sub/link")).expect("as above");
        copy_all(&a, &b).expect("a fresh tree can be copied");
        change(&b);
        let result = compare(&a, &b).map_err(|difference| difference.to_string());
        fs_err::remove_dir_all(&base).expect("what was made can be removed");
        result
    }

    #[test]
    fn a_copy_equals_its_source() {
        assert_eq!(two_trees("same", |_| ()), Ok(()), "copy_all keeps what compare looks at");
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        let found =
            |name, change: fn(&Path)| two_trees(name, change).expect_err("the trees were made to differ");
        assert!(
            found("content", |b| fs_err::write(b.join("sub/file"), "CONTENT").expect("as made"))
                .contains("content")
        );
        assert!(
            found("gone", |b| fs_err::remove_dir(b.join("sub/empty")).expect("as made")).contains("missing")
        );
        assert!(
            found("new", |b| fs_err::write(b.join("extra"), "").expect("as made")).contains("should not")
        );
        let executable = |b: &Path| {
            let mode = std::fs::Permissions::from_mode(0o755);
            fs_err::set_permissions(b.join("sub/file"), mode).expect("as made");
        };
        assert!(found("mode", executable).contains("mode"));
        let older = |b: &Path| {
            let file = fs_err::OpenOptions::new().write(true).open(b.join("sub/file")).expect("as made");
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
            file.file().set_modified(time).expect("one's own file");
        };
        assert!(found("time", older).contains("time"));
    }
}
