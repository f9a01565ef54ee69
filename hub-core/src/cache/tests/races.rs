//! Many threads and many processes that want one entry at once.

use std::fs;

use super::children::{Role, answer, fills};
use super::*;

/// Runs threads that all obtain the entry; all must succeed with one path.
fn together(place: &Place, threads: usize, cache: &Cache) {
    let barrier = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = || {
            barrier.wait();
            place.obtain(cache).expect("everybody gets the entry")
        };
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        for thread in started {
            assert_eq!(thread.join().expect("no panic"), place.names().entry());
        }
    });
    place.holds_one_whole_entry();
}

#[test]
fn case_52_fault_73_sixty_four_threads_download_once() {
    let place = Place::new();
    let begun = std::time::Instant::now();
    together(&place, 64, &place.cache());
    assert_eq!(place.times_filled(), 1);
    assert!(begun.elapsed() < Duration::from_secs(5), "nobody polls: {:?}", begun.elapsed());
}

#[test]
fn fault_73_tasks_that_share_only_the_lock_download_once() {
    let place = Place::new();
    let mut cache = place.cache();
    cache.ways.one_thread_per_entry = false;
    together(&place, 8, &cache);
    assert_eq!(place.times_filled(), 1);
}

#[test]
fn fault_74_91_without_locks_there_are_more_downloads_and_one_entry() {
    for _ in 0..5 {
        let place = Place::new();
        let mut cache = place.cache();
        (cache.ways.locks, cache.ways.one_thread_per_entry) = (false, false);
        together(&place, 8, &cache);
        assert!((1..=8).contains(&place.times_filled()));
    }
}

#[test]
fn fault_92_without_links_or_careful_renames_the_same_holds() {
    for (link, rename_new) in [(false, true), (true, false), (false, false)] {
        let place = Place::new();
        let mut cache = place.cache();
        cache.ways.one_thread_per_entry = false;
        (cache.ways.abilities.link, cache.ways.abilities.rename_new) = (link, rename_new);
        together(&place, 8, &cache);
        assert_eq!(place.times_filled(), 1, "{link} {rename_new}");
    }
}

#[test]
fn case_50_an_entry_that_appears_meanwhile_is_kept() {
    for (link, rename_new) in [(true, true), (false, false)] {
        let place = Place::new();
        let mut cache = place.cache();
        (cache.ways.abilities.link, cache.ways.abilities.rename_new) = (link, rename_new);
        let path = cache.obtain(&place.handle, &mut |directory| {
            fs::create_dir(place.names().entry()).expect("made");
            fs::write(place.names().entry().join("saved_model.pb"), "of the rogue").expect("written");
            write_model(directory)
        });
        assert_eq!(path.expect("a lost race is a success"), place.names().entry());
        assert_eq!(place.found(), ["K", "K.descriptor.txt"]);
        assert_eq!(fs::read(place.names().entry().join("saved_model.pb")).expect("there"), b"of the rogue");
    }
}

#[test]
fn an_empty_directory_that_appears_meanwhile_gives_way() {
    let place = Place::new();
    let path = place.cache().obtain(&place.handle, &mut |directory| {
        fs::create_dir(place.names().entry()).expect("made");
        write_model(directory)
    });
    path.expect("published");
    place.holds_one_whole_entry();
}

#[test]
fn fault_77_many_thieves_of_one_dead_lock() {
    use super::super::task::new_uid;
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    for _ in 0..20 {
        let place = Place::quick();
        let dead = new_uid();
        fs::create_dir_all(place.names().download(&dead)).expect("made");
        // No system gives so high a number to a process.
        fs::write(place.names().lock(), format!("{host}.4194305.{dead}")).expect("written");
        std::thread::scope(|scope| {
            let thief = || {
                let mut cache = place.cache();
                cache.ways.one_thread_per_entry = false;
                place.obtain(&leaping(cache, |_| {})).expect("everybody gets the entry");
            };
            (0..6).for_each(|_| drop(scope.spawn(thief)));
        });
        place.holds_one_whole_entry();
    }
}

/// Starts processes at once; all must succeed. Answers with the number of downloads.
fn processes(role: &str, count: usize) -> u64 {
    let place = Place::new();
    let role = Role { name: role, root: &place.root, detail: String::new(), user: None };
    let started: Vec<_> = (0..count).map(|_| role.start().expect("started")).collect();
    for (mut child, mut lines) in started {
        assert_eq!(answer(&mut lines), Some(format!("ok {}", place.names().entry().display())));
        assert!(child.wait().expect("it ends").success());
    }
    assert_eq!(place.found(), ["K", "K.descriptor.txt", "K.hub-rs.json"]);
    fills(&place.root)
}

#[test]
fn fault_73_processes_download_once() {
    let counts: &[usize] = if full() { &[2, 4, 32] } else { &[2, 4] };
    for count in counts {
        assert_eq!(processes("obtain", *count), 1, "{count} processes");
    }
}

#[test]
fn fault_74_processes_without_locks_leave_one_entry() {
    let count = if full() { 32 } else { 3 };
    assert!((1..=count as u64).contains(&processes("obtain without locks", count)));
}
