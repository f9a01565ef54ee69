//! What differs between platforms: the pinned wheel, the names of the library files, the loader's variable.
//!
//! The one table of versions and SHA-256 digests is here; `install` fetches by it, `locate` looks for the names.
//! A new version of TensorFlow is a change of this file alone.

/// The version of TensorFlow that is installed where none is found.
pub(crate) const PINNED_VERSION: &str = "2.21.0";

/// The oldest version that works, as (major, minor).
pub(crate) const OLDEST: (u32, u32) = (2, 13);

/// The newest version that was tested, as (major, minor).
pub(crate) const NEWEST: (u32, u32) = (2, 21);

/// Room on the disk that an install needs: the wheel, and the two library files out of it.
pub(crate) const INSTALL_BYTES: u64 = 1_200_000_000;

/// The size of a wheel, as measured for Linux on x86-64; only a progress bar needs it.
pub(crate) const WHEEL_BYTES: u64 = 274_000_000;

/// A wheel that holds the library, pinned by its digest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wheel {
    /// The operating system and architecture, as Rust names them.
    pub(crate) os: &'static str,
    pub(crate) architecture: &'static str,
    /// The package's name for `pip`.
    pub(crate) package: &'static str,
    /// The wheel's platform tag.
    pub(crate) tag: &'static str,
    pub(crate) sha256: &'static str,
}

/// The wheels of [`PINNED_VERSION`] that hold the library. (That for Windows holds a stub only.)
const WHEELS: [Wheel; 3] = [
    Wheel {
        os: "linux",
        architecture: "x86_64",
        package: "tensorflow-cpu",
        tag: "manylinux_2_27_x86_64",
        sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    },
    Wheel {
        os: "linux",
        architecture: "aarch64",
        package: "tensorflow",
        tag: "manylinux_2_27_aarch64",
        sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    },
    Wheel {
        os: "macos",
        architecture: "aarch64",
        package: "tensorflow",
        tag: "macosx_12_0_arm64",
        sha256: "56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712",
    },
];

/// The wheel for this machine, where there is one.
pub(crate) fn wheel() -> Option<&'static Wheel> {
    // The wheels for Linux are linked against glibc.
    let supported = cfg!(any(target_env = "gnu", target_os = "macos"));
    WHEELS
        .iter()
        .find(|wheel| supported && wheel.os == std::env::consts::OS && wheel.architecture == std::env::consts::ARCH)
}

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

    #[test]
    fn pinned_digests_are_sha256() {
        for wheel in &WHEELS {
            assert_eq!(wheel.sha256.len(), 64);
            assert!(wheel.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
