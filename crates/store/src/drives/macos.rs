//! Drives on macOS: what is mounted below `/Volumes`, with its UUID as `diskutil info -plist` gives it.

use super::Drive;
use backtrail_base::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Everything mounted that holds files of people. `/Volumes` also has a link to the system's own volume.
pub(super) fn mounted() -> Vec<Drive> {
    let mut drives = vec![drive(PathBuf::from("/"), true)];
    for entry in fs::read_dir("/Volumes").into_iter().flatten().flatten() {
        let path = entry.path();
        let is_link = fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
        // A folder that was left behind lies on the system's own file system.
        if !is_link && is_mount_point(&path) {
            drives.push(drive(path, false));
        }
    }
    drives
}

fn is_mount_point(path: &Path) -> bool {
    let device = |path: &Path| rustix::fs::stat(path).ok().map(|stat| stat.st_dev);
    device(path).is_some_and(|own| path.parent().and_then(device) != Some(own))
}

fn drive(mount: PathBuf, system: bool) -> Drive {
    let said = Command::new("/usr/sbin/diskutil")
        .args(["info", "-plist"])
        .arg(&mount)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let plist = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default();
    let name = mount.file_name().map(|name| name.to_string_lossy().into_owned());
    Drive {
        uuid: text(&plist, "VolumeUUID"),
        label: text(&plist, "VolumeName").filter(|name| !name.is_empty()).or(name),
        free: None,
        total: None,
        removable: flag(&plist, "Ejectable") || flag(&plist, "RemovableMedia"),
        read_only: value(&plist, "WritableVolume").is_some_and(|value| value.starts_with("<false")),
        system,
        mount,
    }
}

/// What follows a key in the property list, which `diskutil` writes one value a line.
fn value<'p>(plist: &'p str, key: &str) -> Option<&'p str> {
    let (_, after) = plist.split_once(&format!("<key>{key}</key>"))?;
    Some(after.trim_start())
}

fn text(plist: &str, key: &str) -> Option<String> {
    let (text, _) = value(plist, key)?.strip_prefix("<string>")?.split_once("</string>")?;
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

fn flag(plist: &str, key: &str) -> bool {
    value(plist, key).is_some_and(|value| value.starts_with("<true"))
}
