//! What a person is told when something went wrong: every code has one plain sentence, what to do, and where there is
//! one a step for a button. The technical text, which names the object, goes behind *Details*. No secret is ever in an
//! error here, and so none in a failure.

mod words;

use crate::view::{Failure, NextStep};
use backtrail_base::{Code, Coded};

/// The code of a backup that is overdue, which no error has.
const OVERDUE: &str = "overdue";

/// Whom and what a failure is about, for its sentences.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    /// The profile's name.
    pub(crate) name: Option<String>,
    /// The destination's name.
    pub(crate) place: Option<String>,
}

impl About {
    /// A failure with this code and these technical words.
    pub(crate) fn failure(&self, code: Code, details: impl Into<String>) -> Failure {
        let words = words::words(code);
        let details = Some(details.into()).filter(|text| !text.is_empty());
        let Some(words) = words else {
            // A code that is newer than the table of words: its own text says what happened.
            let message = details.clone().unwrap_or_else(|| code.as_str().to_owned());
            return Failure { code: code.as_str().to_owned(), message, advice: None, step: None, details };
        };
        Failure {
            code: code.as_str().to_owned(),
            message: self.fill(words.message),
            advice: words.advice.map(|advice| self.fill(advice)),
            step: words.step,
            details,
        }
    }

    /// A failure from an error.
    pub(crate) fn error(&self, error: &dyn Coded) -> Failure {
        self.failure(error.code(), error.to_string())
    }

    /// No backup for too long, and what to do about it.
    pub(crate) fn overdue(&self, advice: &str, step: Option<NextStep>) -> Failure {
        let message = self.fill("“{name}” has not been backed up for longer than it should.");
        Failure { code: OVERDUE.to_owned(), message, advice: Some(advice.to_owned()), step, details: None }
    }

    fn fill(&self, text: &str) -> String {
        let place = self.place.as_deref().unwrap_or("the place where it is kept");
        let filled = match &self.name {
            Some(name) => text.replace("{name}", name),
            None => text.replace("“{name}”", "these files"),
        };
        let filled = filled.replace("{place}", place);
        let mut letters = filled.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// A failure from an error that is about no profile.
pub(crate) fn of(error: &dyn Coded) -> Failure {
    About::default().error(error)
}

/// A failure in the service's own words.
pub(crate) fn plain(code: Code, message: impl Into<String>, advice: impl Into<String>) -> Failure {
    let (message, advice) = (message.into(), Some(advice.into()));
    Failure { code: code.as_str().to_owned(), message, advice, step: None, details: None }
}

/// An id names nothing any more.
pub(crate) fn stale() -> Failure {
    plain(Code::NotFound, "What was chosen is not known any more.", "Go back, and choose it again.")
}

/// A job has ended meanwhile.
pub(crate) fn job_over() -> Failure {
    plain(Code::NotFound, "It has ended already.", "Look at the home screen for how.")
}

/// Nothing is begun any more.
pub(crate) fn stopping() -> Failure {
    plain(Code::Cancelled, "Backtrail is about to quit.", "Start it again, then try again.")
}

/// No thread can be had.
pub(crate) fn begin(error: &std::io::Error) -> Failure {
    About::default().failure(Code::Io, error.to_string())
}

fn asks_amiss(name: &str) -> Failure {
    let message = "The window asked for something that the background does not know.";
    let advice = "Quit Backtrail from its tray menu and start it again; it may have been updated.";
    Failure { details: Some(format!("call {name}")), ..plain(Code::Unsupported, message, advice) }
}

/// A call of no known name.
pub(crate) fn unknown_call(name: &str) -> Failure {
    asks_amiss(&name.chars().take(40).collect::<String>())
}

/// A call that does not carry what it must. What it carries is not repeated: it may be a passphrase.
pub(crate) fn unreadable_call(name: &'static str) -> Failure {
    asks_amiss(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_sentence_and_something_to_do() {
        let about =
            About { name: Some("Home".to_owned()), place: Some("the drive “Elements”".to_owned()) };
        for code in Code::ALL {
            let failure = about.failure(*code, "technical");
            let message = &failure.message;
            assert_ne!(message, "technical", "{code:?} has no words for a person");
            assert!(
                message.ends_with('.') && message.chars().next().is_some_and(char::is_uppercase),
                "{message}"
            );
            assert!(
                failure.advice.as_ref().is_some_and(|text| text.ends_with('.')),
                "{code:?} leaves a person alone"
            );
            let all = format!("{message} {}", failure.advice.unwrap_or_default());
            for bad in ["{", "--", "`", "exit", "unknown error", "PASSPHRASE", "stdin"] {
                assert!(!all.contains(bad), "{code:?} says {bad:?}: {all}");
            }
        }
    }

    #[test]
    fn without_a_name_the_sentences_still_stand() {
        for code in Code::ALL {
            let failure = About::default().failure(*code, "");
            let all = format!("{} {}", failure.message, failure.advice.unwrap_or_default());
            assert!(!all.contains('{') && !all.contains("“”"), "{code:?}: {all}");
            assert_eq!(failure.details, None, "an empty text is not worth a button");
        }
    }
}
