//! What the fuzz targets call, and what must hold for any bytes.
//!
//! The targets in `fuzz/` hand their bytes over unread; the tests here replay the committed corpora with the stable
//! toolchain. Nothing else calls this, and a release has none of it.

mod archive;
mod handle;
mod hub_module;
mod object_graph;
mod records;
mod saved_model;
mod tensor_bundle;

pub use archive::archive;
pub use handle::handle;
pub use hub_module::hub_module;
pub use object_graph::object_graph;
pub use records::records;
pub use saved_model::saved_model;
pub use tensor_bundle::tensor_bundle;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    /// A target, what it calls, and the fewest files that its corpus has.
    type Target = (&'static str, fn(&[u8]), usize);

    const TARGETS: [Target; 7] = [
        ("archive", super::archive, 15),
        ("handle", super::handle, 20),
        ("hub_module", super::hub_module, 8),
        ("object_graph", super::object_graph, 8),
        ("records", super::records, 10),
        ("saved_model", super::saved_model, 5),
        ("tensor_bundle", super::tensor_bundle, 8),
    ];

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
