//! A composed delta does what its deltas do one after the other.

mod common;

use std::io::Cursor;

use backtrail_delta::{DeltaError, Forward, Ops, Ranges, Streams};
use common::*;
use proptest::prelude::*;
use std::io::Write;

const MANY: usize = 1 << 20;

/// Deltas between each of `files` and the next.
fn deltas(files: &[Vec<u8>], block: u32) -> Vec<Vec<u8>> {
    files.windows(2).map(|pair| delta_to(&signature_of(&pair[0], block), &pair[1], 50_000)).collect()
}

fn history(seed: u64, len: usize, steps: &[Vec<Edit>]) -> Vec<Vec<u8>> {
    let mut files = vec![noise(seed, len)];
    for step in steps {
        let mut next = files[files.len() - 1].clone();
        step.iter().for_each(|one| edit(&mut next, one));
        files.push(next);
    }
    files
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn two_become_one(seed: u64, len in 0usize..20_000, first in edits(5, 3000), second in edits(5, 3000)) {
        let files = history(seed, len, &[first, second]);
        let deltas = deltas(&files, 512);
        let mut spool = Vec::new();
        let a = Ops::read(deltas[0].as_slice(), 0, 0, &mut spool, MANY).unwrap();
        let start = spool.len() as u64;
        let b = Ops::read(deltas[1].as_slice(), 0, start, &mut spool, MANY).unwrap();
        let both = a.compose(&b, MANY).unwrap();
        let mut literals = Streams(vec![Cursor::new(spool)]);
        let mut one = Vec::new();
        both.write_delta(&mut literals, &mut one).unwrap();
        prop_assert!(applied(&files[0], &one) == files[2], "the composed delta makes another file");
        let mut out = Vec::new();
        prop_assert_eq!(both.apply(&mut Cursor::new(&files[0]), &mut literals, &mut out).unwrap(), both.output_len());
        prop_assert!(out == files[2], "applying the commands equals applying the delta");
        prop_assert!(both.as_slice().iter().all(|op| op.len() > 0), "an empty command is no command");
        prop_assert!(both.base_len() <= files[0].len() as u64);
    }

    #[test]
    fn a_base_that_comes_by_once_is_enough(
        seed: u64, len in 0usize..20_000, steps in edits(6, 3000), moved in 0usize..20_000, piece in 1usize..9000,
    ) {
        // Beside the edits a part of the file changes its place, so that copies go back.
        let mut files = history(seed, len, &[steps]);
        let last = files.len() - 1;
        let cut = moved.min(files[last].len());
        files[last].rotate_left(cut);
        let deltas = deltas(&files, 512);
        let ops = Ops::scan(deltas[0].as_slice(), 0, MANY).unwrap();
        let mut literals = Streams(vec![Cursor::new(&deltas[0])]);
        let mut out = Vec::new();
        let mut forward = Forward::new(&ops, &mut literals, Cursor::new(Vec::new()), &mut out);
        for piece in files[0].chunks(piece) {
            forward.write_all(piece).unwrap();
        }
        prop_assert_eq!(forward.finish().unwrap(), files[1].len() as u64);
        prop_assert!(out == files[1], "applying as the base comes by equals applying the delta");
        // A base that ends too early is found.
        if ops.base_len() > 0 {
            let short = &files[0][..ops.base_len() as usize - 1];
            let mut forward = Forward::new(&ops, &mut literals, Cursor::new(Vec::new()), std::io::sink());
            forward.write_all(short).unwrap();
            let error = forward.finish();
            prop_assert!(matches!(error, Err(DeltaError::OutsideBase { .. })), "{:?}", error);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let delta = [backtrail_delta::DELTA_MAGIC.to_be_bytes().as_slice(), &tail].concat();
        if let Ok(ops) = Ops::scan(delta.as_slice(), 0, 50) {
            prop_assert!(ops.as_slice().len() <= 50);
            let _ = ops.compose(&ops, 50);
        }
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn a_chain_of_thirty_folds(
        seed: u64, len in 0usize..60_000, steps in proptest::collection::vec(edits(4, 4000), 30), from_the_end: bool,
    ) {
        let files = history(seed, len, &steps);
        let deltas = deltas(&files, 700);
        let ops: Vec<Ops> = deltas.iter().enumerate()
            .map(|(i, delta)| Ops::scan(delta.as_slice(), i as u32, MANY).unwrap()).collect();
        let folded = if from_the_end {
            ops.iter().rev().skip(1).fold(ops[29].clone(), |after, before| before.compose(&after, MANY).unwrap())
        } else {
            ops.iter().skip(1).fold(ops[0].clone(), |before, after| before.compose(after, MANY).unwrap())
        };
        let mut one = Vec::new();
        folded.write_delta(&mut Streams(deltas.iter().map(Cursor::new).collect()), &mut one).unwrap();
        prop_assert!(applied(&files[0], &one) == files[30], "30 deltas in one make another file");
        prop_assert!(folded.literal_len() <= files[30].len() as u64, "bytes that did not survive are not kept");
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn a_chain_folds_from_its_end_with_what_is_wanted_alone(
        seed: u64, len in 0usize..60_000, steps in proptest::collection::vec(edits(4, 30_000), 12),
    ) {
        let files = history(seed, len, &steps);
        let deltas = deltas(&files, 700);
        let mut spool = Vec::new();
        let all = Ranges::of(vec![(0, u64::MAX)]);
        let (mut folded, _) = Ops::read_wanted(deltas[11].as_slice(), 0, 0, &mut spool, MANY, &all).unwrap();
        for delta in deltas[..11].iter().rev() {
            let start = spool.len() as u64;
            let (before, more) =
                Ops::read_wanted(delta.as_slice(), 0, start, &mut spool, MANY, &folded.copied()).unwrap();
            prop_assert_eq!(start + more, spool.len() as u64);
            folded = before.compose(&folded, MANY).unwrap();
        }
        let mut out = Vec::new();
        let mut literals = Streams(vec![Cursor::new(&spool)]);
        let mut forward = Forward::new(&folded, &mut literals, Cursor::new(Vec::new()), &mut out);
        forward.write_all(&files[0]).unwrap();
        forward.finish().unwrap();
        prop_assert!(out == files[12], "12 deltas in one make another file");
        prop_assert!(spool.len() <= files[12].len(), "no byte is spooled that the last file does not have");
    }
}

#[test]
fn limits_and_contradictions_are_errors() {
    let old = noise(1, 8192); // whole blocks
    let new = [noise(2, 100), old.clone(), noise(3, 100)].concat();
    let delta = delta_to(&signature_of(&old, 512), &new, 4096);
    let ops = Ops::scan(delta.as_slice(), 0, MANY).unwrap();
    assert_eq!(ops.as_slice().len(), 3, "literal, copy, literal");
    assert_eq!(ops.output_len(), 8392);
    let few = Ops::scan(delta.as_slice(), 0, 2);
    assert!(matches!(few, Err(DeltaError::TooManyOps { limit: 2 })), "{few:?}");
    // `ops` copies 8192 bytes from a base that its own base does not have after a shortening delta.
    let short = delta_to(&signature_of(&old, 512), &old[..100], 4096);
    let short = Ops::scan(short.as_slice(), 0, MANY).unwrap();
    let error = short.compose(&ops, MANY);
    assert!(matches!(error, Err(DeltaError::OutsideBase { base_len: 100, .. })), "{error:?}");
    // A missing literal stream, and a base that is too short, which must be found before writing.
    let mut out = Vec::new();
    let missing = ops.write_delta(&mut Streams::<Cursor<Vec<u8>>>::default(), &mut out);
    assert!(matches!(missing, Err(DeltaError::Literals(_))), "{missing:?}");
    out.clear();
    let mut literals = Streams(vec![Cursor::new(&delta)]);
    let error = ops.apply(&mut Cursor::new(&old[..8191]), &mut literals, &mut out);
    assert!(matches!(error, Err(DeltaError::OutsideBase { .. })) && out.is_empty(), "{error:?}");
}

#[test]
fn doubling_deltas_stop_at_the_limit() {
    // Each delta says the base twice: 40 of them would be 2^40 commands.
    let mut delta = backtrail_delta::DELTA_MAGIC.to_be_bytes().to_vec();
    delta.extend([2, b'a', b'b', 0x45, 0, 1, 0x45, 0, 1, 0]);
    let mut folded = Ops::scan(delta.as_slice(), 0, MANY).unwrap();
    let error = loop {
        let len = folded.output_len();
        let mut twice = backtrail_delta::DELTA_MAGIC.to_be_bytes().to_vec();
        for _ in 0..2 {
            twice.push(0x54);
            twice.extend([0u64.to_be_bytes(), len.to_be_bytes()].concat());
        }
        twice.push(0);
        match folded.compose(&Ops::scan(twice.as_slice(), 0, MANY).unwrap(), 10_000) {
            Ok(next) => folded = next,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DeltaError::TooManyOps { limit: 10_000 }), "{error:?}");
}
