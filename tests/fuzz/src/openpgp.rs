//! OpenPGP messages: with the right passphrase at hand, whatever comes is opened to its end or refused.
#![no_main]

use backtrail_base::Sensitive;
use backtrail_pgp::{OpenWith, Opener};
use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Read};

fuzz_target!(|bytes: &[u8]| {
    let with = OpenWith { passphrase: Some(Sensitive::new("canary".to_owned())), ..OpenWith::default() };
    let Ok(opener) = Opener::new(with) else { return };
    let Ok(opened) = opener.open(Cursor::new(bytes.to_vec())) else { return };
    let mut plain = Vec::new();
    let _ = opened.take(1 << 22).read_to_end(&mut plain);
});
