//! The settings: read, and changed.

use super::{Service, lock, shown};
use crate::Event;
use crate::failure;
use crate::view::{
    AppSettingsView, ExcludeChoice, Failure, ProfileSettings, SettingsView, SourceChoice, ThemeChoice,
};
use backtrail_base::Code;
use backtrail_profile::{AppSettings, Folders, Profile, ProfileError, Protection, SmartExclude, Theme};
use std::collections::BTreeSet;
use std::path::Path;

/// The settings, and the name of a damaged file that was kept aside.
pub(super) fn load(folders: &Folders) -> (AppSettings, Option<String>) {
    match AppSettings::load(folders) {
        Ok(settings) => (settings, None),
        Err(ProfileError::Damaged { kept, .. }) => (AppSettings::default(), Some(name(&kept))),
        Err(ProfileError::Newer { path, .. }) => (AppSettings::default(), Some(name(&path))),
        Err(_) => (AppSettings::default(), None),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().display().to_string()
}

/// The ready-made excludes, in the order they are shown.
pub(super) fn excludes(chosen: &BTreeSet<SmartExclude>) -> Vec<ExcludeChoice> {
    let choice = |exclude: SmartExclude| ExcludeChoice {
        id: exclude.as_str().to_owned(),
        chosen: chosen.contains(&exclude),
    };
    SmartExclude::ALL.into_iter().map(choice).collect()
}

/// The ready-made excludes that a page chose.
pub(super) fn chosen_excludes<'a>(
    ids: impl IntoIterator<Item = &'a String>,
) -> Result<BTreeSet<SmartExclude>, Failure> {
    ids.into_iter().map(|id| SmartExclude::named(id).ok_or_else(failure::stale)).collect()
}

impl Service {
    /// All settings.
    pub(super) fn settings(&self) -> Result<SettingsView, Failure> {
        let listed = self.0.profiles.list().map_err(|error| failure::of(&error))?;
        let profiles = listed.profiles.iter().map(|profile| self.profile_settings(profile)).collect();
        let settings = lock(&self.0.settings).clone();
        let app = AppSettingsView {
            theme: match settings.theme {
                Theme::System => ThemeChoice::System,
                Theme::Light => ThemeChoice::Light,
                Theme::Dark => ThemeChoice::Dark,
            },
            // What the system says counts: it may have been changed there.
            start_at_login: self.0.surroundings.starts_at_login().unwrap_or(settings.start_at_login),
            notifications: settings.notifications,
        };
        Ok(SettingsView { app, profiles })
    }

    fn profile_settings(&self, profile: &Profile) -> ProfileSettings {
        let fingerprint = match &profile.protection {
            Protection::Key { fingerprint } => Some(shown::grouped(fingerprint)),
            Protection::Passphrase => None,
        };
        ProfileSettings {
            id: profile.id.to_string(),
            name: profile.name.clone(),
            sources: self.source_choices(&profile.sources),
            excludes: excludes(&profile.excludes.smart),
            patterns: profile.excludes.patterns.clone(),
            kept: self.0.kept(profile),
            when: shown::when(&profile.schedule),
            keep: shown::keep(&profile.retention),
            prove_weekly: profile.proof.enabled,
            fingerprint,
            kit_saved: profile.kit.saved.map(shown::time),
        }
    }

    /// A profile's folders, and the home where it is not among them.
    fn source_choices(&self, sources: &[std::path::PathBuf]) -> Vec<SourceChoice> {
        let home = self.0.surroundings.desktop().home;
        let mut choices: Vec<SourceChoice> =
            sources.iter().map(|source| self.source_choice(source, &home, true)).collect();
        if !sources.contains(&home) {
            choices.push(self.source_choice(&home, &home, false));
        }
        choices
    }

    /// Changes those of the app.
    pub(super) fn change_app_settings(&self, view: AppSettingsView) -> Result<(), Failure> {
        let surroundings = &self.0.surroundings;
        let before = lock(&self.0.settings).clone();
        if surroundings.starts_at_login().unwrap_or(before.start_at_login) != view.start_at_login {
            surroundings.start_at_login(view.start_at_login).map_err(|why| {
                let message = "The start at login could not be changed.";
                let advice = "Change it in the settings of your desktop.";
                Failure { details: Some(why), ..failure::plain(Code::Io, message, advice) }
            })?;
        }
        let theme = match view.theme {
            ThemeChoice::System => Theme::System,
            ThemeChoice::Light => Theme::Light,
            ThemeChoice::Dark => Theme::Dark,
        };
        self.0.change_settings(|settings| {
            settings.theme = theme;
            settings.start_at_login = view.start_at_login;
            settings.notifications = view.notifications;
        })?;
        if theme != before.theme {
            self.0.bus.tell(&Event::Theme(view.theme));
        }
        self.0.changed();
        Ok(())
    }

    /// Changes those of a profile.
    pub(super) fn change_profile(&self, view: &ProfileSettings) -> Result<(), Failure> {
        let mut profile = self.0.profile(&view.id)?;
        let chosen = view.sources.iter().filter(|source| source.chosen).map(|source| &source.id);
        let sources = self.sources_of(chosen)?;
        if sources.is_empty() {
            return Err(nothing_chosen());
        }
        let name = view.name.trim();
        if !name.is_empty() {
            profile.name = name.to_owned();
        }
        profile.sources = sources;
        let excludes = view.excludes.iter().filter(|exclude| exclude.chosen).map(|exclude| &exclude.id);
        profile.excludes.smart = chosen_excludes(excludes)?;
        profile.schedule = shown::schedule(&view.when, &profile.schedule)?;
        profile.retention = shown::retention(view.keep, &profile.retention);
        profile.proof.enabled = view.prove_weekly;
        self.0.profiles.save(&profile).map_err(|error| failure::of(&error))?;
        self.0.changed();
        self.0.wake();
        Ok(())
    }

    /// Forgets a profile: its file and its history. Its backup stays where it is, and so do its key and passphrase,
    /// without which nobody could open that.
    pub(super) fn remove_profile(&self, id: &str) -> Result<(), Failure> {
        let profile = self.0.profile(id)?;
        for job in self.0.jobs.all().iter().filter(|job| job.profile == profile.id) {
            job.cancel.cancel();
        }
        self.0.profiles.remove(&profile.id).map_err(|error| failure::of(&error))?;
        self.0.stories.remove(&profile.id).map_err(|error| failure::of(&error))?;
        self.0.changed();
        Ok(())
    }
}

/// No folder is chosen.
pub(super) fn nothing_chosen() -> Failure {
    failure::plain(Code::SourceMissing, "No folder is chosen.", "Choose at least one folder to back up.")
}
