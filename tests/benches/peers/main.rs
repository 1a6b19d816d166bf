//! Backtrail beside its peers on the same work, in one run: duplicity, restic, borg and rustic. Runs alternate, figures
//! are medians; peak memory is that of the whole process tree. Started by `cargo xtask bench`, which builds and installs
//! what it needs; the table and the plot go to `docs/benchmarks.md` when all cases were run.

mod cases;
mod measure;
mod peer;
mod report;
mod trees;

use peer::Peer;
use report::Report;
use std::path::PathBuf;

/// How the run is made.
pub(crate) struct Options {
    /// Where trees, repositories and restored files lie.
    pub(crate) folder: PathBuf,
    /// How often each step is measured.
    pub(crate) rounds: usize,
    /// The peers.
    pub(crate) peers: Vec<Peer>,
    /// Divides sizes and counts: for a quick look whose figures say little.
    pub(crate) scale: usize,
    /// Whether the page cache is emptied before each step.
    pub(crate) cold: bool,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(&format!("--{name}=")));
    let number = |name: &str, usual: usize| value(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let peers = Peer::ALL.into_iter();
    let peers = peers
        .filter(|peer| value("peers").is_none_or(|list| list.split(',').any(|name| name == peer.name())));
    let scratch = tempfile::Builder::new()
        .prefix("backtrail-bench-")
        .tempdir_in(value("folder").map_or_else(std::env::temp_dir, PathBuf::from));
    let scratch = scratch.expect("the folder for the benchmark can be written");
    let options = Options {
        folder: scratch.path().to_path_buf(),
        rounds: number("rounds", 3),
        peers: peers.filter(Peer::is_there).collect(),
        scale: number("scale", 1),
        cold: words.iter().any(|word| word == "--cold"),
    };
    let chosen: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    let mut report = Report::new(&options);
    for case in cases::ALL {
        if chosen.is_empty() || chosen.contains(&case.name) {
            println!("\n{}: {}", case.name, case.about);
            (case.run)(&options, &mut report);
            report.print(case.name);
        }
    }
    if let Some(file) = value("write") {
        report.write(&PathBuf::from(file));
    }
}
