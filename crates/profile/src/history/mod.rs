//! What became of each run of a profile, and of each run that was left out: one line of JSON a record, in
//! `history/<id>.jsonl` in the folder of data.

mod record;

pub use record::{Figures, Outcome, Record, RecordWarning, What};
