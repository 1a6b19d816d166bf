//! A value that must not be seen: it prints as `<redacted>`, cannot be serialised, and is wiped when dropped.

use std::fmt;
use zeroize::Zeroize;

/// A secret (passphrase, session key, token). `Debug` prints `<redacted>`; there is no `Display` and no
/// `Serialize`, so that a secret cannot reach a log, an error or a file by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a secret.
    pub fn new(secret: T) -> Self {
        Self(secret)
    }

    /// The secret itself, for the call that needs it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<&str> for Sensitive<String> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Sensitive::from("correct horse");
        assert_eq!(format!("{secret:?}"), "<redacted>", "Debug output reaches logs and error chains");
        assert_eq!(secret.reveal(), "correct horse");
    }
}
