//! Odd handles, odd directories, odd limits.

use super::super::Lookup;
use super::children::Role;
use super::*;
use crate::error::Error;

#[test]
fn fault_3_5_8_no_handle_is_a_path_component() {
    let place = Place::new();
    let long = format!("https://example.org/{}", "x".repeat(8000));
    let handles = [&long, "../../etc/passwd", "a b", "模型", "line\nend", "nul\0", "\u{202e}right", "%2e%2e/x"];
    for handle in handles {
        let handle = Handle::from_path(handle);
        let path = place.cache().obtain(&handle, &mut write_model).expect("filled");
        assert_eq!(path.parent(), Some(place.root.as_path()));
        assert!(matches!(place.cache().lookup(&handle), Ok(Lookup::Hit(_))));
    }
    assert_eq!(place.cache().entries().expect("readable").len(), handles.len());
}

#[test]
fn fault_8_11_directories_of_any_name() {
    let place = Place::new();
    for name in ["with space", "模型", "line\nend", "missing/parents/of/it"] {
        let cache = Cache::of(&place.settings().cache_dir(place.root.join(name)));
        let path = place.obtain(&cache).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(path.starts_with(&place.root));
    }
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"\xff\xfe");
        place.obtain(&Cache::of(&place.settings().cache_dir(place.root.join(name)))).expect("filled");
    }
    let file = place.root.join("file");
    fs::write(&file, "x").expect("written");
    for directory in [file.clone(), file.join("below"), place.root.join("x/".repeat(2100))] {
        match place.obtain(&Cache::of(&place.settings().cache_dir(&directory))) {
            Err(Error::Io { path, .. }) => assert!(path.starts_with(&directory) || directory.starts_with(&path)),
            other => panic!("{other:?}"),
        }
    }
    assert!(Cache::new("relative").directory().is_absolute());
}

#[test]
fn fault_4_a_password_in_a_handle_is_written_nowhere() {
    let place = Place::new();
    let handle: Handle = "https://me:canary@example.org/model/1".parse().expect("a handle");
    let mut lock = String::new();
    let cache = place.cache();
    let path = cache.obtain(&handle, &mut |directory| {
        lock = fs::read_to_string(directory.parent().expect("the cache").join(
            directory.file_name().expect("a name").to_string_lossy().split('.').next().expect("a key").to_owned()
                + ".lock",
        ))
        .expect("the lock is there");
        write_model(directory)
    });
    let path = path.expect("filled");
    assert!(!lock.is_empty() && !lock.contains("canary"));
    for ending in ["descriptor.txt", "hub-rs.json"] {
        let text = fs::read_to_string(path.with_extension(ending)).expect("there");
        assert!(text.contains("example.org/model/1") && !text.contains("canary"), "{text}");
    }
    let text = format!("{cache:?} {:?} {:?}", cache.entries(), place.notes.all());
    assert!(!text.contains("canary"), "{text}");
}

#[cfg(unix)]
#[test]
fn fault_90_few_open_files() {
    let place = Place::new();
    let role = Role { name: "obtain with few files", root: &place.root, detail: "32".into(), user: None };
    let said = role.play().expect("started");
    assert_eq!(said, format!("ok {}", place.names().entry().display()));
}

#[test]
fn a_cache_that_is_swept_is_warned_of_once() {
    let place = Place::new();
    let mut settings = place.settings();
    settings.cache_is_swept = true;
    // Other tests of this process do not use a swept cache with a download.
    place.obtain(&Cache::of(&settings)).expect("filled");
    let again = Handle::from_path("again");
    Cache::of(&settings).obtain(&again, &mut write_model).expect("filled");
    let notes = place.notes.all();
    assert!(notes.len() == 1 && notes[0].contains("TFHUB_CACHE_DIR"), "{notes:?}");
}
