//! Where things lie: the checkout, what cargo built, and the cache for tools that outlives `target`.

use crate::say::{Done, failure};
use std::path::{Path, PathBuf};

/// The checkout.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The folder with the programs that cargo built: the one this program itself lies in, whatever `target` is called.
pub(crate) fn built() -> Done<PathBuf> {
    let me = std::env::current_exe()?;
    match me.parent() {
        Some(folder) => Ok(folder.to_path_buf()),
        None => failure(format!("{} lies in no folder.", me.display())),
    }
}

/// A program that cargo built.
pub(crate) fn program(name: &str) -> Done<PathBuf> {
    let path = built()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { failure(format!("{} was not built.", path.display())) }
}

/// The cache for tools: they are built once, and `cargo clean` leaves them.
pub(crate) fn cache() -> Done<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = folder("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| folder("LOCALAPPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".cache")));
    match caches {
        Some(caches) => Ok(caches.join("backtrail-dev")),
        None => failure("neither HOME nor XDG_CACHE_HOME is set, so there is no place for the tools' cache."),
    }
}
