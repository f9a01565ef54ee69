//! What must hold for any bytes that are read as one of the cache's small files: for fuzzing and its tests.

use super::manifest::Manifest;
use super::owner::Owner;
use super::{descriptor, names};

/// Reads the bytes as a lock, a descriptor and a manifest; what is read comes back as it was written.
pub(crate) fn check_records(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Some(owner) = Owner::parse(text) {
            assert!(names::is_uid(&owner.uid) && !owner.host.is_empty(), "{owner:?}");
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
