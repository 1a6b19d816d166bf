//! Passphrases: from the environment, else asked for on a terminal without echo. Never from the command line, never
//! printed. Which one is needed when follows duplicity.

use crate::cancel::Asking;
use crate::error::CliError;
use crate::surroundings::Surroundings;
use backtrail_base::{Code, Sensitive};

/// Who asks for a passphrase: the terminal, or a test.
pub(crate) trait Ask: Send + Sync {
    /// Shows the prompt and reads a line without echo.
    fn ask(&self, prompt: &str) -> std::io::Result<Sensitive<String>>;
}

/// Asks on the controlling terminal.
pub(crate) struct Terminal;

impl Ask for Terminal {
    fn ask(&self, prompt: &str) -> std::io::Result<Sensitive<String>> {
        let _asking = Asking::begin();
        rpassword::prompt_password(prompt).map(Sensitive::new)
    }
}

/// How often a new passphrase may be mistyped.
const TRIES: usize = 3;

/// Asks, if somebody is there; none if not.
pub(crate) fn once(
    around: &Surroundings,
    ask: &dyn Ask,
    prompt: &str,
) -> std::io::Result<Option<Sensitive<String>>> {
    if around.can_ask { ask.ask(prompt).map(Some) } else { Ok(None) }
}

/// Asks twice for a new passphrase, until both are the same and not empty.
///
/// # Errors
/// When nobody is there to ask (exit 30), or what was typed differs again and again.
pub(crate) fn twice(around: &Surroundings, ask: &dyn Ask, what: &str) -> Result<Sensitive<String>, CliError> {
    if !around.can_ask {
        return Err(CliError::own(
            Code::PassphraseNeeded,
            format!(
                "there is no passphrase for {what}: PASSPHRASE is not set and there is no terminal to ask on"
            ),
            "Set PASSPHRASE in the environment and run again.",
        ));
    }
    let mut prompt = format!("New passphrase for {what}: ");
    for _ in 0..TRIES {
        let first = ask.ask(&prompt)?;
        if first.reveal().is_empty() {
            prompt = format!("It cannot be empty. New passphrase for {what}: ");
            continue;
        }
        if first == ask.ask("The same again: ")? {
            return Ok(first);
        }
        prompt = format!("They differ. New passphrase for {what}: ");
    }
    Err(CliError::own(
        Code::PassphraseNeeded,
        format!("no passphrase was chosen for {what}"),
        "Run again, or set PASSPHRASE in the environment.",
    ))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use backtrail_base::{Coded, SystemClock};
    use std::sync::{Arc, Mutex};

    /// Answers with these lines, and records the prompts.
    pub(crate) struct Script(pub(crate) Mutex<Vec<&'static str>>, pub(crate) Mutex<Vec<String>>);

    impl Script {
        pub(crate) fn new(lines: &[&'static str]) -> Self {
            Self(Mutex::new(lines.iter().rev().copied().collect()), Mutex::default())
        }
    }

    impl Ask for Script {
        fn ask(&self, prompt: &str) -> std::io::Result<Sensitive<String>> {
            self.1.lock().expect("prompts").push(prompt.to_owned());
            let line = self.0.lock().expect("lines").pop();
            line.map(Sensitive::from).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn around(can_ask: bool) -> Surroundings {
        let mut around = Surroundings::made_up(&[], Arc::new(SystemClock));
        around.can_ask = can_ask;
        around
    }

    #[test]
    fn a_new_passphrase_is_typed_twice_alike() {
        let script = Script::new(&["", "a", "b", "c", "c"]);
        let chosen = twice(&around(true), &script, "the backup").expect("the third try holds");
        assert_eq!(chosen.reveal(), "c");
        assert_eq!(script.1.lock().expect("prompts").len(), 5, "an empty one is not asked for again");
    }

    #[test]
    fn nobody_to_ask_is_an_error_of_its_own() {
        let error = twice(&around(false), &Script::new(&[]), "the backup").expect_err("nobody is there");
        assert_eq!((error.code(), error.exit()), (Code::PassphraseNeeded, 30), "as duplicity exits");
        assert!(once(&around(false), &Script::new(&[]), "x").expect("no error").is_none());
    }
}
