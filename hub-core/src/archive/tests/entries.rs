//! Types of entries, and what files and directories are like afterwards.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use super::build::{Tar, gzip, header, seal};
use super::unpack;
use crate::archive::{Source, extract};
use crate::config::DownloadLimits;
use crate::error::Error;

/// A link's header.
fn link(flag: u8, name: &str, target: &str) -> [u8; 512] {
    let mut block = header(flag, name.as_bytes(), 0);
    block[157..157 + target.len()].copy_from_slice(target.as_bytes());
    seal(&mut block);
    block
}

#[test]
fn fault_54_symbolic_links_are_refused_where_they_stand() {
    let outside = tempfile::tempdir().expect("a temporary directory");
    let target = outside.path().join("target");
    fs::write(&target, b"untouched").expect("it is ours");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("it is ours");
    let before = fs::metadata(&target).expect("it is there");
    for to in [outside.path().to_str().expect("it is UTF-8"), "inside", "../into", "target"] {
        let archive = Tar::new().directory("inside/").block(&link(b'2', "out", to)).file("out/target", b"evil");
        let archive = archive.directory("out/").end();
        let outcome = unpack(&archive);
        assert_eq!(outcome.rejected(), ("out", "it is a symbolic link, not a file or directory"));
        assert!(!outcome.root().join("out").exists());
    }
    let after = fs::metadata(&target).expect("it is there");
    assert_eq!((before.mode(), before.ctime_nsec()), (after.mode(), after.ctime_nsec()));
    assert_eq!(fs::read(&target).expect("it is there"), b"untouched");
}

#[test]
fn fault_54_a_link_planted_meanwhile_is_not_followed() {
    let around = tempfile::tempdir().expect("a temporary directory");
    let (into, outside) = (around.path().join("into"), around.path().join("outside"));
    fs::create_dir(&into).and_then(|()| fs::create_dir(&outside)).expect("they are new");
    let archive = Tar::new().file("a", b"x").directory("d/").file("e/b", b"y").file("d/evil", b"z").end();
    let mut plant = |written: u64| {
        if written == 2 {
            fs::remove_dir(into.join("d")).and_then(|()| symlink(&outside, into.join("d"))).expect("it is ours");
        }
    };
    let source = Source { name: "test", bytes: &mut archive.as_slice(), length_is_proven: &|| false };
    let result = extract(source, &into, &DownloadLimits::default(), &mut plant);
    assert!(matches!(result, Err(Error::Io { operation: "create", .. })), "{result:?}");
    assert_eq!(fs::read_dir(&outside).expect("it is there").count(), 0);

    fs::remove_dir_all(&into).and_then(|()| fs::create_dir(&into)).expect("it is ours");
    symlink(outside.join("new"), into.join("saved_model.pb")).expect("the name is free");
    let archive = Tar::new().file("saved_model.pb", b"x").end();
    let source = Source { name: "test", bytes: &mut archive.as_slice(), length_is_proven: &|| false };
    assert!(extract(source, &into, &DownloadLimits::default(), &mut |_| {}).is_err());
    assert!(!outside.join("new").exists());
}

#[test]
fn fault_55_hard_links_are_refused() {
    for to in ["/etc/passwd", "first"] {
        let archive = Tar::new().file("first", b"x").block(&link(b'1', "second", to)).end();
        assert_eq!(unpack(&archive).rejected(), ("second", "it is a hard link, not a file or directory"));
    }
}

#[test]
fn fault_56_other_types_are_refused() {
    for flag in (0..=255).filter(|flag| !matches!(flag, 0 | b'0' | b'5' | b'x' | b'g' | b'L' | b'K')) {
        let outcome = unpack(&gzip(&Tar::new().entry(flag, b"odd", b"").end()));
        let (entry, why) = outcome.rejected();
        assert!(entry == "odd" && why.ends_with("not a file or directory"), "{flag}: {why}");
        assert!(!outcome.root().join("odd").exists());
    }
    let sparse = Tar::new().pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.name", "x")]).file("odd", b"x").end();
    assert_eq!(unpack(&sparse).rejected(), ("odd", "it is a sparse file"));
    let with_data = Tar::new().entry(b'5', b"d/", b"data").end();
    assert_eq!(unpack(&with_data).rejected(), ("d/", "it is a directory with data"));
}

#[test]
fn fault_56_files_and_directories_of_old_archives_are_taken() {
    let archive = Tar::new().entry(0, b"old", b"x").entry(0, b"d/", b"").entry(0, b"d/f", b"y").end();
    let outcome = unpack(&archive);
    assert_eq!(outcome.paths(), ["d/f", "old"]);
    assert!(outcome.root().join("d").is_dir());
    let mut block = header(b'0', b"oldest", 0);
    block[257..265].fill(0);
    seal(&mut block);
    assert_eq!(unpack(&Tar::new().block(&block).end()).paths(), ["oldest"]);
}

/// What `mkdir` and `open` give here, without a look at the process's umask itself.
fn usual_modes() -> (u32, u32) {
    let around = tempfile::tempdir().expect("a temporary directory");
    let (directory, file) = (around.path().join("d"), around.path().join("f"));
    fs::create_dir(&directory).and_then(|()| fs::write(&file, b"")).expect("they are new");
    let mode = |path| fs::metadata(path).expect("it is there").mode() & 0o7777;
    (mode(directory), mode(file))
}

#[test]
fn fault_66_modes_and_times_of_the_archive_do_not_count() {
    let began = SystemTime::now() - Duration::from_secs(10);
    for mode in [b"0000000\0", b"0004777\0", b"0000666\0", b"0000444\0"] {
        let (mut directory, mut file) = (header(b'5', b"d/", 0), header(b'0', b"d/f", 0));
        for block in [&mut directory, &mut file] {
            block[100..108].copy_from_slice(mode);
            block[136..148].copy_from_slice(b"00000000001\0");
            seal(block);
        }
        let outcome = unpack(&Tar::new().block(&directory).block(&file).end());
        let found = |path: &str| fs::metadata(outcome.root().join(path)).expect("it is there");
        assert_eq!((found("d").mode() & 0o7777, found("d/f").mode() & 0o7777), usual_modes());
        assert!(found("d/f").modified().expect("there is a time") > began);
    }
}

#[test]
fn fault_68_an_archive_without_files_is_an_empty_list() {
    for archive in [Tar::new().end(), gzip(&Tar::new().end()), Tar::new().directory("a/").directory("a/b/").end()] {
        assert_eq!(unpack(&archive).paths(), [""; 0]);
    }
}
