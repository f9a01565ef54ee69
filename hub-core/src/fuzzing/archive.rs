//! What must hold for any bytes that are unpacked as an archive.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::archive::{Member, Source, extract};
use crate::config::DownloadLimits;
use crate::digest;

/// Unpacks the bytes: nothing may lie outside the directory, and what is answered must be there.
pub fn archive(bytes: &[u8]) {
    let fresh = Fresh::make();
    let into = fresh.0.join("into");
    fs::create_dir(&into).expect("a fresh directory is empty");
    let answer = extract(
        Source { name: "fuzz", bytes: &mut &*bytes, length_is_proven: &|| bytes.len().is_multiple_of(2) },
        &into,
        &limits(),
        &mut |_| {},
    );
    assert_eq!(names(&fresh.0), ["into"], "something lies outside the directory");
    let mut found = Vec::new();
    files(&into, "", &mut found);
    assert!(found.iter().all(|member| !member.path.starts_with(".download")), "the spool is left");
    if let Ok(members) = answer {
        found.sort_by(|one, other| one.path.cmp(&other.path));
        assert_eq!(members, found);
    }
}

/// Limits that random bytes can reach.
fn limits() -> DownloadLimits {
    DownloadLimits {
        download_bytes: 1 << 20,
        unpacked_bytes: 1 << 20,
        entries: 64,
        depth: 8,
        ratio_free_bytes: 1 << 16,
        reserve_bytes: 0,
        ..DownloadLimits::default()
    }
}

/// All files below a directory; anything but files and directories ends the run.
fn files(directory: &Path, below: &str, found: &mut Vec<Member>) {
    for name in names(directory) {
        let (place, path) = (directory.join(&name), format!("{below}{name}"));
        let kind = fs::symlink_metadata(&place).expect("it was listed").file_type();
        if kind.is_dir() {
            files(&place, &format!("{path}/"), found);
        } else {
            assert!(kind.is_file(), "`{path}` is neither file nor directory");
            let size_bytes = fs::metadata(&place).expect("it was listed").len();
            found.push(Member { path, size_bytes, sha256: digest::of_file(&place).expect("it was listed") });
        }
    }
}

fn names(directory: &Path) -> Vec<String> {
    let listed = fs::read_dir(directory).expect("it is a directory");
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("names are UTF-8");
    listed.map(|entry| name(entry.expect("it can be listed"))).collect()
}

/// A directory of one run, gone after it.
struct Fresh(PathBuf);

impl Fresh {
    fn make() -> Fresh {
        static RUN: AtomicU64 = AtomicU64::new(0);
        let run = RUN.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hub-fuzzing-{}-{run}", std::process::id()));
        fs::create_dir(&path).expect("the name is this run's alone");
        Fresh(path)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
