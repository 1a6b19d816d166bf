//! Names of the unkind sort: everything a Linux file system takes and a program forgets about. It only makes
//! bytes; whether a name is free in its folder is the caller's question.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// The longest name Linux takes.
pub const NAME_MAX: usize = 255;

/// Names that programs have stumbled over: quoting, sorting, tar prefixes, manifest fields, glob characters.
const TRAPS: &[&[u8]] = &[
    b"-rf",
    b"--no-encryption",
    b"-",
    b" ",
    b"  two  spaces  ",
    b" leading",
    b"trailing ",
    b"new\nline",
    b"\n",
    b"ends with newline\n",
    b"tab\there",
    b"carriage\rreturn",
    b"vertical\x0bfeed\x0c",
    b"\"quoted\"",
    b"'single'",
    b"\"",
    b"back\\slash",
    b"\\x41",
    b"\\",
    b"*",
    b"?",
    b"[a-z]",
    b"{a,b}",
    b"**",
    b"~",
    b"#hash",
    b"$HOME",
    b"`id`",
    b"%41%00",
    b"a=b",
    b"a;b&c|d",
    b"...",
    b"..a",
    b".hidden",
    b".part",
    b"snapshot",
    b"diff",
    b"deleted",
    b"multivol_snapshot",
    b"multivol_diff",
    b"1",
    b"2",
    b"007",
    b"Volume 1:",
    b"Volume 2:\n    StartingPath   .  ",
    b"Filelist 0",
    b"Hostname x",
    b"@PaxHeader",
    b"duplicity-full.20200101T000000Z.vol1.difftar.gz",
    b"dir",
    b"dir x",
    b"dir-x",
    b"dir.y",
    b"dir\x01",
    b"dir!",
    b"dir0",
    b"DIR",
    b"\xc3\xa4",
    b"a\xcc\x88",
    b"\xe2\x80\xae right to left",
    b"\xf0\x9f\x98\x80",
    b"\xef\xbb\xbfbom",
    b"\xff\xfe",
    b"\x80",
    b"latin1-\xe4\xf6\xfc",
    b"half of \xf0\x9f",
    b"\xed\xa0\x80",
    b"\x01\x02\x03\x1b[31m",
    b"\x7f",
];

/// One random name: a trap, a plain word, a very long one, or any bytes at all.
pub(super) fn random(rng: &mut SmallRng) -> Vec<u8> {
    let mut name = match rng.random_range(0..10) {
        0..=2 => TRAPS.choose(rng).map_or_else(|| b"x".to_vec(), |trap| trap.to_vec()),
        3..=5 => word(rng),
        6 => long(rng),
        7 => trap_in_word(rng),
        _ => any_bytes(rng),
    };
    if name == b"." || name == b".." || name.is_empty() {
        name.push(b'_');
    }
    name.truncate(NAME_MAX);
    name
}

/// A name of exactly 255 bytes: ASCII, UTF-8 of several bytes a character, or raw bytes.
pub(super) fn long(rng: &mut SmallRng) -> Vec<u8> {
    match rng.random_range(0..3) {
        0 => (0..NAME_MAX).map(|_| rng.random_range(b'a'..=b'z')).collect(),
        1 => "€".repeat(NAME_MAX / 3).into_bytes(),
        _ => {
            let mut name = vec![0; NAME_MAX];
            fill(rng, &mut name);
            name
        }
    }
}

/// A plain name with a random tail, so that it is free nearly always.
pub(super) fn word(rng: &mut SmallRng) -> Vec<u8> {
    let length = rng.random_range(1..=12);
    (0..length).map(|_| rng.random_range(b'a'..=b'z')).collect()
}

fn trap_in_word(rng: &mut SmallRng) -> Vec<u8> {
    let mut name = word(rng);
    name.extend_from_slice(TRAPS.choose(rng).copied().unwrap_or(b"x"));
    name.extend_from_slice(&word(rng));
    name
}

fn any_bytes(rng: &mut SmallRng) -> Vec<u8> {
    let mut name = vec![0; rng.random_range(1..=40)];
    fill(rng, &mut name);
    name
}

/// Random bytes without the two that no name can hold.
fn fill(rng: &mut SmallRng, name: &mut [u8]) {
    rng.fill_bytes(name);
    for byte in name {
        if *byte == 0 || *byte == b'/' {
            *byte = b'\n';
        }
    }
}
