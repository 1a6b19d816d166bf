//! The proof that a backup can be restored: one file of a moment, chosen by chance, is fetched from the destination,
//! hash-checked, opened, rebuilt, and compared with the signature that was made when it was read. It promises that
//! nothing of the content is written anywhere, and that damage is never taken for success. How often, and what is
//! said of it, is for whoever asks.

use crate::event::{Change, Event, Phase};
use crate::restore::{Content, PayloadError, SetStream, Sink, Trouble, open_sets, rebuild};
use crate::state::State;
use crate::{Context, EngineError, Warning, archive, scan};
use backtrail_base::{Code, random_bytes};
use backtrail_delta::{Signature, SignatureKind, SignatureWriter};
use backtrail_format::names::SetId;
use backtrail_format::{EntryPath, Metadata};
use std::io::{self, Write};

/// The length of the strong sums in signatures that we and duplicity make, in bytes.
const STRONG: usize = 8;

/// What a proof found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The set that ends at the proven moment.
    pub set: SetId,
    /// The file; none when the moment holds none.
    pub path: Option<EntryPath>,
    /// Its bytes.
    pub bytes: u64,
    /// Bytes fetched from the destination.
    pub fetched: u64,
    /// What was found damaged. A proof with any of these failed.
    pub problems: Vec<Warning>,
}

/// Proves one file of the latest moment. Files of more than `most` bytes are chosen only when there is no other.
///
/// # Errors
/// [`EngineError::NoBackup`], [`EngineError::NoSignatures`], or what stops a restore as a whole (an unexpected signer
/// among it). Damage is in the report.
pub fn run(ctx: &Context, most: u64) -> Result<Report, EngineError> {
    archive::create(ctx)?;
    let (streams, set) = open_sets(ctx, None, &EntryPath::root())?;
    drop(streams);
    let collection = archive::list(ctx)?.collection;
    let chain = collection
        .signature_chain_for(set.end())
        .filter(|chain| chain.all().any(|(id, _)| *id == set))
        .ok_or_else(|| EngineError::NoSignatures { object: format!("of the set {set}") })?;
    let paths = archive::signatures(ctx, chain, |other| other.end() <= set.end())?;
    let Some((path, signature)) = choose(ctx, State::open(&paths)?, most)? else {
        return Ok(Report { set, path: None, bytes: 0, fetched: 0, problems: Vec::new() });
    };
    prove(ctx, set, path, signature)
}

/// One file of all, each as likely as the others, and its signature.
fn choose(ctx: &Context, mut state: State, most: u64) -> Result<Option<(EntryPath, Vec<u8>)>, EngineError> {
    let mut seen = 0;
    let mut chosen = None;
    let mut too_large = None;
    while let Some((path, metadata)) = state.current() {
        ctx.check_cancelled()?;
        let (path, is_file) = (path.clone(), metadata.kind.is_file());
        let fits = scan::noted_size(metadata).is_none_or(|bytes| bytes <= most);
        if is_file && fits {
            seen += 1;
            // Keeping the n-th with a chance of one in n leaves every one with the same chance.
            if u64::from_le_bytes(random_bytes()) % seen == 0 {
                chosen = Some((path, state.signature()?));
            }
        } else if is_file && chosen.is_none() && too_large.is_none() {
            too_large = Some((path, state.signature()?));
        }
        state.advance()?;
    }
    Ok(chosen.or(too_large))
}

fn prove(ctx: &Context, set: SetId, path: EntryPath, signature: Vec<u8>) -> Result<Report, EngineError> {
    let expected = Signature::parse(signature)?;
    let (streams, _): (Vec<SetStream<'_>>, SetId) = open_sets(ctx, Some(set.end()), &path)?;
    ctx.tell(Event::Phase(Phase::Verifying));
    let fetch = streams.iter().flat_map(SetStream::wanted).map(|(_, bytes)| bytes).sum();
    ctx.tell(Event::Total { files: 1, bytes: fetch });
    let mut comparer = Comparer { ctx, path: &path, expected: &expected, found: None };
    let outcome = rebuild(ctx, streams, &path, &mut comparer)?;
    let found = comparer.found;
    let mut problems = outcome.problems;
    let message = match found {
        Some((_, true)) => None,
        Some((_, false)) => Some("what was restored of it is not what was backed up"),
        None if problems.is_empty() => Some("the backup lists it but does not hold it"),
        None => None,
    };
    if let Some(message) = message {
        let warning = Warning { code: Code::Damaged, path: Some(path.clone()), message: message.to_owned() };
        ctx.warn(&warning);
        problems.push(warning);
    }
    let bytes = found.map_or(0, |(bytes, _)| bytes);
    Ok(Report { set, path: Some(path), bytes, fetched: outcome.fetched, problems })
}

/// Makes the signature of what is rebuilt, and nothing else of it.
struct Comparer<'a> {
    ctx: &'a Context,
    path: &'a EntryPath,
    expected: &'a Signature,
    /// The bytes, and whether their signature is the expected one.
    found: Option<(u64, bool)>,
}

impl Sink for Comparer<'_> {
    fn wants(&mut self, path: &EntryPath, metadata: &Metadata) -> bool {
        path == self.path && metadata.kind.is_file()
    }

    fn entry(
        &mut self,
        path: &EntryPath,
        _: &Metadata,
        content: &mut Content<'_, '_>,
    ) -> Result<Option<Trouble>, EngineError> {
        self.ctx.tell(Event::Content { path });
        let mut signing = Signing(SignatureWriter::new(self.expected.block_len()));
        let bytes = match content.write_to(&mut signing) {
            Ok(bytes) => bytes,
            Err(PayloadError::Damaged(message)) => return Ok(Some(Trouble { code: Code::Damaged, message })),
            Err(PayloadError::Output(error)) => return Err(error.into()),
            Err(PayloadError::Stream(error)) => return Err(error),
        };
        // Sums of another kind, which old programs made, cannot be compared with ours; the volume's hashes held.
        let comparable = self.expected.kind() == SignatureKind::Md4 && self.expected.strong_len() == STRONG;
        let same = !comparable || signing.0.finish() == self.expected.as_bytes();
        self.found = Some((bytes, same));
        self.ctx.tell(Event::Entry { path, change: Change::Compared });
        Ok(None)
    }
}

struct Signing(SignatureWriter);

impl Write for Signing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
