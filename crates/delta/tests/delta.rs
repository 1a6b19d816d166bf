//! Deltas rebuild the file, stay as small as a whole-file delta, and take linear time whatever the file holds.

mod common;

use std::io::Cursor;
use std::time::{Duration, Instant};

use backtrail_delta::{DeltaError, Signature, patch};
use common::*;
use proptest::prelude::*;

/// What `fast_rsync` makes when it has the whole file in one buffer.
fn whole_delta(signature: &Signature, new: &[u8]) -> Vec<u8> {
    let signature = fast_rsync::Signature::deserialize(signature.as_bytes().to_vec()).expect("MD4");
    let mut delta = Vec::new();
    fast_rsync::diff(&signature.index(), new, &mut delta).expect("MD4");
    delta
}

fn copies_only(delta: &[u8]) -> usize {
    let ops = backtrail_delta::Ops::scan(delta, 0, usize::MAX).expect("our own delta parses");
    assert_eq!(ops.literal_len(), 0, "the delta should hold no literal bytes");
    ops.as_slice().len()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn deltas_rebuild_small_files(
        seed: u64, len in 0usize..20_000, edits in edits(6, 3000), block in 1u32..3000, piece in 1usize..9000,
    ) {
        let old = noise(seed, len);
        let mut new = old.clone();
        edits.iter().for_each(|one| edit(&mut new, one));
        let signature = signature_of(&old, block);
        let delta = delta_to(&signature, &new, piece);
        prop_assert!(applied(&old, &delta) == new, "the delta makes another file");
        let mut theirs = Vec::new();
        prop_assert!(fast_rsync::apply(&old, &delta, &mut theirs).is_ok() && theirs == new, "for fast_rsync too");
    }

    #[test]
    fn low_entropy_files_too(
        old in proptest::collection::vec(0u8..2, 0..3000), new in proptest::collection::vec(0u8..2, 0..3000),
        block in 1u32..40,
    ) {
        let delta = delta_to(&signature_of(&old, block), &new, 700);
        prop_assert!(applied(&old, &delta) == new, "equal and nearly equal blocks must not be mixed up");
    }

    #[test]
    fn any_bytes_as_a_delta_are_an_error_or_a_file(
        mut delta in proptest::collection::vec(any::<u8>(), 0..300), base in proptest::collection::vec(any::<u8>(), 0..99),
    ) {
        let magic = backtrail_delta::DELTA_MAGIC.to_be_bytes();
        delta.splice(0..0, magic);
        let mut out = Vec::new();
        if let Ok(len) = patch(&mut Cursor::new(&base), delta.as_slice(), &mut out, Some(5000)) {
            prop_assert!(len <= 5000 && len == out.len() as u64, "the limit holds");
        }
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn windows_cost_at_most_a_kibibyte(
        seed: u64, len in 0usize..6_000_000, edits in edits(8, 200_000), which in 0usize..3,
    ) {
        let block = [512, 2048, 32768][which];
        let old = noise(seed, len);
        let mut new = old.clone();
        edits.iter().for_each(|one| edit(&mut new, one));
        let signature = signature_of(&old, block);
        let delta = delta_to(&signature, &new, 300_000);
        prop_assert!(applied(&old, &delta) == new, "the delta makes another file");
        let (whole, windows) = (whole_delta(&signature, &new).len(), new.len().div_ceil(1 << 20));
        prop_assert!(
            delta.len() <= whole + 1024 * windows,
            "{} bytes in windows, {} as a whole, {} windows", delta.len(), whole, windows
        );
    }
}

#[test]
fn one_byte_in_front_costs_one_literal_and_one_copy() {
    for block in [512u32, 2048, 32768] {
        let old = noise(7, 5_000_000);
        let new = [b"x", old.as_slice()].concat();
        let delta = delta_to(&signature_of(&old, block), &new, 65536);
        assert!(delta.len() < 64, "block {block}: {} bytes for one inserted byte", delta.len());
        assert!(applied(&old, &delta) == new);
    }
}

#[test]
fn an_unchanged_file_is_one_copy_with_its_short_last_block() {
    for len in [1, 511, 512, 513, 3_000_001] {
        let file = noise(len as u64, len);
        let delta = delta_to(&signature_of(&file, 512), &file, 10_000);
        assert_eq!(copies_only(&delta), 1, "{len} bytes unchanged");
        assert_eq!(applied(&file, &delta), file);
    }
}

#[test]
fn the_old_end_is_found_after_a_change_just_before_it() {
    let old = noise(3, 10_100);
    let mut new = old.clone();
    new.splice(9_900..9_950, *b"changed in the last whole block");
    let delta = delta_to(&signature_of(&old, 512), &new, 4000);
    // Blocks up to 9728 are copied, and the short block from 9728 + 512 on.
    assert!(delta.len() < 560, "{} bytes: the last short block was sent again", delta.len());
    assert!(applied(&old, &delta) == new);
}

#[test]
fn empty_files() {
    let (nothing, file) = (signature_of(b"", 512), noise(1, 5000));
    assert_eq!(nothing.blocks(), 0);
    assert_eq!(applied(b"", &delta_to(&nothing, b"", 10)), b"");
    assert_eq!(applied(b"", &delta_to(&nothing, &file, 10)), file);
    assert_eq!(applied(&file, &delta_to(&signature_of(&file, 512), b"", 10)), b"");
}

#[test]
fn zeros_are_fast_and_small() {
    let zeros = vec![0u8; 64 << 20];
    let begun = Instant::now();
    let same = delta_to(&signature_of(&zeros, 8192), &zeros, 1 << 20);
    assert_eq!(copies_only(&same), 1, "zeros that were zeros are one copy");
    // The old file has a few zeros only, at its middle: each copy can take no more than those.
    let mut few = noise(1, 1 << 20);
    few[500_000..600_000].fill(0);
    let signature = signature_of(&few, 8192);
    let sparse = delta_to(&signature, &zeros, 1 << 20);
    assert!(sparse.len() < 64 << 10, "{} bytes for 64 MiB of zeros", sparse.len());
    assert!(applied(&few, &sparse) == zeros);
    // A sparse file whose zeros moved against the grid of blocks.
    let mut moved = noise(2, 1_000);
    moved.extend_from_slice(&zeros);
    moved.extend(noise(3, 100_000));
    let delta = delta_to(&signature_of(&zeros, 8192), &moved, 1 << 20);
    assert!(delta.len() < 120_000, "{} bytes: only what is not zero should be sent", delta.len());
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(30), "64 MiB of zeros three times took {took:?}");
}

#[test]
fn colliding_weak_sums_take_linear_time() {
    // +1 -2 +1 on neighbouring bytes leaves both rolling sums as they are: every position of the new file, which
    // has one period of 16 bytes everywhere, collides with a block of the old one and equals none.
    let block = 4096;
    let new: Vec<u8> = noise(9, 16).iter().map(|b| b / 2 + 50).cycle().take(8 << 20).collect();
    let mut old = Vec::new();
    for shift in 0..16 {
        let mut window = new[shift..shift + block].to_vec();
        window[100] += 1;
        window[101] -= 2;
        window[102] += 1;
        old.extend(window);
    }
    let signature = signature_of(&old, block as u32);
    let begun = Instant::now();
    let delta = delta_to(&signature, &new, 1 << 20);
    let took = begun.elapsed();
    assert!(applied(&old, &delta) == new);
    let begun = Instant::now();
    delta_to(&signature, &noise(10, new.len()), 1 << 20);
    let plain = begun.elapsed();
    // Without the limit this hashes 8 Mi positions × 4 KiB = 32 GiB, a thousand times the work of plain noise.
    assert!(took < plain * 50 + Duration::from_secs(1), "made to collide {took:?}, plain noise {plain:?}");
}

#[test]
fn other_kinds_of_signature_give_deltas_of_literals() {
    let new = noise(5, 2_500_000);
    for (magic, strong) in [(0x37u8, 32u8), (0x46, 16), (0x47, 8), (0x36, 4)] {
        let mut bytes = vec![0x72, 0x73, 1, magic, 0, 0, 8, 0, 0, 0, 0, strong];
        bytes.extend(noise(6, 100 * (4 + strong as usize)));
        let signature = Signature::parse(bytes).unwrap();
        assert!(!signature.can_match());
        let delta = delta_to(&signature, &new, 1000);
        assert!(applied(b"", &delta) == new, "a delta of literals needs no base");
        assert!(delta.len() < new.len() + 64, "and costs no more than the file");
    }
}

#[test]
fn patch_refuses_what_is_wrong() {
    let old = noise(8, 10_000);
    let mut new = old.clone();
    new.splice(5_000..5_010, noise(9, 700));
    let delta = delta_to(&signature_of(&old, 512), &new, 4096);
    for cut in 0..delta.len() {
        let error = patch(&mut Cursor::new(&old), &delta[..cut], std::io::sink(), None);
        assert!(matches!(error, Err(DeltaError::CutOff { .. })), "a delta of {cut} bytes has no end");
    }
    let short = patch(&mut Cursor::new(&old[..9_000]), delta.as_slice(), std::io::sink(), None);
    assert!(matches!(short, Err(DeltaError::OutsideBase { base_len: 9_000, .. })), "{short:?}");
    let long = patch(&mut Cursor::new(&old), delta.as_slice(), std::io::sink(), Some(new.len() as u64 - 1));
    assert!(matches!(long, Err(DeltaError::TooLong { .. })), "{long:?}");
    assert!(patch(&mut Cursor::new(&old), delta.as_slice(), std::io::sink(), Some(new.len() as u64)).is_ok());
    let one_more = [0x72, 0x73, 2, 0x36, 0x45, 0, 5, 0];
    let error = patch(&mut Cursor::new(b"four"), one_more.as_slice(), std::io::sink(), None);
    assert!(matches!(error, Err(DeltaError::OutsideBase { offset: 0, len: 5, base_len: 4 })), "{error:?}");
    // A literal that claims 2^62 bytes must fail for want of bytes, not of memory.
    let mut huge = vec![0x72, 0x73, 2, 0x36, 0x44];
    huge.extend((1u64 << 62).to_be_bytes());
    let error = patch(&mut Cursor::new(&old), huge.as_slice(), std::io::sink(), None);
    assert!(matches!(error, Err(DeltaError::CutOff { .. })), "{error:?}");
}
