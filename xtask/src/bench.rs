//! `cargo xtask bench`: the benchmarks, with what they need: release builds, and the peers they compare with.

use crate::say::{Done, failure, step};
use crate::{install, places, shell, tools, ui};
use std::path::PathBuf;

/// The cases that compare with other programs.
const PEER_CASES: &[&str] = &["mixed", "many", "edit", "chain"];
/// The desktop app's own figures.
const DESKTOP: &str = "desktop";

/// Runs the benchmarks of these names; those that compare with other programs for none. What begins with `--` goes to
/// them: `--rounds=3`, `--scale=1`, `--cold`, `--peers=backtrail,restic`, `--folder=/where/to/work`.
///
/// # Errors
/// When something cannot be installed or built, or a benchmark fails.
pub(crate) fn bench(words: &[String]) -> Done {
    let (options, names): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.starts_with("--"));
    let known = |name: &str| name == DESKTOP || PEER_CASES.contains(&name);
    if let Some(name) = names.iter().find(|name| !known(name)) {
        return failure(format!(
            "there is no benchmark {name}; they are {}, {DESKTOP}.",
            PEER_CASES.join(", ")
        ));
    }
    let cases: Vec<&String> = names.iter().copied().filter(|name| *name != DESKTOP).collect();
    if !cases.is_empty() || names.is_empty() {
        let mut command = peers()?;
        command.args(&cases).args(&options);
        if names.is_empty() {
            // The whole of it is what the page shows.
            command.arg(format!("--write={}", places::root().join("docs/benchmarks.md").display()));
        }
        shell::run(&mut command)?;
    }
    if names.iter().any(|name| *name == DESKTOP) {
        shell::run(desktop()?.args(&options))?;
    }
    Ok(())
}

/// The comparison, ready to run.
fn peers() -> Done<std::process::Command> {
    install::install(&[install::BUILD, install::INTEROP, install::PEERS])?;
    let root = places::root();
    step("Building the release");
    shell::run(shell::cargo(&root).args(["build", "--release", "--package", "backtrail-cli"]))?;
    let mut command = shell::cargo(&root);
    command.args(["bench", "--package", "backtrail-tests", "--bench", "peers", "--"]);
    command.env("BACKTRAIL_BIN", release("backtrail")?).env("DUPLICITY_3", tools::duplicity()?);
    command.env("RUSTIC", tools::rustic()?);
    Ok(command)
}

/// The desktop app's figures, ready to be taken.
fn desktop() -> Done<std::process::Command> {
    install::install(&[install::BUILD, install::WINDOW])?;
    ui::build()?;
    let root = places::root();
    step("Building the release");
    shell::run(shell::cargo(&root).args(["build", "--release", "--package", "backtrail-desktop"]))?;
    let mut command = shell::cargo(&root);
    command.args(["bench", "--package", "backtrail-tests", "--bench", DESKTOP, "--"]);
    command.env("BACKTRAIL_DESKTOP_BIN", release("backtrail-desktop")?);
    command.env("TAURI_DRIVER", tools::tauri_driver()?);
    Ok(command)
}

/// A program of the release, which lies beside the folder of this one.
fn release(name: &str) -> Done<PathBuf> {
    let program =
        places::built()?.with_file_name("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() { Ok(program) } else { failure(format!("{} was not built.", program.display())) }
}
