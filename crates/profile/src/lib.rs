//! What a person set up, and what became of it: profiles, settings and the wizard's draft as files that a person can
//! read, their secrets, the recovery kit, the history of runs, and pure functions that say when to run and what may go.
//! It knows no screen: the desktop app and the command both stand on it.

mod document;
mod draft;
mod error;
mod folders;
pub mod history;
pub mod kit;
pub mod profile;
pub mod retention;
pub mod run;
pub mod schedule;
pub mod secrets;
mod settings;
mod smart;
pub mod words;
mod written;

pub use draft::{Draft, DraftStep};
pub use error::ProfileError;
pub use folders::{Error, Folders};
pub use history::{DayState, DaySummary, Figures, History, Outcome, Record, RecordWarning, Records, What};
pub use profile::{
    Damaged, DriveRef, Excludes, Kit, Limits, Listed, Place, Profile, ProfileId, Profiles, Proof, Protection,
};
pub use retention::Retention;
pub use schedule::{Conditions, Day, Decision, Every, Overdue, Past, Schedule, Waiting, Why};
pub use settings::{AppSettings, Pause, Theme};
pub use smart::{PersonFolders, SmartExclude};
