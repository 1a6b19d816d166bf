//! Tools that no package has: built once, each in a folder of the cache named after its version, which counts only
//! when its mark is there, so that an interrupted build is begun again.

use crate::say::{Done, failure, note, step};
use crate::{places, shell};
use std::path::{Path, PathBuf};

/// The newest stock duplicity, which the tests hold us to.
const DUPLICITY: &str = "3.2.1";
/// Checks the licences and sources of everything we depend on.
const CARGO_DENY: &str = "0.20.2";
/// A peer in the benchmarks, which no package has.
const RUSTIC: &str = "0.11.4";
/// Drives the real window.
const TAURI_DRIVER: &str = "2.1.0";

/// The newest stock duplicity's program, in an environment of its own.
pub(crate) fn duplicity() -> Done<PathBuf> {
    let folder = once("duplicity", DUPLICITY, |folder| {
        // The system's Python is the one whose headers the package python3-dev brings.
        let python =
            ["/usr/bin/python3", "python3"].into_iter().find(|python| runs(python)).unwrap_or("python3");
        shell::run(shell::command(python, folder).args(["-m", "venv", "."]))?;
        let install = |package: &str| {
            shell::run(
                shell::command(folder.join("bin/python"), folder)
                    .args(["-m", "pip", "--disable-pip-version-check", "-q", "install"])
                    .arg(package),
            )
        };
        // Without it Debian's pip installs source packages in the old way, which one that duplicity needs has left.
        install("wheel")?;
        install(&format!("duplicity=={DUPLICITY}"))
    })?;
    Ok(folder.join("bin/duplicity"))
}

/// cargo-deny's program.
pub(crate) fn cargo_deny() -> Done<PathBuf> {
    from_crates_io("cargo-deny", CARGO_DENY)
}

/// tauri-driver's program.
pub(crate) fn tauri_driver() -> Done<PathBuf> {
    from_crates_io("tauri-driver", TAURI_DRIVER)
}

/// rustic's program, with the usual optimisation: it is compared by speed.
pub(crate) fn rustic() -> Done<PathBuf> {
    let folder = once("rustic-rs", RUSTIC, |folder| {
        let build = folder.join("build");
        let mut cargo = shell::cargo(folder);
        cargo
            .args(["install", "rustic-rs", "--version", RUSTIC, "--locked", "--quiet", "--root"])
            .arg(folder);
        shell::run(cargo.env("CARGO_TARGET_DIR", &build))?;
        Ok(fs_err::remove_dir_all(build)?)
    })?;
    Ok(folder.join("bin").join(format!("rustic{}", std::env::consts::EXE_SUFFIX)))
}

fn from_crates_io(name: &str, version: &str) -> Done<PathBuf> {
    let folder = once(name, version, |folder| {
        let build = folder.join("build");
        let mut cargo = shell::cargo(folder);
        cargo.args(["install", name, "--version", version, "--locked", "--quiet", "--root"]).arg(folder);
        // Quick to build rather than quick to run.
        cargo.env("CARGO_TARGET_DIR", &build).env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        shell::run(&mut cargo)?;
        Ok(fs_err::remove_dir_all(build)?)
    })?;
    Ok(folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// The tool's folder, made by `build` in its final place (an environment of Python's cannot be moved) when it is not
/// there yet. Two runs at once wait for each other.
fn once(name: &str, version: &str, build: impl FnOnce(&Path) -> Done) -> Done<PathBuf> {
    let cache = places::cache()?;
    fs_err::create_dir_all(&cache)?;
    let lock = fs_err::File::create(cache.join(format!("{name}.lock")))?;
    lock.file().lock()?;
    let folder = cache.join(format!("{name}-{version}"));
    let mark = folder.join("complete");
    if mark.is_file() {
        return Ok(folder);
    }
    step(&format!("Building {name} {version} once, into {}", folder.display()));
    if folder.exists() {
        note("An earlier build of it was interrupted; beginning again.");
        fs_err::remove_dir_all(&folder)?;
    }
    fs_err::create_dir_all(&folder)?;
    if let Err(error) = build(&folder) {
        return failure(format!("{name} {version} could not be built: {error}"));
    }
    fs_err::write(mark, "")?;
    Ok(folder)
}

fn runs(program: &str) -> bool {
    shell::succeeds(std::process::Command::new(program).arg("--version"))
}
