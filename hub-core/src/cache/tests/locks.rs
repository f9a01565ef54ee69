//! Locks of others: waiting for them, taking them from the dead, never following or believing them.

use std::fs;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc;
use std::time::Instant;

use super::super::task::new_uid;
use super::*;
use crate::error::Error;
use crate::stop::StopSignal;

const TEN_SECONDS: Duration = Duration::from_secs(10);

/// Writes the lock of somebody on another machine; answers with the name of the task.
pub(super) fn foreign_lock(place: &Place) -> String {
    let uid = new_uid();
    fs::create_dir_all(&place.root).expect("made");
    fs::write(place.names().lock(), format!("elsewhere.example.org.4711.{uid}")).expect("written");
    uid
}

pub(super) fn impatient(place: &Place) -> Cache {
    Cache::of(&place.settings().limits(|limits| limits.lock_idle = TEN_SECONDS))
}

/// The cache, and the time at which it stopped waiting.
pub(super) fn timed(cache: Cache, meanwhile: impl Fn(Duration) + Send + Sync + 'static) -> (Cache, Arc<AtomicU64>) {
    let last = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&last);
    let cache = leaping(cache, move |now| {
        seen.store(now.as_secs(), Ordering::SeqCst);
        meanwhile(now);
    });
    (cache, last)
}

#[test]
fn case_47_fault_76_what_the_other_downloads_is_taken() {
    let place = Place::new();
    let uid = foreign_lock(&place);
    let names = place.names();
    let cache = leaping(impatient(&place), move |now| {
        if now >= Duration::from_secs(5) && names.lock().exists() {
            fs::create_dir(names.download(&uid)).expect("made");
            write_model(&names.download(&uid)).expect("written");
            fs::rename(names.download(&uid), names.entry()).expect("published");
            fs::remove_file(names.lock()).expect("released");
        }
    });
    assert_eq!(place.obtain(&cache).expect("filled by the other"), place.names().entry());
    assert_eq!((place.times_filled(), place.found()), (0, vec!["K".to_owned()]));
    let notes = place.notes.all();
    assert!(notes.len() == 1 && notes[0].contains("elsewhere.example.org.4711."), "{notes:?}");
}

#[test]
fn case_48_254_a_download_that_grows_keeps_its_lock() {
    let place = Place::new();
    let uid = foreign_lock(&place);
    let names = place.names();
    fs::create_dir(names.download(&uid)).expect("made");
    let (cache, ended) = timed(impatient(&place), move |now| {
        if now <= Duration::from_secs(60) {
            let part = names.download(&uid).join("part");
            fs::write(part, vec![0; now.as_secs() as usize]).expect("written");
        } else if names.lock().exists() {
            fs::remove_dir_all(names.download(&uid)).expect("removed");
            fs::remove_file(names.lock()).expect("released");
        }
    });
    place.obtain(&cache).expect("filled after the other gave up");
    assert_eq!(place.times_filled(), 1);
    let ended = ended.load(Ordering::SeqCst);
    assert!((60..=62).contains(&ended), "{ended}");
    assert!(place.notes.all().len() >= 6, "one note every ten seconds");
}

#[test]
fn case_49_66_fault_78_a_download_that_stands_still_loses_its_lock() {
    let place = Place::new();
    let uid = foreign_lock(&place);
    fs::create_dir(place.names().download(&uid)).expect("made");
    fs::write(place.names().download(&uid).join("part"), "abandoned").expect("written");
    let (cache, ended) = timed(impatient(&place), |_| {});
    place.obtain(&cache).expect("stolen and filled");
    let ended = ended.load(Ordering::SeqCst);
    assert!((10..=20).contains(&ended), "{ended}");
    // It may be alive on its machine: what it wrote stays until pruning finds it old.
    assert!(place.names().download(&uid).exists() && !place.names().lock().exists());
}

#[test]
fn the_default_time_for_others_is_pythons() {
    let place = Place::new();
    foreign_lock(&place);
    let (cache, ended) = timed(place.cache(), |_| {});
    place.obtain(&cache).expect("stolen and filled");
    assert!((600..=605).contains(&ended.load(Ordering::SeqCst)));
}

#[cfg(unix)]
#[test]
fn fault_77_a_dead_owner_is_found_out_in_ten_seconds() {
    let place = Place::new();
    let mut child = std::process::Command::new("true").spawn().expect("`true` runs");
    child.wait().expect("it ends");
    let uid = new_uid();
    fs::create_dir_all(place.names().download(&uid)).expect("made");
    fs::write(place.names().download(&uid).join("part"), "abandoned").expect("written");
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    fs::write(place.names().lock(), format!("{host}.{}.{uid}", child.id())).expect("written");
    let begun = Instant::now();
    place.obtain(&place.cache()).expect("stolen and filled");
    assert!(begun.elapsed() < TEN_SECONDS, "{:?}", begun.elapsed());
    place.holds_one_whole_entry();
}

#[cfg(unix)]
#[test]
fn fault_81_a_number_that_somebody_else_has_now_proves_nothing() {
    let place = Place::new();
    fs::create_dir_all(&place.root).expect("made");
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    fs::write(place.names().lock(), format!("{host}.1.{}", new_uid())).expect("written");
    let (cache, ended) = timed(place.cache(), |_| {});
    place.obtain(&cache).expect("stolen and filled");
    assert!((600..=605).contains(&ended.load(Ordering::SeqCst)));
    // After a restart in a container our own number is in the lock, and no thread of ours is at work.
    let place = Place::new();
    fs::create_dir_all(&place.root).expect("made");
    fs::write(place.names().lock(), format!("{host}.{}.{}", std::process::id(), new_uid())).expect("written");
    let (cache, ended) = timed(place.cache(), |_| {});
    place.obtain(&cache).expect("stolen and filled");
    assert!((30..=35).contains(&ended.load(Ordering::SeqCst)));
}

#[cfg(unix)]
#[test]
fn fault_79_a_lock_that_is_no_lock_is_neither_followed_nor_read() {
    type Put = fn(&Path);
    let put: [(&str, Put); 7] = [
        ("garbage", |lock| fs::write(lock, b"\xff\x00garbage").expect("written")),
        ("empty", |lock| fs::write(lock, "").expect("written")),
        ("huge", |lock| fs::File::create(lock).and_then(|file| file.set_len(1 << 30)).expect("written")),
        ("directory", |lock| fs::create_dir(lock).expect("made")),
        ("full directory", |lock| fs::create_dir_all(lock.join("below")).expect("made")),
        ("link", |lock| std::os::unix::fs::symlink("/etc/passwd", lock).expect("made")),
        ("path", |lock| fs::write(lock, "host.1.../../../../etc").expect("written")),
    ];
    for (what, put) in put {
        let place = Place::new();
        fs::create_dir_all(&place.root).expect("made");
        put(&place.names().lock());
        let (cache, ended) = timed(impatient(&place), |_| {});
        place.obtain(&cache).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!((10..=20).contains(&ended.load(Ordering::SeqCst)), "{what}");
        assert!(!place.names().lock().exists(), "{what}");
        assert!(Path::new("/etc/passwd").exists());
    }
}

/// A lock that another user may not read is waited for, and goes when it has stood still for long enough.
#[cfg(unix)]
#[test]
fn fault_79_a_lock_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    foreign_lock(&place);
    fs::set_permissions(place.names().lock(), fs::Permissions::from_mode(0o0)).expect("ours");
    if fs::read(place.names().lock()).is_ok() {
        // Root reads everything: an ordinary user has to try.
        return super::rights::fault_79_as_nobody(&place);
    }
    let (cache, ended) = timed(impatient(&place), |_| {});
    place.obtain(&cache).expect("stolen and filled");
    assert!((10..=20).contains(&ended.load(Ordering::SeqCst)));
    place.holds_one_whole_entry();
}

#[test]
fn fault_80_a_slow_owner_finishes_after_its_lock_was_stolen() {
    let place = Place::new();
    let mut cache = place.cache();
    cache.ways.one_thread_per_entry = false;
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let (cache, place) = (&cache, &place);
        let slow = scope.spawn(move || {
            cache.obtain(&place.handle, &mut |directory| {
                begun.send(()).expect("the test listens");
                may_go_on.recv().expect("the test goes on");
                write_model(directory)
            })
        });
        has_begun.recv().expect("the slow one holds the lock");
        let thief = leaping(cache.clone(), |_| {});
        place.obtain(&thief).expect("stolen and filled");
        go_on.send(()).expect("the slow one waits");
        slow.join().expect("no panic").expect("the entry of the thief");
    });
    assert_eq!(place.times_filled(), 1);
    place.holds_one_whole_entry();
}

#[test]
fn case_252_a_lock_that_python_renamed_over_is_not_released() {
    use super::super::task::Task;
    let place = Place::new();
    fs::create_dir_all(&place.root).expect("made");
    let names = place.names();
    let cache = place.cache();
    let mut task = Task::new(&names, &cache.ways.host, cache.ways.abilities);
    assert!(task.take_lock().expect("nobody has it"));
    let python = format!("elsewhere.1.{}", new_uid());
    fs::write(names.lock(), &python).expect("renamed over");
    drop(task);
    assert_eq!(fs::read_to_string(names.lock()).expect("it is not ours to remove"), python);
}

#[test]
fn a_fresh_lock_is_put_back_by_a_thief_that_comes_too_late() {
    use super::super::owner::Sight;
    use super::super::task::Task;
    for link in [true, false] {
        let place = Place::new();
        fs::create_dir_all(&place.root).expect("made");
        let names = place.names();
        let mut cache = place.cache();
        cache.ways.abilities.link = link;
        let fresh = format!("elsewhere.1.{}", new_uid());
        fs::write(names.lock(), &fresh).expect("written");
        let thief = Task::new(&names, &cache.ways.host, cache.ways.abilities);
        thief.steal(&Sight::Text("the one before".into())).expect("put back");
        assert_eq!(fs::read_to_string(names.lock()).expect("there"), fresh);
        assert_eq!(place.found(), ["K.lock"]);
    }
}

#[test]
fn a_wait_ends_at_its_limit_and_names_the_holder() {
    let place = Place::new();
    let uid = foreign_lock(&place);
    let settings = place.settings().limits(|limits| limits.lock_wait = Duration::from_secs(60));
    let cache = leaping(Cache::of(&settings), |_| {});
    match place.obtain(&cache) {
        Err(Error::CacheBusy { path, owner, waited }) => {
            assert_eq!((path, owner), (place.names().lock(), format!("elsewhere.example.org.4711.{uid}")));
            assert!((60..=61).contains(&waited.as_secs()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(place.found(), ["K.lock"]);
}

#[test]
fn fault_95_a_stop_ends_a_wait_and_a_download_within_a_second() {
    let place = Place::new();
    foreign_lock(&place);
    let stop = StopSignal::new();
    let cache = Cache::of(&place.settings().stop_signal(stop.clone()));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| place.obtain(&cache));
        while place.notes.all().is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let begun = Instant::now();
        stop.stop();
        assert!(matches!(waiting.join().expect("no panic"), Err(Error::Stopped { .. })));
        assert!(begun.elapsed() < Duration::from_secs(1));
    });
    assert_eq!(place.found(), ["K.lock"]);
    let place = Place::new();
    let stopped = place.cache().obtain(&place.handle, &mut |directory| {
        write_model(directory)?;
        Err(Error::Stopped { what: "the download".into() })
    });
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
    assert!(place.found().is_empty(), "{:?}", place.found());
}

#[test]
fn case_54_a_download_that_fails_leaves_nothing_also_without_its_lock() {
    let place = Place::new();
    let failed = place.cache().obtain(&place.handle, &mut |directory| {
        write_model(directory)?;
        fs::remove_file(place.names().lock()).expect("the lock is there");
        Err(Error::Truncated { what: "it".into(), expected: "more".into(), found: 1 })
    });
    assert!(matches!(failed, Err(Error::Truncated { .. })));
    assert!(place.found().is_empty(), "{:?}", place.found());
}

#[test]
fn a_panic_in_a_download_leaves_nothing() {
    let place = Place::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        place.cache().obtain(&place.handle, &mut |_| std::panic::resume_unwind(Box::new("on purpose")))
    }));
    assert!(panicked.is_err() && place.found().is_empty(), "{:?}", place.found());
    place.obtain(&place.cache()).expect("the place in this process is free again");
}

#[test]
fn a_download_whose_directory_is_taken_away_begins_again() {
    let place = Place::new();
    let mut calls = 0;
    let path = place.cache().obtain(&place.handle, &mut |directory| {
        calls += 1;
        if calls == 1 {
            fs::remove_dir(directory).expect("swept");
            return Err(Error::Io {
                operation: "write",
                path: directory.to_owned(),
                source: std::io::Error::from(std::io::ErrorKind::NotFound),
            });
        }
        write_model(directory)
    });
    assert_eq!((path.expect("the second try"), calls), (place.names().entry(), 2));
    place.holds_one_whole_entry();
}
