//! librsync's own `rdiff` makes the same signatures, applies our deltas, and we apply its own.

mod common;

use std::path::Path;
use std::process::Command;

use backtrail_base::fs;
use backtrail_delta::{Ops, Signature, SignatureWriter, Streams};
use common::*;

fn rdiff(folder: &Path, arguments: &[&str]) {
    let output = Command::new("rdiff").current_dir(folder).arg("-f").args(arguments).output();
    let output = output.expect("these tests need librsync's rdiff: apt install rdiff");
    assert!(output.status.success(), "rdiff {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Pairs of an old and a new file.
fn pairs() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let big = noise(1, 3_000_123);
    let mut changed = big.clone();
    changed.splice(1_000_000..1_000_001, noise(2, 5000));
    changed.splice(10..10, *b"!");
    changed.truncate(2_900_000);
    let mut holes = noise(3, 400_000);
    holes.splice(200_000..200_000, vec![0; 1_500_000]);
    let mut fewer = holes.clone();
    fewer.splice(250_000..250_000, noise(4, 100));
    vec![
        ("changed", big.clone(), changed),
        ("unchanged", big.clone(), big),
        ("zeros", holes, fewer),
        ("from nothing", vec![], noise(5, 70_000)),
        ("to nothing", noise(5, 70_000), vec![]),
        ("tiny", b"a".to_vec(), b"ab".to_vec()),
        ("unrelated", noise(6, 100_000), noise(7, 2_200_000)),
    ]
}

#[test]
fn signatures_are_equal_and_deltas_apply_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (what, old, new) in pairs() {
        for block in [512u32, 700, 2048, 32768] {
            fs::write(at("old"), &old).unwrap();
            fs::write(at("new"), &new).unwrap();
            let size = block.to_string();
            rdiff(
                folder.path(),
                &["-R", "rollsum", "-H", "md4", "-S", "8", "-b", &size, "signature", "old", "sig"],
            );
            let mut writer = SignatureWriter::new(block);
            old.chunks(10_001).for_each(|piece| writer.update(piece));
            let ours = writer.finish();
            assert!(ours == fs::read(at("sig")).unwrap(), "{what}, {block}: another signature than rdiff's");

            let delta = delta_to(&Signature::parse(ours).unwrap(), &new, 77_777);
            fs::write(at("delta"), &delta).unwrap();
            rdiff(folder.path(), &["patch", "old", "delta", "made"]);
            assert!(
                fs::read(at("made")).unwrap() == new,
                "{what}, {block}: rdiff makes another file of our delta"
            );

            rdiff(folder.path(), &["delta", "sig", "new", "theirs"]);
            let theirs = fs::read(at("theirs")).unwrap();
            assert!(applied(&old, &theirs) == new, "{what}, {block}: we make another file of rdiff's delta");
            assert!(
                delta.len() <= theirs.len() + 1024 * new.len().div_ceil(1 << 20),
                "{what}, {block}: {} bytes where rdiff needs {}",
                delta.len(),
                theirs.len()
            );
        }
    }
}

#[test]
fn every_kind_of_signature_rdiff_makes_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (noise(1, 300_000), noise(2, 100_000));
    fs::write(folder.path().join("old"), &old).unwrap();
    for (rolling, hash, can) in [
        ("rollsum", "md4", true),
        ("rollsum", "blake2", false),
        ("rabinkarp", "md4", false),
        ("rabinkarp", "blake2", false),
    ] {
        rdiff(folder.path(), &["-R", rolling, "-H", hash, "-b", "2048", "signature", "old", "sig"]);
        let signature = Signature::parse(fs::read(folder.path().join("sig")).unwrap()).unwrap();
        assert_eq!((signature.can_match(), signature.blocks()), (can, 147), "{rolling} {hash}");
        let new = [old.as_slice(), &new].concat();
        fs::write(folder.path().join("delta"), delta_to(&signature, &new, 9999)).unwrap();
        rdiff(folder.path(), &["patch", "old", "delta", "made"]);
        assert!(
            fs::read(folder.path().join("made")).unwrap() == new,
            "{rolling} {hash}: a valid delta all the same"
        );
    }
}

#[test]
fn rdiff_applies_what_we_composed_of_its_deltas() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = vec![noise(1, 500_000)];
    for step in 0..5 {
        let mut next = files[step].clone();
        next.splice(step * 90_000..step * 90_000 + 10, noise(step as u64, 3000));
        next.rotate_left(1234);
        files.push(next);
    }
    let mut deltas = Vec::new();
    for pair in files.windows(2) {
        fs::write(folder.path().join("old"), &pair[0]).unwrap();
        fs::write(folder.path().join("new"), &pair[1]).unwrap();
        rdiff(
            folder.path(),
            &["-R", "rollsum", "-H", "md4", "-S", "8", "-b", "512", "signature", "old", "sig"],
        );
        rdiff(folder.path(), &["delta", "sig", "new", "delta"]);
        deltas.push(std::io::Cursor::new(fs::read(folder.path().join("delta")).unwrap()));
    }
    let all = deltas
        .iter()
        .enumerate()
        .map(|(i, delta)| Ops::scan(delta.get_ref().as_slice(), i as u32, 1 << 20).unwrap());
    let folded = all.reduce(|first, second| first.compose(&second, 1 << 20).unwrap()).unwrap();
    let mut one = Vec::new();
    folded.write_delta(&mut Streams(deltas), &mut one).unwrap();
    fs::write(folder.path().join("old"), &files[0]).unwrap();
    fs::write(folder.path().join("delta"), &one).unwrap();
    rdiff(folder.path(), &["patch", "old", "delta", "made"]);
    assert!(fs::read(folder.path().join("made")).unwrap() == files[5], "five of rdiff's deltas in one");
}
