//! What the screens show: plain data, ready to be drawn, with no secret in it. Numbers are raw (bytes, seconds, Unix
//! time); the front end writes them in the person's language. A path in here is for reading; what the page sends back
//! is an id from a listing.

mod failure;
mod home;
mod number;
mod progress;
mod restore;
mod settings;
mod setup;

pub use failure::{Failure, NextStep};
pub use home::{
    Banner, BannerKind, BannerStep, Day, DayOutcome, Home, NextRun, Overall, Pause, ProfileView, Proven,
    RunFigures, RunOutcome, RunView, WaitReason, Warned, WhereKept,
};
pub use number::{UnixTime, Whole};
pub use progress::{Progress, Stage};
pub use restore::{
    Entry, EntryKind, Listing, MomentView, Moments, RestoreResult, RestoreSheet, RestoreWhere, RestoredPlace,
};
pub use settings::{AppSettingsView, Every, Keep, ProfileSettings, SettingsView, ThemeChoice, When};
pub use setup::{
    ExcludeChoice, KeyringView, KitSaved, Measured, MeasuredFolder, Passphrase, PlaceCaution, PlaceChoice,
    PlaceKind, ProtectChoice, SetUp, SetupView, SourceChoice, Strength, Tick, TickWhat,
};
