//! What the fuzz targets call, and what must hold for any bytes.
//!
//! The targets in `fuzz/` hand their bytes over unread; the tests here replay the committed corpora with the stable
//! toolchain. Nothing else calls this, and a release has none of it.

mod archive;
mod handle;
mod records;

pub use archive::archive;
pub use handle::handle;
pub use records::records;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    /// A target, what it calls, and the fewest files that its corpus has.
    type Target = (&'static str, fn(&[u8]), usize);

    const TARGETS: [Target; 3] =
        [("archive", super::archive, 15), ("handle", super::handle, 20), ("records", super::records, 10)];

    #[test]
    fn every_file_of_the_corpora_passes() {
        for (target, run, fewest) in TARGETS {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
            let entries = std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
            let mut files = 0;
            for entry in entries {
                let path = entry.expect("an entry").path();
                eprintln!("{}", path.display());
                run(&std::fs::read(&path).expect("a file of the corpus"));
                files += 1;
            }
            assert!(files >= fewest, "{target}: {files} files");
        }
    }
}
