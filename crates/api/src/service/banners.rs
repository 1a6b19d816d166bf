//! What wants attention, each with its reason and the one thing to do about it.

use super::{Inner, about};
use crate::failure::About;
use crate::view::{Banner, BannerKind, BannerStep, Failure, NextStep};
use backtrail_base::Code;
use backtrail_pgp::Purpose;
use backtrail_profile::schedule::{self, Decision, Waiting};
use backtrail_profile::{Damaged, Outcome, Profile, Protection, Records, What};

/// A key that expires within so many seconds is worth a word: 60 days.
const SOON: i64 = 60 * 24 * 60 * 60;

impl Inner {
    /// What concerns no profile, or one whose file cannot be read.
    pub(super) fn banners_of_all(&self, damaged: &[Damaged]) -> Vec<Banner> {
        let mut banners: Vec<Banner> = damaged
            .iter()
            .map(|file| {
                let code = if file.newer { Code::SettingsNewer } else { Code::SettingsDamaged };
                let details = format!("{}: {}", file.path.display(), file.why);
                Banner {
                    kind: BannerKind::ProfileDamaged,
                    profile: Some(file.id.to_string()),
                    name: file.path.file_name().map(|name| name.display().to_string()),
                    failure: Some(About::default().failure(code, details)),
                    step: (!file.newer).then_some(BannerStep::SetUp),
                }
            })
            .collect();
        if let Some(name) = &self.settings_damaged {
            banners.push(Banner {
                kind: BannerKind::ProfileDamaged,
                profile: None,
                name: Some(name.clone()),
                failure: Some(About::default().failure(Code::SettingsDamaged, name.clone())),
                step: Some(BannerStep::Next(NextStep::OpenSettings)),
            });
        }
        if self.surroundings.desktop().tray == Some(false) {
            banners.push(Banner {
                kind: BannerKind::NoTray,
                profile: None,
                name: None,
                failure: None,
                step: None,
            });
        }
        banners
    }

    /// What concerns a profile.
    pub(super) fn banners(&self, profile: &Profile, records: &Records) -> Vec<Banner> {
        let mut banners = Vec::new();
        let mut add = |kind, failure: Option<Failure>, step: Option<BannerStep>| {
            let step =
                step.or_else(|| failure.as_ref().and_then(|failure| failure.step).map(BannerStep::Next));
            let (profile, name) = (Some(profile.id.to_string()), Some(profile.name.clone()));
            banners.push(Banner { kind, profile, name, failure, step });
        };
        let running = self.backing_up(profile);
        let failed =
            records.last(What::Backup).filter(|record| record.outcome == Outcome::Failed && !running);
        if let Some(record) = failed {
            add(BannerKind::Failed, Some(self.record_failure(profile, record)), None);
        } else if !running && schedule::overdue(profile, &records.past(), &self.zoned()).is_some() {
            add(BannerKind::Overdue, Some(self.overdue_failure(profile)), None);
        }
        if let Some(record) = records.last(What::Proof).filter(|record| record.outcome == Outcome::Failed) {
            add(BannerKind::ProofFailed, Some(self.record_failure(profile, record)), None);
        }
        match self.secret_missing(profile) {
            Some(code @ Code::PassphraseNeeded) => {
                add(BannerKind::PassphraseNeeded, Some(about(profile).failure(code, "")), None);
            }
            Some(code @ Code::KeyringLocked) => {
                add(BannerKind::KeyringLocked, Some(about(profile).failure(code, "")), None);
            }
            _ => {}
        }
        if profile.kit.saved.is_none() {
            add(BannerKind::KitNotSaved, None, Some(BannerStep::SaveKit));
        }
        // Words on a kit that was proved need not be asked for: they are on paper.
        let written_by_hand = profile.kit.made_words && !profile.kit.with_words;
        if written_by_hand && profile.kit.words_typed.is_none() && self.secret_missing(profile).is_none() {
            add(BannerKind::TypeWords, None, Some(BannerStep::TypeWords));
        }
        if self.key_expires_soon(profile) {
            add(BannerKind::KeyExpires, None, Some(BannerStep::Next(NextStep::OpenSettings)));
        }
        banners
    }

    /// Why there has been no backup for too long, as what stands in the way now.
    pub(super) fn overdue_failure(&self, profile: &Profile) -> Failure {
        let past = self.stories.of(&profile.id).map(|records| records.past()).unwrap_or_default();
        let decision = schedule::decide(profile, &past, &self.zoned(), &self.conditions(profile));
        let about = about(profile);
        let Decision::Wait { why, .. } = decision else {
            return about.overdue("It starts in a moment.", None);
        };
        match why {
            Waiting::DriveAway => self.place_away(profile),
            Waiting::KeyringLocked => {
                about.failure(self.secret_missing(profile).unwrap_or(Code::KeyringLocked), "")
            }
            Waiting::Offline => about.overdue("Connect to the network; it then goes on by itself.", None),
            Waiting::Metered => about.overdue(
                "The network is metered. Connect to another one, or allow metered networks in the settings.",
                Some(NextStep::OpenSettings),
            ),
            Waiting::OnBattery | Waiting::BatteryLow => {
                about.overdue("Plug the computer in; it then goes on by itself.", None)
            }
            Waiting::Paused => about.overdue("Schedules are paused. Let them go on, or back up now.", None),
            _ => about.overdue("Back it up now.", Some(NextStep::TryAgain)),
        }
    }

    fn key_expires_soon(&self, profile: &Profile) -> bool {
        let Protection::Key { fingerprint } = &profile.protection else { return false };
        let expires =
            self.secrets.keys().find(fingerprint, Purpose::Any).ok().and_then(|key| key.info().expires);
        expires.is_some_and(|expires| expires.0.saturating_sub(self.now().0) < SOON)
    }
}
