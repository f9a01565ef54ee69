//! Faults 107 to 110, 114, 116: what shows only when a library is opened.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::{child, mount, stub};

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// Starts a library by name in a child.
fn start(library: &Path) -> (Option<i32>, String) {
    child::run("start", &[("TFHUB_ENGINE", library)])
}

fn stub_of(place: &tempfile::TempDir, version: &str) -> PathBuf {
    stub::library(&place.path().join("libtensorflow.so"), version)
}

#[test]
fn case_107_old_versions_are_refused() {
    for version in ["1.15.0", "2.3.0", "2.12.1"] {
        let place = directory();
        let (code, said) = start(&stub_of(&place, version));
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("found: \"{version}\", needed: \"2.13\"")), "{said}");
        assert!(said.contains("EngineTooOld") && said.contains("hint: run `tfhub doctor --install`"), "{said}");
    }
}

#[test]
fn case_107_supported_versions_start_and_newer_ones_with_a_warning() {
    for (version, newer) in
        [("2.13.0", false), ("2.21.3", false), ("2.22.0-rc1", true), ("2.99.0", true), ("3.0.0", true)]
    {
        let place = directory();
        let (code, said) = start(&stub_of(&place, version));
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains(&format!("started {version} ")), "{said}");
        assert_eq!(said.contains("warning: TensorFlow is newer than the versions tested"), newer, "{said}");
    }
}

#[test]
fn case_107_a_version_that_is_none_is_refused() {
    let place = directory();
    let (code, said) = start(&stub_of(&place, "unknown"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineCorrupt") && said.contains("its version is `unknown`"), "{said}");
}

#[test]
fn case_108_a_missing_function_is_named() {
    for symbol in ["TF_Version", "TF_SessionRun", "TF_StringInit"] {
        let place = directory();
        let library = stub::library_without(&place.path().join("libtensorflow.so"), "2.21.0", symbol);
        let (code, said) = start(&library);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("EngineSymbolMissing") && said.contains(&format!("symbol: \"{symbol}\"")), "{said}");
    }
}

#[test]
fn case_109_a_missing_framework_library_is_named_with_the_loaders_words() {
    let place = directory();
    let library = stub::library_with_framework(&place.path().join("libtensorflow_cc.so.2"));
    let (code, said) = start(place.path());
    assert_eq!(code, Some(0), "{said}");
    fs::remove_file(place.path().join(stub::FRAMEWORK)).expect("it is removed");
    let (code, said) = start(&library);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineNotFound") && said.contains("cannot open shared object file"), "{said}");
    assert!(said.contains(&format!("hint: put `{}` beside the library", stub::FRAMEWORK)), "{said}");
}

#[test]
fn case_109_a_place_whose_library_cannot_be_opened_is_passed_over() {
    let place = directory();
    let [broken, whole] = ["broken", "whole"].map(|name| place.path().join(name));
    stub::library_with_framework(&broken.join("libtensorflow.so"));
    fs::remove_file(broken.join(stub::FRAMEWORK)).expect("it is removed");
    stub::library(&whole.join("libtensorflow.so"), "2.20.0");
    let (code, said) = child::run("start", &[("TENSORFLOW_DIR", &broken), ("LD_LIBRARY_PATH", &whole)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("started 2.20.0") && said.contains("(LD_LIBRARY_PATH)"), "{said}");
}

#[test]
fn case_109_links_to_single_files_keep_both_libraries_together() {
    let place = directory();
    let [real, tree] = ["real", "tree"].map(|name| place.path().join(name));
    fs::create_dir_all(&tree).expect("a directory is made");
    let library = stub::library_with_framework(&real.join("library/libtensorflow.so"));
    let framework = real.join("framework").join(stub::FRAMEWORK);
    fs::create_dir(real.join("framework")).expect("a directory is made");
    fs::rename(library.with_file_name(stub::FRAMEWORK), &framework).expect("it is moved");
    symlink(&library, tree.join("libtensorflow.so")).expect("a link is made");
    symlink(&framework, tree.join(stub::FRAMEWORK)).expect("a link is made");
    let (code, said) = start(&tree);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn case_110_a_second_library_is_refused_before_it_is_opened() {
    let place = directory();
    let [first, second] = ["first", "second"].map(|name| place.path().join(name));
    let first = stub::library(&first.join("libtensorflow_cc.so.2"), "2.21.0");
    let second = stub::library(&second.join("libtensorflow.so"), "2.21.0");
    let (code, said) = child::run("start", &[("LD_PRELOAD", &first), ("TFHUB_ENGINE", &second)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineConflict"), "{said}");
    for path in [&first, &second] {
        assert!(said.contains(&format!("`{}`", path.display())), "{said}");
    }
    let (code, said) = child::run("start", &[("LD_PRELOAD", &first), ("TFHUB_ENGINE", &first)]);
    assert_eq!(code, Some(0), "the one that is loaded is used: {said}");
}

#[test]
fn case_110_a_framework_library_of_another_copy_is_a_conflict_too() {
    let place = directory();
    let [first, second] = ["first", "second"].map(|name| place.path().join(name));
    let other = stub::library_with_framework(&first.join("libtensorflow.so")).with_file_name(stub::FRAMEWORK);
    let wanted = stub::library_with_framework(&second.join("libtensorflow.so"));
    let (code, said) = child::run("start", &[("LD_PRELOAD", &other), ("TFHUB_ENGINE", &wanted)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineConflict"), "{said}");
}

#[test]
fn case_110_once_started_another_library_is_a_conflict_and_the_same_is_not() {
    let place = directory();
    let [first, second] = ["first", "second"].map(|name| place.path().join(name));
    let first = stub::library(&first.join("libtensorflow_cc.so.2"), "2.21.0");
    let second = stub::library(&second.join("libtensorflow_cc.so.2"), "2.21.0");
    let (code, said) = child::run("start twice", &[("TFHUB_ENGINE", &first), ("SECOND", &second)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineConflict"), "{said}");
    let link = place.path().join("libtensorflow.so");
    symlink(&first, &link).expect("a link is made");
    let (code, said) = child::run("start twice", &[("TFHUB_ENGINE", &first), ("SECOND", &link)]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn case_114_a_mount_without_execution_gives_the_loaders_words() {
    let place = directory();
    let source = stub_of(&place, "2.21.0");
    let mounted = place.path().join("mounted");
    fs::create_dir(&mounted).expect("a directory is made");
    let library = mounted.join("libtensorflow.so");
    let script = format!("cp {} {}", source.display(), library.display());
    let Some((code, said)) = mount::run("start", &[("TFHUB_ENGINE", &library)], &mounted, "noexec", &script) else {
        return println!("skipped: no file system can be mounted here");
    };
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("EngineNotFound") && said.contains("cannot be opened: "), "{said}");
}

#[test]
fn case_116_the_process_ends_well_while_threads_still_use_the_engine() {
    let place = directory();
    let library = stub_of(&place, "2.21.0");
    for _ in 0..10 {
        let (code, said) = child::run("start in threads", &[("TFHUB_ENGINE", &library)]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("started 2.21.0"), "{said}");
    }
}

#[test]
fn no_link_is_left_behind() {
    let place = directory();
    let cache = place.path().join("cache");
    fs::create_dir(&cache).expect("a directory is made");
    let library = stub::library(&place.path().join("libtensorflow_cc.so.2"), "2.21.0");
    let (code, said) =
        child::run("start", &[("TFHUB_ENGINE", &library), ("TFHUB_ENGINE_DIR", &cache), ("TMPDIR", place.path())]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(cache.read_dir().expect("it is listed").count(), 0);
    assert_eq!(place.path().read_dir().expect("it is listed").count(), 2, "the library and the cache");
}
