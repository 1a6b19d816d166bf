//! System packages: which are missing is asked of dpkg, and only those are installed, without a question. On a system
//! without apt nothing is installed; the list is shown, and what is truly missing fails by itself later.

use crate::say::{Done, failure, note, step};
use crate::{places, shell};
use std::path::Path;
use std::process::Command;

/// What building needs.
pub(crate) const BUILD: &[&str] = &[
    "gcc",
    "libc6-dev",
    "libclang-dev",          // the OpenSSL bindings are made while building
    "libdbus-1-dev",         // light and dark from the desktop
    "libssl-dev",            // the OpenPGP crate's cryptography
    "libwebkit2gtk-4.1-dev", // the window
    "pkg-config",
];

/// What the tests against stock programs need: duplicity 0.8.22 and what its release 3 builds with, gpg, rdiff; a
/// keyring on a bus, and what reads a page as a person and a camera would.
pub(crate) const INTEROP: &[&str] = &[
    "bsdutils",
    "dbus",
    "duplicity",
    "gettext",
    "git",
    "gnome-keyring",
    "gnupg",
    "librsync-dev",
    "libsecret-tools",
    "poppler-utils",
    "python3-dev",
    "python3-venv",
    "rdiff",
];

/// What the tests of the real window need: a display, buses, a window manager, a panel with a tray, a keyring,
/// notifications, hands on the mouse and keyboard, drives, a WebDriver.
pub(crate) const WINDOW: &[&str] = &[
    "dbus",
    "dunst",
    "e2fsprogs",
    "fonts-dejavu-core",
    "gnome-keyring",
    "mount",
    "openbox",
    "poppler-utils",
    "webkit2gtk-driver",
    "x11-apps",
    "x11-utils",
    "xdotool",
    "xfce4-panel",
    "xvfb",
];

/// What the fuzz targets need: libFuzzer is C++.
pub(crate) const FUZZ: &[&str] = &["g++"];

/// What the benchmarks compare with, beside duplicity.
pub(crate) const PEERS: &[&str] = &["borgbackup", "restic"];

/// Installs those of the packages that are missing.
///
/// # Errors
/// When apt cannot install them.
pub(crate) fn install(groups: &[&[&str]]) -> Done {
    let wanted: Vec<&str> = groups.concat();
    if !Path::new("/usr/bin/dpkg-query").exists() {
        note(&format!("This system has no apt. Needed here, under whatever names: {}", wanted.join(" ")));
        return Ok(());
    }
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("Installing {} from the system's packages", missing.join(" ")));
    if lists_are_empty() {
        shell::run(&mut apt(&["update"]))?;
    }
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(&missing);
    if shell::run(&mut apt(&words)).is_err() {
        note("That failed; perhaps the lists of packages are old.");
        shell::run(&mut apt(&["update"]))?;
        shell::run(&mut apt(&words))?;
    }
    Ok(())
}

fn missing<'a>(wanted: &[&'a str]) -> Done<Vec<&'a str>> {
    let query = Command::new("dpkg-query").args(["-W", "-f=${Status} ${Package}\n"]).args(wanted).output();
    match query {
        Ok(query) => Ok(absent(wanted, &String::from_utf8_lossy(&query.stdout))),
        Err(error) => failure(format!("dpkg-query could not start: {error}.")),
    }
}

/// Those of the wanted packages that dpkg's answer does not call installed.
fn absent<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let installed: Vec<&str> =
        answer.lines().filter_map(|line| line.strip_prefix("install ok installed ")).collect();
    wanted.iter().copied().filter(|name| !installed.contains(name)).collect()
}

fn lists_are_empty() -> bool {
    let lists = fs_err::read_dir("/var/lib/apt/lists");
    !lists.is_ok_and(|lists| {
        lists.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    })
}

/// apt-get with these words: through sudo when this is not root, waiting when another apt is at work.
fn apt(words: &[&str]) -> Command {
    let here = places::root();
    let mut command = if is_root() { shell::command("env", &here) } else { shell::command("sudo", &here) };
    if !is_root() {
        command.arg("env");
    }
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"])
        .args(words);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_packages_count_as_present() {
        let answer =
            "install ok installed gcc\ndeinstall ok config-files rdiff\nunknown ok not-installed xvfb\n";
        assert_eq!(absent(&["gcc", "rdiff", "xvfb", "git"], answer), ["rdiff", "xvfb", "git"]);
    }
}
