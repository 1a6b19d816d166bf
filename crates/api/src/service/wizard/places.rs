//! Places for the backup: the plugged drives by name first, then folders that were chosen. Each is told with what speaks
//! against it, and a backup gets a folder of its own on it, `Backtrail/<host>-<profile>`.

use super::Wizard;
use crate::failure::{self, About};
use crate::service::{Service, lock};
use crate::view::{Failure, PlaceCaution, PlaceChoice, PlaceKind, Tick, TickWhat, Whole};
use backtrail_base::{Code, fs};
use backtrail_profile::Place;
use backtrail_store::drives::{self, Drive};
use backtrail_store::{Address, Check, Destination, free_space, probe};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::path::{Path, PathBuf};

/// The folder for all backups on a place.
const FOLDER: &str = "Backtrail";
/// Less than this is no room for a backup, whatever there is to back up.
const LEAST: u64 = 256 << 20;
/// What an address writes otherwise.
const CODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl Service {
    /// The places, the drives first. The one of the draft is chosen, else the first that nothing speaks against.
    pub(super) fn places(&self, wizard: &Wizard) -> Vec<PlaceChoice> {
        let of_draft = wizard.draft.place.as_ref().and_then(|place| self.base_of(place));
        let mut choices: Vec<(PathBuf, PlaceChoice)> = Vec::new();
        for drive in self.0.surroundings.drives() {
            let choice = self.choice(wizard, &drive.mount, Some(&drive));
            choices.push((drive.mount, choice));
        }
        for folder in wizard.places.iter().chain(&of_draft) {
            if !choices.iter().any(|(base, _)| base == folder) {
                choices.push((folder.clone(), self.choice(wizard, folder, None)));
            }
        }
        let chosen = choices.iter().position(|(base, _)| of_draft.as_ref() == Some(base)).or_else(|| {
            let good = |choice: &PlaceChoice| matches!(choice.caution, None | Some(PlaceCaution::HasBackup));
            choices.iter().position(|(_, choice)| good(choice))
        });
        if let Some((_, choice)) = chosen.and_then(|chosen| choices.get_mut(chosen)) {
            choice.chosen = true;
        }
        choices.into_iter().map(|(_, choice)| choice).collect()
    }

    /// A folder that was just added, chosen.
    pub(super) fn added_place(&self, wizard: &Wizard, base: &Path) -> PlaceChoice {
        PlaceChoice { chosen: true, ..self.choice(wizard, base, self.drive_at(base).as_ref()) }
    }

    fn drive_at(&self, base: &Path) -> Option<Drive> {
        self.0.surroundings.drives().into_iter().find(|drive| drive.mount == base)
    }

    fn choice(&self, wizard: &Wizard, base: &Path, drive: Option<&Drive>) -> PlaceChoice {
        let sources = self.sources_now(wizard);
        let space = match drive {
            Some(drive) => drive.free.zip(drive.total),
            None => free_space(base),
        };
        let (free, total) = space.unzip();
        PlaceChoice {
            id: self.0.tables().places.id(base.to_path_buf()),
            kind: if drive.is_some() { PlaceKind::Drive } else { PlaceKind::Folder },
            label: label(base, drive),
            path: self.folder_for(wizard, base, &sources).display().to_string(),
            free: free.map(Whole),
            total: total.map(Whole),
            chosen: false,
            caution: self.caution(base, drive, free, &sources),
        }
    }

    fn caution(
        &self,
        base: &Path,
        drive: Option<&Drive>,
        free: Option<u64>,
        sources: &[PathBuf],
    ) -> Option<PlaceCaution> {
        let needed = self.0.measuring.bytes_of(sources).unwrap_or(0).max(LEAST);
        if drive.is_some_and(|drive| drive.read_only) || !writable(base) {
            return Some(PlaceCaution::ReadOnly);
        }
        if free.is_some_and(|free| free < needed) {
            return Some(PlaceCaution::LittleSpace);
        }
        let disk = |path: &Path| drives::holding(path).map(|drive| drive.mount);
        if drive.is_none() && sources.iter().any(|source| disk(source) == disk(base)) {
            return Some(PlaceCaution::SameDisk);
        }
        has_backup(base).then_some(PlaceCaution::HasBackup)
    }

    /// The folders that are protected, as far as that is chosen: Home until it is.
    fn sources_now(&self, wizard: &Wizard) -> Vec<PathBuf> {
        if wizard.kept { wizard.draft.sources.clone() } else { vec![self.0.surroundings.desktop().home] }
    }

    /// The folder that the backup gets on a place: that of the draft, else one that holds nothing yet.
    fn folder_for(&self, wizard: &Wizard, base: &Path, sources: &[PathBuf]) -> PathBuf {
        if let Some(place) = &wizard.draft.place
            && self.base_of(place).as_deref() == Some(base)
            && let Some(name) = address_path(place).as_deref().and_then(Path::file_name)
        {
            return base.join(FOLDER).join(name);
        }
        let desktop = self.0.surroundings.desktop();
        let name = format!("{}-{}", slug(&desktop.host), slug(&profile_name(sources, &desktop.home)));
        let empty = |folder: &Path| !fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        let mut names =
            std::iter::once(name.clone()).chain((2..1000).map(|number| format!("{name}-{number}")));
        let free = names.find(|name| empty(&base.join(FOLDER).join(name)));
        base.join(FOLDER).join(free.unwrap_or(name))
    }

    /// The place that an id stands for, as the profile will have it.
    pub(super) fn place_for(&self, wizard: &Wizard, id: &str, sources: &[PathBuf]) -> Result<Place, Failure> {
        let base = self.0.tables().places.value(id).ok_or_else(failure::stale)?;
        let folder = self.folder_for(wizard, &base, sources);
        let drive = self.0.surroundings.drives().into_iter().find(|drive| folder.starts_with(&drive.mount));
        if let Some(drive) = drive.filter(|drive| drive.uuid.is_some() || drive.label.is_some())
            && let Ok(path) = folder.strip_prefix(&drive.mount)
        {
            let place = Place::on_drive(&drive, path.to_path_buf());
            return Ok(Place { label: label(&base, Some(&drive)), ..place });
        }
        let Some(address) = address_of(&folder) else {
            let message = format!("The name of {} cannot be used in an address.", base.display());
            return Err(failure::plain(Code::BadUrl, message, "Choose another folder."));
        };
        Ok(Place { address, label: label(&base, None), drive: None })
    }

    /// What a place lies on: the folder that holds `Backtrail`, where it is now.
    fn base_of(&self, place: &Place) -> Option<PathBuf> {
        let folder = match &place.drive {
            Some(drive) => {
                let found = self.0.surroundings.find_drives(drive.uuid.as_deref(), drive.label.as_deref());
                found.into_iter().next()?.mount.join(&drive.path_on_drive)
            }
            None => address_path(place)?,
        };
        folder.parent()?.parent().map(Path::to_path_buf)
    }

    /// Checks a place: writes, lists, reads, renames and deletes a probe.
    pub(in crate::service) fn check_place(&self, id: &str) -> Result<Vec<Tick>, Failure> {
        let (folder, label) = {
            let wizard = lock(&self.0.wizard);
            let base = self.0.tables().places.value(id).ok_or_else(failure::stale)?;
            let sources = self.sources_now(&wizard);
            let label = label(&base, self.drive_at(&base).as_ref());
            (self.folder_for(&wizard, &base, &sources), label)
        };
        let about = About { name: None, place: Some(label) };
        let missing: Vec<PathBuf> =
            folder.ancestors().take_while(|folder| !folder.exists()).map(Path::to_path_buf).collect();
        let address = Address::parse(&folder.display().to_string()).map_err(|error| about.error(&error))?;
        let ticks = match Destination::open(&address, true) {
            Ok(destination) => probe(&destination, &*self.0.clock)
                .into_iter()
                .map(|tick| Tick {
                    what: tried(tick.what),
                    failure: tick.outcome.err().map(|error| about.error(&error)),
                })
                .collect(),
            Err(error) => vec![Tick { what: TickWhat::Write, failure: Some(about.error(&error)) }],
        };
        // Only trying leaves no trace. What is not empty stays.
        for folder in missing {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(ticks)
    }
}

fn tried(what: Check) -> TickWhat {
    match what {
        Check::Write => TickWhat::Write,
        Check::List => TickWhat::List,
        Check::Read => TickWhat::Read,
        Check::Rename => TickWhat::Rename,
        Check::Delete => TickWhat::Delete,
        Check::FreeSpace => TickWhat::FreeSpace,
        Check::ClockSkew => TickWhat::Clock,
    }
}

/// What a person calls a place.
fn label(base: &Path, drive: Option<&Drive>) -> String {
    let name = || base.file_name().unwrap_or(base.as_os_str()).display().to_string();
    drive.and_then(|drive| drive.label.clone()).unwrap_or_else(name)
}

/// What a backup is called until the person says otherwise.
pub(super) fn profile_name(sources: &[PathBuf], home: &Path) -> String {
    match sources.iter().find(|source| *source == home).or(sources.first()) {
        Some(source) if source == home => "Home".to_owned(),
        Some(source) => source.file_name().unwrap_or(source.as_os_str()).display().to_string(),
        None => "Backup".to_owned(),
    }
}

/// A name as a part of a path that every system takes.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_end_matches('-').chars().take(40).collect();
    if slug.is_empty() { "backup".to_owned() } else { slug }
}

/// The address of a folder; none for a name that is no text.
fn address_of(folder: &Path) -> Option<String> {
    let text = folder.to_str()?;
    let text = if cfg!(windows) { format!("/{}", text.replace('\\', "/")) } else { text.to_owned() };
    Some(format!("file://{}", utf8_percent_encode(&text, CODED)))
}

fn address_path(place: &Place) -> Option<PathBuf> {
    Address::parse(&place.address).ok().map(|address| address.path)
}

/// Whether a backup that Backtrail or duplicity made lies there.
fn has_backup(base: &Path) -> bool {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let of_duplicity = |folder: &Path| {
        entries(folder)
            .take(10_000)
            .any(|entry| entry.file_name().to_string_lossy().starts_with("duplicity-"))
    };
    of_duplicity(base) || entries(&base.join(FOLDER)).take(100).any(|entry| of_duplicity(&entry.path()))
}

/// Whether this person may write there, as far as the system says without trying.
#[cfg(unix)]
fn writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether this person may write there: here only trying tells, which the check does.
#[cfg(not(unix))]
fn writable(folder: &Path) -> bool {
    folder.is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_a_path() {
        let names = [("Ann's Laptop", "ann-s-laptop"), ("Home", "home"), ("../..", "backup"), ("", "backup")];
        for (name, expected) in names {
            assert_eq!(slug(name), expected, "a separator in it would leave the folder");
        }
    }

    #[test]
    fn an_address_leads_back_to_its_folder() {
        for folder in ["/media/ann/My Drive/Backtrail/a-b", "/mnt/50%/x#y", "/tmp/größe"] {
            let address = address_of(Path::new(folder)).unwrap();
            let parsed = Address::parse(&address).expect("what we write we must read");
            assert_eq!(parsed.path, Path::new(folder), "{address}");
        }
    }
}
