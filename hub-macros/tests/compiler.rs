//! The macro in a compiler of its own, for what its tokens do not show: places, files that are followed, other processes,
//! the network. Faults 173 and 174.
//!
//! The programs have a stand-in for hub-layers in them, so that each compiles in a fraction of a second.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use hub_core::{Handle, Hub, Lockfile, Settings};

/// What the expansions name.
const STAND_IN: &str = r#"
#[allow(dead_code)]
pub mod stand_in {
    pub mod __macro {
        pub type Result<T> = core::result::Result<T, String>;
        pub struct Sequential;
        impl Sequential {
            pub fn new() -> Sequential { Sequential }
            pub fn add<T>(self, _layer: T) -> Sequential { self }
            pub fn build(self) -> Result<Sequential> { Ok(self) }
        }
        pub struct KerasLayer;
        impl KerasLayer {
            pub fn new<T>(_handle: T) -> Result<KerasLayer> { Ok(KerasLayer) }
            pub fn output_key<T>(self, _key: T) -> KerasLayer { self }
        }
        pub struct InputLayer;
        impl InputLayer {
            pub fn new<T>(_shape: T) -> InputLayer { InputLayer }
        }
        pub struct Dense;
        impl Dense {
            pub fn new(_units: usize) -> Dense { Dense }
        }
    }
}
"#;

/// A crate with a model in it.
struct World {
    directory: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let world = World { directory: tempfile::tempdir().expect("a temporary directory") };
        fs::write(world.path("Cargo.lock"), "").expect("it is written");
        for file in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
            let to = world.path("models/digits").join(file);
            fs::create_dir_all(to.parent().expect("a folder")).expect("it is made");
            fs::copy(fixture().join(file), to).expect("it is copied");
        }
        world
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Writes what `tfhub lock` writes of the fixture under another handle.
    fn lock(&self, handle: &str) {
        let hub = Hub::with_settings(Settings::from_lookup(|_| None));
        let mut lock_file = Lockfile::new(self.path("hub.lock"));
        let model = hub.lock(&Handle::from_path(fixture())).expect("the fixture is sound");
        lock_file.insert(&handle.parse().expect("a handle"), model);
        lock_file.write().expect("it is written");
    }

    /// Starts a compiler on a program whose models are these.
    fn start(&self, name: &str, models: &[&str]) -> Child {
        let calls: String = models
            .iter()
            .map(|model| format!("    let _ = hub_macros::model!([crate::stand_in] {model});\n"))
            .collect();
        fs::write(self.path(&format!("{name}.rs")), format!("{STAND_IN}\npub fn models() {{\n{calls}}}\n"))
            .expect("it is written");
        let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
        command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata,dep-info", "--out-dir"]);
        command.arg(self.directory.path()).arg("--extern").arg(format!("hub_macros={}", library().display()));
        // By its name alone: messages are the same wherever the directory is.
        command
            .arg(format!("{name}.rs"))
            .current_dir(self.directory.path())
            .env("CARGO_MANIFEST_DIR", self.directory.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the compiler starts")
    }

    fn compile(&self, name: &str, models: &[&str]) -> Output {
        self.start(name, models).wait_with_output().expect("the compiler ends")
    }
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/digits_features/model")
}

/// The macro that these tests were built with: the newest in the folder that they are in.
fn library() -> PathBuf {
    let own = std::env::current_exe().expect("a program");
    let folder = own.parent().expect("a folder").read_dir().expect("it can be listed").filter_map(Result::ok);
    let is_macro = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.contains("hub_macros-") && path.extension().is_some_and(|own| own == std::env::consts::DLL_EXTENSION)
    };
    let age = |path: &PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
    folder.map(|entry| entry.path()).filter(is_macro).max_by_key(age).expect("the macro was built")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn mistakes_stand_at_their_tokens() {
    let world = World::new();
    let output = world.compile(
        "mistakes",
        &[
            "< InputLayer([28, 28, 1]), KerasLayer(\"models/digits\") >",
            "< KerasLayer(\"models/digts\") >",
            "< KerasLayer(\"models\"), Dense(10) >",
            "< KerasLayer(\"https:/example.com/digits\") >",
        ],
    );
    assert!(!output.status.success());
    insta::assert_snapshot!(said(&output));
}

#[test]
fn files_that_were_read_are_followed() {
    let world = World::new();
    world.lock("https://example.com/digits/1");
    let models = [
        "< InputLayer([8, 8, 1]), KerasLayer(\"models/digits\") >",
        "< InputLayer([8, 8, 1]), KerasLayer(\"https://example.com/digits/1\"), Dense(3) >",
    ];
    let output = world.compile("followed", &models);
    assert!(output.status.success(), "{}", said(&output));
    let dependencies = fs::read_to_string(world.path("followed.d")).expect("it is written");
    for file in ["models/digits/saved_model.pb", "hub.lock"] {
        assert!(dependencies.contains(file), "{file}: {dependencies}");
    }
    assert!(!dependencies.contains("variables"), "{dependencies}");
}

/// A handle that would have to be fetched is left for the program; nobody is asked.
#[test]
fn the_network_is_not_used() {
    let world = World::new();
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    server.set_nonblocking(true).expect("it can wait for nobody");
    let address = format!("http://{}/digits/1", server.local_addr().expect("an address"));
    let output = world.compile("network", &[&format!("< KerasLayer(\"{address}\"), Dense(3) >")]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(server.accept().is_err(), "somebody connected");
}

#[test]
fn two_compilers_at_once_do_not_disturb_each_other() {
    let world = World::new();
    world.lock("https://example.com/digits/1");
    for round in 0..2 {
        let models = [
            "< InputLayer([8, 8, 1]), KerasLayer(\"models/digits\") >",
            "< InputLayer([8, 8, 1]), KerasLayer(\"https://example.com/digits/1\"), Dense(3) >",
        ];
        let both = ["one", "two"].map(|name| world.start(&format!("{name}_{round}"), &models));
        for compiler in both {
            let output = compiler.wait_with_output().expect("the compiler ends");
            assert!(output.status.success(), "{}", said(&output));
        }
    }
}

/// What only exists in a larger form than is read: the message says the limit, and nothing is read.
#[test]
fn a_huge_model_is_an_error_with_the_limit() {
    let world = World::new();
    let graph = fs::File::options().write(true).open(world.path("models/digits/saved_model.pb")).expect("the copy");
    graph.set_len(1 << 30).expect("a sparse file");
    let output = world.compile("huge", &["< KerasLayer(\"models/digits\") >"]);
    assert!(!output.status.success());
    insta::assert_snapshot!(said(&output));
}

/// What the compiler has to load with the macro: hub-core without its features.
#[test]
fn neither_the_engine_nor_a_network_client_is_in_the_macro() {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["tree", "--offline", "-p", "hub-macros", "-e", "normal", "--prefix", "none"]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo starts");
    assert!(output.status.success(), "{}", said(&output));
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"hub-core") && names.contains(&"syn"), "{tree}");
    for heavy in ["tensorflow", "tensorflow-sys-runtime", "libloading", "ureq", "rustls"] {
        assert!(!names.contains(&heavy), "{heavy}: {tree}");
    }
}
