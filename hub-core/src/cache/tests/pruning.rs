//! Listing, verifying and pruning: only what is ours, only what is dead.

use std::io::Read;
use std::time::SystemTime;

use super::super::task::new_uid;
use super::super::{Lookup, PruneOptions};
use super::*;

const LONG_AGO: Duration = Duration::from_secs(3600);

/// Makes a file or directory, and everything in it, an hour old.
fn age(path: &Path) {
    let below = super::super::tree::walk(path).unwrap_or_default();
    for path in below.iter().map(|node| node.path.as_path()).chain([path]) {
        let file = fs::File::open(path).expect("there");
        let then = SystemTime::now() - LONG_AGO;
        file.set_times(fs::FileTimes::new().set_modified(then).set_accessed(then)).expect("ours");
    }
}

fn file(path: PathBuf, text: &str) -> PathBuf {
    fs::write(&path, text).expect("written");
    path
}

fn directory(path: PathBuf) -> PathBuf {
    fs::create_dir(&path).expect("made");
    file(path.join("part"), "part");
    path
}

#[test]
fn fault_88_only_what_is_ours_and_dead_is_pruned() {
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    let names = place.names();
    for number in 0..100 {
        let uid = new_uid();
        let old = match number % 5 {
            0 => file(names.lock_staging(&uid), "half"),
            1 => file(names.descriptor_staging(&uid), "half"),
            2 => directory(names.quarantine(&uid)),
            _ => directory(names.download(&uid)),
        };
        age(&old);
    }
    let key = names.key().to_owned();
    let unknown = [
        directory(place.root.join("notes")),
        file(place.root.join("README.txt"), "mine"),
        file(place.root.join(format!("{key}.old")), "mine"),
        directory(place.root.join(format!("{key}.not-a-task.tmp"))),
    ];
    unknown.iter().for_each(|path| age(path));
    // Somebody on another machine is at work: only a while ago it wrote something.
    let (live, fresh) = (new_uid(), new_uid());
    let live = [directory(names.download(&live)), file(names.lock(), &format!("elsewhere.1.{live}"))];
    let fresh = directory(names.download(&fresh));
    let cache = place.cache();
    let before = place.found();
    let told = cache.prune(&PruneOptions::new().dry_run(true)).expect("readable");
    assert_eq!((told.removed.len(), place.found()), (100, before));
    let pruned = cache.prune(&PruneOptions::new()).expect("pruned");
    assert_eq!((&pruned.removed, pruned.freed_bytes), (&told.removed, 100 * 4));
    assert!(unknown.iter().chain(&live).chain([&fresh]).all(|path| path.exists()), "{:?}", place.found());
    assert_eq!(place.found().len(), 3 + 4 + 2 + 1);
    assert!(matches!(cache.lookup(&place.handle), Ok(Lookup::Hit(_))));
}

#[test]
fn a_lock_is_pruned_when_its_owner_is_dead_or_idle() {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    for (text, is_old, stays) in [
        (format!("{host}.4194305.{}", new_uid()), true, false),
        (format!("{host}.4194305.{}", new_uid()), false, true),
        (format!("{host}.1.{}", new_uid()), false, true),
        (format!("elsewhere.1.{}", new_uid()), true, false),
        ("garbage".into(), true, false),
        ("garbage".into(), false, true),
    ] {
        let place = Place::new();
        fs::create_dir(&place.root).expect("made");
        let lock = file(place.names().lock(), &text);
        let download = directory(place.names().download(text.rsplit('.').next().expect("a part")));
        if is_old {
            age(&lock);
            age(&download);
        }
        place.cache().prune(&PruneOptions::new()).expect("pruned");
        assert_eq!(lock.exists(), stays, "{text}");
    }
}

#[test]
fn fault_89_an_unused_model_goes_and_who_has_it_open_keeps_it() {
    let place = Place::new();
    let cache = place.cache();
    place.obtain(&cache).expect("filled");
    let mut open = fs::File::open(place.names().entry().join("saved_model.pb")).expect("there");
    let unused = |time| PruneOptions::new().unused_for(time);
    assert!(cache.prune(&unused(LONG_AGO)).expect("pruned").removed.is_empty());
    age(&place.names().entry());
    age(&place.names().manifest());
    // While somebody downloads it anew it stays.
    file(place.names().lock(), &format!("elsewhere.1.{}", new_uid()));
    assert!(cache.prune(&unused(LONG_AGO / 2)).expect("pruned").removed.is_empty());
    fs::remove_file(place.names().lock()).expect("removed");
    let told = cache.prune(&unused(LONG_AGO / 2).dry_run(true)).expect("readable");
    assert_eq!((told.removed.len(), place.found().len()), (3, 3));
    let pruned = cache.prune(&unused(LONG_AGO / 2)).expect("pruned");
    assert_eq!((pruned.removed.len(), pruned.freed_bytes), (3, told.freed_bytes));
    assert!(place.found().is_empty(), "{:?}", place.found());
    let mut bytes = Vec::new();
    open.read_to_end(&mut bytes).expect("it is still open");
    assert_eq!(bytes, MODEL);
}

#[test]
fn entries_say_what_they_are_and_verify_what_changed() {
    let place = Place::new();
    let cache = place.cache();
    assert!(cache.entries().expect("no cache, no entries").is_empty());
    place.obtain(&cache).expect("filled");
    let bytes = 64 + 5 + 4 + MODEL.len() as u64;
    let [entry] = &cache.entries().expect("readable")[..] else { panic!("one entry") };
    assert_eq!((entry.handle.as_deref(), entry.size_bytes, &entry.damage), (Some(HANDLE), bytes, &None));
    assert!(entry.downloaded.is_some() && entry.last_used.is_some() && entry.manifest.is_some());
    assert_eq!(cache.verify(entry).expect("readable"), []);
    // Same size and name, other bytes: only reading all of it shows that.
    fs::write(entry.path.join("variables/variables.data-00000-of-00001"), [8; 64]).expect("written");
    fs::remove_file(entry.path.join("assets/vocabulary.txt")).expect("removed");
    fs::write(entry.path.join("more"), "x").expect("written");
    let differences = cache.verify(entry).expect("readable");
    let paths: Vec<&str> = differences.iter().map(|difference| difference.path.as_str()).collect();
    assert_eq!(paths, ["assets/vocabulary.txt", "variables/variables.data-00000-of-00001", "more"]);
    assert!(cache.entries().expect("readable")[0].damage.is_some());
    // Without a manifest the names are all there is to go by.
    fs::remove_file(place.names().manifest()).expect("removed");
    let entry = &cache.entries().expect("readable")[0];
    assert_eq!((entry.handle.as_deref(), cache.verify(entry).expect("readable").len()), (Some(HANDLE), 0));
    fs::remove_file(entry.path.join("saved_model.pb")).expect("removed");
    assert_eq!(cache.verify(entry).expect("readable").len(), 1);
}

#[test]
fn an_entry_of_another_cache_is_not_verified() {
    let (place, other) = (Place::new(), Place::new());
    place.obtain(&place.cache()).expect("filled");
    let entry = &place.cache().entries().expect("readable")[0];
    assert!(matches!(other.cache().verify(entry), Err(crate::Error::NotAModel { .. })));
}
