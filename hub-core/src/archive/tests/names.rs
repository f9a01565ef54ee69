//! Names that lead out, that clash, that no system takes; and those that are fine.

use proptest::prelude::*;

use super::build::{Tar, Zipped, zip};
use super::unpack;
use crate::archive::name;

/// Both containers with one file of this name.
fn each_container(path: &[u8]) -> [Vec<u8>; 2] {
    let tar = match path.len() > 100 || path.contains(&0) {
        false => Tar::new().entry(b'0', path, b"x").end(),
        true => Tar::new().long_pax_name(path).entry(b'0', b"short", b"x").end(),
    };
    let mut zipped = Zipped::file("short", b"x");
    zipped.name = path.to_vec();
    zipped.local_name = path.to_vec();
    [tar, zip(&[zipped])]
}

impl Tar {
    fn long_pax_name(self, name: &[u8]) -> Tar {
        let rest = [b" path=", name, b"\n"].concat();
        let length = (1..).find(|length: &usize| length.to_string().len() + rest.len() == *length);
        self.entry(
            b'x',
            b"PaxHeaders/next",
            &[length.expect("one counts itself").to_string().as_bytes(), &rest].concat(),
        )
    }
}

#[test]
fn fault_52_names_that_lead_out_are_refused() {
    for path in ["../x", "a/../../x", "a/..", "C:\\x", "C:/x", "c:x", "a\\..\\x", "\\x", "/../x", ".."] {
        for archive in each_container(path.as_bytes()) {
            let outcome = unpack(&archive);
            assert_eq!(outcome.rejected().0, path.escape_debug().to_string());
            assert!(super::files_below(&outcome.root()).is_empty(), "{path}");
        }
    }
}

#[test]
fn fault_52_absolute_names_stay_below_and_two_dots_may_begin_a_name() {
    for (path, found) in
        [("/abs", "abs"), ("//a///b", "a/b"), ("..foo", "..foo"), ("a/..b", "a/..b"), ("a/...", "a/...")]
    {
        for archive in each_container(path.as_bytes()) {
            assert_eq!(unpack(&archive).paths(), [found]);
        }
    }
}

#[test]
fn fault_53_names_that_some_system_does_not_take_are_refused() {
    let long_part = [&b"a/"[..], &[b'b'; 256]].concat();
    let long = [&b"c/"[..]; 2500].concat();
    let names: [&[u8]; 9] = [
        b"a\0b",
        b"a\nb",
        b"a\x1b[2Jb",
        b"a\x7f",
        "a\u{85}".as_bytes(),
        b"a\xffb",
        &long_part,
        &long,
        b".download.zip",
    ];
    for path in names {
        for archive in each_container(path) {
            let outcome = unpack(&archive);
            let (shown, _) = outcome.rejected();
            assert!(!shown.chars().any(char::is_control) && shown.chars().count() < 500, "{shown:?}");
        }
    }
}

#[test]
fn fault_53_long_names_are_kept_exactly() {
    let longest = format!("{}/{}", "d".repeat(255), "f".repeat(255));
    let by_pax = Tar::new().pax(&[("path", &longest), ("mtime", "1.5")]).file("short", b"x").end();
    let by_gnu = Tar::new().long_name(longest.as_bytes()).file("short", b"x").end();
    let mut posix = super::build::header(b'0', b"file", 0);
    posix[345..348].copy_from_slice(b"dir");
    super::build::seal(&mut posix);
    assert_eq!(unpack(&by_pax).paths(), [longest.as_str()]);
    assert_eq!(unpack(&by_gnu).paths(), [longest.as_str()]);
    assert_eq!(unpack(&Tar::new().block(&posix).end()).paths(), ["dir/file"]);
}

#[test]
fn fault_53_two_names_for_one_entry_are_refused() {
    let both = Tar::new().long_name(b"one").pax(&[("path", "two")]).file("three", b"x").end();
    unpack(&both).rejected();
    let twice = Tar::new().long_name(b"one").long_name(b"two").file("three", b"x").end();
    unpack(&twice).is_damaged();
    let within = Tar::new().long_name(b"one\0two").file("three", b"x").end();
    unpack(&within).rejected();
}

#[test]
fn fault_64_names_that_are_one_on_some_system_are_refused() {
    let twins = [
        ("a", "a"),
        ("a", "./a"),
        ("a", "/a"),
        ("A", "a"),
        ("Dir/x", "dir/y"),
        ("\u{e9}", "e\u{301}"),
        ("\u{c9}t\u{e9}/x", "e\u{301}te\u{301}/y"),
        ("\u{1e9e}", "\u{df}"),
    ];
    for (one, other) in twins {
        for content in [b"same", b"diff"] {
            let tar = Tar::new().file(one, b"same").file(other, content).end();
            let zip = zip(&[Zipped::file(one, b"same"), Zipped::file(other, content)]);
            assert_eq!(unpack(&tar).rejected().0, other.escape_debug().to_string());
            match one == other {
                true => assert_eq!(unpack(&zip).is_damaged(), "two of its entries have one name"),
                false => assert_eq!(unpack(&zip).rejected().0, other.escape_debug().to_string()),
            }
        }
    }
}

#[test]
fn fault_65_a_file_is_no_directory() {
    let archives = [
        Tar::new().file("a", b"").directory("a/"),
        Tar::new().directory("a/").file("a", b""),
        Tar::new().file("a", b"").file("a/b", b""),
        Tar::new().file("a/b", b"").file("a", b""),
        Tar::new().file("saved_model.pb/", b""),
        Tar::new().file(".", b""),
        Tar::new().file("/", b"x"),
        Tar::new().file("", b"x"),
    ];
    for archive in archives {
        unpack(&archive.end()).rejected();
    }
    let as_directory = Tar::new().directory("saved_model.pb/").file("saved_model.pb/x", b"x").end();
    assert_eq!(unpack(&as_directory).paths(), ["saved_model.pb/x"], "what a model must hold is not decided here");
}

#[test]
fn fault_67_directories_need_no_entries() {
    let without = Tar::new().file("variables/variables.index", b"i").file("saved_model.pb", b"s").end();
    assert_eq!(unpack(&without).paths(), ["saved_model.pb", "variables/variables.index"]);
    let late = Tar::new().file("a/b/c", b"x").directory("a/b/").directory("a").directory("a/").directory("./").end();
    assert_eq!(unpack(&late).paths(), ["a/b/c"]);
    let with_dots = Tar::new().directory("./").directory("./v/").file("./v/x", b"x").file("./y", b"y").end();
    assert_eq!(unpack(&with_dots).paths(), ["v/x", "y"]);
    let wrapped = Tar::new().directory("top/").file("top/saved_model.pb", b"s").end();
    assert_eq!(unpack(&wrapped).paths(), ["top/saved_model.pb"], "nothing is unwrapped");
}

#[test]
fn case_76_names_that_mean_the_root_or_below() {
    for (given, found) in
        [("", ""), ("./", ""), ("/", ""), (".", ""), ("./file", "file"), ("hello//./bla", "hello/bla")]
    {
        assert_eq!(name::path(given.as_bytes(), 64).as_deref(), Ok(found), "{given}");
    }
    for given in ["/../", "hello/../../bla", "hello/../bla"] {
        assert!(name::path(given.as_bytes(), 64).is_err(), "{given}");
    }
}

#[test]
fn case_77_an_archive_of_absolute_names_is_unpacked_below_the_directory() {
    let archive =
        Tar::new().directory("/").directory("/nested/").file("/nested/file", b"content").file("/x", b"").end();
    let outcome = unpack(&archive);
    assert_eq!(outcome.paths(), ["nested/file", "x"]);
    assert_eq!(outcome.files()["nested/file"], b"content");
}

#[test]
fn case_259_what_python_refuses_is_refused_and_more_is_taken() {
    assert_eq!(unpack(&Tar::new().file("..foo", b"x").end()).paths(), ["..foo"]);
    assert_eq!(unpack(&Tar::new().file("a/b", b"x").end()).paths(), ["a/b"]);
    for flag in [b'1', b'2', b'6'] {
        unpack(&Tar::new().entry(flag, b"a", b"").end()).rejected();
    }
    unpack(&Tar::new().file("a", b"x").file("a", b"y").end()).rejected();
}

proptest! {
    #[test]
    fn case_76_merged_paths_are_always_below_the_root(given in "([a.:/\\\\ \0é]|\\.\\.|/){0,12}") {
        if let Ok(path) = name::path(given.as_bytes(), 64) {
            prop_assert!(!path.starts_with('/') && !path.ends_with('/'));
            let fine = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
            prop_assert!(path.is_empty() || path.split('/').all(fine), "{path:?}");
            prop_assert_eq!(name::path(path.as_bytes(), 64), Ok(path.clone()), "a path that was merged stays");
        }
    }

    #[test]
    fn case_76_any_bytes_are_a_path_below_or_refused(given in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(path) = name::path(&given, 64) {
            prop_assert!(std::path::Path::new(&path).components().all(|part| matches!(part, std::path::Component::Normal(_))));
        }
    }
}
