//! Sizes of files beside their signatures. A sigtar's header has the length of the signature, not of the file; ours
//! carry the file's size under a PAX key, which stock duplicity passes over, so that a listing can tell it without
//! fetching a volume.

use backtrail_format::Metadata;

const SIZE: &[u8] = b"BACKTRAIL.size";

/// Notes the size of the file that a signature is made of.
pub(crate) fn note(metadata: &mut Metadata, bytes: u64) {
    metadata.pax.push((SIZE.to_vec(), bytes.to_string().into_bytes()));
}

/// The size of the file that a signature was made of, in bytes; none where stock duplicity made it.
pub(crate) fn noted(metadata: &Metadata) -> Option<u64> {
    std::str::from_utf8(metadata.pax_value(SIZE)?).ok()?.parse().ok()
}
