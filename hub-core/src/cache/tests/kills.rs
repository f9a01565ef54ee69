//! Processes that are killed, in every phase of filling an entry: it is there whole or not at all, and the next run
//! succeeds and takes away what is left.

use std::time::{Instant, SystemTime};

use super::super::Lookup;
use super::children::{Role, answer};
use super::*;

/// What must hold after a kill, and after the next run.
#[track_caller]
fn recovers(place: &Place) {
    let cache = leaping(place.cache(), |_| {});
    let found = cache.lookup(&place.handle).expect("readable");
    assert!(!matches!(found, Lookup::Damaged { .. }), "{found:?}");
    // A lock that was never written says nothing: it goes when it is a minute old.
    for name in place.found().iter().filter(|name| name.starts_with("K.lock.tmp")) {
        let file = fs::File::open(place.root.join(name.replace('K', place.names().key()))).expect("there");
        if file.metadata().expect("readable").len() == 0 {
            file.set_modified(SystemTime::now() - Duration::from_secs(61)).expect("ours");
        }
    }
    place.obtain(&cache).expect("the next run succeeds");
    assert!(matches!(cache.lookup(&place.handle), Ok(Lookup::Hit(_))));
    if matches!(found, Lookup::Hit(_)) {
        // Nothing was to be done, and a hit writes nothing: what is left is pruned.
        let mut cache = cache;
        cache.limits.lock_idle = Duration::ZERO;
        cache.prune(&super::super::PruneOptions::new()).expect("pruned");
    }
    let left: Vec<String> =
        place.found().into_iter().filter(|name| name.contains("tmp") || name.contains("lock")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn fault_93_killed_before_every_operation() {
    let mut operations = 0;
    loop {
        operations += 1;
        let place = Place::quick();
        let role = Role { name: "die at", root: &place.root, detail: operations.to_string(), user: None };
        let said = role.play().expect("started");
        recovers(&place);
        if said.starts_with("ok") {
            break;
        }
        assert_eq!(said, "no answer", "at operation {operations}");
    }
    println!("case 93 ok ({} kill points)", operations - 1);
    assert!(operations > 20, "{operations}");
}

#[test]
fn case_253_fault_94_killed_at_random_times() {
    let rounds = if full() { 10_000 } else { 200 };
    let place = Place::quick();
    let role = Role { name: "obtain", root: &place.root, detail: String::new(), user: None };
    let whole_run = {
        let (mut child, mut lines) = role.start().expect("started");
        let begun = Instant::now();
        answer(&mut lines).expect("an answer");
        let took = begun.elapsed();
        child.wait().expect("it ends");
        took
    };
    let mut killed_inside = 0;
    for round in 0..rounds {
        let place = Place::quick();
        let role = Role { name: "obtain", root: &place.root, detail: String::new(), user: None };
        let (mut child, _lines) = role.start().expect("started");
        // Spread over the whole of a run, in no order.
        std::thread::sleep(whole_run * (round * 7919 % rounds) / rounds);
        child.kill().expect("killed");
        child.wait().expect("it ends");
        killed_inside += usize::from(matches!(place.cache().lookup(&place.handle), Ok(Lookup::Absent)));
        recovers(&place);
    }
    println!("case 94 ok ({rounds} kills, {killed_inside} before the entry was there)");
}

#[test]
fn fault_77_253_a_killed_holder_is_survived() {
    let place = Place::new();
    let role = Role { name: "hold", root: &place.root, detail: String::new(), user: None };
    let (mut child, mut lines) = role.start().expect("started");
    assert_eq!(answer(&mut lines).as_deref(), Some("holding"));
    child.kill().expect("killed");
    child.wait().expect("it ends");
    let begun = Instant::now();
    place.obtain(&place.cache()).expect("stolen and filled");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    place.holds_one_whole_entry();
}
