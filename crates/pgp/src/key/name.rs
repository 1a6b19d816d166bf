//! Finding a key by what a person calls it: 8, 16 or 40 hexadecimal digits with or without `0x`, `<an@address>`,
//! `=a whole user id`, or a part of a user id, as gpg takes them.

use crate::{Error, Key, Purpose, Result};
use std::collections::BTreeMap;

/// What a name asks for.
#[derive(Debug, PartialEq, Eq)]
enum Query {
    /// The end of a fingerprint, upper-case.
    Digits(String),
    /// An address, lower-case.
    Address(String),
    /// A whole user id.
    Exact(String),
    /// A part of a user id, lower-case.
    Part(String),
}

impl Query {
    fn parse(name: &str) -> Self {
        let name = name.trim();
        let digits = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X")).unwrap_or(name);
        // A trailing "!" asks gpg for exactly that subkey; which one is used follows from the key itself here.
        let digits: String = digits.trim_end_matches('!').chars().filter(|c| !c.is_whitespace()).collect();
        if matches!(digits.len(), 8 | 16 | 32 | 40) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Self::Digits(digits.to_ascii_uppercase());
        }
        if let Some(address) = name.strip_prefix('<') {
            return Self::Address(address.trim_end_matches('>').to_lowercase());
        }
        match name.strip_prefix('=') {
            Some(exact) => Self::Exact(exact.to_owned()),
            None => Self::Part(name.strip_prefix('*').unwrap_or(name).to_lowercase()),
        }
    }

    fn matches(&self, key: &Key) -> bool {
        let user_ids =
            || key.cert.userids().map(|ua| String::from_utf8_lossy(ua.userid().value()).into_owned());
        match self {
            Self::Digits(digits) => {
                key.cert.keys().any(|ka| ka.key().fingerprint().to_hex().ends_with(digits.as_str()))
            }
            Self::Address(address) => user_ids().any(|id| {
                let id = id.to_lowercase();
                id == *address || id.rsplit_once('<').is_some_and(|(_, a)| a.trim_end_matches('>') == address)
            }),
            Self::Exact(exact) => user_ids().any(|id| id == *exact),
            Self::Part(part) => {
                !part.is_empty() && user_ids().any(|id| id.to_lowercase().contains(part.as_str()))
            }
        }
    }
}

/// The one key that a name means. Of several, those that can serve the purpose are preferred; of several that
/// can, none is chosen.
pub(super) fn choose(name: &str, purpose: Purpose, keys: impl IntoIterator<Item = Key>) -> Result<Key> {
    let query = Query::parse(name);
    let mut found: BTreeMap<String, Key> = BTreeMap::new();
    for key in keys.into_iter().filter(|key| query.matches(key)) {
        found.entry(key.fingerprint()).or_insert(key);
    }
    // An 8-digit id says too little to prefer one of two keys by what it can do.
    let may_prefer = !matches!(&query, Query::Digits(digits) if digits.len() == 8);
    let usable: Vec<&Key> = found.values().filter(|key| key.usable_for(purpose).is_ok()).collect();
    match (found.len(), usable.as_slice()) {
        (0, _) => Err(Error::KeyNotFound { name: name.to_owned() }),
        (1, [key]) => Ok((*key).clone()),
        (_, [key]) if may_prefer => Ok((*key).clone()),
        (1, _) => Err(found
            .values()
            .find_map(|key| key.usable_for(purpose).err())
            .unwrap_or_else(|| Error::KeyNotFound { name: name.to_owned() })),
        _ => Err(Error::KeyAmbiguous { name: name.to_owned(), matches: found.into_keys().collect() }),
    }
}
