//! Models in Google's store: `gs://bucket/object`.
//!
//! The store's own resolvers take what comes from here. As TensorFlow does, names are taken as they stand: a percent
//! sign is a percent sign.

use super::HandleKind;
use super::parts::{is_name, parts};

/// The endings that Python takes for an archive's.
const ARCHIVE_ENDINGS: [&str; 3] = [".tar", ".tar.gz", ".tgz"];

/// What follows `gs://`.
pub(super) fn parse(place: &str) -> Result<HandleKind, String> {
    let expected = "expected `gs://bucket/object`";
    let parts = parts(place).map_err(|why| format!("{why}: {expected}"))?;
    let Some((bucket, object)) = parts.split_first() else { return Err(format!("it names no bucket: {expected}")) };
    if !is_name(bucket) {
        return Err(format!("`{}` cannot be a bucket: {expected}", super::shown_part(bucket)));
    }
    if object.is_empty() {
        return Err(format!("it names a bucket and nothing in it: {expected}"));
    }
    Ok(HandleKind::GoogleStore {
        bucket: (*bucket).to_owned(),
        object: object.join("/"),
        is_archive: ARCHIVE_ENDINGS.iter().any(|ending| place.ends_with(ending)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_9_a_bucket_and_an_object_are_needed() {
        for place in ["", "/", "bucket", "bucket/", "/object", "bucket//object", "b@d/object", "../object"] {
            assert!(parse(place).is_err(), "{place}");
        }
    }

    #[test]
    fn archives_are_told_by_their_endings() {
        for (place, archive) in [
            ("bucket/m.tar.gz", true),
            ("bucket/m.tar", true),
            ("bucket/a/m.tgz", true),
            ("bucket/m.tgz/", false),
            ("bucket/footar", false),
            ("bucket/m.zip", false),
        ] {
            let Ok(HandleKind::GoogleStore { bucket, object, is_archive }) = parse(place) else { panic!("{place}") };
            assert_eq!((bucket.as_str(), is_archive), ("bucket", archive), "{place}");
            assert_eq!(object, place.trim_end_matches('/').trim_start_matches("bucket/"));
        }
    }
}
