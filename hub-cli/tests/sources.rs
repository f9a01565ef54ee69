//! `tfhub resolve`, `cache`, `lock` and `vendor` as programs: what they print, and how they fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hub_fixtures::server::{Answer, Server};

/// A working directory with a cache in it, and a server with a model.
struct World {
    directory: tempfile::TempDir,
    server: Server,
}

impl World {
    fn new() -> World {
        let server = Server::start();
        let archive = hub_fixtures::folder("digits_features/digits_features.tar.gz");
        server.on("/digits/1", Answer::archive(fs::read(archive).expect("the fixture is there")));
        World { directory: tempfile::tempdir().expect("a temporary directory"), server }
    }

    fn handle(&self) -> String {
        self.server.url("/digits/1")
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// Runs the program in the directory, with nothing of this machine's environment that names a cache or a proxy.
    fn tfhub(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
        for name in ["TFHUB_OFFLINE", "TFHUB_DOWNLOAD_PROGRESS", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.directory.path()).env("TFHUB_CACHE_DIR", self.cache());
        command.output().expect("the program starts")
    }

    /// What a command prints that succeeds.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.tfhub(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What a command says that fails.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.tfhub(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }
}

#[test]
fn resolve_prints_one_line_and_tells_of_the_download_on_stderr() {
    let world = World::new();
    let output = world.tfhub(&["resolve", &world.handle()]);
    let directory = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(directory.lines().count(), 1);
    assert!(Path::new(directory.trim_end()).join("saved_model.pb").is_file());
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(told.starts_with(&format!("downloading {} (", world.handle())), "{told}");
    assert!(told.lines().nth(1).is_some_and(|line| line.contains(": done, ")), "{told}");
    let output = world.tfhub(&["resolve", &world.handle(), "--offline"]);
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), directory);
    assert!(output.stderr.is_empty());
}

#[test]
fn what_is_not_there_is_refused_offline() {
    let world = World::new();
    let said = world.fails(&["resolve", "--offline", &world.handle()]);
    assert!(said.contains("is not in the cache, and downloads are forbidden\nhint: "), "{said}");
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn the_cache_is_listed_verified_and_pruned() {
    let world = World::new();
    assert_eq!(world.prints(&["cache", "list"]), "");
    let directory = world.prints(&["resolve", &world.handle()]);
    let directory = directory.trim_end();
    assert_eq!(world.prints(&["cache", "path"]).trim_end(), world.cache().to_string_lossy());
    let listed = world.prints(&["cache", "list"]);
    assert!(listed.contains(directory) && listed.contains(&world.handle()), "{listed}");
    assert!(world.prints(&["cache", "verify"]).starts_with("whole: "));

    let mut bytes = fs::read(Path::new(directory).join("fingerprint.pb")).expect("it is there");
    bytes[0] ^= 1;
    fs::write(Path::new(directory).join("fingerprint.pb"), bytes).expect("it is written");
    let said = world.fails(&["cache", "verify"]);
    assert!(said.contains("is damaged: `fingerprint.pb` has the digest"), "{said}");

    fs::write(world.cache().join("my notes.txt"), "mine").expect("it is written");
    assert_eq!(world.prints(&["cache", "prune"]), "0 bytes freed\n");
    let would = world.prints(&["cache", "prune", "--unused-for", "0", "--dry-run"]);
    assert!(would.contains(directory) && would.contains(" bytes would be freed"), "{would}");
    assert!(Path::new(directory).exists());
    assert!(world.prints(&["cache", "prune", "--unused-for", "0"]).contains(directory));
    assert!(!Path::new(directory).exists() && world.cache().join("my notes.txt").exists());
}

#[test]
fn a_lock_file_pins_what_a_handle_stands_for() {
    let world = World::new();
    let said = world.fails(&["resolve", "--locked", &world.handle()]);
    assert!(said.contains("hub.lock"), "{said}");
    let locked = world.prints(&["lock", &world.handle()]);
    let (digest, handle) = locked.trim_end().split_once(' ').expect("two words");
    assert_eq!((digest.len(), handle), (64, world.handle().as_str()));
    world.prints(&["resolve", "--locked", &world.handle()]);
    let said = world.fails(&["resolve", "--locked=hub.lock", &world.server.url("/digits/2")]);
    assert!(said.contains("is not in `hub.lock`\nhint: run `tfhub lock '"), "{said}");

    let text = fs::read_to_string(world.directory.path().join("hub.lock")).expect("it is there");
    let recorded: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut shown: serde_json::Value =
        serde_json::from_str(&world.prints(&["show", "--json", &world.handle()])).expect("JSON");
    shown.as_object_mut().expect("an object").remove("audit");
    assert_eq!(recorded["models"][handle]["description"], shown, "what `model!` checks programs with");
    fs::write(world.directory.path().join("hub.lock"), text.replace(digest, &"0".repeat(64))).expect("it is written");
    let said = world.fails(&["resolve", "--locked", &world.handle()]);
    assert!(said.contains(&format!("expected SHA-256 {}, found {digest}", "0".repeat(64))), "{said}");
}

#[test]
fn vendored_models_need_no_network() {
    let world = World::new();
    world.prints(&["lock", &world.handle()]);
    let copied = world.prints(&["vendor", "models"]);
    let (directory, handle) = copied.trim_end().split_once(' ').expect("two words");
    assert_eq!(handle, world.handle());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tfhub"));
    command.args(["resolve", "--offline", &world.handle()]).current_dir(world.directory.path());
    let output = command.env("TFHUB_CACHE_DIR", "models").output().expect("the program starts");
    let resolved = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(resolved.trim_end().ends_with(directory), "{resolved} {directory}");
    assert_eq!(world.server.count("/digits/1"), 1);
}
