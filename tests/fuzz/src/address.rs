//! Addresses of destinations: understood or refused, and what is shown of one has no password.
#![no_main]

use backtrail_store::Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Address::parse(text) {
        Ok(address) => drop(format!("{address:?}")),
        Err(error) => {
            let said = error.to_string();
            // A password stands after the scheme; elsewhere the same letters are part of a path.
            if let Some((scheme, rest)) = text.split_once("://user:canary@")
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
            {
                assert!(!said.contains("canary"), "{rest}: {said}");
            }
        }
    }
});
