//! The manual page and the completions, made from the same tables as the parser.

use crate::args::{self, Shell};
use clap_mangen::Man;
use std::io::{self, Write};

/// Writes the manual page as roff.
pub(crate) fn man(out: &mut dyn Write) -> io::Result<()> {
    let command = args::manual();
    let man = Man::new(command).title("BACKTRAIL").section("1").manual("Backtrail");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    actions(&mut page)?;
    man.render_options_section(&mut page)?;
    page.write_all(SECTIONS.as_bytes())?;
    out.write_all(&page)?;
    out.flush()
}

/// The actions with what follows them.
fn actions(page: &mut Vec<u8>) -> io::Result<()> {
    writeln!(page, ".SH ACTIONS")?;
    for (words, about) in args::action_lines() {
        writeln!(page, ".TP\n\\fB{}\\fR\n{}.", words.replace('-', "\\-"), about.replace('-', "\\-"))?;
    }
    Ok(())
}

/// Completions for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::tree(), "backtrail", &mut script);
    script
}

const SECTIONS: &str = include_str!("manual.roff");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_holds_every_action_and_option() {
        let mut page = Vec::new();
        man(&mut page).expect("writes to memory");
        let page = String::from_utf8(page).expect("text").replace("\\-", "-");
        for word in [
            "remove-all-inc-of-but-n-full",
            "--full-if-older-than",
            "--encrypt-sign-key",
            "--s3-endpoint-url",
            "PASSPHRASE",
            ".SH \"EXIT STATUS\"",
        ] {
            assert!(page.contains(word), "{word} is missing from the manual");
        }
        assert!(!page.contains("--fail-on-volume"), "hidden options are for tests");
    }

    #[test]
    fn completions_know_actions_and_options() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = String::from_utf8(completions(shell)).expect("text");
            for word in ["collection-status", "encrypt-key", "doctor"] {
                assert!(script.contains(word), "{word} for {shell:?}");
            }
        }
    }
}
