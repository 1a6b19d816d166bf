//! The addresses people give: duplicity's URLs, its scheme aliases, and plain paths. Only the form is judged
//! here; whether the place exists is found out when it is opened.

use crate::StoreError;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;

/// What kind of place an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// A folder on this computer, or one that is mounted.
    File,
}

/// A destination address, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The address as it was given; duplicity names its archive folder by this text.
    pub text: String,
    /// What kind of place it is.
    pub scheme: Scheme,
    /// The folder.
    pub path: PathBuf,
}

impl Address {
    /// Whether `text` looks like an address rather than a path: a scheme of two or more characters, then `://`.
    /// One character before the colon is a Windows drive.
    #[must_use]
    pub fn looks_like_url(text: &str) -> bool {
        scheme_of(text).is_some()
    }

    /// Understands `text`: `file://PATH`, `gio+file://PATH`, or a plain path.
    ///
    /// # Errors
    /// [`StoreError::BadAddress`] when the scheme is unknown or not supported here, or nothing follows it.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let bad = |reason: String| StoreError::BadAddress { address: without_password(text), reason };
        let Some((scheme, rest)) = scheme_of(text) else {
            if text.is_empty() {
                return Err(bad("it is empty".to_owned()));
            }
            // Like an address, but for its scheme. A path may hold `://` further down, or begin with a drive.
            let scheme = text.split_once("://").map(|(scheme, _)| scheme);
            if scheme.is_some_and(|scheme| scheme.len() != 1 && !scheme.contains(['/', '\\'])) {
                return Err(bad("what stands before :// is no scheme".to_owned()));
            }
            return Ok(Self { text: text.to_owned(), scheme: Scheme::File, path: PathBuf::from(text) });
        };
        // Duplicity's back-end prefixes (`gio+file`) say how to reach the place, not what it is.
        let base = scheme.rsplit_once('+').map_or(scheme, |(_, base)| base).to_ascii_lowercase();
        match base.as_str() {
            "file" => {
                let path = percent_decode_str(rest).decode_utf8().map_err(|_| {
                    bad("its percent-encoding does not give text; use a plain path instead".to_owned())
                })?;
                if path.is_empty() {
                    return Err(bad("no folder follows file://".to_owned()));
                }
                Ok(Self {
                    text: text.to_owned(),
                    scheme: Scheme::File,
                    path: PathBuf::from(windows_drive(&path)),
                })
            }
            known if KNOWN_SCHEMES.contains(&known) => {
                Err(bad(format!("{known} destinations are not supported by this version")))
            }
            other => Err(bad(format!("the scheme {other:?} is unknown"))),
        }
    }
}

/// The schemes that duplicity 3.2.1 registers, without its back-end prefixes: known by name, so that the message
/// can say "not supported" rather than "unknown".
const KNOWN_SCHEMES: &[&str] = &[
    "ad",
    "azure",
    "b2",
    "box",
    "dpbx",
    "fish",
    "ftp",
    "ftpes",
    "ftps",
    "gdocs",
    "gdrive",
    "gs",
    "hsi",
    "http",
    "https",
    "hubic",
    "idrived",
    "imap",
    "imaps",
    "jottacloud",
    "mega",
    "megav2",
    "megav3",
    "mf",
    "multi",
    "onedrive",
    "pca",
    "pydrive",
    "rclone",
    "rsync",
    "s3",
    "scp",
    "sftp",
    "slate",
    "ssh",
    "swift",
    "sx",
    "tahoe",
    "webdav",
    "webdavs",
    "xorriso",
];

fn scheme_of(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let named = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    named.then_some((scheme, rest))
}

/// `file:///C:/x` names `C:/x` on Windows; elsewhere the path stands as it is.
fn windows_drive(path: &str) -> &str {
    let bytes = path.as_bytes();
    if cfg!(windows) && bytes.len() > 2 && bytes[0] == b'/' && bytes[2] == b':' { &path[1..] } else { path }
}

/// The address without the password of `user:password@`, for messages.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    match host.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_understood_in_every_spelling() {
        for (text, path) in [
            ("file:///mnt/backup", "/mnt/backup"),
            ("file://relative/x", "relative/x"),
            ("gio+file:///mnt/a%20b", "/mnt/a b"),
            ("/mnt/backup", "/mnt/backup"),
            ("c://x", "c://x"),
        ] {
            assert_eq!(Address::parse(text).expect(text).path, PathBuf::from(path), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_says_why_and_hides_the_password() {
        let error = Address::parse("sftp://dd:hunter2@example.com/x").expect_err("not supported here");
        assert!(error.to_string().contains("sftp destinations are not supported"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "a password must not reach an error");
        assert!(Address::parse("paramiko+scp://h/x").expect_err("alias").to_string().contains("scp"));
        assert!(Address::parse("nonsense://x").expect_err("unknown").to_string().contains("unknown"));
        assert!(Address::parse("file://").is_err());
        assert!(Address::parse("").is_err());
        assert!(Address::parse("://").is_err(), "a mistyped address must not become a folder of that name");
        assert!(Address::parse("1a://x").is_err());
        assert!(Address::parse("./a://b").is_ok(), "a path with that in it is a path");
    }
}
