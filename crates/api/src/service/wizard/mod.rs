//! The wizard: what may be chosen, what was chosen so far, and the profile that comes of it. The draft is on disk after
//! each change and holds no secret: generated words live in memory, and in the keyring from the moment the key is made.

mod finish;
mod measure;
mod places;
mod protect;

pub(super) use measure::Measuring;
pub(super) use protect::strength;

use super::settings::{chosen_excludes, excludes};
use super::{Service, lock, shown};
use crate::failure;
use crate::view::{
    Failure, KeyringView, KitSaved, PlaceChoice, ProtectChoice, SetUp, SetupView, SourceChoice,
};
use backtrail_base::{Code, Sensitive};
use backtrail_profile::secrets::KeyringState;
use backtrail_profile::{Draft, Folders, Kit, Protection};
use std::path::{Path, PathBuf};

/// The wizard between two calls.
#[derive(Debug, Default)]
pub(super) struct Wizard {
    pub(super) draft: Draft,
    /// Whether the draft is on disk: the wizard was begun and not ended.
    kept: bool,
    /// The passphrase that was generated or typed, until it is in the keyring.
    passphrase: Option<Sensitive<String>>,
    /// The key that was made, also while the person looks at *passphrase only*.
    key: Option<String>,
    /// Where the kit was saved.
    pub(super) kit: Option<KitSaved>,
    /// Folders that dialogs gave.
    sources: Vec<PathBuf>,
    places: Vec<PathBuf>,
}

impl Wizard {
    /// The wizard as it was left. A draft that cannot be read was kept aside, and the wizard begins anew.
    pub(super) fn load(folders: &Folders) -> Self {
        let Ok(Some(draft)) = Draft::load(folders) else { return Self::default() };
        let key = match &draft.protection {
            Some(Protection::Key { fingerprint }) => Some(fingerprint.clone()),
            _ => None,
        };
        Self { draft, kept: true, key, ..Self::default() }
    }

    /// Whether it was begun and not ended.
    pub(super) fn is_kept(&self) -> bool {
        self.kept
    }

    fn protect(&self) -> ProtectChoice {
        match self.draft.protection {
            Some(Protection::Passphrase) => ProtectChoice::PassphraseOnly,
            _ => ProtectChoice::NewKey,
        }
    }

    pub(super) fn keep(&mut self, folders: &Folders) -> Result<(), Failure> {
        self.draft.save(folders).map_err(|error| failure::of(&error))?;
        self.kept = true;
        Ok(())
    }

    fn saved_kit(&self) -> Option<KitSaved> {
        // Where it was saved is not in the draft; that it was, is.
        let remembered = self.draft.kit.saved.map(|saved| KitSaved {
            path: String::new(),
            proved: shown::time(saved),
            with_words: self.draft.kit.with_words,
        });
        self.kit.clone().or(remembered)
    }
}

impl Service {
    /// What the wizard starts from.
    pub(super) fn setup(&self) -> Result<SetupView, Failure> {
        let home = self.0.surroundings.desktop().home;
        let wizard = lock(&self.0.wizard);
        let mut folders = vec![home.clone()];
        for folder in wizard.draft.sources.iter().chain(&wizard.sources) {
            if !folders.contains(folder) {
                folders.push(folder.clone());
            }
        }
        // Home is chosen until the person says otherwise.
        let chosen = |folder: &Path| match wizard.kept {
            true => wizard.draft.sources.iter().any(|source| source == folder),
            false => folder == home,
        };
        let sources =
            folders.iter().map(|folder| self.source_choice(folder, &home, chosen(folder))).collect();
        Ok(SetupView {
            sources,
            excludes: excludes(&wizard.draft.excludes.smart),
            places: self.places(&wizard),
            protect: wizard.protect(),
            keyring: match self.0.secrets.keyring().state() {
                KeyringState::Ready => KeyringView::Ready,
                KeyringState::Locked => KeyringView::Locked,
                KeyringState::Absent => KeyringView::Absent,
            },
            when: shown::when(&wizard.draft.schedule),
            keep: shown::keep(&wizard.draft.retention),
            kit_saved: wizard.saved_kit(),
            key_made: wizard.key.is_some(),
        })
    }

    /// A folder that may be backed up, with its id.
    pub(super) fn source_choice(&self, folder: &Path, home: &Path, chosen: bool) -> SourceChoice {
        let is_home = folder == home;
        let name = || folder.file_name().unwrap_or(folder.as_os_str()).display().to_string();
        SourceChoice {
            id: self.0.tables().sources.id(folder.to_path_buf()),
            label: if is_home { "Home".to_owned() } else { name() },
            path: folder.display().to_string(),
            home: is_home,
            chosen,
        }
    }

    /// The folders that these ids stand for.
    pub(super) fn sources_of<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a String>,
    ) -> Result<Vec<PathBuf>, Failure> {
        let tables = self.0.tables();
        let folder = |id: &String| tables.sources.value(id).map(|folder| (*folder).clone());
        ids.into_iter().map(|id| folder(id).ok_or_else(failure::stale)).collect()
    }

    /// Keeps what was chosen so far.
    pub(super) fn keep_setup(&self, setup: &SetUp) -> Result<(), Failure> {
        let mut wizard = lock(&self.0.wizard);
        self.take(&mut wizard, setup)?;
        wizard.keep(&self.0.folders)
    }

    /// Takes over what was chosen. A kit that was saved for another place or protection is none any more.
    pub(super) fn take(&self, wizard: &mut Wizard, setup: &SetUp) -> Result<(), Failure> {
        let sources = self.sources_of(&setup.sources)?;
        let smart = chosen_excludes(&setup.excludes)?;
        let schedule = shown::schedule(&setup.when, &wizard.draft.schedule)?;
        let place = match setup.place.as_str() {
            "" => None,
            id => Some(self.place_for(wizard, id, &sources)?),
        };
        let protection = match setup.protect {
            ProtectChoice::PassphraseOnly => Some(Protection::Passphrase),
            ProtectChoice::NewKey => wizard.key.clone().map(|fingerprint| Protection::Key { fingerprint }),
        };
        let same_place = wizard.draft.place.as_ref().map(|place| &place.address)
            == place.as_ref().map(|place| &place.address);
        if !same_place || wizard.draft.protection != protection {
            wizard.draft.kit = Kit { made_words: wizard.draft.kit.made_words, ..Kit::default() };
            wizard.kit = None;
        }
        let draft = &mut wizard.draft;
        draft.name = places::profile_name(&sources, &self.0.surroundings.desktop().home);
        draft.sources = sources;
        draft.excludes.smart = smart;
        draft.schedule = schedule;
        draft.retention = shown::retention(setup.keep, &draft.retention);
        draft.place = place;
        draft.protection = protection;
        Ok(())
    }

    /// A folder that a dialog gave, to be backed up. It is chosen.
    pub(super) fn add_source(&self, path: PathBuf) -> Result<SourceChoice, Failure> {
        let path = a_folder(path)?;
        let mut wizard = lock(&self.0.wizard);
        if !wizard.sources.contains(&path) {
            wizard.sources.push(path.clone());
        }
        drop(wizard);
        Ok(self.source_choice(&path, &self.0.surroundings.desktop().home, true))
    }

    /// A folder that a dialog gave, to keep backups in. It is chosen.
    pub(super) fn add_place(&self, path: PathBuf) -> Result<PlaceChoice, Failure> {
        let path = a_folder(path)?;
        let mut wizard = lock(&self.0.wizard);
        if !wizard.places.contains(&path) {
            wizard.places.push(path.clone());
        }
        Ok(self.added_place(&wizard, &path))
    }
}

/// A path that a dialog gave: absolute, and a folder.
pub(super) fn a_folder(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.is_absolute() && path.is_dir() {
        return Ok(path);
    }
    let message = format!("{} is no folder on this computer.", path.display());
    Err(failure::plain(Code::NotFound, message, "Choose a folder that is there."))
}
