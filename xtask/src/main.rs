//! The project's own commands: `cargo xtask run` shows a newcomer the main job, `cargo xtask test` proves the project,
//! `cargo xtask bench` measures it.
//! Each installs what it needs first, saying what, and asks nothing. What a command does lies in the module named after
//! it; this one only reads the command line.

mod bench;
mod fuzz;
mod icons;
mod install;
mod places;
mod run;
mod say;
mod shell;
mod test;
mod tools;
mod ui;

use say::{Done, failure};
use std::process::ExitCode;

const HELP: &str = "\
The project's own commands. They install what is missing, saying what, and ask nothing.

cargo xtask run [--headless] [--keep]
    Builds Backtrail and shows its main job: a key, a backup, a change, a second backup, and the first moment restored
    and compared. Then opens the desktop app, where there is a display. --headless leaves the app closed, --keep leaves
    the folder with everything the run made.

cargo xtask test [--all] [SUITE…]
    Runs the suites, each with a budget of time. SUITE is one of lint, unit, ui, interop, desktop; all of them when none
    is named. --all also runs the long tests, those marked `ignore`, and judges no budget.

cargo xtask bench [CASE…] [--rounds=N] [--scale=N] [--cold] [--peers=NAME,…]
    Measures release builds. CASE is one of mixed, many, edit, chain, which compare with duplicity, restic, borg and
    rustic, or desktop, which measures the app. Without a CASE the four comparisons, written to docs/benchmarks.md.

cargo xtask fuzz [TARGET…] [--seconds=N]
    Fuzzes the parsers: names, manifest, difftar, sigtar, signature, delta, openpgp, address; each for N seconds (600).

cargo xtask icons
    Makes the icons' sizes again from icons/*.svg.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_told() {
                eprintln!("\nxtask: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Done {
    let Some((command, rest)) = words.split_first() else {
        println!("{HELP}");
        return Ok(());
    };
    match command.as_str() {
        "run" => run::run(&run::Options {
            headless: flags(rest, &["--headless", "--keep"])?.contains(&"--headless"),
            keep: rest.iter().any(|word| word == "--keep"),
        }),
        "test" => {
            let (flags, suites): (Vec<_>, Vec<_>) = rest.iter().partition(|word| word.starts_with('-'));
            let unknown = flags.iter().find(|flag| *flag != &"--all");
            if let Some(flag) = unknown {
                return failure(format!("`test` has no option {flag}.\n\n{HELP}"));
            }
            test::test(&suites, !flags.is_empty())
        }
        "bench" => bench::bench(rest),
        "fuzz" => fuzz::fuzz(rest),
        "icons" => {
            flags(rest, &[])?;
            icons::icons()
        }
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => failure(format!("there is no command {other}.\n\n{HELP}")),
    }
}

/// The words as options, all of which have to be among the known ones.
fn flags<'a>(words: &'a [String], known: &[&str]) -> Done<Vec<&'a str>> {
    match words.iter().find(|word| !known.contains(&word.as_str())) {
        Some(word) => failure(format!("{word} is not understood here.\n\n{HELP}")),
        None => Ok(words.iter().map(String::as_str).collect()),
    }
}
