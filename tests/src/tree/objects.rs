//! Makes single objects in a folder (files, folders, links, pipes, devices, sockets) and dresses them with owners,
//! permissions and times. It promises that what could not be made is an error with the path; which object stands
//! where is the tree's business.

use backtrail_base::fs;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What an object is. Sockets are in the tree because duplicity leaves them out, and so must everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A character device (root only).
    CharDevice,
    /// A block device (root only).
    BlockDevice,
    /// A socket: never backed up.
    Socket,
}

impl Kind {
    /// The kinds that can be made here.
    #[must_use]
    pub fn available(devices: bool) -> Vec<Self> {
        let mut kinds = vec![Self::File, Self::Dir, Self::Symlink, Self::Fifo, Self::Socket];
        if devices {
            kinds.extend([Self::CharDevice, Self::BlockDevice]);
        }
        kinds
    }
}

/// One piece of a difftar: sizes around its multiples are where splitting goes wrong.
pub const PIECE: usize = 65536;

/// Sizes worth having: around blocks, signature block lengths and pieces.
pub(super) const SIZES: &[usize] = &[
    0,
    1,
    15,
    511,
    512,
    513,
    2047,
    2048,
    2049,
    10240,
    PIECE - 1,
    PIECE,
    PIECE + 1,
    2 * PIECE - 1,
    2 * PIECE,
    2 * PIECE + 1,
    3 * PIECE,
];

/// Content of `size` bytes: noise, text that compresses, or one byte repeated.
pub(super) fn content(rng: &mut SmallRng, size: usize) -> Vec<u8> {
    match rng.random_range(0..4) {
        0 => {
            let words: Vec<Vec<u8>> = (0..20).map(|_| super::names::word(rng)).collect();
            let mut text = Vec::with_capacity(size + 16);
            while text.len() < size {
                text.extend_from_slice(words.choose(rng).map_or(b"x", Vec::as_slice));
                text.push(b' ');
            }
            text.truncate(size);
            text
        }
        1 => vec![rng.random(); size],
        _ => noise(rng, size),
    }
}

/// Content that does not compress.
pub(super) fn noise(rng: &mut SmallRng, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// Makes one undressed object of `kind`; files get `size` bytes of content, or any of [`SIZES`].
pub(super) fn make(rng: &mut SmallRng, path: &Path, kind: Kind, size: Option<usize>) -> io::Result<()> {
    match kind {
        Kind::File => {
            let size = size.unwrap_or_else(|| SIZES.choose(rng).copied().unwrap_or(1));
            fs::write(path, content(rng, size))
        }
        Kind::Dir => fs::create_dir(path),
        Kind::Symlink => symlink(rng, path),
        Kind::Fifo => node(path, FileType::Fifo, 0),
        Kind::Socket => node(path, FileType::Socket, 0),
        Kind::CharDevice => node(path, FileType::CharacterDevice, device_number(rng)),
        Kind::BlockDevice => node(path, FileType::BlockDevice, device_number(rng)),
    }
}

/// A file of `size` bytes that is nearly all hole, with a few bytes near the middle and at the end.
pub(super) fn make_sparse(rng: &mut SmallRng, path: &Path, size: u64) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.seek(SeekFrom::Start(size / 2 + rng.random_range(0..1000)))?;
    file.write_all(b"an island in the hole")?;
    file.seek(SeekFrom::Start(size - 1))?;
    file.write_all(b"!")
}

/// Makes a symbolic link: dangling, to a folder, absolute, non-UTF-8, or nearly as long as the system allows.
pub(super) fn symlink(rng: &mut SmallRng, path: &Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStringExt;
    let target = match rng.random_range(0..7) {
        0 => b"does/not/exist".to_vec(),
        1 => b"..".to_vec(),
        2 => b"/etc/passwd".to_vec(),
        3 => b"new\nline \"and\" quote\xff\xfe".to_vec(),
        4 => (0..rng.random_range(95..110)).map(|_| rng.random_range(b'a'..=b'z')).collect(),
        5 => "verylong/".repeat(450).into_bytes(),
        _ => super::names::random(rng),
    };
    let target = std::ffi::OsString::from_vec(target);
    fs::os::unix::fs::symlink(target, path)
}

/// A device number; nobody opens these, so any will do. Small, usual, and the largest Linux has.
pub(super) fn device_number(rng: &mut SmallRng) -> u64 {
    let (major, minor) =
        [(1, 3), (7, 200), (240, 0), (511, 65535), (4095, 1_048_575), (8, rng.random_range(0..256))]
            .choose(rng)
            .copied()
            .unwrap_or((1, 3));
    rustix::fs::makedev(major, minor)
}

fn node(path: &Path, kind: FileType, device: u64) -> io::Result<()> {
    rustix::fs::mknodat(CWD, path, kind, Mode::from_raw_mode(0o644), device)
        .map_err(|error| io::Error::new(error.kind(), format!("mknod {}: {error}", path.display())))
}

/// Whether this process may make devices in `folder` (root outside of a strict container).
pub(super) fn devices_possible(folder: &Path) -> bool {
    let probe = folder.join("device probe");
    let possible = node(&probe, FileType::CharacterDevice, rustix::fs::makedev(1, 3)).is_ok();
    if possible {
        let _ = fs::remove_file(&probe);
    }
    possible
}

/// Gives an object a random owner.
pub(super) fn chown(rng: &mut SmallRng, path: &Path) -> io::Result<()> {
    const IDS: &[u32] = &[0, 0, 1, 33, 1000, 65534, 100_000, 2_097_151, 2_097_152, 3_000_000, 4_294_967_294];
    let owner = IDS.choose(rng).copied().unwrap_or(0);
    let group = IDS.choose(rng).copied().unwrap_or(0);
    let (owner, group) = (Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)));
    rustix::fs::chownat(CWD, path, owner, group, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| io::Error::new(error.kind(), format!("chown {}: {error}", path.display())))
}

/// Gives an object (not a link) random permissions; without root, only such as leave it to its owner.
pub(super) fn chmod(rng: &mut SmallRng, path: &Path, kind: Kind, root: bool) -> io::Result<()> {
    const MODES: &[u32] = &[
        0o644, 0o600, 0o755, 0o700, 0o444, 0o400, 0o777, 0o000, 0o4755, 0o2755, 0o6711, 0o1777, 0o1644,
        0o7777, 0o111, 0o002,
    ];
    let mode = MODES.choose(rng).copied().unwrap_or(0o644);
    let own = if kind == Kind::Dir { 0o700 } else { 0o600 };
    let mode = if root { mode } else { mode | own };
    fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// Gives an object a random time: old, new, far ahead, whole or with a fraction near a second's end.
pub(super) fn touch(rng: &mut SmallRng, path: &Path) -> io::Result<()> {
    const SECONDS: &[i64] =
        &[0, 1, 2_147_483_647, 2_147_483_648, 4_102_444_800, 8_589_934_591, 8_589_934_592];
    const NANOSECONDS: &[u32] = &[0, 0, 1, 500_000_000, 999_999_880, 999_999_881, 999_999_900, 999_999_999];
    let seconds = match rng.random_range(0..5) {
        0 => SECONDS.choose(rng).copied().unwrap_or(0),
        _ => rng.random_range(100_000_000..1_700_000_000),
    };
    set_time(path, seconds, NANOSECONDS.choose(rng).copied().unwrap_or(0))
}

/// Sets the modification time of an object itself, never of what a link names.
pub fn set_time(path: &Path, seconds: i64, nanoseconds: u32) -> io::Result<()> {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| io::Error::new(error.kind(), format!("utimensat {}: {error}", path.display())))
}
