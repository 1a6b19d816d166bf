//! Reading manifests, as tolerant as stock duplicity's own patterns: fields by their name in any case, words apart by
//! any white space, unknown lines passed over.

use super::{Change, Manifest, Position, Volume};
use crate::Result;
use crate::error::{Error, shown};
use crate::path::EntryPath;
use crate::quote::{is_space, unquote};

/// A line with its number, for messages.
#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a [u8],
}

impl<'a> Line<'a> {
    fn error(&self, reason: impl Into<String>) -> Error {
        Error::Manifest { line: self.number, text: shown(self.text), reason: reason.into() }
    }

    fn words(self) -> impl Iterator<Item = &'a [u8]> {
        self.text.split(|&byte| is_space(byte)).filter(|word| !word.is_empty())
    }

    /// What follows `field` and one white space at the very start of the line.
    fn field(self, field: &str) -> Option<&'a [u8]> {
        let (name, rest) = self.text.split_at_checked(field.len())?;
        match rest.split_first() {
            Some((&first, value)) if is_space(first) && name.eq_ignore_ascii_case(field.as_bytes()) => {
                Some(value)
            }
            _ => None,
        }
    }
}

/// A volume block that is being read.
struct Block<'a> {
    head: Line<'a>,
    number: u32,
    start: Option<Position>,
    end: Option<Position>,
    hashes: Vec<(String, String)>,
}

impl<'a> Block<'a> {
    fn open(head: Line<'a>, value: &[u8]) -> Result<Self> {
        let digits = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
        let number = match (number(&value[..digits]), value.get(digits)) {
            (Some(number), Some(b':')) => u32::try_from(number).ok().filter(|&number| number > 0),
            _ => None,
        };
        let number = number.ok_or_else(|| head.error("is no volume number followed by a colon"))?;
        Ok(Self { head, number, start: None, end: None, hashes: Vec::new() })
    }

    fn line(&mut self, line: Line<'_>) -> Result<()> {
        let mut words = line.words();
        let Some(field) = words.next() else { return Ok(()) };
        if field.eq_ignore_ascii_case(b"startingpath") {
            self.start = Some(position(line, words)?);
        } else if field.eq_ignore_ascii_case(b"endingpath") {
            self.end = Some(position(line, words)?);
        } else if field.eq_ignore_ascii_case(b"hash") {
            let (Some(algorithm), Some(hash)) = (words.next(), words.next()) else {
                return Err(line.error("has no algorithm or no hash"));
            };
            let algorithm = String::from_utf8_lossy(algorithm).into_owned();
            let hash = String::from_utf8_lossy(hash).into_owned();
            match self.hashes.iter_mut().find(|(name, _)| *name == algorithm) {
                Some((_, old)) => *old = hash,
                None => self.hashes.push((algorithm, hash)),
            }
        }
        Ok(())
    }

    fn close(self) -> Result<(u32, Volume)> {
        match (self.start, self.end) {
            (Some(start), Some(end)) => Ok((self.number, Volume { start, end, hashes: self.hashes })),
            _ => Err(self.head.error("the volume has no StartingPath or no EndingPath")),
        }
    }
}

fn position<'a>(line: Line<'_>, mut words: impl Iterator<Item = &'a [u8]>) -> Result<Position> {
    let path = words.next().ok_or_else(|| line.error("has no path"))?;
    let path = EntryPath::unquote(path).map_err(|error| line.error(error.to_string()))?;
    let block = match words.next() {
        None => None,
        Some(word) => Some(number(word).ok_or_else(|| line.error("has a block that is no number"))?),
    };
    Ok(Position { path, block })
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if digits { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

/// A line of the file list. The list is informational, so that a line that cannot be read is left out.
fn changed_file(line: Line<'_>) -> Option<(Change, EntryPath)> {
    let mut words = line.words();
    let change = match words.next()? {
        b"new" => Change::New,
        b"changed" => Change::Changed,
        b"deleted" => Change::Deleted,
        _ => return None,
    };
    Some((change, EntryPath::unquote(words.next()?).ok()?))
}

pub(super) fn parse(bytes: &[u8]) -> Result<Manifest> {
    let mut manifest = Manifest::default();
    let (mut hostname, mut localdir) = (None, None);
    let mut block: Option<Block<'_>> = None;
    let mut in_filelist = false;
    let mut last = 0;
    let mut close = |block: Option<Block<'_>>, manifest: &mut Manifest| -> Result<()> {
        if let Some(block) = block {
            let (number, volume) = block.close()?;
            manifest.volumes.insert(number, volume);
            last = number;
        }
        Ok(())
    };
    for (index, text) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = Line { number: index + 1, text };
        if let Some(value) = line.field("volume") {
            close(block.take(), &mut manifest)?;
            block = Some(Block::open(line, value)?);
            in_filelist = false;
        } else if line.field("filelist").is_some() {
            close(block.take(), &mut manifest)?;
            manifest.files_changed.get_or_insert_default();
            in_filelist = true;
        } else if let Some(value) = line.field("hostname") {
            hostname.get_or_insert(value);
        } else if let Some(value) = line.field("localdir") {
            if localdir.is_none() {
                localdir = Some(unquote(value).map_err(|error| line.error(error.to_string()))?.into_owned());
            }
        } else if in_filelist {
            if let (Some(files), Some(file)) = (&mut manifest.files_changed, changed_file(line)) {
                files.push(file);
            }
        } else if let Some(block) = &mut block {
            block.line(line)?;
        }
    }
    close(block, &mut manifest)?;
    manifest.hostname = hostname.unwrap_or_default().to_vec();
    manifest.localdir = localdir.unwrap_or_default();
    manifest.volumes.retain(|&number, _| number <= last);
    Ok(manifest)
}
