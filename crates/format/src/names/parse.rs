//! Reading names: stock duplicity's anchored patterns, spelled out. The text of a time ends at the first place where
//! the rest fits, as the patterns' shortest match does.

use super::{Encoding, FileKind, FileName, Prefixes, SetId, parse_time, time_text};
use backtrail_base::Timestamp;

/// What follows a type word: whether `.part` did, and the rest from the dot on (empty at the end).
struct Tail<'a> {
    partial: bool,
    rest: &'a str,
}

/// `rest` after the type word, when only the end or a dot follows it.
fn tail<'a>(after: &'a str, part: &str) -> Option<Tail<'a>> {
    let fits = |rest: &str| rest.is_empty() || rest.starts_with('.');
    match after.strip_prefix(part) {
        Some(rest) if fits(rest) => Some(Tail { partial: true, rest }),
        _ => fits(after).then_some(Tail { partial: false, rest: after }),
    }
}

/// Splits at the first occurrence of `word` after which `accept` takes the rest.
fn split_at<'a, T>(text: &'a str, word: &str, accept: impl Fn(&'a str) -> Option<T>) -> Option<(&'a str, T)> {
    text.match_indices(word).find_map(|(at, _)| Some((&text[..at], accept(&text[at + word.len()..])?)))
}

/// After `.vol`: the number, `.difftar`, and a good tail.
fn volume_tail(after: &str) -> Option<(&str, Tail<'_>)> {
    let end = after.find(|c: char| !c.is_ascii_digit()).filter(|&end| end > 0)?;
    Some((&after[..end], tail(after[end..].strip_prefix(".difftar")?, ".part")?))
}

struct Reader<'a> {
    prefixes: &'a Prefixes,
    name: &'a str,
    separator: char,
}

impl<'a> Reader<'a> {
    fn after(&self, prefix: &str, word: &str) -> Option<&'a str> {
        self.name.strip_prefix(&self.prefixes.all)?.strip_prefix(prefix)?.strip_prefix(word)
    }

    fn time(&self, text: &str) -> Option<Timestamp> {
        parse_time(text, self.separator)
    }

    /// `T` or `T0.to.T1`, by what the type word promised.
    fn set(&self, times: &str, full: bool) -> Option<SetId> {
        if full {
            return Some(SetId::Full { time: self.time(times)? });
        }
        let (start, end) = times.split_once(".to.")?;
        Some(SetId::Increment { start: self.time(start)?, end: self.time(end)? })
    }

    fn long_volume(&self, word: &str, full: bool) -> Option<(FileKind, Tail<'a>)> {
        let after = self.after(&self.prefixes.archive, word)?;
        let (times, (number, tail)) = split_at(after, ".vol", volume_tail)?;
        let number = number.parse().ok().filter(|&number| number > 0)?;
        Some((FileKind::Volume { set: self.set(times, full)?, number }, tail))
    }

    fn long(&self, prefix: &str, word: &str, type_word: &str, full: bool) -> Option<(SetId, Tail<'a>)> {
        let (times, tail) = split_at(self.after(prefix, word)?, type_word, |after| tail(after, ".part"))?;
        Some((self.set(times, full)?, tail))
    }

    fn read_long(&self) -> Option<(FileKind, Tail<'a>)> {
        let Prefixes { manifest, signature, jsonstat, .. } = self.prefixes;
        for (word, full) in [("duplicity-full.", true), ("duplicity-inc.", false)] {
            if let Some(found) = self.long_volume(word, full) {
                return Some(found);
            }
            if let Some((set, tail)) = self.long(manifest, word, ".manifest", full) {
                return Some((FileKind::Manifest { set }, tail));
            }
        }
        for (word, full) in [("duplicity-full-signatures.", true), ("duplicity-new-signatures.", false)] {
            if let Some((set, tail)) = self.long(signature, word, ".sigtar", full) {
                return Some((FileKind::Signatures { set }, tail));
            }
        }
        for (word, full) in [("duplicity-full.", true), ("duplicity-inc.", false)] {
            if let Some((set, tail)) = self.long(jsonstat, word, ".jsonstat", full) {
                return Some((FileKind::JsonStat { set }, tail));
            }
        }
        None
    }

    /// Short names: base-36 fields between dots, then the type word. `numbered` ones have a volume number last.
    fn short(
        &self,
        prefix: &str,
        word: &str,
        type_word: &str,
        fields: usize,
    ) -> Option<(Vec<u64>, Tail<'a>)> {
        let mut rest = self.after(prefix, word)?;
        let mut numbers = Vec::with_capacity(fields);
        for _ in 0..fields {
            let (field, after) = rest.split_once('.')?;
            numbers.push(base36(field)?);
            rest = after;
        }
        Some((numbers, tail(rest.strip_prefix(type_word)?, ".p")?))
    }

    fn read_short(&self) -> Option<(FileKind, Tail<'a>)> {
        let Prefixes { archive, manifest, signature, .. } = self.prefixes;
        for (word, times) in [("df.", 1), ("di.", 2)] {
            if let Some((numbers, tail)) = self.short(archive, word, "dt", times + 1) {
                let number = u32::try_from(*numbers.last()?).ok().filter(|&number| number > 0)?;
                return Some((FileKind::Volume { set: short_set(&numbers[..times])?, number }, tail));
            }
            if let Some((numbers, tail)) = self.short(manifest, word, "m", times) {
                return Some((FileKind::Manifest { set: short_set(&numbers)? }, tail));
            }
        }
        for (word, times) in [("dfs.", 1), ("dns.", 2)] {
            if let Some((numbers, tail)) = self.short(signature, word, "st", times) {
                return Some((FileKind::Signatures { set: short_set(&numbers)? }, tail));
            }
        }
        None
    }
}

fn short_set(times: &[u64]) -> Option<SetId> {
    // A time that the long form cannot say (before 1900, after 2099) is none that a backup was made at.
    let can_be_written = |time: &Timestamp| parse_time(&time_text(*time), ':') == Some(*time);
    let time = |seconds: u64| {
        i64::try_from(seconds).ok().filter(|&seconds| seconds != 0).map(Timestamp).filter(can_be_written)
    };
    match *times {
        [only] => Some(SetId::Full { time: time(only)? }),
        [start, end] => Some(SetId::Increment { start: time(start)?, end: time(end)? }),
        _ => None,
    }
}

fn base36(text: &str) -> Option<u64> {
    // `from_str_radix` would take a sign and capitals, which the names never have.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    if digits { u64::from_str_radix(text, 36).ok() } else { None }
}

pub(super) fn recognise(prefixes: &Prefixes, name: &str, separator: char) -> Option<(FileName, bool)> {
    let reader = Reader { prefixes, name, separator };
    let (kind, Tail { partial, rest }) = reader.read_short().or_else(|| reader.read_long())?;
    let encoding = match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("gpg" | "g") => Encoding::Pgp,
        Some("p7m") => Encoding::Smime,
        Some("gz" | "z") => Encoding::Gzip,
        _ => Encoding::Plain,
    };
    let exact = matches!(rest, "" | ".gpg" | ".g" | ".p7m" | ".gz" | ".z");
    Some((FileName { kind, encoding, partial }, exact))
}
