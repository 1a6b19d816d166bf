//! What collection-status says of damaged and unfinished places.

use super::*;
use backtrail_format::names::{Encoding, SetId};

fn set(id: SetId, volumes: u32, complete: bool, missing: Vec<u32>) -> SetStatus {
    SetStatus { id, volumes, bytes: 100, complete, missing, encoding: Encoding::Pgp }
}

#[test]
fn chains_gaps_and_leftovers_are_all_named() {
    let (one, two, three) = (Timestamp(1_000_000), Timestamp(2_000_000), Timestamp(3_000_000));
    let full = |time, volumes| set(SetId::Full { time }, volumes, true, Vec::new());
    let status = Status {
        chains: vec![
            ChainStatus { start: one, end: one, sets: vec![full(one, 12)], active: false },
            ChainStatus {
                start: two,
                end: three,
                sets: vec![
                    full(two, 3),
                    set(SetId::Increment { start: two, end: three }, 1, false, vec![1, 2]),
                ],
                active: true,
            },
        ],
        orphaned: vec![set(SetId::Increment { start: Timestamp(5), end: Timestamp(6) }, 1, true, Vec::new())],
        orphaned_signatures: Vec::new(),
        foreign: 0,
        signature_chains: (1, 1),
        overlaps: Vec::new(),
    };
    insta::assert_snapshot!("status", describe(&status, "file:///d", "/c/x", &TimeZone::UTC));
}
