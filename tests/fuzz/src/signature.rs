//! Signatures: whatever is taken for one makes a delta that gives the new content back.
#![no_main]

use backtrail_delta::{DeltaWriter, Signature, patch};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (bytes, content) = input;
    let Ok(signature) = Signature::parse(bytes) else { return };
    let mut delta = Vec::new();
    let mut writer = DeltaWriter::new(&signature);
    writer.update(content, &mut delta);
    writer.finish(&mut delta);
    // Copies are of a base that nobody has here; applying must end all the same, and within its limit.
    let mut out = Vec::new();
    let _ = patch(&mut Cursor::new(content), delta.as_slice(), &mut out, Some(1 << 20));
    assert!(out.len() <= 1 << 20);
});
