//! Options about keys and encryption.

use super::{Family, OptionRow};

const F: Family = Family::Encryption;

pub(super) const OPTIONS: &[OptionRow] = &[
    OptionRow::value(
        F,
        "encrypt-key",
        &["KEY"],
        "Encrypt to KEY: a fingerprint, a key id or an address; repeatable",
    ),
    OptionRow::value(F, "hidden-encrypt-key", &["KEY"], "Encrypt to KEY without naming it in the backup"),
    OptionRow::value(F, "sign-key", &["KEY"], "Sign with KEY; when reading, require that KEY signed"),
    OptionRow::value(F, "encrypt-sign-key", &["KEY"], "Encrypt to KEY and sign with it"),
    OptionRow::flag(F, "encryption", "Encrypt [default]"),
    OptionRow::flag(F, "no-encryption", "Do not encrypt"),
    OptionRow::flag(F, "compression", "Compress [default]"),
    OptionRow::flag(F, "no-compression", "Do not compress"),
    OptionRow::value(F, "encrypt-secret-keyring", &["FILE"], "Use the keys in FILE as well, for this run"),
    OptionRow::value(F, "gpg-binary", &["PROGRAM"], "The gpg program, where a key lives in GnuPG"),
    OptionRow::value(F, "gpg-options", &["OPTIONS"], "Options for gpg; --homedir counts, see the manual")
        .dashes(),
    OptionRow::flag(F, "use-agent", "Let GnuPG's agent ask for the passphrase of a key in GnuPG"),
    OptionRow::flag(F, "use-gpgsm", "Encrypt with X.509 certificates")
        .refused("Backups are sealed with OpenPGP only; use --encrypt-key with an OpenPGP key."),
];
