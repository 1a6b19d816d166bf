//! What a profile is known by on this computer.

use crate::ProfileError;
use backtrail_base::random_bytes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A short random name that is safe in a file name, a keyring entry and an address. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileId(String);

/// No letters that look like digits: a person may have to read one aloud.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
const LENGTH: usize = 10;
const LONGEST: usize = 32;

impl ProfileId {
    /// A new one, of 50 random bits.
    #[must_use]
    pub fn random() -> Self {
        let letter = |byte: u8| char::from(LETTERS[usize::from(byte & 31)]);
        Self(random_bytes::<LENGTH>().into_iter().map(letter).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileId {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(plain)
            && !text.starts_with('-')
            && !is_device(text);
        if good { Ok(Self(text.to_owned())) } else { Err(ProfileError::BadId(text.to_owned())) }
    }
}

/// Names that Windows keeps for devices, whatever ending a file has.
fn is_device(text: &str) -> bool {
    let numbered = |name: &str| {
        text.strip_prefix(name)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(text, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ProfileId {
    type Error = ProfileError;

    fn try_from(text: String) -> Result<Self, ProfileError> {
        text.parse()
    }
}

impl From<ProfileId> for String {
    fn from(id: ProfileId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_safe_wherever_it_is_used() {
        for _ in 0..200 {
            let id = ProfileId::random();
            assert_eq!(
                id.as_str().parse::<ProfileId>().unwrap(),
                id,
                "what we make, we must be able to read"
            );
        }
        for bad in ["", "..", "a/b", "a\\b", "A", "a b", "a.toml", "-rf", "nul", "com1", "é", &"a".repeat(33)]
        {
            assert!(bad.parse::<ProfileId>().is_err(), "{bad:?} would leave the folder or clash with a name");
        }
    }
}
