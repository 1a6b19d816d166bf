//! Which algorithms are taken when they are met. New messages and keys use none of the old ones; existing keys
//! and old backups may, and whoever meets one gets a [`crate::Warning`].

use crate::Warning;
use sequoia_openpgp::policy::{AsymmetricAlgorithm, StandardPolicy};
use sequoia_openpgp::types::{HashAlgorithm, SymmetricAlgorithm};
use std::sync::OnceLock;

/// Ciphers with blocks of 64 bits, which old programs chose.
#[expect(deprecated, reason = "old messages have them")]
const OLD_CIPHERS: [SymmetricAlgorithm; 4] = [
    SymmetricAlgorithm::IDEA,
    SymmetricAlgorithm::TripleDES,
    SymmetricAlgorithm::CAST5,
    SymmetricAlgorithm::Blowfish,
];

/// The warning that a message's cipher deserves.
pub(crate) fn cipher_warning(cipher: SymmetricAlgorithm) -> Option<Warning> {
    OLD_CIPHERS.contains(&cipher).then(|| Warning::OldCipher { cipher: cipher.to_string() })
}

/// What is taken of existing keys and messages: also SHA-1 (always computed with collision detection), RSA and
/// DSA of 1024 bits, and the ciphers of old `gpg` versions. Never MD5 or anything weaker.
pub(crate) fn tolerant() -> &'static StandardPolicy<'static> {
    static POLICY: OnceLock<StandardPolicy<'static>> = OnceLock::new();
    POLICY.get_or_init(|| {
        let mut policy = StandardPolicy::new();
        policy.accept_hash(HashAlgorithm::SHA1);
        for cipher in OLD_CIPHERS {
            policy.accept_symmetric_algo(cipher);
        }
        policy.accept_symmetric_algo(SymmetricAlgorithm::Twofish);
        for algorithm in [
            AsymmetricAlgorithm::RSA1024,
            AsymmetricAlgorithm::DSA1024,
            AsymmetricAlgorithm::DSA2048,
            AsymmetricAlgorithm::DSA3072,
            AsymmetricAlgorithm::DSA4096,
            AsymmetricAlgorithm::ElGamal1024,
            AsymmetricAlgorithm::ElGamal2048,
            AsymmetricAlgorithm::ElGamal3072,
            AsymmetricAlgorithm::ElGamal4096,
        ] {
            policy.accept_asymmetric_algo(algorithm);
        }
        policy
    })
}

/// What sequoia considers sound today: the yardstick for warnings.
pub(crate) fn strict() -> &'static StandardPolicy<'static> {
    static POLICY: OnceLock<StandardPolicy<'static>> = OnceLock::new();
    POLICY.get_or_init(StandardPolicy::new)
}
