//! What a chain knows of the source at one moment: its signature files merged in path order, the newest entry of
//! each path winning. Read as a stream beside the walk; a signature is read only when asked for.

use crate::EngineError;
use crate::archive::{self, SignatureFile};
use backtrail_format::sigtar::{Member, Reader};
use backtrail_format::{EntryPath, Metadata};
use std::io::Read;
use std::path::PathBuf;

struct Source {
    path: PathBuf,
    reader: Reader<Box<dyn Read + Send>>,
    head: Option<(Member, EntryPath, Metadata)>,
}

impl Source {
    fn advance(&mut self) -> Result<(), EngineError> {
        let name = self.path.display().to_string();
        let next = self.reader.next().map_err(EngineError::format(name))?;
        // An entry out of order would make the merge lose what follows; stock duplicity passes over it too.
        let ordered = match (&self.head, &next) {
            (Some((_, before, _)), Some((_, path, _))) => path > before,
            _ => true,
        };
        self.head = next;
        if ordered { Ok(()) } else { self.skip_until_ordered() }
    }

    fn skip_until_ordered(&mut self) -> Result<(), EngineError> {
        let name = self.path.display().to_string();
        let mut highest = self.head.take().map(|(_, path, _)| path);
        while let Some(next) = self.reader.next().map_err(EngineError::format(name.clone()))? {
            if highest.as_ref().is_none_or(|path| next.1 > *path) {
                self.head = Some(next);
                return Ok(());
            }
            highest = highest.max(Some(next.1));
        }
        Ok(())
    }
}

/// The merged state.
pub(crate) struct State {
    /// Oldest first.
    sources: Vec<Source>,
    /// The source that has the current entry.
    winner: Option<usize>,
    /// Deleted entries are passed over, unless the reader wants to know of them.
    current: Option<(EntryPath, Metadata)>,
}

impl State {
    /// Opens signature files, oldest first, and stands at the first entry. None means that nothing is
    /// known.
    pub(crate) fn open(files: &[SignatureFile]) -> Result<Self, EngineError> {
        let mut sources = Vec::with_capacity(files.len());
        for SignatureFile { path, .. } in files {
            let reader = Reader::new(archive::open_local(path)?);
            let mut source = Source { path: path.clone(), reader, head: None };
            source.advance()?;
            sources.push(source);
        }
        let mut state = Self { sources, winner: None, current: None };
        state.settle()?;
        Ok(state)
    }

    /// The current entry; none at the end.
    pub(crate) fn current(&self) -> Option<(&EntryPath, &Metadata)> {
        self.current.as_ref().map(|(path, metadata)| (path, metadata))
    }

    /// Goes to the next entry.
    pub(crate) fn advance(&mut self) -> Result<(), EngineError> {
        self.leave()?;
        self.settle()
    }

    /// The signature of the current entry, once; empty for what has none.
    pub(crate) fn signature(&mut self) -> Result<Vec<u8>, EngineError> {
        let mut signature = Vec::new();
        if let Some(source) = self.winner.and_then(|winner| self.sources.get_mut(winner)) {
            let name = source.path.display().to_string();
            (&mut source.reader)
                .take(archive::SIGNATURE_LIMIT)
                .read_to_end(&mut signature)
                .map_err(|error| EngineError::from_stream(&name, error))?;
        }
        Ok(signature)
    }

    /// Moves every source past the current path.
    fn leave(&mut self) -> Result<(), EngineError> {
        self.winner = None;
        if let Some((path, _)) = self.current.take() {
            self.pass(&path)?;
        }
        Ok(())
    }

    fn pass(&mut self, path: &EntryPath) -> Result<(), EngineError> {
        for source in &mut self.sources {
            if source.head.as_ref().is_some_and(|(_, head, _)| head == path) {
                source.advance()?;
            }
        }
        Ok(())
    }

    /// Finds the lowest path and the newest source that has it.
    fn settle(&mut self) -> Result<(), EngineError> {
        loop {
            let mut lowest: Option<usize> = None;
            for (index, source) in self.sources.iter().enumerate() {
                let Some((_, path, _)) = &source.head else { continue };
                let lower = lowest
                    .and_then(|at| self.sources[at].head.as_ref())
                    // Equal paths: the newer source wins.
                    .is_none_or(|(_, best, _)| path <= best);
                if lower {
                    lowest = Some(index);
                }
            }
            let Some(index) = lowest else { return Ok(()) };
            let Some((member, path, metadata)) = self.sources[index].head.clone() else { return Ok(()) };
            if member == Member::Deleted {
                self.pass(&path)?;
                continue;
            }
            self.winner = Some(index);
            self.current = Some((path, metadata));
            return Ok(());
        }
    }
}
