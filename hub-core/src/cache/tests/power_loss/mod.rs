//! Fault 96: the power fails at any moment of filling, replacing and pruning an entry.
//!
//! Each operation of the cache is recorded, and the states are made that the disk may then be left in (see `disk` and
//! `images`). Of each is asked what must hold: a hit is the entire right model, and after anything else the next run
//! succeeds.

mod disk;
mod images;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::files::{self, Abilities};
use super::super::task::new_uid;
use super::super::{FileRecord, Lookup, Manifest, PruneOptions};
use super::failpoint::watched;
use super::*;
use disk::Disk;
use images::{Image, materialise};

/// What a power cut may leave.
struct Recorded {
    /// At any moment.
    ever: BTreeSet<Image>,
    /// After the end.
    afterwards: BTreeSet<Image>,
}

/// Records what `run` does in a cache.
fn recorded(root: &Path, run: impl FnOnce()) -> Recorded {
    let disk = Disk::synced(root);
    let seen = Rc::new(RefCell::new((disk, BTreeSet::new())));
    let (noted, path) = (Rc::clone(&seen), root.to_owned());
    let mut is_synced_since = false;
    let watcher = move |operation: &'static str, of: &Path| {
        let (disk, images) = &mut *noted.borrow_mut();
        // A sync makes nothing new possible, but other states are among those that are tried.
        if disk.observe(&path) || is_synced_since {
            images.append(&mut disk.images());
        }
        is_synced_since = operation == "sync";
        if is_synced_since {
            disk.sync(of);
        }
    };
    watched(watcher, run);
    let (disk, images) = &mut *seen.borrow_mut();
    disk.observe(root);
    let afterwards = disk.images();
    images.extend(afterwards.iter().cloned());
    Recorded { ever: std::mem::take(images), afterwards }
}

/// A cache that does not wait long for the dead.
fn cache_at(place: &Place) -> Cache {
    let settings = place.settings().limits(|limits| {
        limits.lock_idle = Duration::from_secs(1);
        limits.lock_poll = Duration::from_millis(100);
    });
    leaping(Cache::of(&settings), |_| {})
}

/// The files of the right model.
fn right() -> Vec<FileRecord> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    write_model(directory.path()).expect("written").files
}

/// What is wrong with a state: a hit that is not the whole model, or a next run, if it is tried, that fails.
fn wrong(image: &Image, right: &[FileRecord], with_next_run: bool) -> Option<String> {
    let place = Place::quick();
    materialise(image, &place.root);
    let cache = cache_at(&place);
    let is_right = || records_of(&place.names().entry()).is_ok_and(|found| found == right);
    match cache.lookup(&place.handle) {
        Ok(Lookup::Hit(_)) if !is_right() => return Some("a hit that is not the whole model".into()),
        Ok(_) if !with_next_run => return None,
        Ok(_) => {}
        Err(error) => return Some(format!("looking it up: {error}")),
    }
    if let Err(error) = place.obtain(&cache) {
        return Some(format!("the next run: {error}"));
    }
    let found = cache.lookup(&place.handle);
    (!matches!(found, Ok(Lookup::Hit(_))) || !is_right()).then(|| format!("after the next run: {found:?}"))
}

/// Asserts what must hold in every state. The next run is tried in one state of ten, with `FAULTS=full` in all.
#[track_caller]
fn all_are_right(what: &str, images: &BTreeSet<Image>) {
    let right = right();
    for (number, image) in images.iter().enumerate() {
        if let Some(why) = wrong(image, &right, full() || number % 10 == 0) {
            let shown: Vec<_> = image.iter().map(|(path, bytes)| (path, bytes.as_ref().map(Vec::len))).collect();
            panic!("{what}: {why}, with {shown:#?}");
        }
    }
    println!("case 96 ok: {what} ({} states)", images.len());
}

/// Asserts that whatever is left after the end is a hit with a manifest that is believed.
#[track_caller]
fn all_are_hits(images: &BTreeSet<Image>) {
    assert!(!images.is_empty());
    for image in images {
        let place = Place::quick();
        materialise(image, &place.root);
        let found = place.cache().lookup(&place.handle);
        assert!(matches!(found, Ok(Lookup::Hit(_))), "{found:?}");
        let manifest = Manifest::read(&place.names()).expect("it was synced");
        assert!(manifest.is_of_the_last_download(&place.names()));
    }
}

#[test]
fn fault_96_the_power_fails_while_an_entry_is_filled() {
    for (link, rename_new) in [(true, true), (false, false)] {
        let place = Place::quick();
        fs::create_dir(&place.root).expect("made");
        let mut cache = cache_at(&place);
        cache.ways.abilities = Abilities { link, rename_new, exchange: true };
        let recorded = recorded(&place.root, || drop(place.obtain(&cache).expect("filled")));
        assert!(recorded.ever.len() > 100, "{}", recorded.ever.len());
        all_are_right("an entry is filled", &recorded.ever);
        all_are_hits(&recorded.afterwards);
    }
}

#[test]
fn fault_96_the_power_fails_while_a_damaged_entry_is_replaced() {
    // The manifest alone shows that the second one is missing.
    for damaged in ["variables/variables.data-00000-of-00001", "assets/vocabulary.txt"] {
        let place = Place::quick();
        place.obtain(&place.cache()).expect("filled");
        fs::remove_file(place.names().entry().join(damaged)).expect("removed");
        let cache = cache_at(&place);
        let recorded = recorded(&place.root, || drop(place.obtain(&cache).expect("replaced")));
        assert!(recorded.ever.len() > 100, "{}", recorded.ever.len());
        all_are_right(&format!("an entry without `{damaged}` is replaced"), &recorded.ever);
        all_are_hits(&recorded.afterwards);
    }
}

#[test]
fn fault_96_the_power_fails_while_an_entry_is_pruned() {
    let place = Place::quick();
    place.obtain(&place.cache()).expect("filled");
    let options = PruneOptions::new().unused_for(Duration::ZERO);
    let recorded = recorded(&place.root, || drop(place.cache().prune(&options).expect("pruned")));
    assert!(recorded.ever.len() > 20, "{}", recorded.ever.len());
    all_are_right("an entry is pruned", &recorded.ever);
}

#[test]
fn fault_96_the_power_fails_after_a_kill_and_clearing_up() {
    let place = Place::quick();
    place.obtain(&place.cache()).expect("filled");
    let names = place.names();
    let mut cache = cache_at(&place);
    cache.limits.lock_idle = Duration::ZERO;
    let recorded = recorded(&place.root, || {
        // As pruning does before it is killed.
        files::rename(&names.entry(), &names.download(&new_uid())).expect("moved aside");
        files::remove_file(&names.manifest()).expect("removed");
        cache.prune(&PruneOptions::new()).expect("pruned");
    });
    assert!(recorded.ever.len() > 5, "{}", recorded.ever.len());
    all_are_right("a killed pruning is cleared up", &recorded.ever);
}

#[test]
fn fault_96_an_entry_that_is_published_without_syncing_is_found_out() {
    let place = Place::quick();
    fs::create_dir(&place.root).expect("made");
    let staging = place.root.join("staging");
    let recorded = recorded(&place.root, || {
        fs::create_dir(&staging).expect("made");
        write_model(&staging).expect("written");
        files::rename(&staging, &place.names().entry()).expect("published");
    });
    let right = right();
    let found = recorded.ever.iter().filter(|image| wrong(image, &right, false).is_some()).count();
    assert!(found > 0, "none of {} states is a hit in part", recorded.ever.len());
}
