//! Whether an entry is what the backup has. Where the index, or a stamp beside the signature, says what the system
//! said when the content was last known, everything must be equal, to the nanosecond; duplicity's weaker rule
//! (`format.md` 5) serves where nothing is known but what the format keeps.

use crate::index::Row;
use crate::owners::Numbers;
use crate::scan::Scan;
use backtrail_format::Metadata;

/// What is to be done about an entry that the backup knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it was.
    Same,
    /// It counts as it was, and what the system says of it is news to the index.
    Adopt,
    /// Its attributes are as they were and its content may not be: it is to be looked at.
    Look,
    /// It is to be stored.
    Differs,
}

/// Compares what the walk found with what the backup has.
pub(super) fn judge(now: &Metadata, scan: &Scan, known: &Row, numbers: &mut Numbers) -> Verdict {
    if !same_attributes(now, &known.metadata, numbers) {
        return Verdict::Differs;
    }
    let is_file = now.kind.is_file();
    match &known.scan {
        // What is no file has no content to be in doubt of.
        Some(before) if !is_file && before.mtime != scan.mtime => Verdict::Differs,
        Some(before) if !is_file => {
            if before.same_as(scan) {
                Verdict::Same
            } else {
                Verdict::Adopt
            }
        }
        None if !is_file => Verdict::Adopt,
        Some(before) if (before.size, before.mtime) != (scan.size, scan.mtime) => Verdict::Differs,
        _ if known.doubt => Verdict::Look,
        Some(before) if before.same_as(scan) => Verdict::Same,
        // The size and the time can be set back; the time of that cannot.
        Some(_) => Verdict::Look,
        None => Verdict::Adopt,
    }
}

/// Duplicity's rule, with owners of the backup meaning those of this computer that have their names.
fn same_attributes(now: &Metadata, known: &Metadata, numbers: &mut Numbers) -> bool {
    if now.unchanged_since(known) {
        return true;
    }
    let uid = numbers.user(&known.uname, known.uid);
    let gid = numbers.group(&known.gname, known.gid);
    (uid, gid) != (known.uid, known.gid) && now.unchanged_since(&Metadata { uid, gid, ..known.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_format::{EntryPath, Kind};

    #[test]
    fn everything_must_be_equal_where_it_is_known() {
        let metadata = Metadata { mode: 0o644, mtime: 100, ..Metadata::new(Kind::File) };
        let scan = Scan { size: 5, mtime: 100_000_000_001, ctime: 200, inode: 9, attributes: 0 };
        let row = Row {
            path: EntryPath::root(),
            metadata: metadata.clone(),
            since: 1,
            scan: Some(scan),
            doubt: false,
            signature: None,
        };
        let judged = |now: &Metadata, scan: Scan, row: &Row| judge(now, &scan, row, &mut Numbers::default());
        assert_eq!(judged(&metadata, scan, &row), Verdict::Same);
        assert_eq!(judged(&metadata, Scan { ctime: 201, ..scan }, &row), Verdict::Look, "a time set back");
        assert_eq!(
            judged(&metadata, Scan { inode: 8, ..scan }, &row),
            Verdict::Look,
            "another file in its place"
        );
        assert_eq!(judged(&metadata, Scan { size: 6, ..scan }, &row), Verdict::Differs);
        assert_eq!(judged(&metadata, Scan { mtime: 100_000_000_002, ..scan }, &row), Verdict::Differs);
        assert_eq!(judged(&Metadata { mode: 0o600, ..metadata.clone() }, scan, &row), Verdict::Differs);
        let doubted = Row { doubt: true, ..row.clone() };
        assert_eq!(judged(&metadata, scan, &doubted), Verdict::Look, "equal times say nothing of it");
        assert_eq!(
            judged(&metadata, Scan { size: 6, ..scan }, &doubted),
            Verdict::Differs,
            "no need to look"
        );
        let stock = Row { scan: None, ..row.clone() };
        assert_eq!(judged(&metadata, scan, &stock), Verdict::Adopt, "stock duplicity's rule is all there is");
        assert_eq!(judged(&metadata, scan, &Row { doubt: true, ..stock }), Verdict::Look);
        let folder = Metadata { kind: Kind::Dir, ..metadata };
        let row = Row { metadata: folder.clone(), ..row };
        assert_eq!(judged(&folder, Scan { ctime: 201, ..scan }, &row), Verdict::Adopt, "it has no content");
        let later = Scan { mtime: 100_000_000_002, ..scan };
        assert_eq!(judged(&folder, later, &row), Verdict::Differs, "its time is kept to the nanosecond");
    }
}
