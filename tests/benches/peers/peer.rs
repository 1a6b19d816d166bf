//! The programs under comparison, each with encryption on, a cache and a home of its own, and its usual settings.

use std::path::{Path, PathBuf};
use std::process::Command;

const PASSPHRASE: &str = "a passphrase for benchmarks";

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Ours.
    Backtrail,
    /// Stock duplicity 3.2.1.
    Duplicity,
    /// restic.
    Restic,
    /// Borg.
    Borg,
    /// rustic.
    Rustic,
}

/// A program with a repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) peer: Peer,
    pub(crate) folder: PathBuf,
    home: PathBuf,
    made: u32,
}

impl Peer {
    pub(crate) const ALL: [Self; 5] =
        [Self::Backtrail, Self::Duplicity, Self::Restic, Self::Borg, Self::Rustic];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Backtrail => "backtrail",
            Self::Duplicity => "duplicity",
            Self::Restic => "restic",
            Self::Borg => "borg",
            Self::Rustic => "rustic",
        }
    }

    fn program(self) -> PathBuf {
        let variable = match self {
            Self::Backtrail => "BACKTRAIL_BIN",
            Self::Duplicity => "DUPLICITY_3",
            Self::Restic => "RESTIC",
            Self::Borg => "BORG",
            Self::Rustic => "RUSTIC",
        };
        std::env::var_os(variable).map_or_else(|| self.name().into(), PathBuf::from)
    }

    /// Whether it is there; one that is not is named and left out.
    pub(crate) fn is_there(&self) -> bool {
        let there =
            Command::new(self.program()).arg("--version").output().is_ok_and(|out| out.status.success());
        if !there {
            println!("{} is not there, and so not compared", self.name());
        }
        there
    }

    /// What it says of its version.
    pub(crate) fn version(self) -> String {
        let output = Command::new(self.program()).arg("--version").output();
        let text =
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        version.unwrap_or_default().to_owned()
    }
}

impl Repository {
    /// A new one below `folder`.
    pub(crate) fn new(peer: Peer, folder: &Path) -> Self {
        let (home, folder) = (folder.join("home"), folder.join("repository"));
        backtrail_base::fs::create_dir_all(&home).expect("one's own folder");
        let repository = Self { peer, folder, home, made: 0 };
        let init = match peer {
            Peer::Backtrail | Peer::Duplicity => None,
            Peer::Restic | Peer::Rustic => Some(repository.words(&["init"])),
            Peer::Borg => {
                let mut command = repository.command();
                command.args(["init", "--encryption", "repokey-blake2"]).arg(&repository.folder);
                Some(command)
            }
        };
        if let Some(mut init) = init {
            super::measure::run(&mut init);
        }
        repository
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.peer.program());
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", &self.home).env("LANG", "C.UTF-8").current_dir(&self.home);
        let variable = match self.peer {
            Peer::Backtrail | Peer::Duplicity => "PASSPHRASE",
            Peer::Restic => "RESTIC_PASSWORD",
            Peer::Borg => "BORG_PASSPHRASE",
            Peer::Rustic => "RUSTIC_PASSWORD",
        };
        command.env(variable, PASSPHRASE);
        command
    }

    fn words(&self, words: &[&str]) -> Command {
        let mut command = self.command();
        command.arg("-r").arg(&self.folder).args(words);
        command
    }

    fn url(&self) -> String {
        format!("file://{}", self.folder.display())
    }

    /// Backs the source up: the first time all of it, then what changed.
    pub(crate) fn back_up(&mut self, source: &Path) -> Command {
        self.made += 1;
        match self.peer {
            Peer::Backtrail | Peer::Duplicity => {
                let mut command = self.command();
                command.arg(if self.made == 1 { "full" } else { "incremental" }).arg(source).arg(self.url());
                command
            }
            Peer::Restic | Peer::Rustic => {
                let mut command = self.words(&["backup"]);
                command.arg(source);
                command
            }
            Peer::Borg => {
                let mut command = self.command();
                command.arg("create").arg(format!("{}::{}", self.folder.display(), self.made)).arg(source);
                command
            }
        }
    }

    /// Restores the latest: all of the source, or one path below it.
    pub(crate) fn restore(&self, source: &Path, below: Option<&str>, target: &Path) -> Command {
        match self.peer {
            Peer::Backtrail | Peer::Duplicity => {
                let mut command = self.command();
                command.arg("restore");
                command.args(below.iter().flat_map(|path| ["--path-to-restore", path]));
                let target = below.map_or_else(|| target.to_path_buf(), |_| target.join("one"));
                command.arg(self.url()).arg(target);
                command
            }
            Peer::Restic => {
                let mut command = self.words(&["restore", "latest", "--target"]);
                command.arg(target);
                if let Some(below) = below {
                    command.arg("--include").arg(source.join(below));
                }
                command
            }
            Peer::Rustic => {
                let mut command = self.words(&["restore"]);
                let path = below.map_or_else(|| source.to_path_buf(), |below| source.join(below));
                command.arg(format!("latest:{}", path.display())).arg(target);
                command
            }
            Peer::Borg => {
                let mut command = self.command();
                command.current_dir(target).arg("extract");
                command.arg(format!("{}::{}", self.folder.display(), self.made));
                if let Some(below) = below {
                    let path = source.join(below);
                    command.arg(path.strip_prefix("/").expect("sources are absolute"));
                }
                command
            }
        }
    }

    /// Bytes stored.
    pub(crate) fn size(&self) -> u64 {
        super::trees::bytes(&self.folder)
    }
}
