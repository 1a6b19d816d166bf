//! Object names: a name that is understood is written again as one that means the same.
#![no_main]

use backtrail_format::names::{FileName, Prefixes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &str| {
    let prefixes = Prefixes::default();
    if let Some(found) = FileName::parse(&prefixes, name, ':') {
        let written = found.write(&prefixes);
        let again = FileName::parse(&prefixes, &written, ':');
        assert_eq!(again.map(|again| again.kind), Some(found.kind), "{written}");
    }
});
