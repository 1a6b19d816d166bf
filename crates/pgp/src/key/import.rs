//! Importing keys: whatever `gpg --export`, `gpg --export-secret-keys`, Sequoia or a key server wrote, armoured
//! or binary, one key or many, also several armoured blocks in one file.

use crate::error::guarded;
use crate::{Error, Key, Result};
use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::CertParser;
use sequoia_openpgp::parse::Parse as _;
use std::collections::BTreeMap;

/// What a file of keys held.
#[derive(Debug, Default)]
pub struct Imported {
    /// The keys, each once; where a file has both parts of a key, they are joined.
    pub keys: Vec<Key>,
    /// What could not be read, one sentence each.
    pub skipped: Vec<String>,
}

/// Files larger than this are not key files.
const LARGEST: usize = 256 << 20;

/// Reads keys from the bytes of a file.
///
/// # Errors
/// `Invalid` when there is no key in them at all.
pub fn import(bytes: &[u8]) -> Result<Imported> {
    guarded(|| read(bytes))
}

fn read(bytes: &[u8]) -> Result<Imported> {
    if bytes.len() > LARGEST {
        return Err(Error::invalid("the key file", "it is too large"));
    }
    let mut certs: BTreeMap<String, Cert> = BTreeMap::new();
    let mut skipped = Vec::new();
    for block in blocks(bytes) {
        let parser = match CertParser::from_bytes(block) {
            Ok(parser) => parser,
            Err(error) => {
                skipped.push(crate::error::one_line(&format!("{error:#}")));
                continue;
            }
        };
        for cert in parser {
            let cert = match cert {
                Ok(cert) => cert,
                Err(error) => {
                    skipped.push(crate::error::one_line(&format!("{error:#}")));
                    continue;
                }
            };
            let fingerprint = cert.fingerprint().to_hex();
            let merged = match certs.remove(&fingerprint) {
                Some(known) => merge(known, cert)?,
                None => cert,
            };
            certs.insert(fingerprint, merged);
        }
    }
    if certs.is_empty() {
        let detail = skipped.first().map_or("there is no OpenPGP key in it", String::as_str);
        return Err(Error::invalid("the key file", detail));
    }
    Ok(Imported { keys: certs.into_values().map(Key::new).collect(), skipped })
}

/// Joins what two copies of a key know, secret parts included.
pub(crate) fn merge(one: Cert, other: Cert) -> Result<Cert> {
    one.merge_public_and_secret(other).map_err(|error| Error::invalid("the key", format!("{error:#}")))
}

/// The armoured blocks of a text, or all bytes when there is no armour.
fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    const MARK: &[u8] = b"-----BEGIN PGP ";
    let starts: Vec<usize> = bytes
        .windows(MARK.len())
        .enumerate()
        .filter(|(at, window)| {
            *window == MARK && (*at == 0 || bytes[at - 1] == b'\n' || bytes[at - 1] == b'\r')
        })
        .map(|(at, _)| at)
        .collect();
    if starts.is_empty() {
        return vec![bytes];
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &bytes[start..end]).collect()
}
