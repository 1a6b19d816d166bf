//! The entries of one set in path order, across its volumes. A volume that is missing or damaged is passed over and
//! remembered with the range of paths it held, so that nobody takes an older state for the wanted one.

mod payload;

pub(super) use payload::Payload;
pub(crate) use payload::PayloadError;

use super::supply::{Incoming, Parcel, Supply};
use crate::event::Event;
use crate::progress::Meter;
use crate::{Context, EngineError, Warning, archive};
use backtrail_base::{Code, Coded, Timestamp};
use backtrail_format::collection::Set;
use backtrail_format::difftar::{Member, Reader};
use backtrail_format::manifest::{Change, Manifest, Volume};
use backtrail_format::names::SetId;
use backtrail_format::{EntryPath, Error as FormatError, Metadata};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io::{self, BufRead};
use std::sync::Arc;

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
    let supply = Supply::new(ctx, &meter);
    let mut streams = Vec::with_capacity(sets.len());
    for (place, set) in sets.into_iter().enumerate() {
        streams.push(SetStream::open(ctx, set, place, path, &listing.sizes, &meter, &supply)?);
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

/// The volume a stream stands in.
struct Current<'a> {
    number: u32,
    reader: Reader<Incoming<'a>>,
    entries: u64,
    /// What a payload met; the volume is given up for it.
    broken: Option<io::Error>,
}

/// One set being read.
pub(crate) struct SetStream<'a> {
    ctx: &'a Context,
    set: Set,
    /// Without its list of changed files, which may be long and is of use only when something is lost.
    manifest: Manifest,
    /// Volumes to read, ascending; none for one that is not there.
    waiting: VecDeque<(u32, Option<Arc<Parcel>>)>,
    current: Option<Current<'a>>,
    head: Option<(Member, EntryPath, Metadata)>,
    last_path: Option<EntryPath>,
    lost: Vec<Lost>,
    listed: Vec<(Change, EntryPath)>,
    listed_paths: Option<HashSet<EntryPath>>,
    meter: Arc<Meter>,
    supply: Arc<Supply<'a>>,
    pub(super) problems: Vec<Warning>,
    started: bool,
}

impl<'a> SetStream<'a> {
    fn open(
        ctx: &'a Context,
        set: &Set,
        place: usize,
        path: &EntryPath,
        sizes: &BTreeMap<String, u64>,
        meter: &Arc<Meter>,
        supply: &Arc<Supply<'a>>,
    ) -> Result<Self, EngineError> {
        let mut manifest = archive::manifest(ctx, set)?;
        // A manifest that was cut names fewer volumes than there are: what they hold would be left out in silence.
        let surplus = set.surplus_volumes(&manifest);
        manifest.files_changed = None;
        let mut waiting = VecDeque::new();
        let mut needed = EntryPath::root();
        for (number, volume) in &manifest.volumes {
            if volume.may_hold(path) {
                let parcel = set.volumes.get(number).map(|name| {
                    let size = sizes.get(name).copied().unwrap_or(0);
                    Parcel::new(name, volume, size, (needed.clone(), place))
                });
                waiting.push_back((*number, parcel));
            }
            needed = volume.end.path.clone();
        }
        let mut stream = Self {
            ctx,
            set: set.clone(),
            manifest,
            waiting,
            current: None,
            head: None,
            last_path: None,
            lost: Vec::new(),
            listed: Vec::new(),
            listed_paths: None,
            meter: Arc::clone(meter),
            supply: Arc::clone(supply),
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
        self.parcels().map(|parcel| (parcel.name.clone(), parcel.size()))
    }

    /// The volumes that are not read yet.
    pub(super) fn parcels(&self) -> impl Iterator<Item = &Arc<Parcel>> {
        self.waiting.iter().filter_map(|(_, parcel)| parcel.as_ref())
    }

    /// What brings the volumes, of all sets of the chain together.
    pub(super) fn supply(&self) -> &Arc<Supply<'a>> {
        &self.supply
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
            let Some(current) = &mut self.current else { return Ok(()) };
            let next = match current.broken.take() {
                Some(error) => Err(FormatError::Io(error)),
                None => current.reader.next(),
            };
            match next {
                Ok(Some(head)) => {
                    current.entries += 1;
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
                Err(error) => self.give_up(error)?,
            }
        }
    }

    /// Gives up the current volume for an error met while reading it.
    fn give_up(&mut self, error: FormatError) -> Result<(), EngineError> {
        let Some(current) = self.current.take() else { return Ok(()) };
        if let Some(error) = current.reader.into_inner().local_failure() {
            return Err(EngineError::Io(error));
        }
        let name = self.set.volumes.get(&current.number).cloned().unwrap_or_default();
        let error = match error {
            FormatError::Io(error) => EngineError::from_stream(&name, error),
            error => EngineError::Format { object: name, error },
        };
        self.lose(current.number, error)
    }

    /// Reads the rest of a volume, so that its integrity is known, and notices one without entries.
    fn end_volume(&mut self) -> Result<(), EngineError> {
        let Some(Current { number, reader, entries, .. }) = self.current.take() else { return Ok(()) };
        let name = self.set.volumes.get(&number).cloned().unwrap_or_default();
        let mut rest = reader.into_inner();
        loop {
            match rest.fill_buf() {
                Ok([]) => break,
                Ok(ready) => {
                    let count = ready.len();
                    rest.consume(count);
                }
                Err(error) => {
                    if let Some(error) = rest.local_failure() {
                        return Err(EngineError::Io(error));
                    }
                    return self.lose(number, EngineError::from_stream(&name, error));
                }
            }
        }
        if let Some(error) = rest.local_failure() {
            return Err(EngineError::Io(error));
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
        while let Some((number, parcel)) = self.waiting.pop_front() {
            let Some(parcel) = parcel else {
                let error = EngineError::VolumeMissing { set: self.set.id.to_string(), number };
                self.lose(number, error)?;
                continue;
            };
            match self.supply.open(&parcel) {
                Ok((incoming, bytes)) => {
                    self.ctx.tell(Event::VolumeFetched { name: &parcel.name, bytes });
                    let reader = Reader::new(incoming);
                    self.current = Some(Current { number, reader, entries: 0, broken: None });
                    return Ok(true);
                }
                Err(error) => self.lose(number, error)?,
            }
        }
        Ok(false)
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
            self.set.id, range.start.path, range.end.path
        );
        self.problem(error.code(), None, message);
        if self.lost.is_empty() {
            // It was read before, so it is there; without its list everything in the range is in doubt.
            let manifest = archive::manifest(self.ctx, &self.set).ok();
            self.listed = manifest.and_then(|manifest| manifest.files_changed).unwrap_or_default();
        }
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
        if self.listed.is_empty() {
            return true;
        }
        let listed = &self.listed;
        let paths =
            self.listed_paths.get_or_insert_with(|| listed.iter().map(|(_, path)| path.clone()).collect());
        !is_file || paths.contains(path)
    }

    /// The regular files that the manifest says this set stored inside what is lost.
    pub(super) fn lost_files(&self) -> impl Iterator<Item = (&EntryPath, bool)> {
        self.listed
            .iter()
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
}
