//! The tar members of a difftar: read to the end, content and all.
#![no_main]

use backtrail_format::difftar::Reader;
use libfuzzer_sys::fuzz_target;
use std::io::Read;

fuzz_target!(|bytes: &[u8]| {
    let mut reader = Reader::new(bytes);
    while let Ok(Some((_, path, _))) = reader.next() {
        assert!(path.components().all(|part| part != b".." && part != b"."), "{path} leads elsewhere");
        let mut buffer = [0; 512];
        while reader.read(&mut buffer).is_ok_and(|read| read > 0) {}
    }
});
