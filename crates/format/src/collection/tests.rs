use super::*;
use crate::manifest::Manifest;
use crate::names::{Encoding, FileKind, FileName, time_text};
use proptest::prelude::*;

/// Six moments, a day apart.
const T: [Timestamp; 6] = [
    Timestamp(1_767_323_045),
    Timestamp(1_767_409_445),
    Timestamp(1_767_495_845),
    Timestamp(1_767_582_245),
    Timestamp(1_767_668_645),
    Timestamp(1_767_755_045),
];

fn full(at: usize) -> SetId {
    SetId::Full { time: T[at] }
}

fn inc(from: usize, to: usize) -> SetId {
    SetId::Increment { start: T[from], end: T[to] }
}

fn name(kind: FileKind, encoding: Encoding, partial: bool) -> String {
    FileName { kind, encoding, partial }.write(&Prefixes::default())
}

fn volume(set: SetId, number: u32) -> String {
    name(FileKind::Volume { set, number }, Encoding::Pgp, false)
}

fn manifest(set: SetId) -> String {
    name(FileKind::Manifest { set }, Encoding::Pgp, false)
}

fn signatures(set: SetId) -> String {
    name(FileKind::Signatures { set }, Encoding::Pgp, false)
}

fn local_signatures(set: SetId) -> String {
    name(FileKind::Signatures { set }, Encoding::Gzip, false)
}

/// What a finished set leaves on the destination.
fn finished(set: SetId) -> Vec<String> {
    vec![volume(set, 1), volume(set, 2), signatures(set), manifest(set)]
}

fn assemble(remote: &[Vec<String>], local: &[String]) -> Collection {
    Collection::assemble(&Prefixes::default(), remote.concat(), local, ':')
}

fn ids(chain: &Chain) -> Vec<SetId> {
    chain.sets().map(|set| set.id).collect()
}

#[test]
fn a_chain_gives_the_sets_of_a_moment() {
    let found =
        assemble(&[finished(full(0)), finished(inc(0, 1)), finished(inc(1, 3)), finished(full(4))], &[]);
    assert_eq!(
        found.chains.iter().map(ids).collect::<Vec<_>>(),
        [vec![full(0), inc(0, 1), inc(1, 3)], vec![full(4)]]
    );
    let sets = |time| found.sets_for(time).unwrap().iter().map(|set| set.id).collect::<Vec<_>>();
    assert_eq!(sets(T[0]), [full(0)]);
    assert_eq!(sets(T[2]), [full(0), inc(0, 1)], "between two increments the earlier one counts");
    assert_eq!(sets(T[3].plus(5)), [full(0), inc(0, 1), inc(1, 3)], "after a chain, before the next one");
    assert_eq!(sets(T[5]), [full(4)]);
    assert_eq!(sets(T[0].plus(-5)), [full(0)], "before all backups the oldest is meant");
    assert_eq!(found.chains[0].volume_count(), 6);
    assert_eq!((found.chains[0].start(), found.chains[0].end()), (T[0], T[3]));
    assert_eq!(found.latest_chain().map(Chain::start), Some(T[4]));
    assert_eq!(found.overlaps(), []);
    assert!(matches!(Collection::default().chain_for(T[0]), Err(Error::NoBackup)));
}

#[test]
fn what_stands_beside_a_volume_never_replaces_it() {
    let mut names = finished(full(0));
    for suffix in [".par2", ".vol000+01.par2", ".tmp-17"] {
        names.push(format!("{}{suffix}", volume(full(0), 1)));
        names.insert(0, format!("{}{suffix}", manifest(full(0))));
    }
    names.insert(0, name(FileKind::Volume { set: full(0), number: 1 }, Encoding::Gzip, false));
    let alone = format!("{}.par2", volume(full(5), 1));
    names.push(alone.clone());
    let found = assemble(&[names], &[]);
    let set = &found.chains[0].full;
    assert_eq!(
        set.volumes[&1],
        volume(full(0), 1),
        "the encrypted volume is the one nobody else could put there"
    );
    assert_eq!(set.manifest, Some(manifest(full(0))));
    assert_eq!(set.companions.len(), 7, "they go when the set goes: {:?}", set.companions);
    assert_eq!(set.encoding, Encoding::Pgp);
    assert_eq!(found.foreign, [alone], "a .par2 file alone is no backup");
    assert_eq!(found.chains.len(), 1);
    assert_eq!(
        set.names().next(),
        Some(&manifest(full(0))[..]),
        "deleting begins with what makes the set count"
    );
    assert_eq!(set.names().count(), 2 + 1 + 7);
}

#[test]
fn what_is_unfinished_hides_nothing() {
    // A full and an increment that were killed, the one with a local .part; the chain before them is whole.
    let killed = [vec![volume(full(3), 1)], vec![volume(inc(1, 2), 1), volume(inc(1, 2), 2)]];
    let part = name(FileKind::Manifest { set: full(3) }, Encoding::Plain, true);
    let sig_part = name(FileKind::Signatures { set: full(3) }, Encoding::Plain, true);
    let remote = [finished(full(0)), finished(inc(0, 1)), killed.concat()];
    let found = assemble(&remote, &[part, sig_part.clone(), "lockfile".to_owned()]);
    assert_eq!(found.incomplete_sets, [inc(1, 2), full(3)]);
    let now = found.sets_for(T[5]).unwrap();
    assert_eq!(
        now.iter().map(|set| set.id).collect::<Vec<_>>(),
        [full(0), inc(0, 1)],
        "what is whole is restored"
    );
    assert_eq!(ids(&found.chains[0]), [full(0), inc(0, 1), inc(1, 2)], "the unfinished one is in its chain");
    assert_eq!(found.chains[0].complete_end(), Some(T[1]));
    let resumable = found.set(&full(3)).unwrap();
    assert!(resumable.is_resumable() && !resumable.is_shadowed());
    assert!(!found.set(&inc(1, 2)).unwrap().is_resumable(), "nothing here tells how far the other one came");
    assert_eq!(resumable.last_contiguous(), 1);
    assert_eq!(found.partial_signatures, [(full(3), sig_part)]);
    let active = found.active.unwrap();
    assert_eq!(
        (active.chain, active.end, active.drops_last),
        (0, T[1], false),
        "an increment goes on from there"
    );
    assert_eq!(found.latest_chain().map(Chain::start), Some(T[0]));
}

#[test]
fn a_stale_part_is_seen_and_hides_nothing() {
    let part = name(FileKind::Manifest { set: full(0) }, Encoding::Plain, true);
    let local_copy = name(FileKind::Manifest { set: full(0) }, Encoding::Plain, false);
    let found = assemble(&[finished(full(0))], &[part.clone(), local_copy.clone()]);
    let set = &found.chains[0].full;
    assert!(set.is_complete() && set.is_shadowed(), "stock would restore only what the .part names");
    assert_eq!(set.manifest, Some(manifest(full(0))));
    assert_eq!(set.local_manifest, Some(local_copy));
    let lone = assemble(&[], &[part]);
    assert_eq!(lone.incomplete_sets, [full(0)], "a run that stored no volume yet is known by its .part");
    assert!(lone.chain_for(T[0]).is_err() && lone.active.is_none());
}

#[test]
fn of_two_increments_with_one_start_the_later_finished_one_counts() {
    let both =
        assemble(&[finished(full(0)), finished(inc(0, 1)), finished(inc(0, 2)), finished(inc(2, 3))], &[]);
    assert_eq!(ids(&both.chains[0]), [full(0), inc(0, 2), inc(2, 3)]);
    assert_eq!(both.replaced_sets.iter().map(|set| set.id).collect::<Vec<_>>(), [inc(0, 1)]);
    assert_eq!(both.orphaned_signatures, [signatures(inc(0, 1))], "whatever the listing's order");
    assert_eq!(both.active.unwrap().end, T[3]);

    let killed = assemble(&[finished(full(0)), finished(inc(0, 1)), vec![volume(inc(0, 2), 1)]], &[]);
    assert_eq!(ids(&killed.chains[0]), [full(0), inc(0, 1)], "a killed run takes no finished one's place");
    assert_eq!(killed.orphaned_sets.iter().map(|set| set.id).collect::<Vec<_>>(), [inc(0, 2)]);

    let retried = assemble(&[finished(full(0)), vec![volume(inc(0, 1), 1)], finished(inc(0, 2))], &[]);
    assert_eq!(ids(&retried.chains[0]), [full(0), inc(0, 2)], "and a finished one takes its place");
}

#[test]
fn orphans_are_what_follows_nothing() {
    let found = assemble(
        &[finished(full(0)), finished(inc(1, 2)), finished(inc(3, 1))],
        &[local_signatures(inc(2, 3))],
    );
    let orphaned: Vec<_> = found.orphaned_sets.iter().map(|set| set.id).collect();
    assert_eq!(orphaned, [inc(3, 1), inc(1, 2)], "also one that ends before it starts: the clock went back");
    assert_eq!(found.orphaned_signatures, [signatures(inc(1, 2)), signatures(inc(3, 1))]);
    assert_eq!(found.orphaned_local_signatures, [local_signatures(inc(2, 3))]);
    assert_eq!(found.sets().count(), 3);

    let fork = [finished(full(0)), finished(inc(0, 1)), finished(inc(1, 2)), finished(inc(0, 3))];
    let fork = assemble(&fork, &[]);
    assert_eq!(
        fork.orphaned_signatures,
        [signatures(inc(0, 3))],
        "its set is orphaned, so its signatures are"
    );
    assert_eq!(fork.active.unwrap().end, T[2]);
}

#[test]
fn the_active_pair_prefers_what_is_here_and_may_drop_a_set() {
    let chain = [finished(full(0)), finished(inc(0, 1)), finished(inc(1, 2))];
    let sigs =
        |upto: usize| [full(0), inc(0, 1), inc(1, 2), inc(2, 3)].into_iter().take(upto).map(local_signatures);
    let without_sigs =
        |set: &Vec<String>| set.iter().filter(|name| !name.contains("sigtar")).cloned().collect::<Vec<_>>();
    let bare: Vec<_> = chain.iter().map(without_sigs).collect();
    let place = |found: &Collection| found.signature_chains[found.active.unwrap().signatures].place;

    let both = assemble(&chain, &sigs(3).collect::<Vec<_>>());
    assert_eq!((place(&both), both.active.unwrap().end), (Place::Local, T[2]), "nothing has to be fetched");
    let remote = assemble(&chain, &sigs(2).collect::<Vec<_>>());
    assert_eq!((place(&remote), remote.active.unwrap().end), (Place::Remote, T[2]), "local ones are too old");
    let short = assemble(&bare, &sigs(2).collect::<Vec<_>>());
    let pair = short.active.unwrap();
    assert_eq!((pair.end, pair.drops_last), (T[1], true), "the last set has no signatures: it is made anew");
    assert_eq!(short.sets_for(T[5]).unwrap().len(), 3, "but can still be restored");
    assert_eq!(
        assemble(&bare, &sigs(1).collect::<Vec<_>>()).active,
        None,
        "two sets are missing: only a full helps"
    );
    let ahead = assemble(&bare, &sigs(4).collect::<Vec<_>>());
    let pair = ahead.active.unwrap();
    assert_eq!((pair.end, pair.drops_last), (T[2], false), "a run died after its signatures: they are cut");
    let names = ahead.signature_chains[pair.signatures].names_at(pair.end);
    assert_eq!(names, sigs(3).collect::<Vec<_>>());
    assert_eq!(ahead.signature_chain_for(T[1]).map(SignatureChain::start), Some(T[0]));
    assert_eq!(ahead.signatures_of(&inc(0, 1), Place::Local), [local_signatures(inc(0, 1))]);
    assert_eq!(both.signatures_of(&inc(0, 1), Place::Remote), [signatures(inc(0, 1))]);
}

#[test]
fn chains_that_overlap_are_reported() {
    let found =
        assemble(&[finished(full(0)), finished(inc(0, 3)), finished(full(2)), finished(inc(2, 5))], &[]);
    assert_eq!(found.overlaps(), [(0, 1)]);
    let error = found.chain_for(T[2]).unwrap_err();
    assert!(matches!(error, Error::Overlap { .. }), "{error}");
    assert!(
        error.to_string().contains(&time_text(T[0])) && error.to_string().contains(&time_text(T[2])),
        "{error}"
    );
    assert_eq!(found.chain_for(T[1]).unwrap().start(), T[0]);
    assert_eq!(found.chain_for(T[4]).unwrap().start(), T[2], "other moments are clear");
}

#[test]
fn missing_volumes_are_known() {
    let mut names = finished(full(0));
    names.push(volume(full(0), 5));
    names.push(volume(full(0), 4_000_000_000));
    names.remove(1);
    let found = assemble(&[names], &[]);
    let set = &found.chains[0].full;
    assert_eq!(set.gaps()[..4], [2, 3, 4, 6]);
    assert!(set.gaps().len() <= 10_000, "a hostile number does not fill the memory");
    assert_eq!(set.last_contiguous(), 1);
    let text = |n| format!("Volume {n}:\n    StartingPath   .  \n    EndingPath     .  \n    Hash SHA1 0\n");
    let manifest = Manifest::parse([1, 2, 5].map(text).concat().as_bytes()).unwrap();
    assert_eq!(set.missing_volumes(&manifest), [2]);
    assert_eq!(set.surplus_volumes(&manifest), [4_000_000_000]);
}

#[test]
fn statistics_go_with_their_set() {
    let stat = |set| name(FileKind::JsonStat { set }, Encoding::Pgp, false);
    let found = assemble(&[finished(full(0)), vec![stat(full(0)), stat(full(3))]], &[]);
    assert_eq!(found.chains[0].full.jsonstat, Some(stat(full(0))));
    assert_eq!(found.foreign, [stat(full(3))], "statistics alone are no backup");
}

fn any_id() -> impl Strategy<Value = SetId> {
    prop_oneof![(0..6_usize).prop_map(full), (0..6_usize, 0..6_usize).prop_map(|(from, to)| inc(from, to))]
}

fn any_name() -> impl Strategy<Value = String> {
    let encoding =
        proptest::sample::select(vec![Encoding::Plain, Encoding::Gzip, Encoding::Pgp, Encoding::Smime]);
    let suffix = prop_oneof![6 => Just(""), 1 => Just(".par2"), 1 => Just("~"), 1 => Just(".vol1.difftar")];
    let known = (any_id(), 0..6_u8, 1..4_u32, encoding, any::<bool>(), suffix).prop_map(
        |(set, kind, number, encoding, partial, suffix)| {
            let kind = match kind {
                0 | 1 => FileKind::Volume { set, number },
                2 | 3 => FileKind::Manifest { set },
                4 => FileKind::Signatures { set },
                _ => FileKind::JsonStat { set },
            };
            name(kind, encoding, partial) + suffix
        },
    );
    prop_oneof![9 => known, 1 => "\\PC{0,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_listing_is_sorted_without_loss(
        remote in proptest::collection::hash_set(any_name(), 0..40),
        local in proptest::collection::hash_set(any_name(), 0..20),
    ) {
        let remote: Vec<String> = remote.into_iter().collect();
        let local: Vec<String> = local.into_iter().collect();
        let found = Collection::assemble(&Prefixes::default(), &remote, &local, ':');
        let mut turned = remote.clone();
        turned.reverse();
        prop_assert_eq!(
            &Collection::assemble(&Prefixes::default(), &turned, local.iter().rev(), ':'), &found,
            "the order of a listing means nothing"
        );
        let mut seen: Vec<&str> = found.sets().flat_map(Set::names).collect();
        seen.extend(found.foreign.iter().chain(&found.orphaned_signatures).map(String::as_str));
        let remote_chains = found.signature_chains.iter().filter(|chain| chain.place == Place::Remote);
        seen.extend(remote_chains.flat_map(SignatureChain::all).map(|(_, name)| &name[..]));
        seen.sort_unstable();
        let mut all: Vec<&str> = remote.iter().map(String::as_str).collect();
        all.sort_unstable();
        prop_assert_eq!(seen, all, "every name on the destination is somewhere, once");
        for chain in &found.chains {
            prop_assert!(chain.full.id.is_full());
            let ends: Vec<_> = chain.sets().map(|set| set.id.end()).collect();
            let starts: Vec<_> = chain.increments.iter().map(|set| set.id.start()).collect();
            prop_assert_eq!(&ends[..ends.len() - 1], &starts[..], "each increment starts where the one before ends");
        }
        for time in T {
            let _ = found.chain_for(time);
            let _ = found.signature_chain_for(time);
        }
        if let Some(pair) = found.active {
            let chain = &found.chains[pair.chain];
            let needed: Vec<_> = chain.sets_at(pair.end).iter().map(|set| set.id).collect();
            let held: Vec<_> = found.signature_chains[pair.signatures].all().map(|(id, _)| *id).collect();
            prop_assert!(held.starts_with(&needed), "the signatures tell the state the increment starts from");
        }
    }
}
