#!/bin/sh
# Makes the secret keys of this folder with gpg 2.2.40. They protect nothing: they are published here, and their
# passphrase is "fixture" (the one in open.asc has none). Run in this folder, with an empty GNUPGHOME.
set -eu
then=20200102T030405
make() { # file, user id, passphrase, parameters, further options
    file=$1 id=$2 pass=$3 params=$4; shift 4
    printf '%s\n%%commit\n' "$params
Name-Real: $id
Name-Email: $file@example.org
${EXPIRE:-Expire-Date: 0}" > params
    [ -n "$pass" ] || sed -i '1i %no-protection' params
    gpg --batch --quiet --faked-system-time $then! --pinentry-mode loopback --passphrase "$pass" "$@" \
        --gen-key params
    printf '%s' "$pass" | gpg --batch --pinentry-mode loopback --passphrase-fd 0 --armor \
        --export-secret-keys "$file@example.org" > "$file.asc"
    rm params
}
rsa='Key-Type: RSA
Key-Length: 3072
Key-Usage: sign
Subkey-Type: RSA
Subkey-Length: 3072
Subkey-Usage: encrypt'
curve='Key-Type: EDDSA
Key-Curve: ed25519
Key-Usage: sign
Subkey-Type: ECDH
Subkey-Curve: cv25519
Subkey-Usage: encrypt'
dsa() { printf 'Key-Type: DSA\nKey-Length: %s\nKey-Usage: sign\nSubkey-Type: ELG-E\nSubkey-Length: %s\nSubkey-Usage: encrypt' "$1" "$1"; }
make rsa 'Rosa RSA' fixture "$rsa"
make curve 'Cara Curve' fixture "$curve"
make open 'Otto Open' '' "$curve"
make elgamal 'Elga Mal' fixture "$(dsa 2048)"
make weak 'Willi Weak' fixture "$(dsa 1024)"
make sha1 'Sonja Sha' fixture "$curve" --cert-digest-algo SHA1
EXPIRE='Expire-Date: 1y' make expired 'Ella Ended' fixture "$curve"
make revoked 'Rita Revoked' fixture "$curve"
fpr=$(gpg --with-colons --list-keys revoked@example.org | awk -F: '/^fpr/{print $10; exit}')
sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$fpr.rev" | gpg --batch --quiet --import
printf fixture | gpg --batch --pinentry-mode loopback --passphrase-fd 0 --armor --export-secret-keys revoked@example.org > revoked.asc
gpgconf --kill gpg-agent
