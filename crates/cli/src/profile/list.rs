//! `profile list`: what is set up.

use super::Session;
use crate::error::CliError;
use crate::exit;
use backtrail_profile::Profile;
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Listing<'a> {
    action: &'static str,
    profiles: Vec<One<'a>>,
    damaged: Vec<Damaged>,
}

#[derive(Serialize)]
struct One<'a> {
    id: &'a str,
    name: &'a str,
    sources: Vec<String>,
    address: &'a str,
    place: &'a str,
    here: bool,
}

#[derive(Serialize)]
struct Damaged {
    id: String,
    path: String,
    why: String,
}

impl Session<'_> {
    pub(super) fn list(&self) -> Result<u8, CliError> {
        let listed = self.listed()?;
        let mut shown = String::new();
        let width = listed.profiles.iter().map(|profile| profile.name.chars().count()).max().unwrap_or(0);
        for profile in &listed.profiles {
            let away = if self.runner.destination_here(profile) { "" } else { " (not there now)" };
            let _ = writeln!(
                shown,
                "{:12}  {:width$}  {} to {}{away}",
                profile.id.as_str(),
                profile.name,
                sources(profile).join(", "),
                profile.place.label
            );
        }
        if listed.profiles.is_empty() {
            shown.push_str("Nothing is set up. Start the app to set a backup up.\n");
        }
        self.output.result(shown.as_bytes())?;
        self.output.json(&Listing {
            action: "profile-list",
            profiles: listed
                .profiles
                .iter()
                .map(|profile| One {
                    id: profile.id.as_str(),
                    name: &profile.name,
                    sources: sources(profile),
                    address: &profile.place.address,
                    place: &profile.place.label,
                    here: self.runner.destination_here(profile),
                })
                .collect(),
            damaged: listed
                .damaged
                .iter()
                .map(|damaged| Damaged {
                    id: damaged.id.to_string(),
                    path: damaged.path.display().to_string(),
                    why: damaged.why.clone(),
                })
                .collect(),
        })?;
        Ok(exit::OK)
    }
}

fn sources(profile: &Profile) -> Vec<String> {
    profile.sources.iter().map(|source| source.display().to_string()).collect()
}
