//! Operations that fail: at each place, with each of the system's errors.

use super::super::Lookup;
use super::failpoint::{Misfortune, Plan, with};
use super::*;
use crate::error::Error;

#[cfg(target_os = "linux")]
const ERRORS: [(&str, i32); 6] =
    [("EIO", 5), ("ENOENT", 2), ("EACCES", 13), ("EXDEV", 18), ("ENOSPC", 28), ("EROFS", 30)];

/// A lock of nobody.
#[cfg(target_os = "linux")]
const GARBAGE: &[u8] = b"garbage";

/// What is left of tasks, but for the lock that was there before, and for a damaged model that waits for its successor.
#[cfg(target_os = "linux")]
fn left(place: &Place) -> Vec<String> {
    let is_of_task = |name: &String| name.contains(".tmp") || name.contains(".lock");
    let is_garbage = fs::read(place.names().lock()).is_ok_and(|bytes| bytes == GARBAGE);
    let found = place.found().into_iter().filter(is_of_task);
    found.filter(|name| !(is_garbage && name == "K.lock")).collect()
}

/// A cache that waits for nothing and looks at a lock a few times only: each look is an operation that can fail.
#[cfg(target_os = "linux")]
fn hasty(place: &Place) -> Cache {
    let limits = place.settings().limits(|limits| {
        (limits.lock_idle, limits.lock_poll) = (Duration::from_millis(200), Duration::from_millis(100));
    });
    leaping(Cache::of(&limits), |_| {})
}

/// Fails every operation of obtaining an entry in turn. `prepare` says what was there before.
#[cfg(target_os = "linux")]
fn fails_everywhere(prepare: fn(&Place)) -> usize {
    let count = {
        let place = Place::quick();
        prepare(&place);
        with(None, || place.obtain(&hasty(&place)).expect("nothing fails")).1
    };
    for at in 1..=count {
        for (name, errno) in ERRORS {
            let place = Place::quick();
            prepare(&place);
            let plan = Plan { at, what: Misfortune::Error(errno) };
            let (outcome, _) = with(Some(plan), || place.obtain(&hasty(&place)));
            let what = format!("{name} at operation {at}: {outcome:?}");
            let left = left(&place);
            assert!(left.is_empty(), "{what} left {left:?}");
            let found = place.cache().lookup(&place.handle).expect("readable");
            match &outcome {
                Ok(_) => assert!(matches!(found, Lookup::Hit(_)), "{what}: {found:?}"),
                Err(Error::DiskFull { .. }) => assert_eq!(name, "ENOSPC"),
                Err(Error::PermissionDenied { .. }) => assert!(matches!(name, "EACCES" | "EROFS"), "{what}"),
                Err(Error::Io { .. }) => assert!(!matches!(name, "EACCES" | "EROFS" | "ENOSPC"), "{what}"),
                Err(_) => panic!("{what}"),
            }
            let next = place.obtain(&hasty(&place));
            next.unwrap_or_else(|error| panic!("{what}, then {error}"));
            assert!(matches!(place.cache().lookup(&place.handle), Ok(Lookup::Hit(_))));
            assert!(place.found().iter().all(|name| !name.contains(".bad")), "{what}: {:?}", place.found());
        }
    }
    count
}

#[cfg(target_os = "linux")]
#[test]
fn fault_97_98_100_every_operation_fails_in_turn() {
    let fresh = fails_everywhere(|_| {});
    let healed = fails_everywhere(|place| {
        place.obtain(&place.cache()).expect("filled");
        fs::remove_file(place.names().entry().join("saved_model.pb")).expect("removed");
    });
    let stolen = fails_everywhere(|place| {
        fs::create_dir_all(&place.root).expect("made");
        fs::write(place.names().lock(), GARBAGE).expect("written");
    });
    println!("case 98 ok ({} places, {} errors each)", fresh + healed + stolen, ERRORS.len());
    assert!(fresh > 20, "{fresh}");
}

#[cfg(target_os = "linux")]
#[test]
fn fault_97_100_what_cannot_be_synced_is_not_published() {
    let place = Place::quick();
    let steps = with(None, || place.obtain(&place.cache()).expect("nothing fails")).1;
    let mut refused = 0;
    for at in 1..=steps {
        let place = Place::quick();
        let plan = Plan { at, what: Misfortune::Error(28) };
        let (outcome, _) = with(Some(plan), || place.obtain(&place.cache()));
        if let Err(error) = outcome {
            assert!(matches!(error, Error::DiskFull { .. }), "{error:?}");
            assert!(!place.names().entry().exists(), "operation {at}");
            refused += 1;
        }
    }
    assert!(refused > 10, "{refused}");
}

#[cfg(target_os = "linux")]
#[test]
fn fault_99_a_full_disk() {
    let place = Place::new();
    fs::create_dir(&place.root).expect("made");
    let mount = |arguments: &[&str]| {
        let status = std::process::Command::new(arguments[0]).args(&arguments[1..]).arg(&place.root).status();
        status.is_ok_and(|status| status.success())
    };
    if !mount(&["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs"]) {
        println!("skipped: mounting needs root");
        return;
    }
    let other = Handle::from_path("another");
    let path = place.cache().obtain(&other, &mut write_model).expect("there is room");
    let full = place.cache().obtain(&place.handle, &mut |directory| {
        write_model(directory)?;
        let part = directory.join("part");
        fs::write(&part, vec![1; 2 << 20]).map_err(|error| Error::io("write", &part, error))?;
        unreachable!("there is no room for it")
    });
    assert!(matches!(full, Err(Error::DiskFull { .. })), "{full:?}");
    assert!(matches!(place.cache().lookup(&other), Ok(Lookup::Hit(hit)) if hit == path));
    assert!(place.found().iter().all(|name| !name.starts_with('K')), "{:?}", place.found());
    place.obtain(&place.cache()).expect("there is room for a small one");
    assert!(mount(&["umount"]));
}
