//! The version of a file: `major.minor`. Another minor version is read, with what is new in it kept; a higher major
//! one is not touched.

use super::Unreadable;
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// What this program writes.
    pub(super) const OURS: Self = Self { major: 1, minor: 0 };

    pub(super) fn is_too_new(self) -> bool {
        self.major > Self::OURS.major
    }

    /// What a value that cannot be read means: in a newer file it is news to us, in any other it is damage.
    pub(super) fn blame(self, why: &str) -> Unreadable {
        if self > Self::OURS {
            Unreadable::Newer(self.to_string())
        } else {
            Unreadable::Damaged(why.to_owned())
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number =
            |part: &str| part.parse::<u32>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
        let parts = text.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        let (major, minor) =
            parts.ok_or_else(|| format!("its version \"{text}\" is none such as \"1.0\""))?;
        Ok(Self { major, minor })
    }
}
