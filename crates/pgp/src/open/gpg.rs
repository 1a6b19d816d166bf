//! Messages that sequoia does not read (no integrity protection, GnuPG's old authenticated packet, Twofish), piped
//! through `gpg --decrypt` with the session key that was found here.

use super::{SignatureState, Signed, With};
use crate::gnupg::{PipeReader, Secret, Statuses, write_session_key};
use crate::peek::Body;
use crate::policy;
use crate::session::Candidate;
use crate::{Error, Result, Warning};
use std::io::Read;
use std::sync::Arc;

/// A message that gpg decrypts.
pub(super) struct GpgReader {
    with: Arc<With>,
    pipe: PipeReader,
    symmetric: bool,
    unprotected: bool,
    state: SignatureState,
    warnings: Vec<Warning>,
}

impl GpgReader {
    pub(super) fn open(
        with: &Arc<With>,
        candidates: &[Candidate],
        symmetric: bool,
        body: Body,
        message: impl Read + Send + 'static,
    ) -> Result<Self> {
        let reason = match body {
            Body::Protected => "its cipher is not known here",
            Body::Unprotected => "it has no protection against changes",
            Body::GnupgAead => "its protection is GnuPG's own",
        };
        let gnupg = with.keyring.store.shared_gnupg().ok_or_else(|| Error::Unsupported {
            what: format!("opening this message without GnuPG ({reason})"),
        })?;
        let Some((Some(cipher), key)) = candidates.first() else {
            return Err(Error::Unsupported { what: "this kind of message".to_owned() });
        };
        let mut arguments = vec!["--no-auto-key-retrieve", "--output", "-"];
        let mut warnings = vec![Warning::ThroughGpg { reason: reason.to_owned() }];
        let unprotected = body == Body::Unprotected;
        if unprotected {
            arguments.push("--ignore-mdc-error");
            warnings.push(Warning::Unprotected);
        }
        warnings.extend(policy::cipher_warning(*cipher));
        arguments.push("--decrypt");
        let secret = write_session_key(*cipher, key);
        let pipe = PipeReader::start(gnupg, &arguments, &Secret::SessionKey(&secret), message)?;
        let with = Arc::clone(with);
        Ok(Self { with, pipe, symmetric, unprotected, state: SignatureState::Unsigned, warnings })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let length = self.pipe.read(buffer).map_err(Error::Io)?;
        if length == 0
            && let Some((statuses, success)) = self.pipe.end()?
        {
            self.judge(&statuses, success)?;
        }
        Ok(length)
    }

    fn judge(&mut self, statuses: &Statuses, success: bool) -> Result<()> {
        let found: Vec<Signed> = signatures(statuses);
        if let Some(bad) = found.iter().find(|signed| matches!(signed.state, SignatureState::Bad { .. })) {
            self.state = bad.state.clone();
        }
        let whole = statuses.has("DECRYPTION_OKAY") || (self.unprotected && statuses.has("PLAINTEXT"));
        let damaged = statuses.has("DECRYPTION_FAILED") || statuses.has("BADMDC") || statuses.has("NODATA");
        if !whole || damaged && !self.unprotected {
            return Err(statuses.failure("the message", true, self.symmetric));
        }
        // gpg also fails for a signature that it cannot check; that is judged here. Anything else is a failure.
        if !success && found.is_empty() {
            return Err(statuses.failure("the message", true, self.symmetric));
        }
        self.state = self.with.judge(&found)?;
        Ok(())
    }

    pub(super) fn signature(&self) -> &SignatureState {
        &self.state
    }

    pub(super) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// Reads the signatures' status lines.
fn signatures(statuses: &Statuses) -> Vec<Signed> {
    let word = |rest: &str, at: usize| rest.split(' ').nth(at).unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for rest in statuses.all("VALIDSIG") {
        let (key, primary) = (word(rest, 0), word(rest, 9));
        let fingerprint = if primary.is_empty() { key.clone() } else { primary };
        let key_id = key.get(key.len().saturating_sub(16)..).unwrap_or_default().to_owned();
        let user_id = statuses
            .all("GOODSIG")
            .find(|rest| rest.starts_with(&key_id))
            .and_then(|rest| rest.split_once(' ').map(|(_, id)| id.to_owned()));
        // Without GOODSIG the key has expired or is revoked, or the signature itself has expired.
        let state = match user_id {
            Some(id) => SignatureState::Good { fingerprint: fingerprint.clone(), key_id, user_id: Some(id) },
            None => SignatureState::Unknown { key_id, reason: "its key is not valid any more".to_owned() },
        };
        found.push(Signed { state, names: vec![fingerprint, key] });
    }
    for rest in statuses.all("BADSIG") {
        let key_id = word(rest, 0);
        found.push(Signed { state: SignatureState::Bad { key_id: key_id.clone() }, names: vec![key_id] });
    }
    for rest in statuses.all("ERRSIG") {
        let key_id = word(rest, 0);
        let reason = "gpg does not have its key".to_owned();
        found.push(Signed {
            state: SignatureState::Unknown { key_id: key_id.clone(), reason },
            names: vec![key_id],
        });
    }
    found
}
