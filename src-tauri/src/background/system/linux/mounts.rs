//! Drives that come and go, as the kernel's list of mounts tells it: `/proc/self/mountinfo`, which wakes whoever polls
//! it. It tells of every mount, also where no UDisks is, as on a server or in a small desktop.

use super::Known;
use backtrail_api::service::Nudge;
use backtrail_base::fs;
use rustix::event::{PollFd, PollFlags, poll};
use std::collections::BTreeSet;
use std::io::{self, Read, Seek};
use std::sync::Arc;

const LIST: &str = "/proc/self/mountinfo";

/// File systems that hold nobody's backup.
const NONE_OF_OURS: &[&str] = &[
    "autofs",
    "bpf",
    "cgroup",
    "cgroup2",
    "debugfs",
    "devpts",
    "devtmpfs",
    "fuse.gvfsd-fuse",
    "fuse.portal",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "securityfs",
    "sysfs",
    "tracefs",
];

/// Follows the list, in a thread that sleeps until the kernel has something to say.
pub(super) fn watch(known: &Arc<Known>) {
    let known = Arc::clone(known);
    // Without it the scheduler sees drives at its next look.
    let follow = move || drop(follow(&known, wait));
    drop(std::thread::Builder::new().name("mounts".to_owned()).stack_size(128 << 10).spawn(follow));
}

/// Waits until the list changed.
fn wait(list: &fs::File) -> io::Result<()> {
    poll(&mut [PollFd::new(list, PollFlags::PRI)], None)?;
    Ok(())
}

fn follow(known: &Known, wait: impl Fn(&fs::File) -> io::Result<()>) -> io::Result<()> {
    let mut list = fs::File::open(LIST)?;
    let mut before = read(&mut list)?;
    loop {
        wait(&list)?;
        let now = read(&mut list)?;
        for nudge in told(&before, &now) {
            known.tell(nudge);
        }
        before = now;
    }
}

fn read(list: &mut (impl Read + Seek)) -> io::Result<BTreeSet<String>> {
    let mut text = Vec::new();
    list.rewind()?;
    list.read_to_end(&mut text)?;
    Ok(mounts(&String::from_utf8_lossy(&text)))
}

/// Device and mount point of each mount that may be a drive; the format is in proc(5).
fn mounts(list: &str) -> BTreeSet<String> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let kind = after.split(' ').next()?;
        let mut fields = before.split(' ');
        let (device, place) = (fields.nth(2)?, fields.nth(1)?);
        (!NONE_OF_OURS.contains(&kind)).then(|| format!("{device} {place}"))
    };
    list.lines().filter_map(mount).collect()
}

fn told(before: &BTreeSet<String>, now: &BTreeSet<String>) -> Vec<Nudge> {
    let arrived = now.difference(before).next().map(|_| Nudge::DriveArrived);
    let left = before.difference(now).next().map(|_| Nudge::DriveLeft);
    arrived.into_iter().chain(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "\
22 29 0:21 / /proc rw,nosuid - proc proc rw
29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 29 0:26 / /run/user/1000 rw - tmpfs tmpfs rw
";
    const DRIVE: &str = "90 29 8:17 / /media/ada/Big\\040Disk rw,nosuid shared:4 - ext4 /dev/sdb1 rw\n";
    const NOISE: &str = "91 29 0:50 / /run/docker/x rw - overlay overlay rw\n";

    #[test]
    fn a_drive_that_comes_or_goes_is_told() {
        let before = mounts(BEFORE);
        let with = mounts(&format!("{BEFORE}{DRIVE}"));
        assert!(with.contains("8:17 /media/ada/Big\\040Disk"), "{with:?}");
        assert_eq!(told(&before, &with), [Nudge::DriveArrived]);
        assert_eq!(told(&with, &before), [Nudge::DriveLeft]);
        let other = mounts(&format!("{BEFORE}{}", DRIVE.replace("8:17", "8:33")));
        assert_eq!(
            told(&with, &other),
            [Nudge::DriveArrived, Nudge::DriveLeft],
            "another drive in its place"
        );
        assert!(
            told(&before, &mounts(&format!("{BEFORE}{NOISE}"))).is_empty(),
            "containers come and go all day"
        );
    }

    #[test]
    fn a_line_that_is_cut_off_is_left_out() {
        assert_eq!(mounts("29 1 8:1\n\n - ext4\n").len(), 0);
    }

    #[test]
    fn the_kernel_s_own_list_can_be_read_again_and_again() {
        let mut list = fs::File::open(LIST).expect("Linux has it");
        let first = read(&mut list).expect("it can be read");
        assert!(!first.is_empty(), "something is mounted at /");
        assert_eq!(read(&mut list).expect("and read again"), first, "from its beginning");
        let looked = std::cell::Cell::new(0);
        let ended = follow(&Known::default(), |_| {
            looked.set(looked.get() + 1);
            if looked.get() < 3 { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
        });
        assert!(ended.is_err() && looked.get() == 3, "it looks again after each change");
    }
}
