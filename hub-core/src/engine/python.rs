//! Where installed Python packages lie, and which of them are TensorFlow and TensorFlow Text.
//!
//! `locate` and `tensorflow_text` look here last. The interpreter is asked only where its package directories are; no
//! package is ever imported (that takes seconds, and brings a second copy of the library).

use std::ffi::OsString;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{child, platform};

/// An interpreter that has not answered by then is given up.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// No list of directories comes near this size.
const ANSWER_BYTES: u64 = 64 * 1024;

const QUESTION: &str = "\
import site, sys, sysconfig
paths = sysconfig.get_paths()
found = [paths['purelib'], paths['platlib']]
found += site.getsitepackages() if hasattr(site, 'getsitepackages') else []
found += [site.getusersitepackages()] if hasattr(site, 'getusersitepackages') else []
sys.stdout.write('\\n'.join(found))
";

/// The names under which TensorFlow is packaged, as its metadata directories spell them.
pub(super) const TENSORFLOW: [&str; 5] =
    ["tensorflow", "tensorflow_cpu", "tensorflow_gpu", "tensorflow_macos", "tf_nightly"];

/// The first program of that name in the directories given. Relative directories are passed over: what lies in the
/// working directory is not to be run.
pub(super) fn find_program(name: &str, directories: &[PathBuf]) -> Option<PathBuf> {
    let mut files =
        directories.iter().filter(|directory| directory.is_absolute()).map(|directory| directory.join(name));
    files.find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

/// The Python interpreter, where there is one.
pub(super) fn interpreter(directories: &[PathBuf]) -> Option<PathBuf> {
    find_program("python3", directories).or_else(|| find_program("python", directories))
}

/// The directories of a package that an interpreter has; an interpreter that does not answer has none.
pub(super) fn directories_of(package: &str, python: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for packages in package_directories(python) {
        let directory = packages.join(package);
        if packages.is_absolute() && directory.is_dir() && !found.contains(&directory) {
            found.push(directory);
        }
    }
    found
}

/// The version of the package whose directory is given, by its metadata directory's name: that of one of these packages.
pub(super) fn package_version(directory: &Path, packages: &[&str]) -> Option<String> {
    let entries = directory.parent()?.read_dir().ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let versions = names.filter_map(|name| {
        let (package, version) = name.strip_suffix(".dist-info")?.split_once('-')?;
        packages.contains(&package).then(|| version.to_owned())
    });
    versions.max_by_key(|version| platform::parse_version(version))
}

fn package_directories(python: &Path) -> Vec<PathBuf> {
    let Ok(mut answer) = tempfile::tempfile() else { return Vec::new() };
    let Ok(output) = answer.try_clone() else { return Vec::new() };
    let mut command = Command::new(python);
    command.args(["-I", "-c", QUESTION]).stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    if !child::run(&mut command, ANSWER_TIME).is_ok_and(|status| status.success()) {
        tracing::debug!(python = %python.display(), "the interpreter did not say where its packages are");
        return Vec::new();
    }
    let mut bytes = Vec::new();
    if answer.rewind().is_err() || answer.take(ANSWER_BYTES).read_to_end(&mut bytes).is_err() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| path(line).into()).collect()
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).trim_end().to_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_directory_tells_the_version() {
        let packages = tempfile::tempdir().expect("a temporary directory");
        for name in ["tensorflow", "tensorflow_hub-0.16.1.dist-info", "tensorflow_cpu-2.11.0.dist-info"] {
            std::fs::create_dir(packages.path().join(name)).expect("a directory is made");
        }
        assert_eq!(package_version(&packages.path().join("tensorflow"), &TENSORFLOW).as_deref(), Some("2.11.0"));
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_never_taken_from_the_working_directory() {
        assert_eq!(find_program("sh", &["bin".into(), "".into(), ".".into()]), None);
        assert!(find_program("sh", &["/bin".into(), "/usr/bin".into()]).is_some());
    }
}
