//! What a backup is compared with: the index's rows where there is a current index, else the signatures merged. An
//! index that fails on the way is left for the signatures, at the path it had reached.

use crate::EngineError;
use crate::archive::SignatureFile;
use crate::doubt;
use crate::index::{Current, Row};
use crate::scan::Scan;
use crate::state::State;
use backtrail_format::EntryPath;

/// The last state of a chain, in path order.
pub(crate) struct Known {
    source: Source,
    files: Vec<SignatureFile>,
    failed: bool,
}

enum Source {
    Index(Box<Current>),
    Signatures(Box<Merged>),
}

impl Known {
    /// Stands at the first entry of the chain that `files` are the signatures of; of nothing, where there are none.
    pub(crate) fn open(files: Vec<SignatureFile>, index: Option<Current>) -> Result<Self, EngineError> {
        let source = match index {
            Some(index) => Source::Index(Box::new(index)),
            None => signatures(&files, None)?,
        };
        Ok(Self { source, files, failed: false })
    }

    /// The current entry; none at the end.
    pub(crate) fn current(&self) -> Option<&Row> {
        match &self.source {
            Source::Index(index) => index.row(),
            Source::Signatures(merged) => merged.row.as_ref(),
        }
    }

    /// Goes to the next entry.
    pub(crate) fn advance(&mut self) -> Result<(), EngineError> {
        match &mut self.source {
            Source::Index(index) => {
                let last = index.row().map(|row| row.path.clone());
                if index.advance().is_err() {
                    self.failed = true;
                    self.source = signatures(&self.files, last.as_ref())?;
                }
                Ok(())
            }
            Source::Signatures(merged) => {
                merged.state.advance()?;
                merged.row = row_of(&merged.state);
                Ok(())
            }
        }
    }

    /// The signature of the current entry's content, as bytes that are none when it cannot be had.
    pub(crate) fn signature(&mut self) -> Result<Vec<u8>, EngineError> {
        match &mut self.source {
            // What is not where it should be costs a whole copy of the file, not the backup.
            Source::Index(index) => Ok(index.signature().ok().flatten().unwrap_or_default()),
            Source::Signatures(merged) => merged.state.signature(),
        }
    }

    /// Whether the index failed: it is not to be believed, nor continued.
    pub(crate) fn index_failed(&self) -> bool {
        self.failed
    }
}

/// The signatures merged, and their current entry as the index would have it.
struct Merged {
    state: State,
    row: Option<Row>,
}

fn signatures(files: &[SignatureFile], after: Option<&EntryPath>) -> Result<Source, EngineError> {
    let mut state = State::open(files)?;
    while let Some((path, _)) = state.current()
        && after.is_some_and(|after| path <= after)
    {
        state.advance()?;
    }
    let row = row_of(&state);
    Ok(Source::Signatures(Box::new(Merged { state, row })))
}

fn row_of(state: &State) -> Option<Row> {
    let (path, metadata) = state.current()?;
    Some(Row {
        path: path.clone(),
        doubt: doubt::is_marked(metadata),
        metadata: doubt::without(metadata),
        since: 0,
        scan: Scan::read(metadata),
        signature: None,
    })
}
