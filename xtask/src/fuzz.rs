//! `cargo xtask fuzz`: libFuzzer on every parser, each for a time, from a small corpus that the repository keeps. Works
//! with the stable compiler: the instrumentation is LLVM's own.

use crate::say::{Done, failure, note, step};
use crate::{install, places, shell};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every target, one a parser; `tests/fuzz/src` has a file of each name.
pub(crate) const TARGETS: &[&str] =
    &["names", "manifest", "difftar", "sigtar", "signature", "delta", "openpgp", "address"];

/// LLVM's coverage instrumentation, as libFuzzer reads it.
const INSTRUMENT: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Fuzzes the targets of these names, all for none, for so many seconds each.
///
/// # Errors
/// When they cannot be built, or one found a fault; its input is kept and named.
pub(crate) fn fuzz(words: &[String]) -> Done {
    let (options, names): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.starts_with("--"));
    let seconds = options.iter().find_map(|word| word.strip_prefix("--seconds=")).unwrap_or("600");
    if let Some(name) = names.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        return failure(format!("there is no fuzz target {name}; they are {}.", TARGETS.join(", ")));
    }
    let chosen: Vec<&str> =
        if names.is_empty() { TARGETS.to_vec() } else { names.iter().map(|name| name.as_str()).collect() };
    let programs = build()?;
    for target in chosen {
        run(&programs, target, seconds)?;
    }
    Ok(())
}

/// Builds the targets; the folder of their programs.
fn build() -> Done<PathBuf> {
    install::install(&[install::BUILD, install::FUZZ])?;
    step("Building the fuzz targets");
    let here = home();
    let built = places::root().join("target").join("fuzz");
    let triple = host()?;
    let mut cargo = shell::cargo(&here);
    // With a target named, build scripts are left without instrumentation.
    cargo.args(["build", "--release", "--target", &triple]);
    shell::run(cargo.env("RUSTFLAGS", INSTRUMENT).env("CARGO_TARGET_DIR", &built))?;
    Ok(built.join(triple).join("release"))
}

fn run(programs: &Path, target: &str, seconds: &str) -> Done {
    step(&format!("Fuzzing {target} for {seconds} s"));
    let corpus = home().join("corpus").join(target);
    let found = programs.join("corpus").join(target);
    let faults = home().join("artifacts").join(target);
    for folder in [&corpus, &found, &faults] {
        fs_err::create_dir_all(folder)?;
    }
    let mut fuzzer = Command::new(programs.join(target));
    fuzzer.arg(format!("-max_total_time={seconds}")).args([
        "-timeout=20",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
    ]);
    fuzzer.args(["-verbosity=0", "-max_len=65536"]).arg(format!("-artifact_prefix={}/", faults.display()));
    // What is new goes to the first folder; the repository's small corpus is only read.
    shell::run(fuzzer.arg(&found).arg(&corpus))?;
    note("No fault.");
    Ok(())
}

fn home() -> PathBuf {
    places::root().join("tests").join("fuzz")
}

/// The compiler's own target.
fn host() -> Done<String> {
    let version = shell::output(Command::new("rustc").arg("-vV"))?;
    match version.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => failure("rustc does not say what it compiles for."),
    }
}
