//! What became of each run of a profile, and of each run that was left out: one line of JSON a record, in
//! `history/<id>.jsonl` in the folder of data. A record is on the disk when [`History::append`] returns. A line that a
//! crash cut short is forgotten; a file that is damaged otherwise is kept aside, and what can be read of it goes on. The
//! file is bounded: the oldest records go, but never the last success.

mod days;
mod file;
mod record;
mod records;

pub use days::{DayState, DaySummary};
pub use file::History;
pub use record::{Figures, Outcome, Record, RecordWarning, What};
pub use records::Records;
