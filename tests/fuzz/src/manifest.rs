//! Manifests: what is understood, is written so that it means the same.
#![no_main]

use backtrail_format::manifest::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(manifest) = Manifest::parse(bytes) {
        let written = manifest.to_bytes();
        let again = Manifest::parse(&written).expect("what we write, we read");
        assert_eq!(again.to_bytes(), written);
    }
});
