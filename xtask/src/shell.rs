//! Running other programs: shown before they run, their failure told in one sentence.

use crate::say::{Done, failure};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// A command that runs in `folder`.
pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// The `cargo` that started this program.
pub(crate) fn cargo(folder: &Path) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), folder)
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=+.,:/@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Shows the command and runs it; it writes to the terminal by itself.
pub(crate) fn run(command: &mut Command) -> Done {
    println!("    $ {}", shown(command));
    let status = command.status();
    judge(command, status.map(|status| status.code()))
}

/// Runs the command without showing it, and gives what it printed on its standard output.
pub(crate) fn output(command: &mut Command) -> Done<String> {
    let output = command.stderr(Stdio::inherit()).output();
    judge(command, output.as_ref().map(|output| output.status.code()).map_err(copied))?;
    Ok(output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())?)
}

/// Runs the command without showing it or what it prints; whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Shows the command, runs it, passes every line of its standard output on, and gives each to `line` as well. Whether
/// it succeeded is the caller's to judge.
pub(crate) fn stream(command: &mut Command, mut line: impl FnMut(&str)) -> Done<bool> {
    println!("    $ {}", shown(command));
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return failure(format!("`{}` could not start: {error}.", shown(command))),
    };
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes)? > 0 {
            let text = String::from_utf8_lossy(&bytes);
            print!("{text}");
            line(text.trim_end());
            std::io::stdout().flush()?;
            bytes.clear();
        }
    }
    Ok(child.wait()?.success())
}

fn judge(command: &Command, code: std::io::Result<Option<i32>>) -> Done {
    match code {
        Ok(Some(0)) => Ok(()),
        Ok(Some(code)) => failure(format!("`{}` ended with exit code {code}.", shown(command))),
        Ok(None) => failure(format!("`{}` was killed.", shown(command))),
        Err(error) => failure(format!("`{}` could not start: {error}.", shown(command))),
    }
}

fn copied(error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_typed() {
        let mut command = Command::new("/opt/tools/backtrail");
        command.args(["full", "/it's here", "file:///dst"]);
        assert_eq!(shown(&command), r"backtrail full '/it'\''s here' file:///dst");
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_program_names_itself_and_its_code() {
        let here = Path::new("/");
        let failed = run(command("sh", here).args(["-c", "exit 3"])).expect_err("the code was not 0");
        assert_eq!(failed.to_string(), "`sh -c 'exit 3'` ended with exit code 3.");
        let missing = run(&mut command("no-such-program", here)).expect_err("there is no such program");
        assert!(missing.to_string().contains("could not start"), "{missing}");
    }

    #[cfg(unix)]
    #[test]
    fn a_streamed_program_gives_every_line_and_its_end() {
        let mut lines = Vec::new();
        let mut script = command("sh", Path::new("/"));
        let good =
            stream(script.args(["-c", "echo one; printf two; exit 1"]), |line| lines.push(line.to_owned()));
        assert!(!good.expect("sh starts"), "exit code 1 is not success");
        assert_eq!(lines, ["one", "two"], "the last line has no newline and still counts");
    }
}
