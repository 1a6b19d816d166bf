//! Passphrases as words, and how strong one is. The words are those of the EFF's large list (2016, by Joseph Bonneau,
//! <https://www.eff.org/dice>, CC BY 3.0 US), which are easy to read, to type and to tell from each other.

use backtrail_base::{Sensitive, random_bytes};
use zeroize::Zeroizing;

/// One word a line, 7776 of them.
const LIST: &str = include_str!("words/eff_large.txt");

/// How many words a passphrase has: 6 of them are 77.5 bits, beyond what can be guessed even if the list is known.
pub const COUNT: usize = 6;

/// A new passphrase: six words, all lower case, joined by hyphens, chosen by the system's randomness.
#[must_use]
pub fn passphrase() -> Sensitive<String> {
    let words = list();
    let mut text = String::with_capacity(80);
    for index in 0..COUNT {
        if index > 0 {
            text.push('-');
        }
        text.push_str(words[below(words.len())]);
    }
    Sensitive::new(text)
}

/// The words that are chosen from: those of the list that have no hyphen themselves, so that a passphrase can be taken
/// apart again. All different, all of `a` to `z`.
#[must_use]
pub fn list() -> Vec<&'static str> {
    LIST.lines().filter(|word| !word.contains('-')).collect()
}

/// A number below `count`, each equally likely.
fn below(count: usize) -> usize {
    let count = count as u64;
    // Numbers above the last whole multiple would favour the first words.
    let fair = u64::MAX - u64::MAX % count;
    loop {
        let number = u64::from_le_bytes(*Zeroizing::new(random_bytes()));
        if number < fair {
            return usize::try_from(number % count).unwrap_or(0);
        }
    }
}

/// How long it takes to guess a passphrase, for the meter below the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrackTime {
    /// At once.
    Instant,
    /// Seconds or minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days or weeks.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
    /// Longer than a life.
    Centuries,
}

impl CrackTime {
    /// A stable key for the catalogue of texts.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Months => "months",
            Self::Years => "years",
            Self::Centuries => "centuries",
        }
    }

    fn of(seconds: f64) -> Self {
        const HOUR: f64 = 3600.0;
        const DAY: f64 = 24.0 * HOUR;
        const YEAR: f64 = 365.25 * DAY;
        match seconds {
            s if s < 1.0 => Self::Instant,
            s if s < HOUR => Self::Minutes,
            s if s < DAY => Self::Hours,
            s if s < 30.0 * DAY => Self::Days,
            s if s < YEAR => Self::Months,
            s if s < 100.0 * YEAR => Self::Years,
            _ => Self::Centuries,
        }
    }
}

/// How strong a passphrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (strong). Below 3 a person should be warned.
    pub score: u8,
    /// How long somebody takes who has the backup, or the kit, and many computers.
    pub crack_time: CrackTime,
}

/// Ten thousand guesses a second: what a key's passphrase, stretched as OpenPGP does, lets somebody with a few
/// graphics cards try.
const GUESSES_PER_SECOND: f64 = 10_000.0;

/// Judges a passphrase that a person made up. It takes some milliseconds.
#[must_use]
pub fn strength(passphrase: &str) -> Strength {
    // What is beyond a hundred characters makes nothing weaker, and would take long to judge.
    let judged: String = passphrase.chars().take(100).collect();
    let judged = Zeroizing::new(judged);
    let estimate = zxcvbn::zxcvbn(&judged, &["backtrail", "backup", "duplicity"]);
    Strength {
        score: u8::from(estimate.score()),
        crack_time: CrackTime::of(10_f64.powf(estimate.guesses_log10()) / GUESSES_PER_SECOND),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_list_is_whole_and_holds_more_than_77_bits() {
        assert_eq!(LIST.lines().count(), 7776, "the list as it was published");
        let words = list();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len(), "each word once");
        assert!(
            words
                .iter()
                .all(|word| word.len() >= 3 && word.bytes().all(|letter| letter.is_ascii_lowercase()))
        );
        let bits = f64::from(u32::try_from(words.len()).expect("some thousand")).log2() * 6.0;
        assert!(bits > 77.0, "{bits} bits");
    }

    #[test]
    fn a_passphrase_is_six_words_of_the_list_and_never_the_same() {
        let known: HashSet<&str> = list().into_iter().collect();
        let made: HashSet<String> = (0..200).map(|_| passphrase().reveal().clone()).collect();
        assert_eq!(made.len(), 200, "two of them alike would mean that nothing is random");
        for passphrase in &made {
            let words: Vec<&str> = passphrase.split('-').collect();
            assert_eq!(words.len(), COUNT, "{passphrase}");
            assert!(words.iter().all(|word| known.contains(word)), "{passphrase}");
        }
        let used: HashSet<&str> = made.iter().flat_map(|passphrase| passphrase.split('-')).collect();
        assert!(used.len() > 900, "1200 words drawn from 7772 are nearly all different: {}", used.len());
        let first = used.iter().filter(|word| **word < "m").count();
        assert!(first > used.len() / 4 && first < used.len() * 3 / 4, "both halves of the alphabet: {first}");
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let mut counts = [0_u32; 6];
        for _ in 0..6000 {
            counts[below(6)] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_meter_tells_weak_from_strong() {
        for (passphrase, weakest, strongest) in [
            ("", 0, 0),
            ("password", 0, 0),
            ("backtrail", 0, 1),
            ("Summer2024", 0, 2),
            ("correct horse battery staple", 3, 4),
            ("gX9#kq2!vTz8", 3, 4),
        ] {
            let strength = strength(passphrase);
            assert!((weakest..=strongest).contains(&strength.score), "{passphrase}: {strength:?}");
        }
        let made = strength(passphrase().reveal());
        assert_eq!((made.score, made.crack_time), (4, CrackTime::Centuries), "ours are strong");
        assert_eq!(strength("password").crack_time, CrackTime::Instant);
        assert!(strength(&"é東".repeat(5000)).score <= 4, "a long one is judged in time");
    }
}
