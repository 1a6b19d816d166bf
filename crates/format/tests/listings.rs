//! Random listings as stock duplicity 3.2.1 sorts them into chains (`fixtures/listings.py` asked its own code),
//! sorted by us. Only finished sets: where something is unfinished we differ on purpose.

use backtrail_base::{Timestamp, fs};
use backtrail_format::Error;
use backtrail_format::collection::{ActivePair, Chain, Collection, Place};
use backtrail_format::names::{FileKind, FileName, Prefixes, SetId};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

fn words<'a>(ids: impl Iterator<Item = SetId> + 'a) -> Vec<String> {
    ids.map(|id| id.to_string()).collect()
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let mut names: Vec<_> = names.into_iter().map(String::as_str).collect();
    names.sort_unstable();
    names.join(" ")
}

/// Whether signatures are among the names that we sort otherwise on purpose: two that start at one moment, of which
/// stock takes whichever its listing has first, and one that ends before it starts, which stock follows back in time.
fn unclear(names: &str) -> bool {
    let mut starts = HashSet::new();
    names.split(' ').filter_map(|name| FileName::parse(&Prefixes::default(), name, ':')).any(
        |name| match name.kind {
            FileKind::Signatures { set: SetId::Increment { start, end } } => {
                !starts.insert(start) || end <= start
            }
            _ => false,
        },
    )
}

#[test]
fn listings_are_sorted_as_stock_sorts_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/listings.txt.gz");
    let mut cases = String::new();
    flate2::read::GzDecoder::new(&fs::read(path).unwrap()[..]).read_to_string(&mut cases).unwrap();
    let (mut pairs, mut overlaps, mut clear) = (0, 0, 0);
    for (index, line) in cases.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [remote, local, chains, orphaned, remote_sigs, local_sigs, active, covering] = fields[..] else {
            panic!("case {index} has {} fields", fields.len())
        };
        let case = format!("case {index}: {remote} | {local}");
        let found = Collection::assemble(&Prefixes::default(), remote.split(' '), local.split(' '), ':');

        let mut ours: Vec<_> =
            found.chains.iter().map(|c| words(c.sets().map(|set| set.id)).join("+")).collect();
        let mut theirs: Vec<_> =
            chains.split(' ').filter(|text| !text.is_empty()).map(str::to_owned).collect();
        // Chains that end together have no order.
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{case}: the chains");
        assert!(found.chains.is_sorted_by_key(Chain::end), "{case}: chains are in the order of their ends");
        let ours: HashSet<_> = words(found.orphaned_sets.iter().map(|set| set.id)).into_iter().collect();
        let theirs: HashSet<_> = orphaned.split(' ').filter(|t| !t.is_empty()).map(str::to_owned).collect();
        assert_eq!(ours, theirs, "{case}: orphaned sets");
        assert_eq!(found.foreign, ["foreign.txt"], "{case}");
        assert_eq!(found.local_foreign, ["lockfile"], "{case}");
        if !unclear(remote) {
            assert_eq!(sorted(&found.orphaned_signatures), remote_sigs, "{case}: orphaned signatures");
            clear += 1;
        }
        if !unclear(local) {
            assert_eq!(
                sorted(&found.orphaned_local_signatures),
                local_sigs,
                "{case}: orphaned local signatures"
            );
        }
        let latest =
            found.chains.iter().filter(|c| Some(c.end()) == found.chains.iter().map(Chain::end).max());
        if !unclear(remote) && !unclear(local) && latest.count() == 1 {
            // Stock means to take the set before the last too, but never finds it where that is the full one.
            let only_full = |pair: &ActivePair| found.chains[pair.chain].sets().count() == 2;
            let ours = found.active.filter(|pair| !(pair.drops_last && only_full(pair))).map(|pair| {
                let place = match found.signature_chains[pair.signatures].place {
                    Place::Local => "local",
                    Place::Remote => "remote",
                };
                let end = SetId::Full { time: pair.end }.to_string().replace("full.", "");
                format!("{}@{end}@{place}", found.chains[pair.chain].full.id)
            });
            assert_eq!(ours.as_deref().unwrap_or("-"), active, "{case}: the active pair");
            pairs += usize::from(active != "-");
        }
        for probe in covering.split(' ') {
            let (time, full) = probe.split_once('=').unwrap();
            match found.chain_for(Timestamp(time.parse().unwrap())) {
                Ok(chain) => assert_eq!(chain.full.id.to_string(), full, "{case}: the chain for {time}"),
                Err(Error::Overlap { .. }) => {
                    assert_eq!(full, "overlap", "{case}: the chain for {time}");
                    overlaps += 1;
                }
                Err(error) => panic!("{case}: {error}"),
            }
        }
    }
    assert!(pairs > 50 && overlaps > 50 && clear > 200, "the cases reach it all: {pairs} {overlaps} {clear}");
}
