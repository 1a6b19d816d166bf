//! The autostart folder of the XDG specification. The entry is the person's own, so that another who never set up a
//! backup on this computer is not bothered.

use crate::{messages, role};
use backtrail_base::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "org.backtrail.Backtrail.desktop";

fn folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.config_dir().join("autostart"))
}

pub(super) fn is_on() -> Option<bool> {
    let text = fs::read_to_string(folder()?.join(FILE)).unwrap_or_default();
    // Desktops switch an entry off by writing into it.
    let off = text.lines().map(str::trim).any(|line| {
        line.eq_ignore_ascii_case("Hidden=true")
            || line.eq_ignore_ascii_case("X-GNOME-Autostart-enabled=false")
    });
    Some(!text.is_empty() && !off)
}

pub(super) fn switch(on: bool) -> Result<(), String> {
    let folder = folder().ok_or_else(|| messages::NO_HOME.to_owned())?;
    if on {
        let program = role::program().map_err(|error| error.to_string())?;
        // An AppImage runs from a place that is gone after it ends.
        let program = std::env::var_os("APPIMAGE").map_or(program, PathBuf::from);
        write(&folder, &entry(&program)?).map_err(|error| error.to_string())
    } else {
        match fs::remove_file(folder.join(FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        }
    }
}

fn write(folder: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // Written aside: a session that reads it meanwhile sees the whole of it or nothing.
    let aside = folder.join(format!(".{FILE}.new"));
    let mut file = fs::File::create(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, folder.join(FILE))
}

fn entry(program: &Path) -> Result<String, String> {
    let program = program.to_str().filter(|text| !text.contains(['\n', '\r']));
    let program = quoted(program.ok_or_else(|| messages::PROGRAM_PATH.to_owned())?);
    Ok(format!(
        "[Desktop Entry]\nType=Application\nName={}\nComment={}\nExec={program} --background\n\
         Icon=backtrail-desktop\nTerminal=false\nNoDisplay=true\nStartupNotify=false\n\
         X-GNOME-Autostart-enabled=true\n",
        messages::NAME,
        messages::AT_LOGIN,
    ))
}

/// A program's path for `Exec`: quoted, then escaped once more as every text in such a file is.
fn quoted(path: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in path.chars() {
        match letter {
            '"' | '`' | '$' => quoted.extend(["\\\\", letter.encode_utf8(&mut [0; 4])]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_starts_the_background_whatever_the_path() {
        let text = entry(Path::new("/opt/my apps/100% \"sure\"/back$trail\\x")).expect("a path in Unicode");
        let exec = text.lines().find_map(|line| line.strip_prefix("Exec=")).expect("an entry has a program");
        assert_eq!(
            exec, r#""/opt/my apps/100%% \\"sure\\"/back\\$trail\\\\x" --background"#,
            "quoted and escaped as the specification says"
        );
        assert!(entry(Path::new("/opt/a\nHidden=true")).is_err(), "a path cannot write lines of its own");
    }

    #[test]
    fn it_is_written_whole_into_a_folder_that_was_not_there() {
        let root = tempfile::tempdir().expect("the temporary folder can be written");
        let folder = root.path().join("config/autostart");
        write(&folder, "whole").expect("it is ours");
        let names: Vec<_> =
            fs::read_dir(&folder).expect("made").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(names, [FILE], "nothing is left beside it");
        assert_eq!(fs::read_to_string(folder.join(FILE)).expect("written"), "whole");
    }
}
