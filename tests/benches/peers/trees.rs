//! The folders that are backed up: made anew for each run from fixed seeds, so that two runs on two days have the same
//! work.

use backtrail_base::fs;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Words that text is made of.
const WORDS: &str = "the backup of a folder is whole when every file in it comes back as it was with its name its time \
    and its owner and nothing else matters as much on the day when a file is gone";

/// Text that compresses about as prose does.
fn text(random: &mut SmallRng, length: usize) -> Vec<u8> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = Vec::with_capacity(length + 16);
    while text.len() < length {
        text.extend_from_slice(words[random.random_range(0..words.len())].as_bytes());
        // Numbers keep it from being one long repetition.
        if random.random_range(0..4) == 0 {
            text.extend_from_slice(format!(" {}", random.random_range(0..100_000)).as_bytes());
        }
        text.push(if random.random_range(0..12) == 0 { b'\n' } else { b' ' });
    }
    text.truncate(length);
    text
}

fn noise(random: &mut SmallRng, length: usize) -> Vec<u8> {
    let mut noise = vec![0; length];
    random.fill_bytes(&mut noise);
    noise
}

/// `files` files of `bytes` bytes together, half of them noise; sizes differ as in a home folder: many small, few
/// large.
pub(crate) fn mixed(folder: &Path, files: usize, bytes: u64) {
    let mut random = SmallRng::seed_from_u64(1);
    let weight = |number: usize| match number % 100 {
        0 => 60.0,
        1..=9 => 4.0,
        10..=49 => 0.5,
        _ => 0.1,
    };
    let whole: f64 = (0..files).map(weight).sum();
    for number in 0..files {
        let below = folder.join(format!("{:02}/{:02}", number % 37, number / 37 % 41));
        fs::create_dir_all(&below).expect("one's own folder");
        let length = (weight(number) / whole * bytes as f64) as usize;
        let noisy = number / 2 % 2 == 0;
        let content = if noisy { noise(&mut random, length) } else { text(&mut random, length) };
        fs::write(below.join(format!("file {number}")), content).expect("one's own folder");
    }
}

/// `files` files of 100 to 2,000 bytes, a hundred a folder.
pub(crate) fn many(folder: &Path, files: usize) {
    let mut random = SmallRng::seed_from_u64(2);
    for number in 0..files {
        let below = folder.join(format!("{:03}/{:02}", number / 10_000, number / 100 % 100));
        if number % 100 == 0 {
            fs::create_dir_all(&below).expect("one's own folder");
        }
        let length = random.random_range(100..2_000);
        let content = text(&mut random, length);
        fs::write(below.join(format!("{number}.txt")), content).expect("one's own folder");
    }
}

/// One file of noise.
pub(crate) fn large(file: &Path, bytes: usize) {
    let mut random = SmallRng::seed_from_u64(3);
    let mut out = fs::File::create(file).expect("one's own folder");
    for _ in 0..bytes >> 20 {
        out.write_all(&noise(&mut random, 1 << 20)).expect("the disk has room");
    }
}

/// Inserts a byte near the start of the file.
pub(crate) fn insert(file: &Path) {
    let content = fs::read(file).expect("one's own file");
    let mut out = fs::File::create(file).expect("one's own file");
    out.write_all(&content[..1000]).and_then(|()| out.write_all(b"!")).expect("the disk has room");
    out.write_all(&content[1000..]).expect("the disk has room");
}

/// Writes `count` pieces of 2.6 KB over the file, at places of a fixed seed.
pub(crate) fn scatter(file: &Path, count: usize) {
    let mut random = SmallRng::seed_from_u64(4);
    let length = fs::metadata(file).expect("one's own file").len();
    let mut out = fs::OpenOptions::new().write(true).open(file).expect("one's own file");
    for _ in 0..count {
        out.seek(SeekFrom::Start(random.random_range(0..length - 2_600))).expect("a place in it");
        out.write_all(&noise(&mut random, 2_600)).expect("the disk has room");
    }
}

/// Changes a twentieth of the files of [`mixed`]: some bytes in the middle, and some more at the end.
pub(crate) fn age(folder: &Path, files: usize, round: usize) {
    let mut random = SmallRng::seed_from_u64(100 + round as u64);
    for number in (round % 20..files).step_by(20) {
        let file = folder.join(format!("{:02}/{:02}/file {number}", number % 37, number / 37 % 41));
        let mut content = fs::read(&file).expect("one's own file");
        let middle = content.len() / 2;
        let piece = noise(&mut random, 200.min(content.len() - middle));
        content[middle..middle + piece.len()].copy_from_slice(&piece);
        content.extend(noise(&mut random, 300));
        fs::write(&file, content).expect("one's own folder");
    }
}

/// Bytes in the plain files below a folder.
pub(crate) fn bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let entries = entries.flatten().filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)));
    entries.map(|(path, data)| if data.is_dir() { bytes(&path) } else { data.len() }).sum()
}
