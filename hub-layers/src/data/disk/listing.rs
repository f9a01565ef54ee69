//! Which files there are in a directory, in the order that Python lists them.
//!
//! Folders come in the order of their whole paths, byte by byte (so `x y/` and `x-y/` come before `x/y`), the files of
//! each by name. Links are followed; one that leads back up is an error, where Python goes round until the system stops it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// What counts as a file, and whether folders that are links do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing {
    /// Endings of names, with the dot.
    pub(super) formats: &'static [&'static str],
    pub(super) follow_links: bool,
}

impl Listing {
    /// The folders directly in a directory that are not hidden, by name.
    pub(super) fn classes(self, directory: &Path) -> Result<Vec<OsString>> {
        let mut folders = self.read(directory)?.folders;
        folders.retain(|name| !name.as_encoded_bytes().starts_with(b"."));
        Ok(folders)
    }

    /// All files in a directory and the folders below that are of the formats.
    pub(super) fn files(self, directory: &Path) -> Result<Vec<PathBuf>> {
        let mut folders = vec![];
        self.walk(directory, &mut Vec::new(), &mut folders)?;
        folders.sort_by(|(one, _), (other, _)| bytes(one).cmp(bytes(other)));
        Ok(folders
            .into_iter()
            .flat_map(|(folder, files)| files.into_iter().map(move |file| folder.join(file)))
            .collect())
    }

    /// A folder, and those below it; `above` are the places of those that it is in.
    fn walk(self, folder: &Path, above: &mut Vec<PathBuf>, found: &mut Vec<(PathBuf, Vec<OsString>)>) -> Result<()> {
        let place = fs::canonicalize(folder).map_err(|source| cannot_read(folder, source))?;
        if above.contains(&place) {
            let source =
                std::io::Error::new(std::io::ErrorKind::InvalidInput, "a link leads back to a folder that it is in");
            return Err(cannot_read(folder, source));
        }
        let mut contents = self.read(folder)?;
        contents.files.retain(|name| self.is_of_a_format(name));
        found.push((folder.to_owned(), contents.files));
        above.push(place);
        for name in contents.folders {
            self.walk(&folder.join(name), above, found)?;
        }
        above.pop();
        Ok(())
    }

    fn is_of_a_format(self, name: &OsString) -> bool {
        let name = name.as_encoded_bytes().to_ascii_lowercase();
        self.formats.iter().any(|format| name.ends_with(format.as_bytes()))
    }

    fn read(self, folder: &Path) -> Result<Contents> {
        let mut contents = Contents::default();
        for entry in fs::read_dir(folder).map_err(|source| cannot_read(folder, source))? {
            let entry = entry.map_err(|source| cannot_read(folder, source))?;
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            match entry.path().is_dir() {
                true if is_link && !self.follow_links => {}
                true => contents.folders.push(entry.file_name()),
                false => contents.files.push(entry.file_name()),
            }
        }
        contents.folders.sort();
        contents.files.sort();
        Ok(contents)
    }
}

/// What is directly in a folder, by name.
#[derive(Debug, Default)]
struct Contents {
    folders: Vec<OsString>,
    files: Vec<OsString>,
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// The error of a file or folder that the system does not give.
pub(in crate::data) fn cannot_read(path: &Path, source: std::io::Error) -> Error {
    hub_core::Error::Io { operation: "read", path: path.to_owned(), source }.into()
}
