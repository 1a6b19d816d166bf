//! Backtrail's own commands: `key`, `profile`, `doctor`, `completions` and `man`. They stand first on the command line; a folder
//! of such a name is backed up as `./key`.

use super::usage::UsageError;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// A command of Backtrail's own.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum OwnCommand {
    /// Make, list, import, export and test keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// List the app's backups, say how they are, and run them without a display
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Say what is installed, reachable and readable
    Doctor {
        /// A destination to look at
        url: Option<String>,
        /// Folder of archive folders [default: ~/.cache/duplicity]
        #[arg(long, value_name = "FOLDER")]
        archive_dir: Option<PathBuf>,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Print completions for a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page (roff); read it with `backtrail man | man -l -`
    Man,
}

/// A shell that completions can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
}

/// What to do with keys.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum KeyCommand {
    /// Make a key; its passphrase comes from PASSPHRASE or is asked for
    New(NewArguments),
    /// List the keys of Backtrail and of GnuPG
    List(JsonFlag),
    /// Take keys from files that gpg, Sequoia or `backtrail key export` wrote
    Import {
        /// The files; - is standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment would become help text")]
        json: JsonFlag,
    },
    /// Write a key, armoured, so that gpg --import takes it
    Export {
        /// With the secret part, which stays under its passphrase
        #[arg(long)]
        secret: bool,
        /// Its fingerprint, key id or address
        key: String,
        /// Write to FILE, readable only by you, instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Try a key: encrypt to it, open that again, sign
    Test {
        /// Its fingerprint, key id or address
        key: String,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment would become help text")]
        json: JsonFlag,
    },
}

/// What to do with the backups that were set up in the app.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ProfileCommand {
    /// List what is set up
    List(JsonFlag),
    /// Say when each was last backed up and proven, and what it waits for
    Status {
        /// Its name or id; without, all of them
        profile: Option<String>,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment would become help text")]
        json: JsonFlag,
    },
    /// Back up as the app would; the passphrase comes from the keyring, else from PASSPHRASE, else it is asked for
    Run {
        /// Its name or id; without, all of them
        profile: Option<String>,
        /// Whatever the schedule says (this is so without --due)
        #[arg(long, conflicts_with = "due")]
        now: bool,
        /// Only what is due by its schedule, with the regular proof: for cron and timers
        #[arg(long)]
        due: bool,
        #[command(flatten)]
        #[expect(missing_docs, reason = "a doc comment would become help text")]
        json: JsonFlag,
    },
}

/// What a new key is to be.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct NewArguments {
    /// Whose key it is
    #[arg(long)]
    pub name: String,
    /// The address that goes with the name
    #[arg(long)]
    pub email: Option<String>,
    /// When it expires: 1y, 2y, 5y, … or never; a backup stops when its key expires
    #[arg(long, value_name = "YEARS", default_value = "never", value_parser = years)]
    pub expires: Expiry,
    /// Keep the secret part without a passphrase
    #[arg(long)]
    pub no_passphrase: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// After how many years a key expires; none is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(pub Option<u8>);

/// `--json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct JsonFlag {
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

fn years(text: &str) -> Result<Expiry, String> {
    if text == "never" {
        return Ok(Expiry(None));
    }
    let number = text.strip_suffix(['y', 'Y']).and_then(|number| number.parse().ok());
    number
        .filter(|years| (1..=100).contains(years))
        .map(|years| Expiry(Some(years)))
        .ok_or_else(|| "give never, or years as in 2y".to_owned())
}

/// The parser around the commands.
#[derive(Debug, Parser)]
#[command(name = "backtrail", infer_long_args = true)]
struct Own {
    #[command(subcommand)]
    command: OwnCommand,
}

/// The words that begin one of these commands.
const WORDS: &[&str] = &["key", "profile", "doctor", "completions", "man"];

/// The commands for help, completions and the man page.
pub(super) fn commands() -> Vec<clap::Command> {
    Own::command().get_subcommands().cloned().map(|command| command.display_order(100)).collect()
}

/// Parses the arguments if they begin with one of these commands.
pub(super) fn parse(arguments: &[OsString]) -> Option<Result<super::Invocation, UsageError>> {
    let first = arguments.first()?.to_str()?;
    if !WORDS.contains(&first) {
        return None;
    }
    let with_name = std::iter::once(OsString::from("backtrail")).chain(arguments.iter().cloned());
    let parsed = Own::command()
        .disable_version_flag(true)
        .try_get_matches_from(with_name)
        .and_then(|matches| Own::from_arg_matches(&matches));
    Some(match parsed {
        Ok(own) => Ok(super::Invocation::Own(own.command)),
        Err(error) if matches!(error.kind(), clap::error::ErrorKind::DisplayHelp) => {
            Ok(super::Invocation::Help(error.render().to_string()))
        }
        Err(error)
            if matches!(
                error.kind(),
                clap::error::ErrorKind::MissingSubcommand
                    | clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            ) =>
        {
            Err(UsageError::new(
                format!("`backtrail {first}` needs a command"),
                format!("`backtrail {first} --help` lists them."),
            ))
        }
        Err(error) => {
            let mut usage = UsageError::from_rendered(&error);
            usage.next_step = format!("`backtrail {first} --help` shows how it is written.");
            Err(usage)
        }
    })
}
