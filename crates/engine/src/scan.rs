//! What a file system said of an entry when its content was last known: finer than what the format keeps, so that a
//! change which leaves size and time as they were still shows. Kept in the index, and beside each signature as PAX
//! keys of ours that stock duplicity passes over, so that a lost index loses nothing of it.

use crate::walk::Stat;
use backtrail_format::{Kind, Metadata};

/// A change within so many seconds of a look may not show in the times: file systems count in ticks of up to two.
const UNSETTLED: i64 = 2;

const SIZE: &[u8] = b"BACKTRAIL.size";
const MTIME: &[u8] = b"BACKTRAIL.mtime";
const CTIME: &[u8] = b"BACKTRAIL.ctime";
const ATTRIBUTES: &[u8] = b"BACKTRAIL.attributes";

/// The stamp of an entry. Times are nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Bytes of a regular file.
    pub(crate) size: u64,
    /// The last change of content.
    pub(crate) mtime: i64,
    /// The last change of anything; 0 where a system does not tell.
    pub(crate) ctime: i64,
    /// The number of the file; 0 where it is not known or not stable.
    pub(crate) inode: u64,
    /// The stamp of the extended attributes; 0 where there are none, and from a walk, which does not look: whoever
    /// changes one changes `ctime` too.
    pub(crate) attributes: u32,
}

impl Scan {
    /// The stamp of what the system says.
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            size: if stat.kind == Some(Kind::File) { stat.size } else { 0 },
            mtime: nanoseconds(stat.mtime),
            ctime: nanoseconds(stat.ctime),
            inode: stat.inode,
            attributes: 0,
        }
    }

    /// Whether nothing can have changed between two looks, as far as the system tells.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let same_number = self.inode == other.inode || self.inode == 0 || other.inode == 0;
        same_number && (self.size, self.mtime, self.ctime) == (other.size, other.mtime, other.ctime)
    }

    /// Whether a change after `now`, in seconds, a moment before the look, would show in the times.
    pub(crate) fn is_settled(&self, now: i64) -> bool {
        let (mtime, ctime) = (self.mtime.div_euclid(SECOND), self.ctime.div_euclid(SECOND));
        let old = |time: i64| time < now.saturating_sub(UNSETTLED);
        // A time of content far ahead was set on purpose, and the other time tells when.
        let ahead = self.ctime != 0 && mtime > now.saturating_add(UNSETTLED);
        old(ctime) && (old(mtime) || ahead)
    }

    /// Puts the stamp beside a signature.
    pub(crate) fn write(&self, metadata: &mut Metadata) {
        let is_file = metadata.kind == Kind::File;
        let mut push = |key: &[u8], value: String| metadata.pax.push((key.to_vec(), value.into_bytes()));
        if is_file {
            push(SIZE, self.size.to_string());
        }
        push(MTIME, decimal(self.mtime));
        push(CTIME, decimal(self.ctime));
        if self.attributes != 0 {
            push(ATTRIBUTES, self.attributes.to_string());
        }
    }

    /// Puts the time of content alone into a header.
    pub(crate) fn write_time(&self, metadata: &mut Metadata) {
        metadata.pax.push((MTIME.to_vec(), decimal(self.mtime).into_bytes()));
    }

    /// The stamp beside a signature, if there is a whole one.
    pub(crate) fn read(metadata: &Metadata) -> Option<Self> {
        Some(Self {
            size: if metadata.kind == Kind::File { noted_size(metadata)? } else { 0 },
            mtime: noted_time(metadata)?,
            ctime: from_decimal(text(metadata, CTIME)?)?,
            inode: 0,
            attributes: match text(metadata, ATTRIBUTES) {
                Some(stamp) => stamp.parse().ok()?,
                None => 0,
            },
        })
    }
}

fn text<'m>(metadata: &'m Metadata, key: &[u8]) -> Option<&'m str> {
    std::str::from_utf8(metadata.pax_value(key)?).ok()
}

/// The exact time of content in a header, in nanoseconds since 1970; none where the header's own says it all.
pub(crate) fn noted_time(metadata: &Metadata) -> Option<i64> {
    from_decimal(text(metadata, MTIME)?)
}

/// The size of the file that a signature was made of, in bytes; none where stock duplicity made it.
pub(crate) fn noted_size(metadata: &Metadata) -> Option<u64> {
    text(metadata, SIZE)?.parse().ok()
}

/// A second in nanoseconds.
pub(crate) const SECOND: i64 = 1_000_000_000;

fn nanoseconds((seconds, nanoseconds): (i64, u32)) -> i64 {
    seconds.saturating_mul(SECOND).saturating_add(i64::from(nanoseconds))
}

/// Seconds with nine places, as PAX times are written; before 1970 with a minus in front.
fn decimal(time: i64) -> String {
    let sign = if time < 0 { "-" } else { "" };
    let time = time.unsigned_abs();
    format!("{sign}{}.{:09}", time / SECOND.unsigned_abs(), time % SECOND.unsigned_abs())
}

fn from_decimal(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, places) = digits.split_once('.')?;
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if places.len() != 9 || !all_digits(whole) || !all_digits(places) {
        return None;
    }
    let time = whole.parse::<i64>().ok()?.checked_mul(SECOND)?.checked_add(places.parse().ok()?)?;
    Some(if negative { -time } else { time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_comes_back_from_beside_a_signature() {
        for time in [0, 1, -1, -1_500_000_000_000_000_000, 1_800_000_000_123_456_789, i64::MAX, -i64::MAX] {
            let scan = Scan { size: 7, mtime: time, ctime: -time, inode: 9, attributes: 77 };
            let mut metadata = Metadata::new(Kind::File);
            scan.write(&mut metadata);
            assert_eq!(Scan::read(&metadata), Some(Scan { inode: 0, ..scan }), "{metadata:?}");
        }
        assert_eq!(Scan::read(&Metadata::new(Kind::File)), None, "stock duplicity writes none");
        for odd in ["", "1", "1.5", "+1.000000000", "1.00000000x", "99999999999.000000000", "--1.000000000"] {
            assert_eq!(from_decimal(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_was_written_just_now_is_not_settled() {
        let at = |mtime: i64, ctime: i64| Scan {
            size: 1,
            mtime: mtime * SECOND,
            ctime: ctime * SECOND,
            inode: 1,
            attributes: 0,
        };
        assert!(at(90, 90).is_settled(100));
        assert!(!at(90, 99).is_settled(100), "an old time may have been set a moment ago");
        assert!(!at(98, 90).is_settled(100), "file systems without a change time have only this one");
        assert!(!at(101, 90).is_settled(100), "two clocks may differ by a little");
        assert!(at(500, 90).is_settled(100), "a time far ahead was set on purpose: the change time tells");
        assert!(!at(500, 0).is_settled(100), "nothing tells where there is no change time");
        assert!(!at(90, 500).is_settled(100), "the clock was set back, and may come by again");
    }

    #[test]
    fn every_part_of_a_stamp_counts() {
        let scan = Scan { size: 1, mtime: 2, ctime: 3, inode: 4, attributes: 0 };
        assert!(scan.same_as(&scan));
        assert!(scan.same_as(&Scan { inode: 0, ..scan }), "an unknown number says nothing");
        for other in [
            Scan { size: 0, ..scan },
            Scan { mtime: 0, ..scan },
            Scan { ctime: 0, ..scan },
            Scan { inode: 5, ..scan },
        ] {
            assert!(!scan.same_as(&other), "{other:?}");
        }
    }
}
