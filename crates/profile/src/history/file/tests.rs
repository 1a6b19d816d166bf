use super::*;
use crate::history::{DayState, Figures, Outcome, RecordWarning, What};
use crate::schedule::Waiting;
use backtrail_base::{Code, FixedClock, Timestamp};
use jiff::tz::TimeZone;

const NOW: i64 = 1_795_333_734; // 2026-11-22 07:48:54 UTC

fn history(folder: &Path) -> History {
    let clock = Arc::new(FixedClock::at(Timestamp(NOW)));
    History::with_clock(&Folders::below(folder), &"test".parse().unwrap(), clock).unwrap()
}

fn backup(at: i64, outcome: Outcome) -> Record {
    Record::new(What::Backup, outcome, Timestamp(at), Timestamp(at + 60))
}

fn all(history: &History) -> Vec<Record> {
    let mut all: Vec<Record> = history.newest_first().unwrap().collect();
    all.reverse();
    all
}

#[test]
fn records_come_back_as_they_were_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    assert!(history.read().unwrap().is_empty(), "no file is no records");
    let mut full = backup(NOW - 100, Outcome::Failed);
    full.code = Some(Code::NoSpace);
    full.message = "The drive is full,\nreally \"full\".".into();
    full.next_step = Some("Make room.".into());
    full.set = Some("20261122T074854Z".into());
    full.full = true;
    full.figures = Figures { files: 1, bytes: 2, new: 3, changed: 4, deleted: 5, sent: 6, seconds: 7 };
    let path = Some("/home/x/caf\u{fffd}".into());
    full.warn(RecordWarning { code: Some(Code::Io), path, message: "cannot be read".into() });
    let skipped = Record::skipped(Timestamp(NOW), Waiting::DriveAway);
    let proof = Record {
        file: Some("/home/x/a".into()),
        ..Record::new(What::Proof, Outcome::Done, Timestamp(NOW), Timestamp(NOW))
    };
    for record in [&full, &skipped, &proof] {
        history.append(record).unwrap();
    }
    let read: Vec<Record> = history.newest_first().unwrap().collect();
    assert_eq!(read, [proof, skipped, full], "what is shown must be what happened");
    let text = fs::read_to_string(history.path()).unwrap();
    assert_eq!(text.lines().count(), 3, "one line a record, whatever is in it");
    assert!(text.contains("2026-11-22T07:48:54Z"), "a person can read it: {text}");
}

#[test]
fn warnings_are_counted_beyond_those_that_are_kept() {
    let mut record = backup(NOW, Outcome::Warnings);
    for n in 0..1_000 {
        record.warn(RecordWarning { code: None, path: None, message: n.to_string() });
    }
    assert_eq!((record.warnings.len(), record.warning_count), (100, 1_000), "a record stays small");
}

#[test]
fn a_line_cut_short_is_forgotten_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    history.append(&backup(NOW, Outcome::Done)).unwrap();
    let whole = fs::read(history.path()).unwrap();
    for cut in (1..whole.len()).step_by(9).chain([whole.len() - 1]) {
        fs::write(history.path(), [&whole[..], &whole[..cut]].concat()).unwrap();
        let reopened = self::history(dir.path());
        let records = if cut == whole.len() - 1 { 2 } else { 1 };
        assert_eq!(
            all(&reopened).len(),
            records,
            "cut after {cut} bytes; only the line break may be missing"
        );
        reopened.append(&backup(NOW + 9, Outcome::Failed)).unwrap();
        let read = all(&reopened);
        assert_eq!(read.len(), records + 1, "the new record must not be glued to the torn one");
        assert_eq!(read.last().unwrap().outcome, Outcome::Failed);
        assert_eq!(self::history(dir.path()).read().unwrap().damaged, 0);
    }
    let kept = fs::read_dir(dir.path().join("data/history")).unwrap().count();
    assert_eq!(kept, 2, "a crash is no damage: the file and its lock, nothing kept aside");
}

#[test]
fn a_damaged_file_is_kept_aside_and_what_can_be_read_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    for n in 0..3 {
        history.append(&backup(NOW + n, Outcome::Done)).unwrap();
    }
    let mut bytes = fs::read(history.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle - 5..middle + 5].fill(0);
    fs::write(history.path(), &bytes).unwrap();
    let reopened = self::history(dir.path());
    assert_eq!(all(&reopened).len(), 2, "one line was damaged");
    let kept = dir.path().join("data/history/test.jsonl.damaged-20261122T074854Z");
    assert_eq!(fs::read(kept).unwrap(), bytes, "byte for byte, for whoever looks into it");
    self::history(dir.path());
    let files = fs::read_dir(dir.path().join("data/history")).unwrap().count();
    assert_eq!(files, 3, "it is kept once: file, lock, damaged one");
}

#[test]
fn lines_of_a_newer_version_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    history.append(&backup(NOW, Outcome::Done)).unwrap();
    let mut text = fs::read_to_string(history.path()).unwrap();
    let news =
        r#"{"at":"2026-11-22T08:00:00Z","ended":"2026-11-22T08:00:00Z","what":"dream","outcome":"done"}"#;
    text.push_str(&format!("{news}\n"));
    let known = r#"{"at":"2026-11-22T09:00:00Z","ended":"2026-11-22T09:00:01Z","what":"backup","outcome":"failed","code":"too-new","skipped":"too-new","mood":"bad"}"#;
    text.push_str(&format!("{known}\n"));
    fs::write(history.path(), &text).unwrap();
    let reopened = self::history(dir.path());
    let read = all(&reopened);
    assert_eq!(
        read.len(),
        2,
        "an unknown kind of record is not shown, an unknown code or key is no hindrance"
    );
    assert_eq!((read[1].code, read[1].skipped), (None, None));
    reopened.append(&backup(NOW, Outcome::Done)).unwrap();
    assert!(fs::read_to_string(history.path()).unwrap().contains(news), "nor is it thrown away");
}

#[test]
fn the_file_is_bounded_and_the_last_success_outlives_everything() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    let success = backup(1_000, Outcome::Warnings);
    let proof = Record::new(What::Proof, Outcome::Done, Timestamp(2_000), Timestamp(2_001));
    history.append(&success).unwrap();
    history.append(&proof).unwrap();
    // Many failures, written at once for speed; the one more brings the file over its bound.
    let mut file = fs::read(history.path()).unwrap();
    let mut failure = backup(NOW, Outcome::Failed);
    failure.message = "The destination cannot be reached.".into();
    let mut line = serde_json::to_vec(&failure).unwrap();
    line.push(b'\n');
    for _ in 0..MOST {
        file.extend_from_slice(&line);
    }
    fs::write(history.path(), &file).unwrap();
    history.append(&backup(NOW + 1, Outcome::Failed)).unwrap();
    let read = all(&history);
    assert_eq!(read.len(), KEPT + 2, "the newest, and the two that must not go");
    assert_eq!(read[..2], [success, proof], "in their order");
    assert_eq!(read.last().unwrap().at, Timestamp(NOW + 1));
    let past = history.past().unwrap();
    assert_eq!((past.last_success, past.last_proof), (Some(Timestamp(1_060)), Some(Timestamp(2_001))));
}

#[test]
fn large_records_bound_the_file_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    let mut failure = backup(NOW, Outcome::Failed);
    failure.message = "x".repeat(1 << 20);
    for _ in 0..17 {
        history.append(&failure).unwrap();
    }
    let size = fs::metadata(history.path()).unwrap().len();
    assert!(size <= MOST_BYTES, "{size} bytes");
    assert!(all(&history).len() >= 7, "half of what fits stays");
}

#[test]
fn two_writers_never_mix_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|threads| {
        for writer in 0..4 {
            let history = history(dir.path());
            threads.spawn(move || {
                for n in 0..20 {
                    let mut record = backup(NOW + n, Outcome::Done);
                    record.message = format!("{writer} ").repeat(400);
                    history.append(&record).unwrap();
                }
            });
        }
    });
    let history = history(dir.path());
    assert_eq!(history.read().unwrap().damaged, 0);
    assert_eq!(all(&history).len(), 80, "the background and the command write to one file");
}

#[cfg(unix)]
#[test]
fn only_this_person_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    history.append(&backup(NOW, Outcome::Done)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(history.path()), 0o600, "warnings name files");
    assert_eq!(mode(&dir.path().join("data/history")), 0o700);
}

#[test]
fn the_past_counts_failures_since_the_last_success() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    let past = |record: Record| {
        history.append(&record).unwrap();
        history.past().unwrap()
    };
    past(backup(0, Outcome::Failed));
    let after = past(backup(100, Outcome::Warnings));
    assert_eq!((after.failures, after.last_success), (0, Some(Timestamp(160))), "warnings are a success");
    past(backup(200, Outcome::Failed));
    past(Record::skipped(Timestamp(250), Waiting::Offline));
    past(Record::new(What::Restore, Outcome::Failed, Timestamp(260), Timestamp(261)));
    let after = past(backup(300, Outcome::Failed));
    assert_eq!((after.failures, after.last_attempt), (2, Some(Timestamp(360))), "only backups count");
    assert_eq!((after.last_success, after.last_skip), (Some(Timestamp(160)), Some(Timestamp(250))));
    assert!(!after.stopped);
    let after = past(backup(400, Outcome::Cancelled));
    assert!(after.stopped && after.failures == 2, "stopping is no failure");
    // The clock was put back: the order counts, not the times.
    let after = past(backup(-5_000, Outcome::Done));
    assert_eq!((after.last_success, after.failures), (Some(Timestamp(-4_940)), 0));
}

#[test]
fn each_day_has_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    let berlin =
        TimeZone::get("Europe/Berlin").expect("needs the system's time zone database (package tzdata)");
    let on = |civil: &str| {
        let civil: jiff::civil::DateTime = civil.parse().unwrap();
        civil.to_zoned(berlin.clone()).unwrap()
    };
    let at = |civil: &str| on(civil).timestamp().as_second();
    for record in [
        backup(at("2026-10-24T23:59:59"), Outcome::Done),
        // The day that has 25 hours: both of its three o'clocks are on it.
        backup(at("2026-10-25T00:00"), Outcome::Done),
        backup(at("2026-10-25T00:00") + 90 * 60 + 2 * 3600, Outcome::Failed),
        backup(at("2026-10-25T23:59:59"), Outcome::Done),
        backup(at("2026-10-26T10:00"), Outcome::Failed),
        Record::skipped(Timestamp(at("2026-10-27T10:00")), Waiting::DriveAway),
        backup(at("2026-10-28T10:00"), Outcome::Warnings),
        backup(at("2026-10-29T10:00"), Outcome::Done),
        Record::skipped(Timestamp(at("2026-10-29T12:00")), Waiting::DriveAway),
        Record::new(What::Proof, Outcome::Failed, Timestamp(at("2026-10-29T12:00")), Timestamp(0)),
        backup(at("2026-10-30T10:00"), Outcome::Cancelled),
    ] {
        history.append(&record).unwrap();
    }
    let days = history.days(30, &on("2026-10-31T00:30")).unwrap();
    assert_eq!(days.len(), 30, "a cell a day, also over the change of the clock");
    assert!(days.windows(2).all(|pair| pair[0].date.tomorrow().unwrap() == pair[1].date), "{days:?}");
    let last: Vec<_> = days[22..].iter().map(|day| (day.date.day(), day.state, day.runs)).collect();
    use DayState::{Failed, None, Ok, Partial, Skipped};
    let expected = [
        (24, Ok, 1),
        (25, Partial, 3),
        (26, Failed, 1),
        (27, Skipped, 0),
        (28, Partial, 1),
        (29, Ok, 1),
        (30, Skipped, 1),
        (31, None, 0),
    ];
    assert_eq!(last, expected, "a person reads from it which days are covered");
    // Seen from elsewhere, the same run is on another day.
    let auckland = TimeZone::get("Pacific/Auckland").unwrap();
    let days = history.days(30, &on("2026-10-31T00:30").with_time_zone(auckland)).unwrap();
    assert_eq!(days.iter().find(|day| day.state != None).unwrap().date.day(), 25);
}

#[test]
fn removing_a_history_leaves_none() {
    let dir = tempfile::tempdir().unwrap();
    let history = history(dir.path());
    history.append(&backup(NOW, Outcome::Done)).unwrap();
    history.remove().unwrap();
    assert!(history.read().unwrap().is_empty());
    history.remove().unwrap();
}
