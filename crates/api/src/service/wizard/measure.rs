//! How much there is to back up: each chosen folder is walked once, in a thread of its own, and what every ready-made
//! exclude leaves out is counted on the way, so that switching one on or off needs no second walk. The engine's own
//! selection judges. A folder that is not chosen any more is not walked on.

use crate::failure;
use crate::service::settings::chosen_excludes;
use crate::service::{Service, lock};
use crate::view::{Failure, Measured, MeasuredFolder, Whole};
use backtrail_base::{Timestamp, fs};
use backtrail_engine::select::{EntryInfo, Selection, Verdict};
use backtrail_format::EntryPath;
use backtrail_profile::SmartExclude;
use backtrail_profile::run::to_entry;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Folders that are shown with their size.
const SHOWN: usize = 12;

/// Which excludes leave something out: a bit each.
type Mask = u16;

/// Bytes and files.
#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    bytes: u64,
    files: u64,
}

/// Amounts by what leaves them out.
type Amounts = HashMap<Mask, Amount>;

/// A folder that is walked, or was.
#[derive(Debug, Default)]
struct Walk {
    cancelled: AtomicBool,
    done: AtomicBool,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    all: Amounts,
    /// Of what lies directly in it.
    folders: HashMap<String, Amounts>,
}

/// The walks.
#[derive(Debug, Default)]
pub(in crate::service) struct Measuring(Mutex<HashMap<PathBuf, Arc<Walk>>>);

impl Measuring {
    /// Ends all walks, and forgets what they counted.
    pub(in crate::service) fn cancel(&self) {
        for (_, walk) in lock(&self.0).drain() {
            walk.cancelled.store(true, Ordering::SeqCst);
        }
    }

    /// What the folders hold, less what the ready-made excludes that are on by default leave out; none for folders
    /// that were not measured. A walk that goes on says what it has seen.
    pub(in crate::service) fn bytes_of(&self, sources: &[PathBuf]) -> Option<u64> {
        let walks = lock(&self.0);
        let chosen = mask(&SmartExclude::defaults());
        sources
            .iter()
            .map(|source| walks.get(source).map(|walk| kept(&lock(&walk.counted).all, chosen).bytes))
            .sum()
    }
}

impl Service {
    /// Sizes of what would be backed up, as far as they are known.
    pub(in crate::service) fn measure(
        &self,
        sources: &[String],
        excludes: &[String],
    ) -> Result<Measured, Failure> {
        let sources = outermost(self.sources_of(sources)?);
        let chosen = mask(&chosen_excludes(excludes)?);
        let mut walks = lock(&self.0.measuring.0);
        walks.retain(|folder, walk| {
            let wanted = sources.contains(folder) || walk.done.load(Ordering::SeqCst);
            if !wanted {
                walk.cancelled.store(true, Ordering::SeqCst);
            }
            wanted
        });
        for source in &sources {
            if !walks.contains_key(source) {
                walks.insert(source.clone(), self.start_walk(source)?);
            }
        }
        let mut measured = Measured {
            bytes: Whole(0),
            files: Whole(0),
            folders: Vec::new(),
            excludes: Vec::new(),
            done: true,
        };
        let mut left_out = [0; SmartExclude::ALL.len()];
        for walk in sources.iter().filter_map(|source| walks.get(source)) {
            measured.done &= walk.done.load(Ordering::SeqCst);
            let counted = lock(&walk.counted);
            let all = kept(&counted.all, chosen);
            measured.bytes.0 += all.bytes;
            measured.files.0 += all.files;
            for (number, bytes) in left_out.iter_mut().enumerate() {
                let by_it = counted.all.iter().filter(|(mask, _)| **mask & (1 << number) != 0);
                *bytes += by_it.map(|(_, amount)| amount.bytes).sum::<u64>();
            }
            measured.folders.extend(counted.folders.iter().map(|(label, amounts)| MeasuredFolder {
                label: label.clone(),
                bytes: Whole(kept(amounts, chosen).bytes),
            }));
        }
        measured.folders.retain(|folder| folder.bytes.0 > 0);
        measured.folders.sort_by(|a, b| (b.bytes, &a.label).cmp(&(a.bytes, &b.label)));
        measured.folders.truncate(SHOWN);
        measured.excludes = SmartExclude::ALL
            .into_iter()
            .zip(left_out)
            .map(|(exclude, bytes)| MeasuredFolder {
                label: exclude.as_str().to_owned(),
                bytes: Whole(bytes),
            })
            .collect();
        Ok(measured)
    }

    fn start_walk(&self, source: &Path) -> Result<Arc<Walk>, Failure> {
        let person = crate::service::person(self.0.surroundings.desktop().home);
        let sources = [source.to_path_buf()];
        let mut judges = Vec::new();
        for (number, exclude) in SmartExclude::ALL.into_iter().enumerate() {
            let rules = exclude.rules_for(&person, &sources);
            if !rules.is_empty() {
                let selection = Selection::new(b"/", rules);
                judges.push((1 << number, selection.map_err(|error| failure::of(&error))?));
            }
        }
        let walk = Arc::new(Walk::default());
        let (theirs, source) = (Arc::clone(&walk), source.to_path_buf());
        // Where no thread can be had nothing is counted, and nothing is said to be done.
        let _ = std::thread::Builder::new().name("measure".to_owned()).spawn(move || {
            theirs.run(&source, &judges);
        });
        Ok(walk)
    }
}

impl Walk {
    fn run(&self, source: &Path, judges: &[(Mask, Selection)]) {
        // Folders that wait: their path, what leaves them out, and what they are counted to.
        let mut waiting: Vec<(PathBuf, Mask, Option<String>)> = vec![(source.to_path_buf(), 0, None)];
        while let Some((folder, mask, label)) = waiting.pop() {
            if self.cancelled.load(Ordering::SeqCst) {
                return;
            }
            let mut here = Amounts::new();
            // What cannot be read is not counted; the backup will say what it was.
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else { continue };
                let path = entry.path();
                let mask = mask | judged(&path, &metadata, mask, judges);
                if metadata.is_dir() {
                    let name = || entry.file_name().display().to_string();
                    waiting.push((path, mask, label.clone().or_else(|| Some(name()))));
                } else if metadata.is_file() {
                    let amount = here.entry(mask).or_default();
                    amount.bytes += metadata.len();
                    amount.files += 1;
                }
            }
            self.add(&here, label);
        }
        self.done.store(true, Ordering::SeqCst);
    }

    fn add(&self, amounts: &Amounts, label: Option<String>) {
        let mut counted = lock(&self.counted);
        let Counted { all, folders } = &mut *counted;
        let of_label = label.map(|label| folders.entry(label).or_default());
        for total in std::iter::once(all).chain(of_label) {
            for (mask, amount) in amounts {
                let sum = total.entry(*mask).or_default();
                sum.bytes += amount.bytes;
                sum.files += amount.files;
            }
        }
    }
}

/// What leaves an entry out, besides what leaves its folder out.
fn judged(path: &Path, metadata: &std::fs::Metadata, above: Mask, judges: &[(Mask, Selection)]) -> Mask {
    let Some(entry) = to_entry(path) else { return 0 };
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let info = EntryInfo {
        is_dir: metadata.is_dir(),
        is_file: metadata.is_file(),
        is_device: false,
        mtime: Timestamp(modified.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))),
        dev: 0,
        root_dev: 0,
    };
    let holds = |name: &[u8]| {
        let name = EntryPath::parse(name).ok().and_then(|name| backtrail_profile::run::to_path(&name));
        let name = name.as_deref().and_then(Path::file_name).map(|name| path.join(name));
        name.is_some_and(|path| fs::symlink_metadata(path).is_ok())
    };
    let out = |selection: &Selection| selection.judge(&entry, &info, &holds) == Verdict::Exclude;
    let new = judges.iter().filter(|(bit, selection)| above & bit == 0 && out(selection));
    new.fold(0, |mask, (bit, _)| mask | bit)
}

fn mask(excludes: &BTreeSet<SmartExclude>) -> Mask {
    let numbered = SmartExclude::ALL.into_iter().enumerate();
    numbered
        .filter(|(_, exclude)| excludes.contains(exclude))
        .fold(0, |mask, (number, _)| mask | (1 << number))
}

/// What is left with these excludes.
fn kept(amounts: &Amounts, chosen: Mask) -> Amount {
    let mut sum = Amount::default();
    for (_, amount) in amounts.iter().filter(|(mask, _)| **mask & chosen == 0) {
        sum.bytes += amount.bytes;
        sum.files += amount.files;
    }
    sum
}

/// The folders that lie in none of the others.
fn outermost(mut folders: Vec<PathBuf>) -> Vec<PathBuf> {
    folders.sort();
    folders.dedup();
    let all = folders.clone();
    folders.retain(|folder| !all.iter().any(|other| folder != other && folder.starts_with(other)));
    folders
}
