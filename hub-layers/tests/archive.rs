//! The archive of `fixtures/digits_features` holds its model, as a server of modules would send it.

mod golden;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use golden::fixture;

/// The files below `folder`, by their path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

#[test]
fn the_archive_holds_the_model_and_nothing_else() {
    let bytes = fs::read(fixture("digits_features/digits_features.tar.gz")).unwrap();
    assert!(bytes.len() < 1_000_000, "{} bytes", bytes.len());
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let path = PathBuf::from(&name);
        let plain = path.components().all(|component| matches!(component, Component::Normal(_)));
        assert!(plain && !name.starts_with("./"), "`{name}` is no relative path in its shortest form");
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            continue;
        }
        assert!(kind.is_file(), "`{name}` is a {kind:?}");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(found.insert(path, content), None, "`{name}` is there twice");
    }
    let expected = files(Path::new(&fixture("digits_features/model")));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    // Not `assert_eq!` of the contents: nobody reads 90 kB of bytes.
    for (path, content) in &expected {
        assert!(found[path] == *content, "{} differs", path.display());
    }
}
