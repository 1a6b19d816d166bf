//! The suites: what each runs, what it needs on this machine, and how long it may take.

use super::count::Count;
use crate::say::{Done, failure, note, step};
use crate::{install, places, shell, tools, ui};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    /// Formatting, clippy, licences and sources of dependencies, types of the front end.
    Lint,
    /// Unit and property tests beside the code.
    Unit,
    /// The front end's components.
    Ui,
    /// Stock duplicity and gpg as the oracle.
    Interop,
    /// The real app in its real window.
    Desktop,
}

const ALL: [Suite; 5] = [Suite::Lint, Suite::Unit, Suite::Ui, Suite::Interop, Suite::Desktop];

/// The test file in `tests/` that is the desktop suite; the others are the interop suite.
const DESKTOP_TEST: &str = "desktop";

/// The packages whose documentation has examples. Not the whole workspace: for documentation cargo would compile half
/// of it again.
const DOC_TESTED: &[&str] = &["backtrail-delta"];

/// What the suites run with.
pub(super) struct Bench {
    /// What the tests find in their environment.
    environment: Vec<(&'static str, PathBuf)>,
    cargo_deny: Option<PathBuf>,
    /// Whether the long tests run too.
    long: bool,
}

impl Suite {
    /// What it is called by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Ui => "ui",
            Self::Interop => "interop",
            Self::Desktop => "desktop",
        }
    }

    /// How long it may take: the tests alone, but for `lint`, which is a compilation.
    pub(super) fn budget(self) -> Duration {
        Duration::from_secs(match self {
            Self::Lint => 12 * 60,
            Self::Unit => 3 * 60,
            Self::Ui => 60,
            Self::Interop => 6 * 60,
            Self::Desktop => 5 * 60,
        })
    }

    /// Runs it, and counts.
    ///
    /// # Errors
    /// When a runner cannot be started at all.
    pub(super) fn run(self, bench: &Bench) -> Done<Count> {
        match self {
            Self::Lint => lint(bench),
            Self::Unit => Ok(bench.tests(&unit_targets()?)?.and(bench.doc_tests()?)),
            Self::Ui => counted(&mut ui::npm(&["test", "--silent"])),
            Self::Interop => bench.tests(&interop_targets()?),
            Self::Desktop => bench.tests(&named([DESKTOP_TEST.to_owned()])),
        }
    }

    /// The cargo targets it runs.
    fn targets(self) -> Done<Vec<String>> {
        match self {
            Self::Lint | Self::Ui => Ok(Vec::new()),
            Self::Unit => unit_targets(),
            Self::Interop => interop_targets(),
            Self::Desktop => Ok(named([DESKTOP_TEST.to_owned()])),
        }
    }

    fn packages(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Lint => &[install::BUILD],
            Self::Unit => &[install::BUILD, install::INTEROP],
            Self::Ui => &[],
            Self::Interop => &[install::BUILD, install::INTEROP],
            Self::Desktop => &[install::BUILD, install::WINDOW],
        }
    }
}

/// The suites of these names, in their own order; all of them for no name.
pub(super) fn chosen(names: &[&String]) -> Done<Vec<Suite>> {
    let known = |name: &str| ALL.iter().any(|suite| suite.name() == name);
    match names.iter().find(|name| !known(name)) {
        Some(name) => {
            let all = ALL.map(Suite::name).join(", ");
            failure(format!("there is no suite {name}; the suites are {all}."))
        }
        None => Ok(ALL
            .into_iter()
            .filter(|s| names.is_empty() || names.iter().any(|name| *name == s.name()))
            .collect()),
    }
}

/// Installs and builds what the suites need.
///
/// # Errors
/// When something cannot be installed or does not compile.
pub(super) fn prepare(chosen: &[Suite], long: bool) -> Done<Bench> {
    let has = |suite| chosen.contains(&suite);
    let packages: Vec<&[&str]> = chosen.iter().flat_map(|suite| suite.packages()).copied().collect();
    install::install(&packages)?;
    let mut bench = Bench { environment: Vec::new(), cargo_deny: None, long };
    if has(Suite::Lint) {
        bench.cargo_deny = Some(tools::cargo_deny()?);
    }
    if has(Suite::Interop) {
        bench.environment.push(("DUPLICITY_08", PathBuf::from("/usr/bin/duplicity")));
        bench.environment.push(("DUPLICITY_3", tools::duplicity()?));
    }
    if has(Suite::Desktop) {
        bench.environment.push(("TAURI_DRIVER", tools::tauri_driver()?));
    }
    ui::build()?;
    let mut targets = Vec::new();
    for suite in chosen {
        targets.extend(suite.targets()?);
    }
    if !targets.is_empty() {
        step("Building the programs and the tests");
        let root = places::root();
        shell::run(shell::cargo(&root).args(["build", "--workspace", "--exclude", "xtask", "--bins"]))?;
        shell::run(bench.cargo_test(&targets).arg("--no-run"))?;
        bench.environment.push(("BACKTRAIL_BIN", places::program("backtrail")?));
        bench.environment.push(("BACKTRAIL_DESKTOP_BIN", places::program("backtrail-desktop")?));
    }
    Ok(bench)
}

/// The tests beside the code: those within the libraries and programs, and each crate's own `tests` folder.
fn unit_targets() -> Done<Vec<String>> {
    let mut targets = Vec::from(["--lib", "--bins"].map(str::to_owned));
    for entry in fs_err::read_dir(places::root().join("crates"))? {
        targets.extend(named(test_files(&entry?.path().join("tests"))?));
    }
    Ok(targets)
}

/// Every test file of the `tests` package but the desktop's.
fn interop_targets() -> Done<Vec<String>> {
    let files = test_files(&places::root().join("tests/tests"))?;
    Ok(named(files.into_iter().filter(|name| name != DESKTOP_TEST)))
}

/// The test targets in a folder: `name.rs` and `name/main.rs`.
fn test_files(folder: &Path) -> Done<Vec<String>> {
    let mut names = Vec::new();
    if folder.is_dir() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            let is_test = path.extension().is_some_and(|end| end == "rs") || path.join("main.rs").is_file();
            names
                .extend(path.file_stem().filter(|_| is_test).map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn named(names: impl IntoIterator<Item = String>) -> Vec<String> {
    names.into_iter().flat_map(|name| ["--test".to_owned(), name]).collect()
}

impl Bench {
    /// Runs these cargo targets. An empty list is nothing to run, and a failure.
    fn tests(&self, targets: &[String]) -> Done<Count> {
        if targets.is_empty() {
            return failure("there is no test in this suite.");
        }
        let mut command = self.cargo_test(targets);
        if self.long {
            command.args(["--", "--include-ignored"]);
        }
        counted(&mut command)
    }

    /// Runs the examples in the documentation, where there are any.
    fn doc_tests(&self) -> Done<Count> {
        let mut count = Count::default();
        let mut command = shell::cargo(&places::root());
        command.args(["test", "--no-fail-fast", "--doc"]).envs(self.environment.iter().cloned());
        command.args(DOC_TESTED.iter().flat_map(|package| ["-p", package]));
        let success = shell::stream(&mut command, |line| {
            count = count.and(Count::line(line));
        })?;
        Ok(if success { count } else { count.and(Count::FAILURE) })
    }

    /// Always the whole workspace, whatever the targets: a part of it would have other features of the same
    /// dependencies, and be compiled again.
    fn cargo_test(&self, targets: &[String]) -> Command {
        let mut command = shell::cargo(&places::root());
        command
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(targets)
            .envs(self.environment.iter().cloned());
        command
    }
}

/// Runs a test runner, and counts what it says it ran.
fn counted(command: &mut Command) -> Done<Count> {
    let mut count = Count::default();
    let success = shell::stream(command, |line| count = count.and(Count::line(line)))?;
    Ok(count.ended(success))
}

/// Each check counts as one test.
fn lint(bench: &Bench) -> Done<Count> {
    let root = places::root();
    let mut checks = vec![shell::cargo(&root), shell::cargo(&root), ui::npm(&["run", "--silent", "check"])];
    checks[0].args(["fmt", "--all", "--check"]);
    checks[1].args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    if let Some(program) = &bench.cargo_deny {
        let mut offline = shell::command(program, &root);
        // Errors alone: that two versions of a crate are in use is told when `cargo deny` is run by hand.
        offline.args(["--all-features", "--log-level", "error", "check", "licenses", "bans", "sources"]);
        checks.push(offline);
        let mut advisories = shell::command(program, &root);
        advisories.args(["--all-features", "check", "advisories"]);
        if shell::succeeds(shell::command(program, &root).args(["fetch", "db"])) {
            checks.push(advisories);
        } else {
            note("Security advisories are not checked: their database cannot be fetched from here.");
        }
    }
    let mut count = Count::default();
    for check in &mut checks {
        count = count.and(match shell::run(check) {
            Ok(()) => Count::SUCCESS,
            Err(error) => {
                eprintln!("    {error}");
                Count::FAILURE
            }
        });
    }
    Ok(count)
}
