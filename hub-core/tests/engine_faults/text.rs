//! TensorFlow Text for an engine of a stub: which release is asked for, what is refused. The install itself is the engine's.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{child, pip, stub};

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    /// A place with an engine of that version.
    fn new(version: &str) -> Place {
        let place = Place { directory: tempfile::tempdir().expect("a temporary directory") };
        stub::library(&place.path("libtensorflow.so"), version);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Looks for the libraries and installs them; answers with the exit code and everything that was said.
    fn install(&self, more: &[(&str, &Path)]) -> (Option<i32>, String) {
        let (engine, cache, programs) = (self.path("libtensorflow.so"), self.path("cache"), self.path("programs"));
        let variables = [("TFHUB_ENGINE", engine.as_path()), ("TFHUB_ENGINE_DIR", &cache), ("PATH", &programs)];
        child::run("install text", &[&variables, more].concat())
    }

    /// What is in the engine cache.
    fn cached(&self) -> Vec<String> {
        let entries = self.path("cache").read_dir().into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

#[test]
fn pip_is_asked_for_the_release_of_the_engine_by_its_digest() {
    let place = Place::new("2.21.0");
    let script = "shift 2; echo \"ERROR: $*\"; while [ \"$1\" != --requirement ]; do shift; done; \
                  echo \"ERROR: $(cat \"$2\")\"; exit 1";
    pip::python_with_pip(&place.path("programs"), script);
    let (code, said) = place.install(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("OpLibraryInstall") && said.contains("TensorFlow Text 2.21.1 could not be installed"),
        "{said}"
    );
    assert!(said.contains("--require-hashes") && said.contains("tensorflow-text==2.21.1 --hash=sha256:"), "{said}");
    assert!(said.contains("hint: run `tfhub doctor --install --ops text` again"), "{said}");
    assert_eq!(place.cached(), [".lock"]);
}

#[test]
fn another_wheel_than_the_pinned_one_is_refused() {
    let place = Place::new("2.21.3");
    let script = "while [ \"$1\" != --dest ]; do shift; done; mkdir -p \"$2\"; echo PK > \"$2/other.whl\"";
    pip::python_with_pip(&place.path("programs"), script);
    let (code, said) = place.install(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ChecksumMismatch"), "{said}");
    assert_eq!(place.cached(), [".lock"]);
}

#[test]
fn for_another_version_of_the_engine_nothing_is_fetched() {
    let place = Place::new("2.19.0");
    pip::python_with_pip(&place.path("programs"), &format!("touch {}", place.path("ran").display()));
    let (code, said) = place.install(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("OpLibraryUnavailable") && said.contains("(known: 2.21.1)"), "{said}");
    assert!(said.contains("tensorflow-text==2.19.*") && said.contains("OpLibraries::file"), "{said}");
    assert!(!place.path("ran").exists() && place.cached().is_empty());
}

#[test]
fn offline_nothing_is_run() {
    let place = Place::new("2.21.0");
    pip::python_with_pip(&place.path("programs"), &format!("touch {}", place.path("ran").display()));
    let (code, said) = place.install(&[("TFHUB_OFFLINE", Path::new("1"))]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("OpLibraryInstall") && said.contains("TFHUB_OFFLINE forbids it"), "{said}");
    assert!(!place.path("ran").exists() && place.cached().is_empty());
}

#[test]
fn what_does_not_match_its_stamp_is_refused() {
    let place = Place::new("2.21.0");
    pip::python(&place.path("programs"), "exit 0");
    let entry = place.path("cache").join(format!("text-2.21.1-linux-{}", std::env::consts::ARCH));
    fs::create_dir_all(&entry).expect("a directory is made");
    fs::write(entry.join("_ops.so"), "not what was installed").expect("a file is written");
    let (_, said) = place.install(&[]);
    assert!(said.contains("its stamp cannot be read"), "{said}");
}

#[test]
fn a_python_package_will_do_in_the_minor_version_of_the_engine() {
    for (version, verdict) in [("2.21.7", "usable"), ("2.20.1", "it is TensorFlow Text 2.20.1")] {
        let place = Place::new("2.21.0");
        let packages = place.path("packages");
        fs::create_dir_all(packages.join("tensorflow_text/python/ops")).expect("a directory is made");
        fs::create_dir_all(packages.join(format!("tensorflow_text-{version}.dist-info"))).expect("a directory is made");
        fs::write(packages.join("tensorflow_text/python/ops/_ops.so"), "").expect("a file is written");
        pip::python(&place.path("programs"), &format!("echo {}", packages.display()));
        let (_, said) = place.install(&[("TFHUB_OFFLINE", Path::new("1"))]);
        let expected = format!("Python package: `{}`: {verdict}", packages.join("tensorflow_text").display());
        assert!(said.contains(&expected), "{said}");
    }
}
