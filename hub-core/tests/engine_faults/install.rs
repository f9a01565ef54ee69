//! Faults 102, 106, 111, 112: packages that lie, installs that meet, installs that are killed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hub_core::engine::{self, Options, Source, Verdict};
use hub_core::{Error, Result, progress};

use crate::package::{self, Package};
use crate::{child, mount, pip};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn options(place: &Path, package: &Package) -> Options {
    Options::from_lookup(|_| None)
        .cache_dir(place.join("cache"))
        .archive(package.path.display().to_string(), package.sha256.clone())
        .progress(Arc::new(progress::Silent))
}

fn install(place: &Path, package: &Package) -> Result<PathBuf> {
    engine::install(&options(place, package))
}

/// The names in the engine cache.
fn cached(place: &Path) -> Vec<String> {
    let entries = place.join("cache").read_dir().into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What a refused package is told as; nothing may be left of it.
fn refusal(place: &Path, package: &Package) -> Error {
    let error = install(place, package).expect_err("the package is refused");
    assert_eq!(cached(place), [".lock"], "nothing is left and nothing installed");
    assert!(error.hint().is_some(), "{error:?}");
    error
}

/// The verdict on the engine cache.
fn verdict(options: &Options) -> Verdict {
    let candidates = engine::candidates(options).into_iter();
    candidates.into_iter().find(|candidate| candidate.source == Source::EngineCache).expect("it is listed").verdict
}

#[test]
fn a_wheel_and_an_archive_install_and_start() {
    let place = directory();
    for package in [package::wheel(place.path(), &package::members(place.path())), package::archive(place.path())] {
        let digest = PathBuf::from(&package.sha256);
        let cache = place.path().join("cache");
        let variables = [
            ("TFHUB_ENGINE_DIR", cache.as_path()),
            ("TFHUB_ENGINE_URL", &package.path),
            ("TFHUB_ENGINE_SHA256", &digest),
        ];
        let (code, said) = child::run("start", &variables);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("started 2.21.0") && said.contains("(engine cache)"), "{said}");
        fs::remove_file(&package.path).expect("the package is removed");
        let offline = [variables.as_slice(), &[("TFHUB_OFFLINE", Path::new("1"))]].concat();
        let (code, said) = child::run("start", &offline);
        assert_eq!(code, Some(0), "the second start needs the cache only: {said}");
    }
    assert_eq!(cached(place.path()).len(), 3, "the lock and two engines");
}

#[test]
fn a_file_url_is_a_path() {
    let place = directory();
    let mut package = package::wheel(place.path(), &package::members(place.path()));
    package.path = format!("file://{}", package.path.display()).into();
    install(place.path(), &package).expect("the wheel is sound");
}

#[test]
fn addresses_and_digests_that_are_none_are_refused() {
    let place = directory();
    let package = |path: &str, sha256: &str| Package { path: path.into(), sha256: sha256.into() };
    let zeros = "0".repeat(64);
    let cases = [
        (package("https://user:secret@example.org/x.tar.gz?token=secret", &zeros), "not a local file"),
        (package("x.tar.gz", &zeros), "no absolute path"),
        (package("/nowhere/x.tar.gz", &zeros), "No such file"),
        (package("/dev/zero", &zeros), "no regular file"),
        (package("/nowhere/x.tar.gz", "abc"), "not a SHA-256"),
    ];
    for (package, expected) in cases {
        let error = install(place.path(), &package).expect_err(expected);
        let text = format!("{error:?} {error}");
        assert!(matches!(error, Error::EngineInstall { .. }) && text.contains(expected), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn case_111_a_package_with_another_digest_is_refused() {
    let place = directory();
    let mut package = package::wheel(place.path(), &package::members(place.path()));
    let found = std::mem::replace(&mut package.sha256, "0".repeat(64));
    let error = refusal(place.path(), &package);
    assert!(matches!(&error, Error::ChecksumMismatch { found: text, .. } if *text == found), "{error:?}");
}

#[test]
fn case_111_a_wheel_whose_record_lies_is_refused() {
    let place = directory();
    let members = package::members(place.path());
    let mut others = members.clone();
    others[1].1.push(0);
    let package = package::wheel_with_record(place.path(), &members, &package::record(&others));
    let error = refusal(place.path(), &package);
    assert!(matches!(&error, Error::ChecksumMismatch { what, .. } if what.contains("framework")), "{error:?}");
    for record in ["", "tensorflow/libtensorflow_cc.so.2,,\n", "tensorflow/libtensorflow_cc.so.2,md5=AAAA,1\n"] {
        let package = package::wheel_with_record(place.path(), &members, record);
        assert!(matches!(refusal(place.path(), &package), Error::BadArchive { .. }), "{record}");
    }
}

#[test]
fn case_111_a_wheel_without_a_member_is_refused() {
    let place = directory();
    let members = package::members(place.path());
    for missing in 0..2 {
        let mut fewer = members.clone();
        let (name, _) = fewer.remove(missing);
        let package = package::wheel_with_record(place.path(), &fewer, &package::record(&members));
        let error = refusal(place.path(), &package);
        assert!(matches!(&error, Error::BadArchive { why, .. } if why.contains(&name[11..])), "{error:?}");
    }
}

#[test]
fn case_111_a_wheel_with_a_member_that_leads_out_is_refused() {
    let place = directory();
    for name in ["../evil", "tensorflow/../../evil", "/evil", "tensorflow\\..\\evil"] {
        let mut members = package::members(place.path());
        members.push((name.into(), b"evil".to_vec()));
        let package = package::wheel(place.path(), &members);
        let error = refusal(place.path(), &package);
        assert!(matches!(&error, Error::BadArchive { why, .. } if why.contains("evil")), "{name}: {error:?}");
    }
}

#[test]
fn case_111_a_wheel_with_something_else_as_the_library_is_refused() {
    let place = directory();
    let mut members = package::members(place.path());
    members[0].1.truncate(1000);
    let package = package::wheel(place.path(), &members);
    assert!(matches!(refusal(place.path(), &package), Error::EngineCorrupt { .. }));
}

#[test]
fn case_111_packages_that_are_cut_or_changed_never_install_and_never_panic() {
    let place = directory();
    let wheel = package::wheel(place.path(), &package::members(place.path()));
    let archive = package::archive(place.path());
    let damaged = place.path().join("damaged");
    for package in [wheel, archive] {
        let whole = fs::read(&package.path).expect("the package is read");
        for step in 1..40 {
            // The digest is that of the damaged file: what is tested is the reader behind it.
            fs::write(&damaged, &whole[..whole.len() * step / 40]).expect("it is written");
            refusal(place.path(), &package::package(damaged.clone()));
        }
    }
    for bytes in [&b""[..], b"P", b"PK", b"\x1f\x8b", b"<html>"] {
        fs::write(&damaged, bytes).expect("it is written");
        assert!(matches!(refusal(place.path(), &package::package(damaged.clone())), Error::BadArchive { .. }));
    }
}

#[test]
fn case_111_a_flipped_bit_behind_a_true_digest_is_found_or_harmless() {
    let place = directory();
    let archive = package::archive(place.path());
    let library = fs::read(place.path().join("build/libtensorflow.so.2.18.0")).expect("the stub is read");
    let whole = fs::read(&archive.path).expect("the archive is read");
    let damaged = place.path().join("damaged");
    let mut found = 0;
    for step in 0..40 {
        let mut bytes = whole.clone();
        // Beyond the header, whose name and time are not checked by anyone.
        let at = 10 + (bytes.len() - 10) * step / 40;
        bytes[at] ^= 4;
        fs::write(&damaged, bytes).expect("it is written");
        match install(place.path(), &package::package(damaged.clone())) {
            Err(error) => {
                assert!(matches!(error, Error::BadArchive { .. }), "{error:?}");
                assert_eq!(cached(place.path()), [".lock"], "nothing is left and nothing installed");
                found += 1;
            }
            // A bit that no reader looks at: the checksum of what is unpacked is right.
            Ok(path) => assert_eq!(fs::read(&path).expect("it is read"), library, "bit {at}"),
        }
        fs::remove_dir_all(place.path().join("cache")).expect("the cache is removed");
    }
    assert!(found >= 30, "only {found} of 40 are found");
}

#[test]
fn case_106_an_installed_library_that_was_changed_is_refused_and_installed_again() {
    let place = directory();
    let package = package::wheel(place.path(), &package::members(place.path()));
    let options = options(place.path(), &package);
    let library = install(place.path(), &package).expect("the wheel is sound").canonicalize().expect("it is there");
    let whole = fs::read(&library).expect("it is read");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 10], &whole[..whole.len() * 99 / 100], &flipped] {
        assert!(matches!(verdict(&options), Verdict::Usable));
        fs::write(&library, damaged).expect("it is written");
        let found = verdict(&options);
        assert!(matches!(&found, Verdict::Refused(Error::EngineCorrupt { .. })), "{found}");
        install(place.path(), &package).expect("it is installed again");
        assert_eq!(fs::read(&library).expect("it is read"), whole);
    }
    assert_eq!(cached(place.path()).len(), 2, "the lock and the engine");
}

#[test]
fn an_engine_cache_that_anyone_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = directory();
    let package = package::wheel(place.path(), &package::members(place.path()));
    let cache = place.path().join("cache");
    fs::create_dir(&cache).expect("a directory is made");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).expect("its mode is set");
    let error = install(place.path(), &package).expect_err("the cache is refused");
    assert!(matches!(&error, Error::EngineInstall { why, .. } if why.contains("every user")), "{error:?}");
    fs::remove_dir(&cache).expect("it is removed");
    let entry = install(place.path(), &package).expect("a new cache is private");
    assert_eq!(cache.metadata().expect("it is there").mode() & 0o777, 0o700);
    let entry = entry.parent().expect("a directory");
    fs::set_permissions(entry, fs::Permissions::from_mode(0o777)).expect("its mode is set");
    assert!(matches!(verdict(&options(place.path(), &package)), Verdict::Refused(_)));
}

#[test]
fn case_112_installs_that_meet_all_succeed_with_one_engine() {
    let place = directory();
    let package = package::wheel(place.path(), &package::members(place.path()));
    let digest = PathBuf::from(&package.sha256);
    let cache = place.path().join("cache");
    let variables =
        [("TFHUB_ENGINE_DIR", cache.as_path()), ("TFHUB_ENGINE_URL", &package.path), ("TFHUB_ENGINE_SHA256", &digest)];
    for _ in 0..3 {
        let children: Vec<_> =
            (0..4).map(|_| child::command("start", &variables).spawn().expect("the child starts")).collect();
        for child in children {
            let (code, said) = child::finish(child);
            assert_eq!(code, Some(0), "{said}");
        }
        assert_eq!(cached(place.path()).len(), 2, "the lock and the engine");
        fs::remove_dir_all(&cache).expect("the cache is removed");
    }
}

#[test]
fn case_112_a_killed_install_lets_the_next_one_go_on_and_is_cleared_away() {
    let place = directory();
    let [cache, programs, running] = ["cache", "programs", "running"].map(|name| place.path().join(name));
    pip::python_with_pip(&programs, &format!("echo $$ > {}; exec sleep 20", running.display()));
    let mut killed = child::command("install", &[("TFHUB_ENGINE_DIR", &cache), ("PATH", &programs)])
        .spawn()
        .expect("the child starts");
    while fs::read_to_string(&running).unwrap_or_default().trim().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let package = package::wheel(place.path(), &package::members(place.path()));
    let digest = PathBuf::from(&package.sha256);
    let variables =
        [("TFHUB_ENGINE_DIR", cache.as_path()), ("TFHUB_ENGINE_URL", &package.path), ("TFHUB_ENGINE_SHA256", &digest)];
    let mut waiting = child::command("start", &variables).spawn().expect("the child starts");
    std::thread::sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().expect("it is ours").is_none(), "it waits for the lock");
    assert!(cached(place.path()).iter().any(|name| name.starts_with(".install-")));
    killed.kill().expect("it is killed");
    killed.wait().expect("it is gone");
    let (code, said) = child::finish(waiting);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("waiting for another process"), "{said}");
    assert_eq!(cached(place.path()).len(), 2, "the lock and the engine: {:?}", cached(place.path()));
    let download = fs::read_to_string(&running).expect("it is read");
    let state = fs::read_to_string(format!("/proc/{}/stat", download.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "its download ended with it: {state}");
}

#[test]
fn case_102_an_install_that_is_killed_at_any_moment_leaves_a_whole_engine_or_none() {
    let place = directory();
    let package = package::wheel(place.path(), &package::members(place.path()));
    let digest = PathBuf::from(&package.sha256);
    let cache = place.path().join("cache");
    let variables =
        [("TFHUB_ENGINE_DIR", cache.as_path()), ("TFHUB_ENGINE_URL", &package.path), ("TFHUB_ENGINE_SHA256", &digest)];
    let (mut absent, mut whole, mut cut_short) = (0, 0, 0);
    for step in 0..60 {
        let mut child = child::command("install", &variables).spawn().expect("the child starts");
        std::thread::sleep(Duration::from_micros(200 * step));
        let _ = child.kill();
        child.wait().expect("it is gone");
        cut_short += usize::from(cached(place.path()).iter().any(|name| name.starts_with(".install-")));
        match verdict(&options(place.path(), &package)) {
            Verdict::Absent => absent += 1,
            Verdict::Usable => {
                whole += 1;
                fs::remove_dir_all(&cache).expect("the cache is removed");
            }
            Verdict::Refused(error) => panic!("after {step} steps: {error}"),
            _ => unreachable!("there are three verdicts"),
        }
    }
    println!("60 kills, {cut_short} of them within an install: {absent} without an engine, {whole} with a whole one");
    install(place.path(), &package).expect("the next install goes on");
    assert_eq!(cached(place.path()).len(), 2, "the lock and the engine: {:?}", cached(place.path()));
}

#[test]
fn case_113_a_disk_that_fills_up_is_told_and_nothing_is_installed() {
    let place = directory();
    // Zeros pack well: a small wheel that needs more room than there is.
    let mut members = package::members(place.path());
    members[0].1.resize(8 << 20, 0);
    let package = package::wheel(place.path(), &members);
    let digest = PathBuf::from(&package.sha256);
    let cache = place.path().join("cache");
    fs::create_dir(&cache).expect("a directory is made");
    let variables =
        [("TFHUB_ENGINE_DIR", cache.as_path()), ("TFHUB_ENGINE_URL", &package.path), ("TFHUB_ENGINE_SHA256", &digest)];
    let Some((code, said)) = mount::run("install", &variables, &cache, "size=2m,mode=700", "true") else {
        return println!("skipped: no file system can be mounted here");
    };
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("DiskFull") && said.contains("hint: free some space"), "{said}");
}
