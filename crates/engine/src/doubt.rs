//! Signatures in doubt. A file written within two seconds of being read may change again within the same second, and
//! its time would not show it; so may one that was changed while it was read. Such a signature is recorded with
//! another time and, under a PAX key of ours, the true one: we look at the content again, and stock duplicity, which
//! passes over keys it does not know, finds another time and looks too. The volume keeps the true time.

use backtrail_base::random_bytes;
use backtrail_format::Metadata;

const DOUBT: &[u8] = b"BACKTRAIL.doubt";
/// The most that a recorded time is off, in seconds: so far and so much by chance that no later change meets it.
const MOST: i64 = 24 * 60 * 60;

/// Puts what is recorded of a file in doubt.
pub(crate) fn mark(metadata: &mut Metadata) {
    let time = metadata.mtime;
    let off = 1 + i64::from(u32::from_le_bytes(random_bytes())) % MOST;
    metadata.mtime = if time > off { time - off } else { time + off };
    metadata.pax.push((DOUBT.to_vec(), time.to_string().into_bytes()));
}

/// Whether what is recorded of a file is in doubt.
pub(crate) fn is_marked(metadata: &Metadata) -> bool {
    metadata.pax_value(DOUBT).is_some()
}

/// What was recorded, with the true time; as it stands when nothing is in doubt.
pub(crate) fn without(metadata: &Metadata) -> Metadata {
    let time = metadata.pax_value(DOUBT).and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    Metadata { mtime: time.unwrap_or(metadata.mtime), ..metadata.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_format::Kind;

    #[test]
    fn the_true_time_is_kept_and_another_is_shown() {
        for time in [0, 1, 5, 1_800_000_000] {
            let mut metadata = Metadata { mtime: time, ..Metadata::new(Kind::File) };
            assert!(!is_marked(&metadata));
            mark(&mut metadata);
            assert!(is_marked(&metadata) && metadata.mtime != time && metadata.mtime > 0);
            assert_eq!(without(&metadata).mtime, time);
        }
    }
}
