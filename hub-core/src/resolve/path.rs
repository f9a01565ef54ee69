//! Handles that are paths on this machine.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::Resolver;
use crate::error::{Error, Result};
use crate::handle::{Handle, HandleKind};

/// Takes a path, relative or absolute, and a `file:` URL.
///
/// As in Python, the path comes back as it was given, and only its existence is checked: a file resolves, too. A
/// relative path with `://` inside comes back absolute, so that nobody takes its beginning for a scheme.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathResolver;

impl Resolver for PathResolver {
    fn describe(&self) -> String {
        "a local path".into()
    }

    fn supports(&self, handle: &Handle) -> bool {
        matches!(handle.kind(), HandleKind::Path(_))
    }

    fn resolve(&self, handle: &Handle) -> Result<PathBuf> {
        let HandleKind::Path(path) = handle.kind() else {
            return Err(Error::UnsupportedHandle { handle: handle.to_string(), supported: vec![self.describe()] });
        };
        match path.try_exists() {
            Ok(true) => readable(path),
            Ok(false) => Err(Error::NotAModel { path: path.clone(), why: missing(handle, path) }),
            Err(error) => Err(Error::io("look at", path, error)),
        }
    }
}

/// A path that exists, where this process may look into it.
fn readable(path: &Path) -> Result<PathBuf> {
    let needed = if path.is_dir() { Access::EXEC_OK } else { Access::READ_OK };
    access(path, needed).map_err(|error| Error::io("read", path, error.into()))?;
    if path.is_relative() && path.to_string_lossy().contains("://") {
        return std::path::absolute(path).map_err(|error| Error::io("look at", path, error));
    }
    Ok(path.to_owned())
}

/// Why there is nothing at a path.
fn missing(handle: &Handle, path: &Path) -> String {
    if let Ok(target) = path.read_link() {
        return format!("it is a link to `{}`, which does not exist", target.display());
    }
    if path.starts_with("~") {
        return "it does not exist: `~` stands for the home directory in the shell only".into();
    }
    if handle.as_str().starts_with("file:") && handle.as_str().contains('%') {
        return "it does not exist: a percent sign in a file's address stands for itself".into();
    }
    "it does not exist".into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    /// A user that owns nothing.
    const NOBODY: u32 = 65534;

    /// Tells the child of `fault_7_unreadable` which directory to look at.
    const UNREADABLE: &str = "HUB_TEST_UNREADABLE";

    fn resolved(text: &str) -> Result<PathBuf> {
        PathResolver.resolve(&text.parse()?)
    }

    fn text_of(path: &Path) -> String {
        path.to_str().expect("the path of a temporary directory is UTF-8").to_owned()
    }

    fn why_no_model(text: &str) -> String {
        match resolved(text) {
            Err(Error::NotAModel { why, .. }) => why,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_path_comes_back_as_it_was_given() {
        assert_eq!(resolved(".").expect("it exists"), PathBuf::from("."));
        assert_eq!(resolved("./src/../src/").expect("it exists"), PathBuf::from("./src/../src/"));
        assert!(!PathResolver.supports(&"https://tfhub.dev/google/nnlm-en-dim50/2".parse().expect("a handle")));
    }

    #[test]
    fn fault_7_missing() {
        let directory = tempfile::tempdir().expect("a directory");
        let missing = text_of(&directory.path().join("missing"));
        assert_eq!(why_no_model(&missing), "it does not exist");
        assert_eq!(why_no_model("no/such/model"), "it does not exist");
        assert!(why_no_model("~/no/such/model").contains("home directory"));
        assert!(why_no_model(&format!("file://{missing}%20model")).contains("stands for itself"));
    }

    #[test]
    fn fault_7_a_file_resolves_as_in_python() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("model.txt");
        std::fs::write(&file, "no model").expect("written");
        assert_eq!(resolved(&text_of(&file)).expect("it exists"), file);
    }

    #[test]
    fn fault_7_links() {
        let directory = tempfile::tempdir().expect("a directory");
        let (dangling, good, circle) =
            (directory.path().join("dangling"), directory.path().join("good"), directory.path().join("circle"));
        symlink("nowhere", &dangling).expect("a link");
        symlink(directory.path(), &good).expect("a link");
        symlink("circle", &circle).expect("a link");
        assert_eq!(why_no_model(&text_of(&dangling)), "it is a link to `nowhere`, which does not exist");
        assert_eq!(resolved(&text_of(&good)).expect("it leads to a directory"), good);
        assert!(matches!(resolved(&text_of(&circle)), Err(Error::Io { .. })));
    }

    #[test]
    fn fault_7_a_scheme_inside_cannot_be_selected() {
        let directory = tempfile::tempdir_in(".").expect("a directory");
        let name = directory.path().file_name().and_then(|name| name.to_str()).expect("UTF-8");
        std::fs::create_dir_all(directory.path().join("gs:/bucket")).expect("a directory");
        let text = format!("{name}/gs://bucket");
        let path = resolved(&text).expect("it exists");
        assert!(path.is_absolute() && path.is_dir(), "{}", path.display());
        let handle = Handle::from_path(&text);
        assert!(PathResolver.resolve(&handle).expect("it exists").is_absolute());
    }

    #[test]
    fn fault_7_unreadable() {
        if let Some(path) = std::env::var_os(UNREADABLE) {
            return assert_permission_denied(Path::new(&path));
        }
        let directory = tempfile::tempdir().expect("a directory");
        let closed = directory.path().join("closed");
        std::fs::create_dir_all(closed.join("model")).expect("a directory");
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode is ours to set");
        };
        mode(directory.path(), 0o755);
        mode(&closed, 0o000);
        if rustix::process::getuid().is_root() {
            as_nobody(&closed)
        } else {
            assert_permission_denied(&closed)
        }
        mode(&closed, 0o755);
    }

    fn assert_permission_denied(closed: &Path) {
        for path in [closed.to_owned(), closed.join("model")] {
            let found = resolved(&text_of(&path));
            assert!(matches!(found, Err(Error::PermissionDenied { .. })), "{}: {found:?}", path.display());
        }
    }

    /// Runs this test again in a child that is not root, whom no mode keeps out.
    fn as_nobody(closed: &Path) {
        let program = std::env::current_exe().expect("the test's own program");
        let output = Command::new(program)
            .args(["--exact", "resolve::path::tests::fault_7_unreadable"])
            .env(UNREADABLE, closed)
            .uid(NOBODY)
            .gid(NOBODY)
            .output();
        match output {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(output.status.success() && text.contains("1 passed"), "{text}");
            }
            Err(why) => eprintln!("skipped: the test cannot be run by another user: {why}"),
        }
    }

    #[test]
    fn fault_8_odd_names() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["with blank", "模型", "new\nline", "100%", " led", "trailed "] {
            let path = directory.path().join(name);
            std::fs::create_dir(&path).expect("a directory");
            assert_eq!(resolved(&text_of(&path)).expect("it exists"), path, "{name:?}");
        }
        let long = format!("{}/{}", directory.path().display(), "a/".repeat(2000));
        assert!(matches!(resolved(&long), Err(Error::NotAModel { .. })), "{:?}", resolved(&long));
        let too_long = format!("{}/{}", directory.path().display(), "a/".repeat(3000));
        assert!(matches!(resolved(&too_long), Err(Error::Io { .. })), "{:?}", resolved(&too_long));
    }
}
