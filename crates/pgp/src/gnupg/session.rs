//! Asking gpg (and through it the agent or a card) for a message's session key alone. The message that gpg sees
//! is made of the real packets with the encrypted session key and a few bytes of noise for data: gpg opens the
//! first, reports the key, and then finds the noise damaged, which is expected.

use super::{Gnupg, Secret};
use crate::Result;
use backtrail_base::Sensitive;
use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::types::SymmetricAlgorithm;

impl Gnupg {
    /// The session key inside these packets (PKESK, serialised).
    ///
    /// # Errors
    /// `NoSecretKey`, `PassphraseNeeded`, `WrongPassphrase`, `Gpg`.
    pub(crate) fn session_key(
        &self,
        packets: &[u8],
        passphrase: Option<&Sensitive<String>>,
    ) -> Result<(SymmetricAlgorithm, SessionKey)> {
        /// An encrypted data packet (tag 18) of version 1 with 40 bytes.
        const HEADER: [u8; 3] = [0xD2, 41, 1];
        let mut message = packets.to_vec();
        message.extend(HEADER);
        message.extend(backtrail_base::random_bytes::<40>());
        let secret = passphrase.map_or(Secret::None, Secret::Passphrase);
        let output = self.call(&["--show-session-key", "--decrypt"], &secret, &message)?;
        match output.statuses.get("SESSION_KEY").and_then(parse_session_key) {
            Some(found) => Ok(found),
            None => Err(output.statuses.failure("the secret key in GnuPG", passphrase.is_some(), false)),
        }
    }
}

/// Reads `9:87B9C1…`.
pub(crate) fn parse_session_key(text: &str) -> Option<(SymmetricAlgorithm, SessionKey)> {
    let (algorithm, digits) = text.trim().split_once(':')?;
    let algorithm = SymmetricAlgorithm::from(algorithm.parse::<u8>().ok()?);
    if digits.len() % 2 != 0 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let key: Vec<u8> = (0..digits.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect();
    Some((algorithm, SessionKey::from(key)))
}

/// The same, written: for `--override-session-key-fd`.
pub(crate) fn write_session_key(algorithm: SymmetricAlgorithm, key: &SessionKey) -> Sensitive<String> {
    use std::fmt::Write as _;
    let mut text = format!("{}:", u8::from(algorithm));
    for byte in key.iter() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
    }
    Sensitive::new(text)
}
