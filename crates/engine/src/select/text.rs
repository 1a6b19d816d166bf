//! Paths and patterns as characters, so that `?` is one letter of a name in any script, while every byte that is no
//! UTF-8 stays a character of its own, as Python's surrogate escapes do it for stock duplicity.

/// Beyond Unicode: a byte that is no UTF-8 is this plus its value.
const RAW: u32 = 0x11_0000;
/// In a regular expression's text such a byte has to be a real character: one at the end of the private plane.
const PRIVATE: u32 = 0x10_FF00;

pub(super) const SLASH: u32 = b'/' as u32;

/// Characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(Vec<u32>);

impl Text {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut text = Vec::with_capacity(bytes.len());
        Self::push(&mut text, bytes);
        Self(text)
    }

    /// The path of `below` in this folder.
    pub(super) fn join(&self, below: &[u8]) -> Self {
        let mut text = Vec::with_capacity(self.0.len() + 1 + below.len());
        text.extend_from_slice(&self.0);
        if text != [SLASH] {
            text.push(SLASH);
        }
        Self::push(&mut text, below);
        Self(text)
    }

    fn push(text: &mut Vec<u32>, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            text.extend(chunk.valid().chars().map(u32::from));
            text.extend(chunk.invalid().iter().map(|&byte| RAW + u32::from(byte)));
        }
    }

    /// Its first `len` characters.
    pub(super) fn start(&self, len: usize) -> Self {
        Self(self.0.iter().copied().take(len).collect())
    }

    pub(super) fn chars(&self) -> &[u32] {
        &self.0
    }

    /// The same as a string for regular expressions.
    pub(super) fn to_regexp_text(&self) -> String {
        let real = |&c: &u32| char::from_u32(if c >= RAW { PRIVATE + (c - RAW) } else { c });
        self.0.iter().filter_map(real).collect()
    }
}

/// Whether two characters are equal, or equal but for case.
pub(super) fn same(a: u32, b: u32, ignore_case: bool) -> bool {
    a == b || ignore_case && (lower(a) == lower(b) || upper(a) == upper(b))
}

/// The small letter of a character, where that is one character.
pub(super) fn lower(c: u32) -> u32 {
    one(c, |c| c.to_lowercase().collect())
}

/// The capital letter of a character, where that is one character.
pub(super) fn upper(c: u32) -> u32 {
    one(c, |c| c.to_uppercase().collect())
}

fn one(c: u32, convert: impl Fn(char) -> Vec<char>) -> u32 {
    match char::from_u32(c).map(convert).as_deref() {
        Some(&[converted]) => u32::from(converted),
        _ => c,
    }
}
