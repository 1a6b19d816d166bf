//! Chains of a full and five increments over hostile trees. For each way of sealing: ours, read by both stock versions
//! and by us; theirs, read by us; and writers taking turns, read by all three. Every moment of every chain is
//! restored and compared exactly.

use backtrail_tests::chain::{Chain, Room};
use backtrail_tests::mode::Mode;
use backtrail_tests::tool::Tool::{self, Backtrail, Duplicity3, Duplicity08};
use backtrail_tests::tree::seed;

/// A full and five increments, `writers` taking turns, then every moment restored by each of `readers`.
fn chain(mode: Mode, writers: &[Tool], readers: &[Tool]) {
    let room = Room::new();
    let stations = mode.stations(&room);
    let mut chain = Chain::new(&room, seed());
    for turn in 0..6 {
        chain.write(stations.of(writers[turn % writers.len()]));
    }
    let volumes = chain.volumes();
    assert!(volumes[0] >= 3, "the full must be cut into volumes to test cuts, it has {volumes:?}");
    assert!(volumes[1..].iter().any(|&count| count >= 2), "so must one increment: {volumes:?}");
    for &reader in readers {
        chain.check_all(stations.of(reader));
    }
}

macro_rules! chains {
    ($($name:ident: $mode:ident, turns $turns:expr;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn ours_is_read_by_all() {
                chain(Mode::$mode, &[Backtrail], &[Duplicity3, Duplicity08, Backtrail]);
            }

            #[test]
            fn theirs_3_is_read_by_us() {
                chain(Mode::$mode, &[Duplicity3], &[Backtrail]);
            }

            #[test]
            fn theirs_08_is_read_by_us() {
                chain(Mode::$mode, &[Duplicity08], &[Backtrail]);
            }

            #[test]
            fn writers_take_turns() {
                chain(Mode::$mode, &$turns, &[Duplicity08, Duplicity3, Backtrail]);
            }
        }
    )* };
}

chains! {
    passphrase: Passphrase, turns [Backtrail, Duplicity3, Backtrail, Duplicity08];
    key_by_gpg: KeyByGpg, turns [Duplicity08, Backtrail, Duplicity3, Backtrail];
    key_by_us: KeyByUs, turns [Duplicity3, Backtrail, Duplicity08, Backtrail];
    signed: Signed, turns [Backtrail, Duplicity08, Duplicity3];
    compressed: Compressed, turns [Duplicity3, Duplicity08, Backtrail];
    plain: Plain, turns [Backtrail, Duplicity08, Backtrail, Duplicity3];
}
