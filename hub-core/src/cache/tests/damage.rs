//! Entries that are no whole models: healed, or named offline.

use std::fs;
use std::sync::atomic::AtomicBool;

use super::super::{Lookup, Manifest};
use super::*;
use crate::error::Error;

/// A name, and what is done to an entry.
type Damage = (&'static str, fn(&Path));

/// What sweeping, filling disks and curious people do to an entry.
const DAMAGES: [Damage; 9] = [
    ("swept empty", |entry| {
        fs::remove_dir_all(entry).expect("removed");
        fs::create_dir(entry).expect("made");
    }),
    ("only assets", |entry| {
        fs::remove_file(entry.join("saved_model.pb")).expect("removed");
        fs::remove_dir_all(entry.join("variables")).expect("removed");
    }),
    ("no model", |entry| fs::remove_file(entry.join("saved_model.pb")).expect("removed")),
    ("an empty model", |entry| fs::write(entry.join("saved_model.pb"), "").expect("written")),
    ("no shard", |entry| {
        fs::remove_file(entry.join("variables/variables.data-00000-of-00001")).expect("removed");
    }),
    ("no index", |entry| fs::remove_file(entry.join("variables/variables.index")).expect("removed")),
    ("a shard too few", |entry| {
        let variables = entry.join("variables");
        fs::rename(variables.join("variables.data-00000-of-00001"), variables.join("variables.data-00001-of-00002"))
            .expect("renamed");
    }),
    ("a stray file", |entry| {
        fs::remove_dir_all(entry).expect("removed");
        fs::create_dir(entry).expect("made");
        fs::write(entry.join("notes.txt"), "").expect("written");
    }),
    ("no directory", |entry| {
        fs::remove_dir_all(entry).expect("removed");
        fs::write(entry, "").expect("written");
    }),
];

/// Damages that only a manifest shows.
const HIDDEN: [Damage; 4] = [
    ("one byte of the model", |entry| {
        fs::write(entry.join("saved_model.pb"), b"the bytes of a modem").expect("written");
    }),
    ("a swept asset", |entry| fs::remove_file(entry.join("assets/vocabulary.txt")).expect("removed")),
    ("a short shard", |entry| {
        fs::write(entry.join("variables/variables.data-00000-of-00001"), [7; 63]).expect("written");
    }),
    ("swept variables", |entry| fs::remove_dir_all(entry.join("variables")).expect("removed")),
];

#[test]
fn case_51_251_fault_82_83_a_damaged_entry_is_healed() {
    for with_manifest in [true, false] {
        let hidden = if with_manifest { &HIDDEN[..] } else { &[] };
        for (what, damage) in DAMAGES.iter().chain(hidden) {
            let place = Place::new();
            place.obtain(&place.cache()).expect("filled");
            if !with_manifest {
                fs::remove_file(place.names().manifest()).expect("removed");
            }
            damage(&place.names().entry());
            let found = place.cache().lookup(&place.handle).expect("readable");
            assert!(matches!(found, Lookup::Damaged { .. }), "{what}: {found:?}");
            let before = place.found();
            match place.obtain(&Cache::of(&place.settings().offline(true))) {
                Err(Error::CacheCorrupt { path, .. }) => assert_eq!(path, place.names().entry(), "{what}"),
                other => panic!("{what}: {other:?}"),
            }
            assert_eq!(place.found(), before, "{what}: nothing is touched offline");
            place.obtain(&place.cache()).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(place.times_filled(), 2, "{what}");
            place.holds_one_whole_entry();
        }
    }
}

#[test]
fn a_damaged_entry_stays_until_its_successor_is_there() {
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    fs::remove_file(place.names().entry().join("saved_model.pb")).expect("removed");
    let failed = place.cache().obtain(&place.handle, &mut |_| Err(Error::Offline { handle: HANDLE.into() }));
    assert!(matches!(failed, Err(Error::Offline { .. })));
    assert_eq!(place.found(), ["K", "K.descriptor.txt", "K.hub-rs.json"]);
    assert!(place.names().entry().join("assets/vocabulary.txt").exists());
}

#[test]
fn an_entry_of_another_download_is_not_held_against_our_manifest() {
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    // Somebody removes it, and Python downloads the newest version of the same handle.
    fs::write(place.names().entry().join("saved_model.pb"), "a newer model").expect("written");
    fs::write(place.names().descriptor(), "Module: x\nDownload Time: y\nDownloader Hostname: z (PID:1)")
        .expect("written");
    assert!(matches!(place.cache().lookup(&place.handle), Ok(Lookup::Hit(_))));
}

#[test]
fn a_manifest_that_is_none_counts_as_no_manifest() {
    for bytes in [&b""[..], b"{}", b"[[[[", b"\xff", &[b'['; 100_000]] {
        let place = Place::new();
        place.obtain(&place.cache()).expect("filled");
        fs::write(place.names().manifest(), bytes).expect("written");
        assert!(matches!(place.cache().lookup(&place.handle), Ok(Lookup::Hit(_))));
        assert_eq!(Manifest::read(&place.names()), None);
    }
}

#[test]
fn models_without_variables_and_models_as_text_are_whole() {
    let place = Place::new();
    let cache = place.cache();
    let fill = &mut |directory: &Path| {
        fs::create_dir(directory.join("variables")).expect("made");
        fs::write(directory.join("saved_model.pbtxt"), "saved_model_schema_version: 1").expect("written");
        Ok(Filled { files: records_of(directory)?, ..Filled::default() })
    };
    cache.obtain(&place.handle, fill).expect("a model");
    assert!(matches!(cache.lookup(&place.handle), Ok(Lookup::Hit(_))));
}

#[test]
fn a_download_without_a_model_is_not_cached() {
    let place = Place::new();
    let empty = place.cache().obtain(&place.handle, &mut |_| Ok(Filled::default()));
    assert!(matches!(empty, Err(Error::NotAModel { .. })));
    let hub_mark_alone = place.cache().obtain(&place.handle, &mut |directory| {
        fs::write(directory.join("tfhub_module.pb"), "x").expect("written");
        Ok(Filled { files: records_of(directory)?, ..Filled::default() })
    });
    assert!(matches!(hub_mark_alone, Err(Error::NotAModel { .. })));
    let unrecorded = place.cache().obtain(&place.handle, &mut |directory| {
        let filled = write_model(directory)?;
        fs::write(directory.join("more"), "x").expect("written");
        Ok(filled)
    });
    assert!(matches!(unrecorded, Err(Error::CacheCorrupt { .. })));
    assert!(place.found().is_empty(), "{:?}", place.found());
}

#[test]
fn fault_84_an_entry_that_is_removed_all_the_time_is_no_panic() {
    let place = Place::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let _ = fs::remove_dir_all(place.names().entry());
            }
        });
        let cache = place.cache();
        let mut succeeded = 0;
        for _ in 0..50 {
            succeeded += usize::from(place.obtain(&cache).is_ok());
            for entry in cache.entries().unwrap_or_default() {
                let _ = cache.verify(&entry);
            }
        }
        done.store(true, Ordering::SeqCst);
        assert!(succeeded > 25, "{succeeded}");
    });
    place.obtain(&place.cache()).expect("nobody removes it any more");
    let leftover = place.found().into_iter().filter(|name| name.contains(".tmp") || name.contains(".lock")).count();
    assert_eq!(leftover, 0);
}
