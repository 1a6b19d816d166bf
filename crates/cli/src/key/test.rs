//! `key test`: tries what a backup does with a key, before a backup depends on it.

use super::Keys;
use crate::error::CliError;
use crate::passphrase;
use backtrail_base::{Code, Coded, Sensitive};
use backtrail_pgp::{
    Error, KeyInfo, OpenWith, Opener, Purpose, Recipient, SealPolicy, Sealer, SecretState, Signer,
};
use serde::Serialize;
use std::io::{Read, Write};

/// One thing that was tried.
#[derive(Debug, Serialize)]
struct Step {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip)]
    error: Option<Error>,
}

#[derive(Serialize)]
struct Tested {
    action: &'static str,
    ok: bool,
    key: KeyInfo,
    steps: Vec<Step>,
}

/// What is sealed and opened again.
const TEXT: &[u8] = b"Backtrail tries a key.";

impl Keys<'_> {
    /// Tries a key; exit 31 (or the number of what failed) unless all goes well.
    pub(super) fn test(&self, name: &str) -> Result<u8, CliError> {
        let key = self.store.find(name, Purpose::Any)?;
        let info = key.info();
        let passphrase = self.passphrase_of(&info)?;
        let mut steps = Vec::new();
        let mut sealed = None;
        let policy = SealPolicy {
            recipients: vec![Recipient { key: key.clone(), hidden: false }],
            ..SealPolicy::default()
        };
        steps.push(step("encrypt to it", seal(&policy).map(|bytes| sealed = Some(bytes))));
        if info.secret == SecretState::None {
            let message = "the secret part is not here: backups can be made, not restored".to_owned();
            steps.push(Step { name: "open it again", ok: true, message: Some(message), error: None });
        } else {
            if let Some(sealed) = sealed {
                steps.push(step("open it again", self.open(sealed, passphrase.clone())));
            }
            if info.can.sign {
                let policy = SealPolicy { signer: Some(Signer { key, passphrase }), ..policy };
                steps.push(step("sign with it", seal(&policy).map(drop)));
            }
        }
        for step in &steps {
            let mark = if step.ok { "✓" } else { "✗" };
            let line = match &step.message {
                Some(message) => format!("{mark} {}: {message}\n", step.name),
                None => format!("{mark} {}\n", step.name),
            };
            self.output.result(line.as_bytes())?;
        }
        if let Some(weak) = &info.weak {
            self.output.warning(Code::KeyUnusable, &format!("this key is weak: {weak}"), None);
        }
        let failed =
            steps.iter().find_map(|step| step.error.as_ref()).map(|error| (error.code(), error.next_step()));
        let ok = failed.is_none();
        self.output.json(&Tested { action: "key-test", ok, key: info, steps })?;
        Ok(match failed {
            None => crate::exit::OK,
            Some((code, _)) => crate::exit::number(code),
        })
    }

    /// The passphrase of a key that has one: PASSPHRASE, SIGN_PASSPHRASE, or what is typed.
    fn passphrase_of(&self, info: &KeyInfo) -> Result<Option<Sensitive<String>>, CliError> {
        if matches!(info.secret, SecretState::None | SecretState::Open) {
            return Ok(None);
        }
        let given = self.around.secret("PASSPHRASE").or_else(|| self.around.secret("SIGN_PASSPHRASE"));
        match given {
            Some(given) => Ok(Some(given)),
            None => Ok(passphrase::once(
                self.around,
                self.ask,
                &format!("Passphrase of the key {}: ", info.key_id),
            )?),
        }
    }

    fn open(&self, sealed: Vec<u8>, passphrase: Option<Sensitive<String>>) -> Result<(), Error> {
        let with = OpenWith { passphrase, keys: self.store.clone(), ..OpenWith::default() };
        let mut reader = Opener::new(with)?.open(std::io::Cursor::new(sealed))?;
        let mut text = Vec::new();
        reader.read_to_end(&mut text)?;
        if text == TEXT {
            Ok(())
        } else {
            Err(Error::Damaged { detail: "it came back as something else".to_owned() })
        }
    }
}

fn seal(policy: &SealPolicy) -> Result<Vec<u8>, Error> {
    let mut writer = Sealer::new(policy)?.seal(Vec::new())?;
    writer.write_all(TEXT)?;
    writer.finish()
}

fn step(name: &'static str, result: Result<(), Error>) -> Step {
    match result {
        Ok(()) => Step { name, ok: true, message: None, error: None },
        Err(error) => Step { name, ok: false, message: Some(error.to_string()), error: Some(error) },
    }
}
