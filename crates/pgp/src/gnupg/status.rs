//! What gpg reports: status lines (`[GNUPG:] …`, described in GnuPG's doc/DETAILS) and what it says in words.

use crate::Error;
use std::io::{BufRead, BufReader, Read};
use zeroize::Zeroize;

/// The lowest 16 bits of an error number in a status line, as libgpg-error defines them.
const BAD_PASSPHRASE: u32 = 11;
const NO_SECRET_KEY: u32 = 17;
const CANCELLED: u32 = 99;
const NO_PINENTRY: u32 = 86;
const NO_PASSPHRASE: u32 = 177;

/// gpg writes no longer lines; what is longer is cut.
const LONGEST: u64 = 64 * 1024;
/// gpg reports a handful of lines a signature and recipient; a message with more is not one of ours.
const MOST: usize = 4096;

/// Everything a call reported.
#[derive(Default)]
pub(crate) struct Statuses {
    /// Keyword and the rest of the line.
    lines: Vec<(String, String)>,
    /// The last thing said in words.
    said: String,
}

impl Drop for Statuses {
    fn drop(&mut self) {
        // A session key may be among them.
        for (_, rest) in &mut self.lines {
            rest.zeroize();
        }
    }
}

impl Statuses {
    /// Reads standard error, on which status lines and words arrive together, to its end.
    pub(crate) fn read(stderr: impl Read) -> Self {
        let mut this = Self::default();
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.zeroize();
            match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return this,
                Ok(_) => this.take(String::from_utf8_lossy(&line).trim_end()),
            }
        }
    }

    fn take(&mut self, line: &str) {
        match line.strip_prefix("[GNUPG:] ") {
            Some(status) if self.lines.len() < MOST => {
                let (keyword, rest) = status.split_once(' ').unwrap_or((status, ""));
                self.lines.push((keyword.to_owned(), rest.to_owned()));
            }
            Some(_) => {}
            // The session key is also said in words.
            None if line.contains("session key") => {}
            None if line.trim().is_empty() || line.contains("WARNING: unsafe") => {}
            None => self.said = line.strip_prefix("gpg: ").unwrap_or(line).to_owned(),
        }
    }

    /// The arguments of the first line with this keyword.
    pub(crate) fn get<'a>(&'a self, keyword: &'a str) -> Option<&'a str> {
        self.all(keyword).next()
    }

    /// The arguments of every line with this keyword.
    pub(crate) fn all<'a>(&'a self, keyword: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(move |(k, _)| k == keyword).map(|(_, rest)| rest.as_str())
    }

    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.get(keyword).is_some()
    }

    fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.all("ERROR")
            .chain(self.all("FAILURE"))
            .filter_map(|rest| rest.split(' ').nth(1)?.parse::<u32>().ok())
            .map(|number| number & 0xFFFF)
    }

    /// Why a call failed. `what` is what a passphrase should have opened; `symmetric`, whether a wrong passphrase
    /// would show as data that cannot be decrypted.
    pub(crate) fn failure(&self, what: &str, given: bool, symmetric: bool) -> Error {
        let wrong = || Error::WrongPassphrase { what: what.to_owned() };
        let needed = || Error::PassphraseNeeded { what: what.to_owned() };
        for number in self.numbers() {
            match number {
                BAD_PASSPHRASE => return if given { wrong() } else { needed() },
                NO_PASSPHRASE | NO_PINENTRY | CANCELLED => return needed(),
                NO_SECRET_KEY => return self.no_secret_key(),
                _ => {}
            }
        }
        if self.has("BAD_PASSPHRASE") {
            return if given { wrong() } else { needed() };
        }
        if self.has("MISSING_PASSPHRASE") {
            return needed();
        }
        if self.has("NO_SECKEY") && !self.has("DECRYPTION_KEY") {
            return self.no_secret_key();
        }
        // Without a check of the key, as before integrity protection, a wrong one gives data that is no message.
        if symmetric && (self.has("DECRYPTION_FAILED") || self.has("NODATA")) && !self.has("PLAINTEXT") {
            return if given { wrong() } else { needed() };
        }
        if self.has("DECRYPTION_FAILED") || self.has("BADMDC") || self.has("NODATA") || self.has("TRUNCATED")
        {
            return Error::damaged(self.words());
        }
        Error::Gpg { detail: self.words().to_owned() }
    }

    fn no_secret_key(&self) -> Error {
        let ids = self.all("NO_SECKEY").map(|id| id.trim_matches('0')).map(str::to_owned);
        Error::NoSecretKey {
            ids: ids.map(|id| if id.is_empty() { "hidden".to_owned() } else { id }).collect(),
        }
    }

    /// What gpg said last.
    pub(crate) fn words(&self) -> &str {
        if self.said.is_empty() { "it gives no reason" } else { &self.said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart() {
        let why = |text: &str, given| Statuses::read(text.as_bytes()).failure("it", given, false);
        let bad = "[GNUPG:] ERROR pkdecrypt_failed 67108875\n[GNUPG:] DECRYPTION_FAILED\n";
        assert!(matches!(why(bad, true), Error::WrongPassphrase { .. }));
        assert!(
            matches!(why(bad, false), Error::PassphraseNeeded { .. }),
            "nothing was given that could be wrong"
        );
        let none = "[GNUPG:] ERROR pkdecrypt_failed 67109041\n";
        assert!(matches!(why(none, false), Error::PassphraseNeeded { .. }));
        let key = "[GNUPG:] NO_SECKEY 5358DB6BEDA20728\n[GNUPG:] DECRYPTION_FAILED\n";
        assert!(matches!(why(key, true), Error::NoSecretKey { ids } if ids == ["5358DB6BEDA20728"]));
        let mdc = "[GNUPG:] DECRYPTION_KEY a b u\n[GNUPG:] BADMDC\n[GNUPG:] DECRYPTION_FAILED\n";
        assert!(matches!(why(mdc, true), Error::Damaged { .. }));
        assert!(
            matches!(why("gpg: out of memory\n", true), Error::Gpg { detail } if detail == "out of memory")
        );
    }
}
