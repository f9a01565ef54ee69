//! Finding what is there, and filling what is not.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use super::super::{Lookup, Manifest};
use super::*;
use crate::error::Error;

#[test]
fn a_download_becomes_an_entry() {
    let place = Place::new();
    let cache = place.cache();
    assert_eq!(cache.lookup(&place.handle).expect("readable"), Lookup::Absent);
    let path = place.obtain(&cache).expect("filled");
    assert_eq!(path, place.root.join(place.names().key()));
    place.holds_one_whole_entry();
    assert_eq!(cache.lookup(&place.handle).expect("readable"), Lookup::Hit(path));
    let manifest = Manifest::read(&place.names()).expect("a manifest");
    assert_eq!((manifest.files.len(), manifest.handle.as_str()), (4, HANDLE));
}

#[test]
fn case_61_the_descriptor_beside_the_entry() {
    let place = Place::new();
    place.obtain(&place.cache()).expect("filled");
    let text = fs::read_to_string(place.names().descriptor()).expect("readable");
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], format!("Module: {HANDLE}"));
    let time = lines[1].strip_prefix("Download Time: ").expect("a time");
    time.parse::<jiff::civil::DateTime>().expect("a time without a zone");
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    assert_eq!(lines[2], format!("Downloader Hostname: {host} (PID:{})", std::process::id()));
}

#[test]
fn case_67_a_hit_writes_nothing() {
    let place = Place::new();
    let cache = place.cache();
    place.obtain(&cache).expect("filled");
    let times = || -> BTreeMap<PathBuf, SystemTime> {
        let nodes = super::super::tree::walk(&place.root).expect("listed");
        nodes.iter().map(|node| (node.path.clone(), node.metadata.modified().expect("a time"))).collect()
    };
    let before = (times(), fs::metadata(&place.root).expect("there").modified().expect("a time"));
    place.obtain(&cache).expect("a hit");
    assert_eq!(before, (times(), fs::metadata(&place.root).expect("there").modified().expect("a time")));
    assert_eq!(place.times_filled(), 1);
}

#[test]
fn fault_14_offline_is_an_error_unless_the_entry_is_there() {
    let place = Place::new();
    let offline = Cache::of(&place.settings().offline(true));
    assert!(matches!(place.obtain(&offline), Err(Error::Offline { .. })));
    assert!(!place.root.exists());
    place.obtain(&place.cache()).expect("filled");
    place.obtain(&offline).expect("a hit");
    assert_eq!(place.times_filled(), 1);
}
