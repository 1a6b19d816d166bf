//! The words on the screen, from the front end's own catalogue: a test that presses *Continue* goes on working when the
//! button is called otherwise, and fails when it is gone.

use backtrail_base::fs;
use serde_json::Value;
use std::path::Path;
use std::sync::OnceLock;

/// The English text under a key of the catalogue.
///
/// # Panics
/// When there is no such key.
#[must_use]
pub fn say(key: &str) -> String {
    static CATALOGUE: OnceLock<Value> = OnceLock::new();
    let catalogue = CATALOGUE.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib/i18n/en.json");
        let text = fs::read_to_string(file).expect("the front end has a catalogue");
        serde_json::from_str(&text).expect("the catalogue is JSON")
    });
    catalogue[key].as_str().unwrap_or_else(|| panic!("{key} is not in the catalogue")).to_owned()
}
