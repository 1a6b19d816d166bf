//! The quoting of manifests (`format.md` 2): a text with white space, a backslash or a quote is put in double
//! quotes with each such byte as `\xNN`; any other text stands as it is, raw bytes included.

use crate::error::{Error, shown};
use std::borrow::Cow;

/// What separates words in a manifest: ASCII white space, vertical tab included.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

const fn needs_quoting(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'\\' | b'"' | b'\'')
}

/// The text as a manifest writes it.
#[must_use]
pub fn quote(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().copied().any(needs_quoting) {
        return Cow::Borrowed(text);
    }
    let mut quoted = Vec::with_capacity(text.len() + 8);
    quoted.push(b'"');
    for &byte in text {
        if needs_quoting(byte) {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            quoted.extend([b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        } else {
            quoted.push(byte);
        }
    }
    quoted.push(b'"');
    Cow::Owned(quoted)
}

/// The text that a manifest's word stands for. Only a word that begins with `"` is unquoted.
///
/// # Errors
/// [`Error::Quoting`] when the closing quote is missing or a backslash is not part of `\xNN`.
pub fn unquote(word: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let Some(rest) = word.strip_prefix(b"\"") else { return Ok(Cow::Borrowed(word)) };
    let bad = |reason| Error::Quoting { text: shown(word), reason };
    let inner = rest.strip_suffix(b"\"").ok_or_else(|| bad("has no closing quote"))?;
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        let code = match (bytes.next(), bytes.next().and_then(hex), bytes.next().and_then(hex)) {
            (Some(b'x'), Some(high), Some(low)) => high << 4 | low,
            _ => return Err(bad("has a backslash that is not part of \\xNN")),
        };
        text.push(code);
    }
    Ok(Cow::Owned(text))
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quoting_equals_stock() {
        // Each pair was printed by Quote() of stock 3.2.1.
        let known: [(&[u8], &[u8]); 6] = [
            (b"plain/path", b"plain/path"),
            (b"a b", br#""a\x20b""#),
            (b"new\nline\x0b\x0c", br#""new\x0aline\x0b\x0c""#),
            (br#"q"'\"#, br#""q\x22\x27\x5c""#),
            (b"\xff\xfe", b"\xff\xfe"),
            (b"\xff ", b"\"\xff\\x20\""),
        ];
        for (text, expected) in known {
            assert_eq!(&*quote(text), expected, "stock compares manifests byte for byte");
        }
    }

    #[test]
    fn bad_quoting_is_refused() {
        for word in [&b"\""[..], b"\"abc", br#""a\""#, br#""a\x2""#, br#""\y20""#, br#""\xg0""#] {
            assert!(unquote(word).is_err(), "{:?} stands for no path", String::from_utf8_lossy(word));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn quoting_round_trips(text: Vec<u8>) {
            let quoted = quote(&text);
            prop_assert!(!quoted.iter().copied().any(is_space), "a quoted text must be one word");
            prop_assert_eq!(&*unquote(&quoted).unwrap(), &text[..]);
        }

        #[test]
        fn unquoting_never_panics(word: Vec<u8>) {
            let _ = unquote(&word);
            let _ = unquote(&[b"\"", &word[..], b"\""].concat());
        }
    }
}
