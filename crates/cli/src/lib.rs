//! The `backtrail` command: duplicity's command line on Backtrail's engine, and a few commands of its own. This crate
//! understands arguments, asks for passphrases and prints; what a backup is, the floors below know. The library exists
//! so that tests can call what `main` calls.

pub mod args;
mod cancel;
mod doctor;
mod error;
pub mod exit;
mod key;
mod manual;
mod passphrase;
mod profile;
mod render;
mod run;
mod surroundings;

pub use error::CliError;
pub use surroundings::Surroundings;

use args::{Invocation, KeyCommand, OwnCommand, ProfileCommand};
use backtrail_engine::Cancel;
use passphrase::Ask;
use render::Output;
use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;

/// The version of the command.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the command with the arguments that follow the program's name, on the real terminal, and returns the exit
/// number.
#[must_use]
pub fn main(arguments: &[OsString]) -> u8 {
    let cancel = Cancel::new();
    cancel::listen(cancel.clone());
    let (out, err) = (Box::new(io::BufWriter::new(io::stdout())), Box::new(io::stderr()));
    execute(arguments, &Surroundings::real(), Arc::new(passphrase::Terminal), cancel, out, err)
}

/// Runs the command in these surroundings, with output to these sinks.
fn execute(
    arguments: &[OsString],
    around: &Surroundings,
    ask: Arc<dyn Ask>,
    cancel: Cancel,
    mut out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
) -> u8 {
    let invocation = match args::parse(arguments, around) {
        Ok(invocation) => invocation,
        Err(usage) => {
            let json = arguments.iter().any(|argument| argument == "--json");
            let error = CliError::from(usage);
            Output::simple(json, around, out, err).error(&error);
            return error.exit();
        }
    };
    let (output, result) = match invocation {
        Invocation::Help(page) => return finish(write(&mut out, page.as_bytes())),
        Invocation::Version => {
            return finish(write(&mut out, format!("backtrail {VERSION}\n").as_bytes()));
        }
        Invocation::Own(OwnCommand::Man) => return finish(manual::man(&mut out)),
        Invocation::Own(OwnCommand::Completions { shell }) => {
            return finish(write(&mut out, &manual::completions(shell)));
        }
        Invocation::Own(OwnCommand::Key(command)) => {
            let output = Arc::new(Output::simple(wants_json(&command), around, out, err));
            let result = key::run(&command, around, &output, &*ask);
            (output, result)
        }
        Invocation::Own(OwnCommand::Profile(command)) => {
            let json = match &command {
                ProfileCommand::List(json)
                | ProfileCommand::Status { json, .. }
                | ProfileCommand::Run { json, .. } => json.json,
            };
            let output = Arc::new(Output::simple(json, around, out, err));
            let result = profile::run(&command, around, &output, &*ask, &cancel);
            (output, result)
        }
        Invocation::Own(OwnCommand::Doctor { url, archive_dir, json }) => {
            let output = Arc::new(Output::simple(json, around, out, err));
            let result = doctor::run(url.as_deref(), archive_dir.as_deref(), around, &output);
            (output, result)
        }
        Invocation::Action(action, settings) => {
            let output = Arc::new(Output::new(&settings.output, around, out, err));
            let result = output
                .open_logs(&settings.output)
                .and_then(|()| run::run(&action, &settings, around, &output, ask, cancel));
            (output, result)
        }
    };
    let result = result.and_then(|number| output.flush().map(|()| number).map_err(CliError::from));
    match result {
        Ok(number) => number,
        // Whoever read the output has gone (`| head`): they have what they wanted.
        Err(CliError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => exit::OK,
        Err(error) => {
            output.error(&error);
            error.exit()
        }
    }
}

fn wants_json(command: &KeyCommand) -> bool {
    match command {
        KeyCommand::New(arguments) => arguments.json,
        KeyCommand::List(flag) => flag.json,
        KeyCommand::Import { json, .. } | KeyCommand::Test { json, .. } => json.json,
        KeyCommand::Export { .. } => false,
    }
}

fn write(out: &mut dyn Write, text: &[u8]) -> io::Result<()> {
    out.write_all(text)?;
    out.flush()
}

/// A page that nobody reads to its end is no failure.
fn finish(written: io::Result<()>) -> u8 {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => exit::DIFFERENT,
        _ => exit::OK,
    }
}

#[cfg(test)]
mod tests;
