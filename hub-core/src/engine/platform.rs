//! What differs between platforms: the names of the library files, the loader's variable; and versions of TensorFlow.
//!
//! `locate` looks for the names. What is installed, and its digests, are in `pinned`.

/// The oldest version that works, as (major, minor).
pub(crate) const OLDEST: (u32, u32) = (2, 13);

/// The newest version that was tested, as (major, minor).
pub(crate) const NEWEST: (u32, u32) = (2, 21);

/// The names under which the library goes, the usual one first.
pub(crate) const LIBRARY_NAMES: &[&str] = if cfg!(target_os = "macos") {
    &["libtensorflow.dylib", "libtensorflow.2.dylib", "libtensorflow_cc.2.dylib", "libtensorflow_cc.dylib"]
} else if cfg!(windows) {
    &["tensorflow.dll"]
} else {
    &["libtensorflow.so", "libtensorflow.so.2", "libtensorflow_cc.so.2", "libtensorflow_cc.so"]
};

/// The name that the `tensorflow` crate looks for.
pub(crate) const LINK_NAME: &str = LIBRARY_NAMES[0];

/// The name of the main library in a wheel.
pub(crate) const WHEEL_LIBRARY: &str =
    if cfg!(target_os = "macos") { "libtensorflow_cc.2.dylib" } else { "libtensorflow_cc.so.2" };

/// The name of the main library in a C archive.
pub(crate) const ARCHIVE_LIBRARY: &str =
    if cfg!(target_os = "macos") { "libtensorflow.2.dylib" } else { "libtensorflow.so.2" };

/// The name of the second library, which the main one needs beside it.
pub(crate) const FRAMEWORK_LIBRARY: &str =
    if cfg!(target_os = "macos") { "libtensorflow_framework.2.dylib" } else { "libtensorflow_framework.so.2" };

/// What the name of a library ends with that others load at run time.
pub(crate) const PLUGIN_SUFFIX: &str = if cfg!(target_os = "macos") {
    ".dylib"
} else if cfg!(windows) {
    ".dll"
} else {
    ".so"
};

/// The variable with the directories that the loader searches.
pub(crate) const LOADER_PATH: &str = if cfg!(target_os = "macos") {
    "DYLD_LIBRARY_PATH"
} else if cfg!(windows) {
    "PATH"
} else {
    "LD_LIBRARY_PATH"
};

/// The part of a library's file name before the platform's suffix and version: `libtensorflow_cc`, say.
pub(crate) fn stem(file_name: &str) -> Option<&str> {
    let end = file_name.find(".so").or_else(|| file_name.find(".dll"));
    match end {
        Some(end) => Some(&file_name[..end]),
        None => file_name.strip_suffix(".dylib")?.split('.').next(),
    }
}

/// Whether a file of this name is one of TensorFlow's own libraries. TensorFlow Lite is another library.
pub(crate) fn is_tensorflow(file_name: &str) -> bool {
    matches!(stem(file_name), Some("libtensorflow" | "libtensorflow_cc" | "libtensorflow_framework" | "tensorflow"))
}

/// The (major, minor) of a version such as `2.21.0-rc1`.
pub(crate) fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The oldest version that works, as text.
pub(crate) fn oldest() -> String {
    format!("{}.{}", OLDEST.0, OLDEST.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_names_are_told_apart() {
        for name in ["libtensorflow.so", "libtensorflow.so.2.18.1", "libtensorflow_cc.so.2", "libtensorflow_cc.2.dylib"]
        {
            assert!(is_tensorflow(name), "{name}");
        }
        for name in ["libtensorflowlite_c.so", "libtensorflow_io.so", "libtensorflow-0a1b.rlib", "libtorch.so"] {
            assert!(!is_tensorflow(name), "{name}");
        }
    }

    #[test]
    fn versions_parse_to_major_and_minor() {
        assert_eq!(parse_version("2.21.0"), Some((2, 21)));
        assert_eq!(parse_version("2.22.0-rc0"), Some((2, 22)));
        assert_eq!(parse_version("1.15"), Some((1, 15)));
        assert_eq!(parse_version(""), None);
        assert_eq!(parse_version("two.three"), None);
    }
}
