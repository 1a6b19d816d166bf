//! Deltas: applying ends within its limit, and scanned operations give what applying gives.
#![no_main]

use backtrail_delta::{Ops, patch};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|input: (&[u8], &[u8], &[u8])| {
    let (base, first, second) = input;
    let limit = 1 << 20;
    let mut out = Vec::new();
    let applied = patch(&mut Cursor::new(base), first, &mut out, Some(limit));
    assert!(out.len() as u64 <= limit, "no more than was allowed");
    let (Ok(a), Ok(b)) = (Ops::scan(first, 0, 1000), Ops::scan(second, 1, 1000)) else { return };
    if applied.is_ok() {
        assert_eq!(a.output_len(), out.len() as u64, "what the operations say, applying gives");
    }
    let _ = a.compose(&b, 1000);
});
