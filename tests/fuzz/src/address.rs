//! Addresses of destinations: understood or refused, and what is shown of one has no password.
#![no_main]

use backtrail_store::Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Address::parse(text) {
        Ok(address) => drop(format!("{address:?}")),
        Err(error) => {
            let said = error.to_string();
            if let Some((_, rest)) = text.split_once("://user:canary@") {
                assert!(!said.contains("canary"), "{rest}: {said}");
            }
        }
    }
});
