//! The entries of one set in path order, across its volumes. A volume that is missing or damaged is passed over and
//! remembered with the range of paths it held, so that nobody takes an older state for the wanted one.

use super::fetch::Fetch;
use crate::event::Event;
use crate::progress::Meter;
use crate::{Context, EngineError, Warning, archive};
use backtrail_base::{Code, Coded, Timestamp};
use backtrail_format::collection::Set;
use backtrail_format::difftar::{Member, PIECE, Reader};
use backtrail_format::manifest::{Change, Manifest, Volume};
use backtrail_format::names::SetId;
use backtrail_format::{EntryPath, Error as FormatError, Metadata};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io::{self, Read, Write};
use std::sync::Arc;

type Input = Box<dyn Read + Send>;

/// Opens the sets that the moment `time` is restored from, the full one first, each reduced to the volumes that may
/// hold `path` or what is below it.
///
/// # Errors
/// [`EngineError::NoBackup`], [`EngineError::ChainsOverlap`], or what reading the manifests meets.
pub(crate) fn open_sets<'a>(
    ctx: &'a Context,
    time: Option<Timestamp>,
    path: &EntryPath,
) -> Result<(Vec<SetStream<'a>>, SetId), EngineError> {
    let listing = archive::list(ctx)?;
    let collection = &listing.collection;
    let time = time.unwrap_or(Timestamp(i64::MAX));
    let sets = collection.sets_for(time).map_err(|error| match error {
        FormatError::Overlap { first, second, .. } => EngineError::ChainsOverlap { first, second },
        FormatError::NoBackup => {
            EngineError::NoBackup { destination: ctx.destination.address().text.clone() }
        }
        other => EngineError::Format { object: ctx.destination.address().text.clone(), error: other },
    })?;
    let last = sets.last().map(|set| set.id);
    let last =
        last.ok_or_else(|| EngineError::NoBackup { destination: ctx.destination.address().text.clone() })?;
    let meter = Meter::new();
    let mut streams = Vec::with_capacity(sets.len());
    for set in sets {
        streams.push(SetStream::open(ctx, set, path, &listing.sizes, &meter)?);
    }
    // A set of the chain that lost its manifest would silently take everything after it along: the later sets are
    // there, and the moment asked for may lie in them.
    if let Some(chain) = collection.chains.iter().find(|chain| chain.contains(&last)) {
        let broken = chain.sets().find(|set| !set.is_complete());
        let later = chain.sets().any(|set| {
            broken.is_some_and(|broken| set.id > broken.id) && set.is_complete() && set.id.end() <= time
        });
        if let Some(broken) = broken.filter(|broken| later && broken.id.end() <= time) {
            return Err(EngineError::ManifestMissing { set: broken.id.to_string() });
        }
    }
    Ok((streams, last))
}

/// Paths that a lost volume held.
struct Lost {
    range: Volume,
}

/// One set being read.
pub(crate) struct SetStream<'a> {
    ctx: &'a Context,
    id: SetId,
    volumes: BTreeMap<u32, String>,
    sizes: BTreeMap<u32, u64>,
    manifest: Manifest,
    /// Volumes to read, ascending.
    waiting: VecDeque<u32>,
    next: Option<(u32, Fetch)>,
    current: Option<(u32, Reader<Input>, u64)>,
    head: Option<(Member, EntryPath, Metadata)>,
    last_path: Option<EntryPath>,
    lost: Vec<Lost>,
    listed: Option<HashSet<EntryPath>>,
    meter: Arc<Meter>,
    pub(super) problems: Vec<Warning>,
    started: bool,
}

impl<'a> SetStream<'a> {
    fn open(
        ctx: &'a Context,
        set: &Set,
        path: &EntryPath,
        sizes: &BTreeMap<String, u64>,
        meter: &Arc<Meter>,
    ) -> Result<Self, EngineError> {
        let manifest = archive::manifest(ctx, set)?;
        let waiting = manifest
            .volumes
            .iter()
            .filter(|(_, volume)| volume.may_hold(path))
            .map(|(number, _)| *number)
            .collect();
        let sizes = set
            .volumes
            .iter()
            .map(|(number, name)| (*number, sizes.get(name).copied().unwrap_or(0)))
            .collect();
        // A manifest that was cut names fewer volumes than there are: what they hold would be left out in silence.
        let surplus = set.surplus_volumes(&manifest);
        let mut stream = Self {
            ctx,
            id: set.id,
            volumes: set.volumes.clone(),
            sizes,
            manifest,
            waiting,
            next: None,
            current: None,
            head: None,
            last_path: None,
            lost: Vec::new(),
            listed: None,
            meter: Arc::clone(meter),
            problems: Vec::new(),
            started: false,
        };
        if let Some(first) = surplus.first() {
            let message = format!(
                "the manifest of the set {} does not name volume {first}, which is there ({} such volumes); what \
                 they hold is not restored",
                set.id,
                surplus.len()
            );
            stream.problem(Code::ManifestInvalid, None, message);
        }
        Ok(stream)
    }

    /// The volumes that will be fetched, name and size.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = (String, u64)> {
        self.waiting.iter().filter_map(|number| {
            Some((self.volumes.get(number)?.clone(), self.sizes.get(number).copied().unwrap_or(0)))
        })
    }

    /// What is counted, of all sets of the chain together.
    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// The entry the stream stands at; none at its end.
    pub(super) fn head(&self) -> Option<&(Member, EntryPath, Metadata)> {
        self.head.as_ref()
    }

    /// Stands at the first entry.
    pub(super) fn start(&mut self) -> Result<(), EngineError> {
        if !self.started {
            self.started = true;
            self.advance()?;
        }
        Ok(())
    }

    /// Goes to the next entry, into the next volume where one ends.
    pub(super) fn advance(&mut self) -> Result<(), EngineError> {
        self.head = None;
        loop {
            self.ctx.check_cancelled()?;
            if self.current.is_none() && !self.open_next()? {
                return Ok(());
            }
            let Some((number, reader, entries)) = &mut self.current else { return Ok(()) };
            match reader.next() {
                Ok(Some(head)) => {
                    *entries += 1;
                    // An entry that is not above the one before would break the merge; stock duplicity passes over
                    // it too. Pieces of one file share its path.
                    let piece = matches!(head.0, Member::SnapshotPiece(_) | Member::DiffPiece(_));
                    let ordered =
                        self.last_path.as_ref().is_none_or(|last| head.1 > *last || piece && head.1 == *last);
                    if !ordered {
                        let message = "it stands out of order in the backup and was passed over".to_owned();
                        self.problem(Code::Damaged, Some(head.1), message);
                        continue;
                    }
                    self.last_path = Some(head.1.clone());
                    self.head = Some(head);
                    return Ok(());
                }
                Ok(None) => self.end_volume()?,
                Err(error) => {
                    let (number, name) = (*number, self.volumes.get(number).cloned().unwrap_or_default());
                    let error = match error {
                        FormatError::Io(error) => EngineError::from_stream(&name, error),
                        error => EngineError::Format { object: name, error },
                    };
                    self.lose(number, error)?;
                }
            }
        }
    }

    /// Reads the rest of a volume, so that its integrity is known, and notices one without entries.
    fn end_volume(&mut self) -> Result<(), EngineError> {
        let Some((number, reader, entries)) = self.current.take() else { return Ok(()) };
        let name = self.volumes.get(&number).cloned().unwrap_or_default();
        if let Err(error) = io::copy(&mut reader.into_inner(), &mut io::sink()) {
            let error = EngineError::from_stream(&name, error);
            return self.lose(number, error);
        }
        let last = self.manifest.volumes.keys().next_back() == Some(&number);
        if entries == 0 && number != 1 && !last {
            let message = format!(
                "{name} holds no entries though it stands in the middle of its set; stock duplicity would \
                 silently stop there"
            );
            self.problem(Code::EmptyVolume, None, message);
        }
        Ok(())
    }

    /// Opens the next volume; false at the end of the set.
    fn open_next(&mut self) -> Result<bool, EngineError> {
        loop {
            let (number, fetch) = match self.next.take() {
                Some(next) => next,
                None => match self.fetch_next()? {
                    Some(next) => next,
                    None => return Ok(false),
                },
            };
            // The one after is fetched meanwhile.
            self.next = self.fetch_next()?;
            match fetch.open(self.ctx, &self.meter) {
                Ok((input, bytes)) => {
                    if let Some(name) = self.volumes.get(&number) {
                        self.ctx.tell(Event::VolumeFetched { name, bytes });
                    }
                    self.current = Some((number, Reader::new(input), 0));
                    return Ok(true);
                }
                Err(error) => self.lose(number, error)?,
            }
        }
    }

    fn fetch_next(&mut self) -> Result<Option<(u32, Fetch)>, EngineError> {
        while let Some(number) = self.waiting.pop_front() {
            let recorded = self.manifest.volumes.get(&number);
            match (self.volumes.get(&number), recorded) {
                (Some(name), Some(recorded)) => {
                    return Ok(Some((number, Fetch::start(self.ctx, name, recorded)?)));
                }
                _ => {
                    let error = EngineError::VolumeMissing { set: self.id.to_string(), number };
                    self.lose(number, error)?;
                }
            }
        }
        Ok(None)
    }

    /// Passes over a volume. What a wrong passphrase or a missing key stops is no damage, and ends the restore.
    fn lose(&mut self, number: u32, error: EngineError) -> Result<(), EngineError> {
        self.current = None;
        match error.code() {
            Code::WrongPassphrase
            | Code::PassphraseNeeded
            | Code::NoSecretKey
            | Code::Unsigned
            | Code::OtherSigner
            | Code::BadSignature
            | Code::Gpg
            | Code::Unsupported
            | Code::Cancelled
            | Code::Denied
            | Code::Unreachable => return Err(error),
            _ => {}
        }
        let Some(range) = self.manifest.volumes.get(&number).cloned() else { return Ok(()) };
        let message = format!(
            "{error} (volume {number} of {}, paths from {} to {})",
            self.id, range.start.path, range.end.path
        );
        self.problem(error.code(), None, message);
        self.lost.push(Lost { range });
        Ok(())
    }

    fn problem(&mut self, code: Code, path: Option<EntryPath>, message: String) {
        let warning = Warning { code, path, message };
        self.ctx.warn(&warning);
        self.problems.push(warning);
    }

    /// Whether the set lost a volume.
    pub(super) fn has_losses(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Whether what this set said of `path` may be lost.
    pub(super) fn may_have_lost(&mut self, path: &EntryPath, is_file: bool) -> bool {
        let inside = |lost: &Lost| lost.range.start.path <= *path && *path <= lost.range.end.path;
        if !self.lost.iter().any(inside) {
            return false;
        }
        // The manifest lists the regular files that changed, where it has a list.
        let listed = match &self.manifest.files_changed {
            Some(changes) if !changes.is_empty() => changes,
            _ => return true,
        };
        let listed = self.listed.get_or_insert_with(|| listed.iter().map(|(_, path)| path.clone()).collect());
        !is_file || listed.contains(path)
    }

    /// The regular files that the manifest says this set stored inside what is lost.
    pub(super) fn lost_files(&self) -> impl Iterator<Item = (&EntryPath, bool)> {
        let changes = self.manifest.files_changed.iter().flatten();
        changes
            .filter(|(_, path)| {
                self.lost.iter().any(|lost| lost.range.start.path <= *path && *path <= lost.range.end.path)
            })
            .map(|(change, path)| (path, *change == Change::Deleted))
    }

    /// Passes over the entry the stream stands at, all its pieces.
    pub(super) fn pass(&mut self) -> Result<(), EngineError> {
        let Some((_, path, _)) = self.head.take() else { return Ok(()) };
        loop {
            self.advance()?;
            if self.head.as_ref().is_none_or(|(_, next, _)| *next != path) {
                return Ok(());
            }
        }
    }

    /// Writes the payload of the entry the stream stands at, all its pieces, and stands at the next entry.
    pub(super) fn payload(&mut self, out: &mut dyn Write) -> Result<u64, PayloadError> {
        let Some((member, path, _)) = self.head.clone() else { return Ok(0) };
        let first = piece_number(&member);
        let losses = self.lost.len();
        if first.is_some_and(|number| number != 1) {
            self.pass().map_err(PayloadError::Stream)?;
            return Err(PayloadError::Damaged("its first part is missing from the backup".to_owned()));
        }
        let mut expected = first;
        let mut total = 0;
        let mut broken: Option<PayloadError> = None;
        loop {
            let mut piece = 0;
            if broken.is_none() {
                match self.copy_piece(out) {
                    Ok(bytes) => piece = bytes,
                    Err(error) => broken = Some(error),
                }
            }
            total += piece;
            self.advance().map_err(PayloadError::Stream)?;
            let next = match &self.head {
                Some((member, next, _)) if *next == path => piece_number(member),
                _ => {
                    // Stock duplicity ends a file of several pieces with a short one; after a lost volume a full
                    // one means that the rest is gone.
                    let cut = expected.is_some() && piece == PIECE as u64 && self.lost.len() > losses;
                    if cut && broken.is_none() {
                        broken = Some(PayloadError::Damaged("its last part is missing".to_owned()));
                    }
                    break;
                }
            };
            expected = expected.map(|number| number + 1);
            if broken.is_none() && next != expected {
                broken = Some(PayloadError::Damaged("a part in its middle is missing".to_owned()));
            }
        }
        broken.map_or(Ok(total), Err)
    }

    fn copy_piece(&mut self, out: &mut dyn Write) -> Result<u64, PayloadError> {
        let Some((_, reader, _)) = &mut self.current else { return Ok(0) };
        let mut chunk = [0; 16 << 10];
        let mut total = 0;
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return Ok(total),
                Ok(count) => {
                    out.write_all(&chunk[..count]).map_err(PayloadError::Output)?;
                    total += count as u64;
                    self.meter.bytes(self.ctx, count as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The volume is given up by the call that follows, which meets the same error.
                Err(error) => {
                    return Err(PayloadError::Damaged(format!("its content cannot be read: {error}")));
                }
            }
        }
    }
}

fn piece_number(member: &Member) -> Option<u64> {
    match member {
        Member::SnapshotPiece(number) | Member::DiffPiece(number) => Some(*number),
        Member::Snapshot | Member::Diff | Member::Deleted => None,
    }
}

/// Why a payload was not delivered.
pub(crate) enum PayloadError {
    /// The backup does not have it whole; the sentence says what is wrong.
    Damaged(String),
    /// It could not be written.
    Output(io::Error),
    /// The stream as a whole cannot go on.
    Stream(EngineError),
}
