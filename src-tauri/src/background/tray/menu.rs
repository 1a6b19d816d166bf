//! The tray's menu as plain data, the same on every system: what it says and what each entry does.

use crate::messages;
use backtrail_api::call::PauseFor;
use backtrail_api::service::{TrayItem, TrayState};

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// Words that do nothing.
    Line(String),
    /// A line between groups.
    Between,
    /// Does something.
    Item {
        /// Its words.
        label: String,
        /// What it does.
        item: TrayItem,
        /// Whether it can be chosen now.
        enabled: bool,
    },
    /// Opens a menu of its own.
    Below {
        /// Its words.
        label: String,
        /// The entries below it.
        entries: Vec<Entry>,
    },
}

/// The whole menu.
pub(super) fn entries(state: &TrayState) -> Vec<Entry> {
    let mut menu = Vec::new();
    menu.extend((!state.line.is_empty()).then(|| Entry::Line(state.line.clone())));
    menu.extend(state.reason.clone().map(Entry::Line));
    if !menu.is_empty() {
        menu.push(Entry::Between);
    }
    if !state.profiles.is_empty() {
        menu.push(back_up_now(state));
        menu.extend(state.paused.map(|_| item(messages::GO_ON, TrayItem::Pause(PauseFor::Not))));
        menu.push(pause());
        menu.push(item(messages::RESTORE_A_FILE, TrayItem::Restore));
        menu.push(Entry::Between);
    }
    menu.push(item(messages::OPEN, TrayItem::Open));
    menu.push(item(messages::SETTINGS, TrayItem::Settings));
    menu.push(Entry::Between);
    menu.push(item(messages::QUIT, TrayItem::Quit));
    menu
}

fn item(label: &str, item: TrayItem) -> Entry {
    Entry::Item { label: label.to_owned(), item, enabled: true }
}

fn back_up_now(state: &TrayState) -> Entry {
    let mut entries: Vec<Entry> = Vec::new();
    if state.profiles.len() > 1 {
        let enabled = state.profiles.iter().any(|profile| !profile.running);
        let item = TrayItem::BackUpNow(None);
        entries.push(Entry::Item { label: messages::ALL_BACKUPS.to_owned(), item, enabled });
        entries.push(Entry::Between);
    }
    entries.extend(state.profiles.iter().map(|profile| Entry::Item {
        label: profile.name.clone(),
        item: TrayItem::BackUpNow(Some(profile.id.clone())),
        enabled: !profile.running,
    }));
    Entry::Below { label: messages::BACK_UP_NOW.to_owned(), entries }
}

fn pause() -> Entry {
    let entries = vec![
        item(messages::PAUSE_HOUR, TrayItem::Pause(PauseFor::Hour)),
        item(messages::PAUSE_UNTIL_TOMORROW, TrayItem::Pause(PauseFor::UntilTomorrow)),
        item(messages::PAUSE_UNTIL_ON_POWER, TrayItem::Pause(PauseFor::UntilOnPower)),
    ];
    Entry::Below { label: messages::PAUSE.to_owned(), entries }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_api::service::{TrayIcon, TrayProfile};
    use backtrail_api::view::Pause;

    fn profile(name: &str, running: bool) -> TrayProfile {
        TrayProfile { id: name.to_lowercase(), name: name.to_owned(), running }
    }

    fn state(profiles: Vec<TrayProfile>) -> TrayState {
        TrayState {
            icon: TrayIcon::Good,
            line: "Everything is backed up".to_owned(),
            reason: Some("Next backup at 15:00".to_owned()),
            profiles,
            paused: None,
        }
    }

    /// The menu in words: those that cannot be chosen in brackets, those below indented.
    fn words(entries: &[Entry], indent: &str) -> Vec<String> {
        let line = |entry: &Entry| match entry {
            Entry::Line(words) => vec![format!("{indent}[{words}]")],
            Entry::Between => vec![format!("{indent}-")],
            Entry::Item { label, enabled: true, .. } => vec![format!("{indent}{label}")],
            Entry::Item { label, enabled: false, .. } => vec![format!("{indent}[{label}]")],
            Entry::Below { label, entries } => {
                let mut below = words(entries, &format!("{indent}  "));
                below.insert(0, format!("{indent}{label}"));
                below
            }
        };
        entries.iter().flat_map(line).collect()
    }

    #[test]
    fn all_of_it_is_in_the_menu() {
        let menu = words(&entries(&state(vec![profile("Home", false), profile("Photos", true)])), "");
        let expected = [
            "[Everything is backed up]",
            "[Next backup at 15:00]",
            "-",
            "Back up now",
            "  All",
            "  -",
            "  Home",
            "  [Photos]",
            "Pause",
            "  1 hour",
            "  Until tomorrow",
            "  Until on power",
            "Restore a file…",
            "-",
            "Open Backtrail",
            "Settings",
            "-",
            "Quit (schedules stop)",
        ];
        assert_eq!(menu, expected, "as screens.md says, since a Linux tray has nothing but its menu");
    }

    #[test]
    fn with_one_profile_there_is_no_entry_for_all() {
        let menu = words(&entries(&state(vec![profile("Home", false)])), "");
        assert_eq!(menu[3..5], ["Back up now", "  Home"], "all would be the same as the one");
    }

    #[test]
    fn a_pause_can_be_ended() {
        let paused = TrayState { paused: Some(Pause { until: None }), ..state(vec![profile("Home", false)]) };
        let menu = words(&entries(&paused), "");
        assert_eq!(menu[5..7], ["Go on", "Pause"], "whoever paused need not look below for it: {menu:?}");
        assert!(!words(&entries(&state(vec![profile("Home", false)])), "").contains(&"Go on".to_owned()));
    }

    #[test]
    fn before_anything_is_set_up_there_is_nothing_to_back_up_or_restore() {
        let menu = words(&entries(&TrayState { reason: None, ..state(Vec::new()) }), "");
        assert_eq!(
            menu,
            ["[Everything is backed up]", "-", "Open Backtrail", "Settings", "-", "Quit (schedules stop)"]
        );
    }
}
