//! What must hold for any bytes that are read as one of the cache's small files: for fuzzing and its tests.

use super::manifest::Manifest;
use super::owner::Owner;
use super::{descriptor, names};

/// Reads the bytes as a lock, a descriptor and a manifest; what is read comes back as it was written.
pub(crate) fn check_records(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Some(owner) = Owner::parse(text) {
            assert!(crate::process::is_uid(&owner.uid) && !owner.host.is_empty(), "{owner:?}");
            // Leading zeros of a process's number are lost, nothing else.
            assert_eq!(Owner::parse(&owner.text()).as_ref(), Some(&owner));
        }
        if let Some(found) = descriptor::parse(text) {
            assert!(text.contains(found.handle) && text.contains(found.time) && text.contains(found.host));
        }
        let _ = names::part_of(text.as_ref());
    }
    if let Some(manifest) = Manifest::from_bytes(bytes) {
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()).as_ref(), Some(&manifest));
        for file in &manifest.files {
            let path = std::path::Path::new(&file.path);
            let is_plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            assert!(path.is_relative() && is_plain, "{}", file.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::check_records;

    /// Texts that look like what is read, with something in the middle that does not.
    fn alike() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z.]{0,9}\\.[0-9]{1,12}\\.[0-9a-f]{32}",
            "[0-9a-f]{40}(\\.lock)?(\\.tmp[0-9a-f]{32})?(\\.[0-9a-f]{32}\\.tmp)?",
            "Module: \\PC{0,20}\nDownload Time: \\PC{0,20}\nDownloader Hostname: \\PC{0,9} \\(PID:[0-9]{0,9}\\)",
            "\\{\"version\":1,\"files\":\\[\\{\"path\":\"\\PC{0,9}\",\"size_bytes\":[0-9]{1,30},\"sha256\":\"\"\\}\\]\\}",
        ]
    }

    proptest! {
        #[test]
        fn no_bytes_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            check_records(&bytes);
        }

        #[test]
        fn no_text_that_is_nearly_right_harms(text in alike()) {
            check_records(text.as_bytes());
        }
    }
}
