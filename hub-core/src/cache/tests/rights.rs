//! Who may read and write, and whom to trust.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use super::super::Lookup;
use super::children::Role;
use super::*;
use crate::error::Error;

/// A user who is nobody else here.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("skipped: taking on another user needs root");
    }
    root
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

/// A place that everybody may look into.
fn open_place() -> Place {
    let place = Place::new();
    mode(place.root.parent().expect("it has one"), 0o755);
    place
}

/// What another user gets from the cache; `None` where that user cannot run this test.
fn as_nobody(place: &Place) -> Option<String> {
    let role = Role { name: "obtain", root: &place.root, detail: String::new(), user: Some(NOBODY) };
    match role.play() {
        Ok(said) => Some(said),
        Err(error) => {
            println!("skipped: another user cannot start the test: {error}");
            None
        }
    }
}

#[test]
fn case_255_fault_85_a_read_only_cache_with_the_entry() {
    if !is_root() {
        return;
    }
    let place = open_place();
    place.obtain(&place.cache()).expect("filled");
    mode(&place.root, 0o555);
    let before: Vec<_> = place.found();
    let Some(said) = as_nobody(&place) else { return };
    assert_eq!(said, format!("ok {}", place.names().entry().display()));
    assert_eq!(place.found(), before);
}

#[test]
fn case_53_255_fault_86_a_read_only_cache_without_the_entry() {
    if !is_root() {
        return;
    }
    let place = open_place();
    fs::create_dir(&place.root).expect("made");
    mode(&place.root, 0o555);
    let begun = std::time::Instant::now();
    let Some(said) = as_nobody(&place) else { return };
    assert!(said.starts_with("PermissionDenied") && said.contains(place.names().key()), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(place.found().is_empty());
}

/// Fault 79, played by somebody who may not read the lock in the place.
pub(super) fn fault_79_as_nobody(place: &Place) {
    for path in [place.root.parent().expect("it has one"), &place.root, &place.names().lock()] {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
    let role = Role { name: "obtain impatiently", root: &place.root, detail: "1".into(), user: Some(NOBODY) };
    let begun = std::time::Instant::now();
    match role.play() {
        Ok(said) => assert_eq!(said, format!("ok {}", place.names().entry().display())),
        Err(error) => return println!("skipped: another user cannot start the test: {error}"),
    }
    assert!(begun.elapsed() >= Duration::from_secs(1), "the holder was given its time: {:?}", begun.elapsed());
    place.holds_one_whole_entry();
}

#[test]
fn the_cache_that_we_make_is_ours_alone() {
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    assert_eq!(fs::metadata(&place.root).expect("there").mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(place.names().entry()).expect("there").mode() & 0o022, 0);
}

/// What looking up says about trust: the reason, or nothing.
fn distrust(place: &Place, settings: &Settings) -> Option<String> {
    let cache = Cache::of(settings);
    match (cache.lookup(&place.handle), cache.obtain(&place.handle, &mut write_model)) {
        (Ok(_), Ok(_)) => None,
        (Err(Error::CacheUntrusted { why, .. }), Err(Error::CacheUntrusted { .. })) => Some(why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fault_87_links_and_open_doors() {
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    let entry = place.names().entry();
    for (path, bits, trusted) in [
        (&place.root, 0o755, true),
        (&place.root, 0o777, false),
        (&place.root, 0o1777, true),
        (&place.root, 0o700, true),
        (&entry, 0o777, false),
        (&entry, 0o755, true),
    ] {
        mode(path, bits);
        let why = distrust(&place, &place.settings());
        assert_eq!(why.is_none(), trusted, "{bits:o}: {why:?}");
        assert_eq!(distrust(&place, &place.settings().trust_shared_cache(true)), None);
    }
    // A link of ours leads to the cache: that is where it is.
    let link = place.root.with_extension("link");
    symlink(&place.root, &link).expect("made");
    assert_eq!(distrust(&place, &place.settings().cache_dir(&link)), None);
    // An entry that is a link was put there by somebody else.
    fs::rename(&entry, place.root.join("elsewhere")).expect("moved");
    symlink(place.root.join("elsewhere"), &entry).expect("made");
    assert_eq!(distrust(&place, &place.settings()).as_deref(), Some("it is a link"));
}

#[test]
fn fault_87_owners() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    let entry = place.names().entry();
    let swept = || {
        let mut settings = place.settings();
        settings.cache_is_swept = true;
        settings
    };
    assert_eq!(distrust(&place, &swept()), None);
    chown(&entry, Some(NOBODY), None).expect("root may");
    assert!(distrust(&place, &place.settings()).is_some_and(|why| why.contains("65534")));
    chown(&place.root, Some(NOBODY), None).expect("root may");
    // The user has named somebody's cache, and trusts whose it is; the default one was named by nobody.
    assert_eq!(distrust(&place, &place.settings()), None);
    assert!(distrust(&place, &swept()).is_some_and(|why| why.contains("65534")));
    assert_eq!(distrust(&place, &swept().trust_shared_cache(true)), None);
    // A group that is not the owner's own may write.
    mode(&place.root, 0o775);
    assert!(distrust(&place, &place.settings()).is_some_and(|why| why.contains("group")));
    chown(&place.root, Some(NOBODY), Some(NOBODY)).expect("root may");
    assert_eq!(distrust(&place, &place.settings()), None);
    let found = place.cache().lookup(&place.handle);
    assert!(matches!(found, Ok(Lookup::Hit(_))), "{found:?}");
}
