//! Saving in all circumstances; the numbers are those of the fault matrix. A "model" here is a few files that say who
//! wrote them; the cache's child processes are the pattern for those that are killed.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::Barrier;

use super::*;
use crate::disk::failpoint::{self, Misfortune, Plan};

const ROLE: &str = "HUB_SAVE_TARGET";
const DETAIL: &str = "HUB_SAVE_DETAIL";

/// Without what some file systems lack.
const POOR: Abilities = Abilities { link: false, rename_new: false, exchange: false };

/// Writes a model whose every file holds these words.
fn model(words: &str) -> impl Fn(&Path) -> Result<()> {
    move |directory: &Path| {
        fs::create_dir(directory.join("variables")).unwrap();
        for name in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
            fs::write(directory.join(name), words).unwrap();
        }
        Ok(())
    }
}

/// The words of the model that is there; panics where its files are not of one model.
fn words(target: &Path) -> Option<String> {
    if !target.exists() {
        return None;
    }
    let read = |name| fs::read_to_string(target.join(name)).unwrap_or_else(|why| format!("{name}: {why}"));
    let names = ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"];
    let found: BTreeSet<String> = names.into_iter().map(read).collect();
    assert_eq!(found.len(), 1, "a mix: {found:?}");
    found.into_iter().next()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn fault_160_what_is_there_stays_unless_it_is_a_model_to_be_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("new/flowers");
    publish(&target, false, model("one")).unwrap();
    let error = publish(&target, false, model("two")).unwrap_err();
    assert!(matches!(&error, Error::SaveExists { path } if *path == target), "{error}");
    assert_eq!(words(&target).as_deref(), Some("one"));
    publish(&target, true, model("two")).unwrap();
    assert_eq!(words(&target).as_deref(), Some("two"));
    publish_with(&target, true, POOR, model("three")).unwrap();
    assert_eq!(words(&target).as_deref(), Some("three"));
    assert_eq!(names(target.parent().unwrap()), ["flowers"]);

    let file = directory.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(publish(&file, false, model("x")), Err(Error::SaveExists { .. })));
    assert!(matches!(publish(&file, true, model("x")), Err(Error::SaveRefused { .. })));
    assert!(publish(&file.join("below"), true, model("x")).is_err());
    let home = directory.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("letter"), "mine").unwrap();
    assert!(matches!(publish(&home, true, model("x")), Err(Error::SaveRefused { .. })));
    assert_eq!((fs::read(file).unwrap(), fs::read(home.join("letter")).unwrap()), (b"mine".into(), b"mine".into()));
    for inside in ["assets/copy", "copy", "variables"] {
        let error = publish(&target.join(inside), true, model("x")).unwrap_err();
        assert!(matches!(&error, Error::SaveRefused { why, .. } if why.contains("inside the model")), "{error}");
    }
    assert_eq!(names(&target), ["saved_model.pb", "variables"]);
    assert!(matches!(publish(Path::new("/"), true, model("x")), Err(Error::SaveRefused { .. })));
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    publish(&empty, true, model("in an empty directory")).unwrap();
    assert_eq!(words(&empty).as_deref(), Some("in an empty directory"));
    let long = directory.path().join("n".repeat(250));
    publish(&long, false, model("a long name")).unwrap();
    assert_eq!(words(&long).as_deref(), Some("a long name"));
}

#[cfg(unix)]
#[test]
fn fault_160_links_are_followed_and_rights_respected() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = tempfile::tempdir().unwrap();
    let (target, latest) = (directory.path().join("v1"), directory.path().join("latest"));
    publish(&target, false, model("one")).unwrap();
    symlink("v1", &latest).unwrap();
    assert!(matches!(publish(&latest, false, model("two")), Err(Error::SaveExists { .. })));
    publish(&latest, true, model("two")).unwrap();
    assert_eq!(words(&target).as_deref(), Some("two"));
    assert!(fs::symlink_metadata(&latest).unwrap().is_symlink());
    symlink("nowhere", directory.path().join("dangling")).unwrap();
    let dangling = publish(&directory.path().join("dangling"), true, model("x"));
    assert!(matches!(dangling, Err(Error::SaveRefused { .. })));
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may write everywhere");
        return;
    }
    let locked = directory.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    let error = publish(&locked.join("model"), false, model("x")).unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error}");
}

#[test]
fn fault_160_any_operation_may_fail() {
    const ENOSPC: i32 = 28;
    const EACCES: i32 = 13;
    const EIO: i32 = 5;
    for (errno, abilities) in [(ENOSPC, ALL_ABILITIES), (EACCES, ALL_ABILITIES), (EIO, ALL_ABILITIES), (EIO, POOR)] {
        for old in [None, Some("old")] {
            let mut at = 0;
            loop {
                at += 1;
                let directory = tempfile::tempdir().unwrap();
                let target = directory.path().join("model");
                old.iter().for_each(|words| publish(&target, false, model(words)).unwrap());
                let plan = Plan { at, what: Misfortune::Error(errno) };
                let save = || publish_with(&target, old.is_some(), abilities, model("new"));
                let (saved, operations) = failpoint::with(Some(plan), save);
                let found = words(&target);
                match &saved {
                    Ok(()) => assert_eq!(found.as_deref(), Some("new"), "{errno} at {at}"),
                    Err(Error::DiskFull { .. }) => assert_eq!(errno, ENOSPC),
                    Err(Error::PermissionDenied { .. }) => assert_eq!(errno, EACCES),
                    Err(error) => assert!(matches!(error, Error::Io { .. }), "{error}"),
                }
                assert!(found.as_deref() == old || found.as_deref() == Some("new"), "{errno} at {at}: {found:?}");
                if at > operations {
                    assert!(saved.is_ok() && at > 5, "{saved:?}");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_failed_or_panicking_writer_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    publish(&target, false, model("old")).unwrap();
    let failed = publish(&target, true, |staging| {
        model("half")(staging)?;
        Err(Error::structure("no"))
    });
    assert!(matches!(failed, Err(Error::ModelStructure { .. })));
    let panicked = std::panic::catch_unwind(|| publish(&target, true, |_| panic!("stop")));
    assert!(panicked.is_err());
    assert_eq!(words(&target).as_deref(), Some("old"));
    assert_eq!(names(directory.path()), ["model"]);
}

#[test]
fn fault_161_of_many_threads_one_wins_whole() {
    for (overwrite, abilities) in [(false, ALL_ABILITIES), (false, POOR), (true, ALL_ABILITIES), (true, POOR)] {
        for _ in 0..20 {
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().join("model");
            let start = Barrier::new(4);
            let save = |number: usize| {
                start.wait();
                publish_with(&target, overwrite, abilities, model(&number.to_string()))
            };
            let results: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|number| scope.spawn(move || save(number))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let won: Vec<_> = results.iter().filter(|result| result.is_ok()).collect();
            let found = words(&target).unwrap();
            if overwrite {
                assert!(!won.is_empty(), "{results:?}");
                assert!(results[found.parse::<usize>().unwrap()].is_ok(), "{found}: {results:?}");
            } else {
                assert_eq!(won.len(), 1, "{results:?}");
                assert!(results[found.parse::<usize>().unwrap()].is_ok());
                let lost = |result: &&Result<()>| matches!(result, Ok(()) | Err(Error::SaveExists { .. }));
                assert!(results.iter().all(|result| lost(&result)), "{results:?}");
            }
            assert_eq!(names(directory.path()), ["model"]);
        }
    }
}

/// What a child process does: saves over the target, and is killed at the operation of a number.
#[test]
#[ignore = "a role that other tests play in a process of their own"]
fn role() {
    let Some(target) = std::env::var_os(ROLE) else { return };
    let detail = std::env::var(DETAIL).expect("a role has a detail");
    let (abilities, at) = detail.split_once(' ').expect("two words");
    let abilities = if abilities == "poor" { POOR } else { ALL_ABILITIES };
    let plan = Plan { at: at.parse().expect("a number"), what: Misfortune::Kill };
    let save = || publish_with(Path::new(&target), true, abilities, model("new"));
    failpoint::with(Some(plan), save).0.expect("saved");
}

/// Whether the child came to its end.
fn play(target: &Path, detail: &str) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "saved_model::write::publish::tests::role", "--ignored", "--test-threads=1"]);
    command.env(ROLE, target).env(DETAIL, detail).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().success()
}

#[cfg(unix)]
#[test]
fn fault_101_killed_before_every_operation() {
    for (abilities, old) in [("all", None), ("all", Some("old")), ("poor", None), ("poor", Some("old"))] {
        let mut at = 0;
        loop {
            at += 1;
            let directory = tempfile::tempdir().unwrap();
            let target = directory.path().join("model");
            old.iter().for_each(|words| publish(&target, false, model(words)).unwrap());
            let finished = play(&target, &format!("{abilities} {at}"));
            let mut found = words(&target);
            if abilities == "poor" && old.is_some() && found.is_none() {
                // Between two renames: whoever saves next puts it back.
                let error = publish(&target, false, model("later")).unwrap_err();
                assert!(matches!(error, Error::SaveExists { .. }), "{error}");
                found = words(&target);
            }
            assert!(found.as_deref() == old || found.as_deref() == Some("new"), "at {at}: {found:?}");
            publish(&target, true, model("next")).unwrap();
            assert_eq!(words(&target).as_deref(), Some("next"));
            assert_eq!(names(directory.path()), ["model"], "at {at}");
            if finished {
                break;
            }
        }
        println!("case 101 ok ({} kill points, {abilities}, {old:?})", at - 1);
        assert!(at > 8, "{at}");
    }
}

#[test]
fn the_directories_of_the_living_and_of_others_stay() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("model");
    let uid = new_uid();
    let elsewhere = format!(".model.saving.elsewhere.1.{uid}");
    let alive = format!(".model.saving.{}.{}.{uid}", host(), std::process::id());
    let other = format!(".models.saving.{}.{}.{uid}", host(), u32::MAX);
    let dead = format!(".model.saving.{}.{}.{uid}", host(), u32::MAX);
    for name in [&elsewhere, &alive, &other, &dead] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    publish(&target, false, model("one")).unwrap();
    let mut expected = vec![elsewhere, alive, other, "model".to_owned()];
    expected.sort();
    assert_eq!(names(directory.path()), expected);
}
