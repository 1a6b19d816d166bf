//! What works but is weaker than it should be, as values for whoever talks to the person.

/// Something weak that was accepted because an existing key or an old message asks for it. `Display` gives one
/// sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A key is weaker than today's keys are.
    #[error("the key {key} is weak: {reason}")]
    WeakKey {
        /// The key's fingerprint.
        key: String,
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// A message has no protection against changes.
    #[error("the message has no protection against changes (no MDC); an attacker could have altered it")]
    Unprotected,
    /// A message is encrypted with an old cipher.
    #[error("the message is encrypted with the old cipher {cipher}")]
    OldCipher {
        /// The cipher's name.
        cipher: String,
    },
    /// The work goes through the gpg program, which uses one core.
    #[error("gpg does this work, more slowly: {reason}")]
    ThroughGpg {
        /// Why, as the end of a sentence.
        reason: String,
    },
}
