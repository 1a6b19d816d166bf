//! A drive that can be plugged in and pulled out: a file system of its own in a file, mounted where a desktop mounts
//! drives. Mounting needs root; where it is refused, the test fails with the reason.

use backtrail_base::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The drive. It is pulled out when dropped, and its mount point removed.
#[derive(Debug)]
pub(super) struct Drive {
    image: PathBuf,
    mount: PathBuf,
    plugged: bool,
}

impl Drive {
    /// Makes the file system in `images`, and plugs it in.
    pub(super) fn plug(images: &Path, label: &str, mebibytes: u32) -> Self {
        fs::create_dir_all(images).expect("one's own folder");
        let image = images.join(format!("{label}.img"));
        let file = fs::File::create(&image).expect("one's own folder");
        file.set_len(u64::from(mebibytes) << 20).expect("a sparse file");
        ran(Command::new("mkfs.ext4").args(["-q", "-m", "0", "-L", label]).arg(&image), "e2fsprogs");
        // Two tests at once must not share a mount point: desktops keep one folder a person there.
        let person = images.ancestors().nth(1).and_then(Path::file_name).expect("a session's folder");
        let mount = Path::new("/media").join(person.to_string_lossy().trim_start_matches('.')).join(label);
        let mut drive = Self { image, mount, plugged: false };
        drive.plug_again();
        drive
    }

    /// Where it is mounted.
    pub(super) fn mount(&self) -> &Path {
        &self.mount
    }

    /// Plugs it in where it was before.
    pub(super) fn plug_again(&mut self) {
        if !self.plugged {
            fs::create_dir_all(&self.mount).expect("tests that plug drives in run as root, for `mount`");
            ran(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.mount), "mount");
            self.plugged = true;
        }
    }

    /// Pulls it out at once. The empty mount point is removed, as desktops do.
    pub(super) fn unplug(&mut self) {
        if std::mem::take(&mut self.plugged) {
            // Lazily: a program that still writes keeps what it holds, as with a drive that is pulled.
            let _ = Command::new("umount").arg("--lazy").arg(&self.mount).status();
            let _ = fs::remove_dir(&self.mount);
        }
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        self.unplug();
        if let Some(person) = self.mount.parent() {
            let _ = fs::remove_dir(person);
        }
    }
}

fn ran(command: &mut Command, package: &str) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| {
        panic!("{:?} did not start: {error}. It comes with {package}.", command.get_program())
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed; plugging a drive in needs root: {said}");
}
