//! What a file system keeps of an entry and the format has no place for: extended attributes, access lists among
//! them, and times finer than a second or before 1970. It travels as PAX keys that stock duplicity passes over:
//! `SCHILY.xattr.NAME` with the value as it is, as GNU tar and others write it, and the time under a key of ours.

use crate::scan::Scan;
use backtrail_format::Metadata;

const ATTRIBUTE: &[u8] = b"SCHILY.xattr.";

/// The most that the attributes of one entry may take: far more than Linux file systems hold, far less than a header
/// may have.
const MOST: usize = 256 << 10;

/// The extended attributes of an entry, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Vec<(Vec<u8>, Vec<u8>)>);

impl Attributes {
    /// Attributes as the system lists them, in any order. What a system makes up by itself is left out: a label of
    /// SELinux belongs to a computer's policy and not to a file.
    #[cfg_attr(not(unix), expect(dead_code, reason = "no attributes are read there"))]
    pub(crate) fn new(found: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        let made_up: [&[u8]; 3] = [b"security.selinux", b"security.ima", b"security.evm"];
        let mut kept: Vec<_> =
            found.into_iter().filter(|(name, _)| !name.is_empty() && !made_up.contains(&&name[..])).collect();
        kept.sort_unstable();
        Self(kept)
    }

    /// A number that differs when an attribute does; 0 where there is none.
    pub(crate) fn stamp(&self) -> u32 {
        if self.0.is_empty() {
            return 0;
        }
        let mut hasher = crc32fast::Hasher::new();
        for (name, value) in &self.0 {
            for part in [name, value] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().max(1)
    }

    /// Puts them into a header; false when they are too much for one.
    #[must_use]
    pub(crate) fn write(&self, metadata: &mut Metadata) -> bool {
        let bytes: usize = self.0.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > MOST {
            return false;
        }
        for (name, value) in &self.0 {
            metadata.pax.push(([ATTRIBUTE, &escaped(name)].concat(), value.clone()));
        }
        true
    }
}

/// The attributes in a header, name and value.
pub(crate) fn attributes(metadata: &Metadata) -> impl Iterator<Item = (Vec<u8>, &[u8])> {
    let own = metadata.pax.iter().filter_map(|(key, value)| Some((key.strip_prefix(ATTRIBUTE)?, &value[..])));
    own.map(|(name, value)| (unescaped(name), value))
        .filter(|(name, _)| !name.is_empty() && !name.contains(&0))
}

/// Puts the exact time into a header that cannot hold it.
pub(crate) fn write_time(metadata: &mut Metadata, scan: &Scan) {
    if scan.mtime != metadata.mtime.saturating_mul(1_000_000_000) {
        scan.write_time(metadata);
    }
}

/// A key ends at its first '='. As GNU tar does.
fn escaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    for &byte in name {
        match byte {
            b'=' => out.extend_from_slice(b"%3D"),
            b'%' => out.extend_from_slice(b"%25"),
            b'\n' => out.extend_from_slice(b"%0A"),
            byte => out.push(byte),
        }
    }
    out
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        let known = [(&b"%3D"[..], b'='), (b"%25", b'%'), (b"%0A", b'\n')];
        match known.iter().find(|(code, _)| rest.starts_with(code)) {
            Some((code, meant)) => {
                out.push(*meant);
                rest = &rest[code.len()..];
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use backtrail_format::Kind;

    #[test]
    fn attributes_come_back_from_a_header() {
        let odd = b"user.a=b%3D\n".to_vec();
        let found = vec![(b"user.z".to_vec(), vec![0, 255, b'\n']), (odd.clone(), Vec::new())];
        let attributes = Attributes::new(found);
        let mut metadata = Metadata::new(Kind::File);
        assert!(attributes.write(&mut metadata));
        let back: Vec<_> = super::attributes(&metadata).map(|(name, value)| (name, value.to_vec())).collect();
        assert_eq!(back, [(odd, Vec::new()), (b"user.z".to_vec(), vec![0, 255, b'\n'])]);
        let mut bytes = Vec::new();
        backtrail_format::difftar::header(
            &mut bytes,
            &backtrail_format::difftar::Member::Snapshot,
            &backtrail_format::EntryPath::root().child(b"a"),
            Some(&metadata),
            0,
        )
        .expect("a header holds them");
        let read = backtrail_format::difftar::Reader::new(&bytes[..]).next().expect("read").expect("one");
        assert_eq!(read.2.pax, metadata.pax, "every byte of names and values survives");
    }

    #[test]
    fn a_stamp_tells_attributes_apart() {
        let stamp = |list: &[(&[u8], &[u8])]| {
            Attributes::new(list.iter().map(|(name, value)| (name.to_vec(), value.to_vec()))).stamp()
        };
        assert_eq!(stamp(&[]), 0);
        assert_eq!(stamp(&[(b"security.selinux", b"x")]), 0, "a label is the computer's");
        assert_eq!(
            stamp(&[(b"user.a", b"1"), (b"user.b", b"2")]),
            stamp(&[(b"user.b", b"2"), (b"user.a", b"1")])
        );
        assert_ne!(stamp(&[(b"user.a", b"1")]), stamp(&[(b"user.a", b"2")]));
        assert_ne!(stamp(&[(b"user.a", b"12")]), stamp(&[(b"user.a1", b"2")]));
    }

    #[test]
    fn what_no_header_holds_is_refused() {
        let large = Attributes::new([(b"user.a".to_vec(), vec![0; MOST])]);
        assert!(!large.write(&mut Metadata::new(Kind::File)));
    }
}
