//! Files and edits for the tests, made from seeds so that a failing case is small to print and to repeat.
#![allow(dead_code, unreachable_pub, reason = "each test program uses some of it")]

use std::io::Cursor;

use backtrail_delta::{DeltaWriter, Signature, SignatureWriter, patch};
use proptest::prelude::*;

/// `len` bytes that do not compress, from `seed`.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// One change to a file; places and lengths are cut to what the file has.
#[derive(Debug, Clone)]
pub enum Edit {
    Insert { at: usize, seed: u64, len: usize },
    Zeros { at: usize, len: usize },
    Remove { at: usize, len: usize },
    Overwrite { at: usize, seed: u64, len: usize },
    Repeat { from: usize, len: usize, at: usize },
}

pub fn edit(file: &mut Vec<u8>, edit: &Edit) {
    let size = file.len();
    match *edit {
        Edit::Insert { at, seed, len } => {
            let at = at % (size + 1);
            file.splice(at..at, noise(seed, len));
        }
        Edit::Zeros { at, len } => {
            let at = at % (size + 1);
            file.splice(at..at, vec![0; len]);
        }
        Edit::Remove { at, len } => {
            let at = at % (size + 1);
            file.drain(at..size.min(at + len));
        }
        Edit::Overwrite { at, seed, len } => {
            let at = at % (size + 1);
            let end = size.min(at + len);
            let new = noise(seed, end - at);
            file[at..end].copy_from_slice(&new);
        }
        Edit::Repeat { from, len, at } => {
            let from = from % (size + 1);
            let copied = file[from..size.min(from + len)].to_vec();
            let at = at % (size + 1);
            file.splice(at..at, copied);
        }
    }
}

pub fn edits(most: usize, reach: usize) -> impl Strategy<Value = Vec<Edit>> {
    let at = 0..usize::MAX / 2;
    let len = prop_oneof![Just(1usize), 1..100usize, 1..reach];
    let one = prop_oneof![
        (at.clone(), any::<u64>(), len.clone()).prop_map(|(at, seed, len)| Edit::Insert { at, seed, len }),
        (at.clone(), len.clone()).prop_map(|(at, len)| Edit::Zeros { at, len }),
        (at.clone(), len.clone()).prop_map(|(at, len)| Edit::Remove { at, len }),
        (at.clone(), any::<u64>(), len.clone()).prop_map(|(at, seed, len)| Edit::Overwrite { at, seed, len }),
        (at.clone(), len, at).prop_map(|(from, len, at)| Edit::Repeat { from, len, at }),
    ];
    proptest::collection::vec(one, 0..most)
}

pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

pub fn signature_of(file: &[u8], block: u32) -> Signature {
    let mut writer = SignatureWriter::new(block);
    writer.update(file);
    Signature::parse(writer.finish()).expect("our own signature parses")
}

/// The delta to `new`, fed in pieces of `piece` bytes.
pub fn delta_to(signature: &Signature, new: &[u8], piece: usize) -> Vec<u8> {
    let mut delta = Vec::new();
    let mut writer = DeltaWriter::new(signature);
    new.chunks(piece.max(1)).for_each(|piece| writer.update(piece, &mut delta));
    writer.finish(&mut delta);
    delta
}

pub fn applied(base: &[u8], delta: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let written = patch(&mut Cursor::new(base), delta, &mut out, None).expect("our own delta applies");
    assert_eq!(written, out.len() as u64, "the length that is reported is the length written");
    out
}
