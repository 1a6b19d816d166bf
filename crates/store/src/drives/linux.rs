//! Drives on Linux: the kernel's table of mounts, with names from udev's links and database. Nothing is asked of a
//! service, so it works in a text session and in a container too.

use super::Drive;
use backtrail_base::fs;
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Where desktops and people mount drives.
const PEOPLES: [&str; 4] = ["/media", "/run/media", "/mnt", "/Volumes"];
/// File systems of other computers.
const REMOTE: [&str; 8] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "davfs"];
/// File systems in memory: drives only where people mount drives.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// Everything mounted that holds files of people.
pub(super) fn mounted() -> Vec<Drive> {
    let Ok(table) = fs::read("/proc/self/mountinfo") else { return Vec::new() };
    let names = Names::of_devices();
    let mounts = parse(&table);
    let seen =
        |mount: &&Mount| !mounts.iter().rev().take_while(|other| *other != *mount).any(|m| m.at == mount.at);
    mounts.iter().filter(seen).filter_map(|mount| mount.drive(&names)).collect()
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mount {
    /// Numbers of the device, `8:1`.
    device: String,
    /// What of the file system is mounted; `/` for all.
    root: Vec<u8>,
    at: PathBuf,
    read_only: bool,
    kind: String,
    /// The device's file, or what else is mounted.
    source: PathBuf,
}

fn parse(table: &[u8]) -> Vec<Mount> {
    table.split(|byte| *byte == b'\n').filter_map(parse_line).collect()
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`: the number of fields before the
/// dash varies.
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let device = text(fields.nth(2)?);
    let root = unescaped(fields.next()?);
    let at = PathBuf::from(OsString::from_vec(unescaped(fields.next()?)));
    let options = text(fields.next()?);
    let mut rest = fields.skip_while(|field| *field != b"-").skip(1);
    let kind = text(rest.next()?);
    let source = PathBuf::from(OsString::from_vec(unescaped(rest.next()?)));
    let of_all = text(rest.next().unwrap_or_default());
    let read_only = [options, of_all].iter().any(|options| options.split(',').any(|option| option == "ro"));
    Some(Mount { device, root, at, read_only, kind, source })
}

/// Spaces, tabs, line breaks and backslashes stand as a backslash and three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        match octal {
            Some(digits) if byte == b'\\' => {
                let value = digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
                rest = &after[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    bytes
}

impl Mount {
    fn drive(&self, names: &Names) -> Option<Drive> {
        let of_people = PEOPLES.iter().any(|top| self.at.starts_with(top));
        let on_device = self.source.starts_with("/dev") && !self.kind.starts_with("squashfs");
        let remote = REMOTE.contains(&self.kind.as_str());
        let in_memory = IN_MEMORY.contains(&self.kind.as_str()) && of_people;
        if !(on_device || remote || in_memory || self.kind.starts_with("fuse") && of_people) {
            return None;
        }
        let known = names.0.get(&self.device);
        let own = known.and_then(|known| known.label.clone());
        let label = own.or_else(|| self.at.file_name().map(|name| name.to_string_lossy().into_owned()));
        let removable = on_device && is_removable(&self.device);
        Some(Drive {
            uuid: known.and_then(|known| known.uuid.clone()),
            label,
            mount: self.at.clone(),
            free: None,
            total: None,
            removable,
            read_only: self.read_only,
            // A part of a file system (a container's bind mount, a subvolume) belongs to where the rest is.
            system: !(of_people || removable && self.root == b"/"),
        })
    }
}

/// What udev says of a device.
#[derive(Debug, Default)]
struct Named {
    uuid: Option<String>,
    label: Option<String>,
}

/// UUIDs and labels by the numbers of the device.
#[derive(Debug)]
struct Names(HashMap<String, Named>);

impl Names {
    fn of_devices() -> Self {
        let mut names: HashMap<String, Named> = HashMap::new();
        for (folder, is_uuid) in [("/dev/disk/by-uuid", true), ("/dev/disk/by-label", false)] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Some(device) = numbers(&entry.path()) else { continue };
                let name = unescaped_by_udev(entry.file_name().as_bytes());
                let named = names.entry(device).or_default();
                *(if is_uuid { &mut named.uuid } else { &mut named.label }) = Some(name);
            }
        }
        Self(names)
    }
}

/// The numbers of the device that a link of udev's leads to, as the table of mounts writes them.
fn numbers(link: &Path) -> Option<String> {
    let stat = rustix::fs::stat(link).ok()?;
    Some(format!("{}:{}", rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev)))
}

/// Udev writes what a file name should not hold as `\x20`.
fn unescaped_by_udev(name: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        let value = after
            .strip_prefix(b"x")
            .and_then(|digits| std::str::from_utf8(digits.get(..2)?).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(value) if byte == b'\\' => {
                bytes.push(value);
                rest = &after[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the device, or the one it is a partition of, can be taken away: the kernel says so of cards and sticks, and
/// of drives in a USB case by where they hang.
fn is_removable(device: &str) -> bool {
    let Ok(place) = fs::canonicalize(format!("/sys/dev/block/{device}")) else { return false };
    let on_cable = place.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part.starts_with("usb") || part.starts_with("ieee1394") || part.starts_with("mmc_host")
    });
    let says =
        |folder: &Path| fs::read_to_string(folder.join("removable")).is_ok_and(|text| text.trim() == "1");
    on_cable || says(&place) || place.parent().is_some_and(says)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"22 27 0:21 / /proc rw,relatime - proc proc rw\n\
        27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n\
        40 27 8:17 / /media/tim/My\\040Stick rw,nosuid shared:9 master:2 - vfat /dev/sdb1 rw,uid=1000\n\
        41 27 8:33 / /run/media/tim/Film ro,nosuid - ext4 /dev/sdc1 ro\n\
        42 27 0:50 / /mnt/nas rw - nfs4 nas:/export rw\n\
        43 27 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro\n\
        44 27 0:51 / /media/tim/memory rw - tmpfs tmpfs rw\n\
        45 27 0:52 / /tmp rw - tmpfs tmpfs rw\n\
        broken line\n";

    #[test]
    fn the_table_of_mounts_is_understood() {
        let names = Names(HashMap::from([(
            "8:17".to_owned(),
            Named { uuid: Some("1234-ABCD".to_owned()), label: Some("My Stick".to_owned()) },
        )]));
        let drives: Vec<Drive> = parse(TABLE).iter().filter_map(|mount| mount.drive(&names)).collect();
        let shown: Vec<_> =
            drives.iter().map(|drive| (drive.mount.to_str().expect("text"), drive.system)).collect();
        assert_eq!(
            shown,
            [
                ("/", true),
                ("/media/tim/My Stick", false),
                ("/run/media/tim/Film", false),
                ("/mnt/nas", false),
                ("/media/tim/memory", false),
            ],
            "kernel tables, packages and the temporary folder are no drives"
        );
        assert_eq!(drives[1].uuid.as_deref(), Some("1234-ABCD"));
        assert_eq!(drives[2].label.as_deref(), Some("Film"), "without a label the mount point names it");
        assert!(drives[2].read_only && !drives[1].read_only);
    }

    #[test]
    fn names_are_written_out() {
        assert_eq!(unescaped(b"a\\040b\\134c\\9"), b"a b\\c\\9");
        assert_eq!(unescaped_by_udev(b"My\\x20Stick\\xc3\\xa9"), "My Stick\u{e9}");
        assert_eq!(unescaped_by_udev(b"odd\\x"), "odd\\x");
    }
}
