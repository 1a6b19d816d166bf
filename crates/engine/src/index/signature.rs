//! One signature out of a set's signatures in the archive folder: the index says in which gzip member its own member
//! begins, so that nothing before it is read. What is found there is believed only if it is the signature of the path
//! that was asked for.

use crate::archive::SIGNATURE_LIMIT;
use crate::{EngineError, archive};
use backtrail_base::fs;
use backtrail_format::EntryPath;
use backtrail_format::sigtar::{Member, Reader};
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Files kept open at once.
const OPEN: usize = 8;

/// The signatures of a chain's sets.
#[derive(Default)]
pub(super) struct Signatures {
    sets: HashMap<i64, Place>,
    /// The most recently used last.
    open: VecDeque<Open>,
}

/// Where a set's signatures are.
pub(super) struct Place {
    pub(super) file: PathBuf,
    /// Where content and gzip member begin, for each member, ascending.
    pub(super) members: Vec<(u64, u64)>,
}

/// A file that stands somewhere inside: paths are asked for in order, so that the next signature lies ahead.
struct Open {
    set: i64,
    plain: Box<dyn Read + Send>,
    at: u64,
}

impl Signatures {
    pub(super) fn add(&mut self, set: i64, place: Place) {
        self.sets.insert(set, place);
    }

    /// The signature of `path` in a set, whose member begins at `begin`; none when something else is there.
    pub(super) fn read(
        &mut self,
        set: i64,
        begin: u64,
        path: &EntryPath,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let Some(place) = self.sets.get(&set) else { return Ok(None) };
        let name = place.file.display().to_string();
        let failed = |error| EngineError::from_stream(&name, error);
        let member = place.members.iter().rev().find(|(plain, _)| *plain <= begin).copied();
        let kept = self.open.iter().position(|open| open.set == set).and_then(|at| self.open.remove(at));
        // What stands before it in the same member, or in the one before, is sooner read on than opened.
        let near = |open: &Open| {
            open.at <= begin
                && member.is_none_or(|(plain, _)| open.at >= plain || begin - open.at < archive::MEMBER)
        };
        let mut open = match kept.filter(near) {
            Some(open) => open,
            None => start(set, place, member)?,
        };
        let skipped =
            io::copy(&mut (&mut open.plain).take(begin - open.at), &mut io::sink()).map_err(failed)?;
        if skipped < begin - open.at {
            return Ok(None);
        }
        let mut reader = Reader::new(&mut open.plain);
        let found = reader.next().map_err(EngineError::format(&*name))?;
        let Some((Member::Signature, found, _)) = found else { return Ok(None) };
        if found != *path {
            return Ok(None);
        }
        let mut signature = Vec::new();
        (&mut reader).take(SIGNATURE_LIMIT).read_to_end(&mut signature).map_err(failed)?;
        open.at = begin + reader.offset();
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back(open);
        Ok(Some(signature))
    }
}

fn start(set: i64, place: &Place, member: Option<(u64, u64)>) -> Result<Open, EngineError> {
    let Some((plain, offset)) = member else {
        return Ok(Open { set, plain: archive::open_local(&place.file)?, at: 0 });
    };
    let mut file = fs::File::open(&place.file)?;
    file.seek(SeekFrom::Start(offset))?;
    let content = flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(64 << 10, file));
    Ok(Open { set, plain: Box::new(content), at: plain })
}
