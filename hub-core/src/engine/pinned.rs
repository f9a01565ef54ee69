//! What is installed, pinned: versions and wheels with their SHA-256.
//!
//! The one table of digests. `package` makes of it what `install` fetches. A new version of TensorFlow is a change of
//! this file alone.

use super::platform;

/// A version of something that is installed where it is not found.
#[derive(Debug)]
pub(crate) struct Release {
    /// What people call it.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// The size of a wheel, as measured for Linux on x86-64; only a progress bar needs it.
    pub(crate) wheel_bytes: u64,
    /// Room on the disk that an install needs: the wheel, and the files out of it.
    pub(crate) install_bytes: u64,
    wheels: &'static [Wheel],
}

/// A wheel, pinned by its digest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wheel {
    /// The operating system and architecture, as Rust names them.
    os: &'static str,
    architecture: &'static str,
    /// The package's name for `pip`.
    pub(crate) package: &'static str,
    /// The wheel's platform tag.
    pub(crate) tag: &'static str,
    pub(crate) sha256: &'static str,
}

/// The engine. (The wheel for Windows holds a stub only.)
pub(crate) static TENSORFLOW: Release = Release {
    name: "TensorFlow",
    version: "2.21.0",
    wheel_bytes: 274_000_000,
    install_bytes: 1_200_000_000,
    wheels: &[
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
    ],
};

/// The releases of TensorFlow Text; each is for the TensorFlow of its own minor version.
pub(crate) static TENSORFLOW_TEXT: [Release; 1] = [Release {
    name: "TensorFlow Text",
    version: "2.21.1",
    wheel_bytes: 60_000_000,
    install_bytes: 300_000_000,
    wheels: &[
        Wheel {
            os: "linux",
            architecture: "x86_64",
            package: "tensorflow-text",
            tag: "manylinux_2_27_x86_64",
            sha256: "1c8f089dfc8b274abb7f2964ae4d5d16d9961be7d254f4c096694724999114b3",
        },
        Wheel {
            os: "linux",
            architecture: "aarch64",
            package: "tensorflow-text",
            tag: "manylinux_2_27_aarch64",
            sha256: "ddfeb7c308810a5902f9544d2ee5df6ec42658496ee5b88ec1d75241bcc3d686",
        },
        Wheel {
            os: "macos",
            architecture: "aarch64",
            package: "tensorflow-text",
            tag: "macosx_11_0_arm64",
            sha256: "14c85e100d0758cf7b81c8e3379b6142f2b352cf03f4ebebc7cb79541d779be9",
        },
    ],
}];

impl Release {
    /// The wheel for this machine, where there is one.
    pub(crate) fn wheel(&self) -> Option<&'static Wheel> {
        // The wheels for Linux are linked against glibc.
        let supported = cfg!(any(target_env = "gnu", target_os = "macos"));
        let wheels = self.wheels.iter();
        wheels
            .filter(|_| supported)
            .find(|it| it.os == std::env::consts::OS && it.architecture == std::env::consts::ARCH)
    }

    /// Name and version, for messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Whether it is of the minor version of another version: ops of 2.21.1 go with an engine of 2.21.0.
    pub(crate) fn goes_with(&self, version: &str) -> bool {
        platform::parse_version(self.version) == platform::parse_version(version)
    }
}

/// This machine, for names of directories and for messages: `linux-x86_64`.
pub(crate) fn machine() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_digests_are_sha256() {
        for wheel in TENSORFLOW_TEXT.iter().chain([&TENSORFLOW]).flat_map(|release| release.wheels) {
            assert_eq!(wheel.sha256.len(), 64);
            assert!(wheel.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn there_is_a_text_for_the_engine_that_is_installed() {
        assert!(TENSORFLOW_TEXT.iter().any(|text| text.goes_with(TENSORFLOW.version)));
        assert!(!TENSORFLOW_TEXT[0].goes_with("2.20.0"));
    }
}
