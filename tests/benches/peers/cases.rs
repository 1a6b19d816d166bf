//! The cases: what is backed up, changed and restored, and which figures are kept.

use super::measure::{Cost, run, settle};
use super::peer::{Peer, Repository};
use super::report::Report;
use super::{Options, trees};
use backtrail_base::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Options, &mut Report),
}

/// All of them.
pub(crate) const ALL: &[Case] = &[
    Case { name: "mixed", about: "1 GiB in 14,000 files, half of it incompressible", run: mixed },
    Case { name: "many", about: "200,000 small files", run: many },
    Case {
        name: "edit",
        about: "a file of 1 GiB, a byte inserted near its start, then 4,096 edits",
        run: edit,
    },
    Case { name: "chain", about: "30 increments, each with a twentieth of the files changed", run: chain },
];

/// A folder of this name, empty.
fn fresh(options: &Options, name: &str) -> PathBuf {
    let folder = options.folder.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("one's own folder");
    }
    fs::create_dir_all(&folder).expect("one's own folder");
    folder
}

fn measured(
    options: &Options,
    report: &mut Report,
    case: &str,
    step: &str,
    peer: &str,
    command: &mut Command,
) -> Cost {
    settle(options.cold);
    let cost = run(command);
    println!("    {peer:<10} {step:<16} {:>8.2} s", cost.wall);
    report.add(case, step, peer, cost);
    cost
}

/// Backs up, backs up again, restores; for each peer in turn, so that what else the machine does falls on all.
fn rounds(options: &Options, report: &mut Report, case: &'static str, source: &Path) {
    for _ in 0..options.rounds {
        for peer in &options.peers {
            let mut repository = Repository::new(*peer, &fresh(options, "repository"));
            measured(options, report, case, "full", peer.name(), &mut repository.back_up(source));
            report.size(case, "stored", peer.name(), repository.size());
            measured(options, report, case, "nothing changed", peer.name(), &mut repository.back_up(source));
            let target = fresh(options, "restored");
            measured(
                options,
                report,
                case,
                "restore",
                peer.name(),
                &mut repository.restore(source, None, &target),
            );
            assert!(
                trees::bytes(&target) >= trees::bytes(source),
                "{} restored less than it got",
                peer.name()
            );
        }
    }
}

fn mixed(options: &Options, report: &mut Report) {
    let source = fresh(options, "source");
    trees::mixed(&source, 14_000 / options.scale, (1 << 30) / options.scale as u64);
    rounds(options, report, "mixed", &source);
}

fn many(options: &Options, report: &mut Report) {
    let source = fresh(options, "source");
    trees::many(&source, 200_000 / options.scale);
    rounds(options, report, "many", &source);
    for _ in 0..options.rounds {
        let mut find = Command::new("find");
        find.arg(&source).args(["-printf", "%p %s %T@ %C@ %i %m %U %G\n"]);
        measured(options, report, "many", "nothing changed", "find -printf", &mut find);
    }
}

fn edit(options: &Options, report: &mut Report) {
    for _ in 0..options.rounds {
        for peer in &options.peers {
            let source = fresh(options, "source");
            let file = source.join("disk.img");
            trees::large(&file, (1 << 30) / options.scale);
            let mut repository = Repository::new(*peer, &fresh(options, "repository"));
            measured(options, report, "edit", "full", peer.name(), &mut repository.back_up(&source));
            let mut before = repository.size();
            for step in ["one byte", "4096 edits"] {
                // Programs tell by the second whether a file changed.
                std::thread::sleep(std::time::Duration::from_millis(1100));
                if step == "one byte" {
                    trees::insert(&file);
                } else {
                    trees::scatter(&file, 4096 / options.scale);
                }
                measured(options, report, "edit", step, peer.name(), &mut repository.back_up(&source));
                let after = repository.size();
                report.size("edit", &format!("{step} adds"), peer.name(), after - before);
                before = after;
            }
            let target = fresh(options, "restored");
            measured(
                options,
                report,
                "edit",
                "restore",
                peer.name(),
                &mut repository.restore(&source, None, &target),
            );
        }
    }
}

fn chain(options: &Options, report: &mut Report) {
    let (files, bytes) = (2_800 / options.scale, (200 << 20) / options.scale as u64);
    for peer in &options.peers {
        let source = fresh(options, "source");
        trees::mixed(&source, files, bytes);
        let mut repository = Repository::new(*peer, &fresh(options, "repository"));
        for link in 0..=30 {
            if link > 0 {
                trees::age(&source, files, link);
            }
            let step = if link == 0 { "full" } else { "increment" };
            measured(options, report, "chain", step, peer.name(), &mut repository.back_up(&source));
            // Two sets of a chain cannot have the same second.
            std::thread::sleep(std::time::Duration::from_millis(1100));
        }
        report.size("chain", "stored", peer.name(), repository.size());
        for _ in 0..options.rounds {
            let target = fresh(options, "restored");
            measured(
                options,
                report,
                "chain",
                "restore all",
                peer.name(),
                &mut repository.restore(&source, None, &target),
            );
            let target = fresh(options, "restored");
            let one = Some("02/00/file 2");
            measured(
                options,
                report,
                "chain",
                "restore one",
                peer.name(),
                &mut repository.restore(&source, one, &target),
            );
        }
        if *peer == Peer::Backtrail {
            let mut full = Repository::new(*peer, &fresh(options, "repository"));
            run(&mut full.back_up(&source));
            for _ in 0..options.rounds {
                let target = fresh(options, "restored");
                let restore = &mut full.restore(&source, None, &target);
                measured(options, report, "chain", "the same from a full", peer.name(), restore);
            }
        }
    }
}
