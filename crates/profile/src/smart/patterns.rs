//! What the ready-made excludes stand for: shell patterns below the home, and for any place. Those of another system do
//! no harm, and a home that was moved from one to another is still recognised; a pattern that ends in a slash means
//! folders only.

use super::SmartExclude;
use std::path::Path;

/// Below the home.
pub(super) const fn in_home(exclude: SmartExclude) -> &'static [&'static str] {
    match exclude {
        SmartExclude::Caches => &[
            ".cache/",
            ".thumbnails/",
            // Flatpak and Snap keep a cache for each program.
            ".var/app/*/cache/",
            "snap/*/*/.cache/",
            // Browsers and programs made with Electron keep theirs beside their settings.
            ".config/*/Cache/",
            ".config/*/Code Cache/",
            ".config/*/GPUCache/",
            ".config/*/*/Cache/",
            ".config/*/*/Code Cache/",
            ".config/*/*/GPUCache/",
            "Library/Caches/",
            "Library/Containers/*/Data/Library/Caches/",
            "AppData/Local/Temp/",
            "AppData/Local/Microsoft/Windows/INetCache/",
            "AppData/Local/*/*/User Data/*/Cache/",
            "AppData/Local/*/*/User Data/*/Code Cache/",
            "AppData/Roaming/*/Cache/",
            "AppData/Roaming/*/Code Cache/",
            "AppData/Roaming/*/GPUCache/",
        ],
        SmartExclude::Trash => &[".local/share/Trash/", ".Trash/"],
        SmartExclude::VirtualMachines => &[
            "VirtualBox VMs/",
            ".local/share/libvirt/images/",
            ".local/share/gnome-boxes/images/",
            ".local/share/containers/storage/",
            ".local/share/docker/",
            ".var/app/org.gnome.Boxes/data/gnome-boxes/images/",
            ".android/avd/",
            "Parallels/",
            "Virtual Machines.localized/",
            "Library/Containers/com.docker.docker/",
            "Library/Containers/com.utmapp.UTM/Data/Documents/",
        ],
        SmartExclude::CacheTagged
        | SmartExclude::Downloads
        | SmartExclude::NodeModules
        | SmartExclude::BuildFolders => &[],
    }
}

/// Anywhere.
pub(super) const fn anywhere(exclude: SmartExclude) -> &'static [&'static str] {
    match exclude {
        SmartExclude::Caches => &["/var/cache/", "/var/tmp/", "/tmp/"],
        SmartExclude::Trash => &["**/.Trash-[0-9]*/", "**/.Trashes/", "**/$RECYCLE.BIN/"],
        SmartExclude::NodeModules => &["**/node_modules/"],
        // Only names that nobody gives to a folder of their own. Rust's `target` carries a CACHEDIR.TAG.
        SmartExclude::BuildFolders => &[
            "**/__pycache__/",
            "**/.mypy_cache/",
            "**/.pytest_cache/",
            "**/.ruff_cache/",
            "**/.tox/",
            "**/.venv/",
            "**/.gradle/",
            "**/.next/",
            "**/.nuxt/",
            "**/.parcel-cache/",
            "**/.turbo/",
            "**/.dart_tool/",
            "**/bower_components/",
            "**/cmake-build-*/",
            "**/target/debug/",
            "**/target/release/",
            "**/DerivedData/",
            "**/.stack-work/",
            "**/dist-newstyle/",
        ],
        SmartExclude::VirtualMachines => &[
            "**/*.vdi",
            "**/*.vmdk",
            "**/*.qcow2",
            "**/*.vhd",
            "**/*.vhdx",
            "**/*.hdd",
            "**/*.pvm/",
            "**/*.utm/",
            "**/*.vmwarevm/",
            "/var/lib/libvirt/images/",
            "/var/lib/docker/",
            "/var/lib/containers/storage/",
        ],
        SmartExclude::CacheTagged | SmartExclude::Downloads => &[],
    }
}

/// A pattern below a folder, whose own name stands for itself whatever letters it has.
pub(super) fn below(folder: &Path, pattern: &str) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in text_of(folder) {
        // The patterns know no escape; a class of one letter is that letter.
        match byte {
            b'*' | b'?' | b'[' => text.extend([b'[', byte, b']']),
            plain => text.push(plain),
        }
    }
    if text.last() != Some(&b'/') {
        text.push(b'/');
    }
    text.extend(pattern.as_bytes());
    text
}

/// A path as patterns see it: bytes, with slashes, from the root on.
#[cfg(unix)]
pub(super) fn text_of(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_vec()
}

/// A path as patterns see it: the drive or share is the first folder below the root, as in the engine.
#[cfg(not(unix))]
pub(super) fn text_of(path: &Path) -> Vec<u8> {
    let text = path.to_string_lossy().replace('\\', "/");
    format!("/{}", text.trim_start_matches('/')).into_bytes()
}
