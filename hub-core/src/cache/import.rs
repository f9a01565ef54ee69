//! Models that are on this machine already, copied into a cache: folders that go along with a program.
//!
//! `Hub::vendor` calls it. The copy is published like a download.

use std::fs;
use std::path::{Path, PathBuf};

use super::Cache;
use super::manifest::{Filled, records_of};
use crate::error::{Error, Result};
use crate::handle::Handle;

impl Cache {
    /// The entry of a handle, copied from a directory where it is not there yet.
    pub(crate) fn import(&self, handle: &Handle, directory: &Path) -> Result<PathBuf> {
        self.obtain(handle, &mut |into| {
            let files = records_of(directory)?;
            for file in &files {
                let (from, to) = (directory.join(&file.path), into.join(&file.path));
                let failed = |error| Error::io("copy", &from, error);
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent).map_err(failed)?;
                }
                // Bytes alone: the modes and times of the original are not the copy's.
                let mut reader = fs::File::open(&from).map_err(failed)?;
                let mut writer = fs::File::create_new(&to).map_err(|error| Error::io("write", &to, error))?;
                std::io::copy(&mut reader, &mut writer).map_err(|error| Error::io("write", &to, error))?;
            }
            let source = directory.display().to_string();
            Ok(Filled { source, files, ..Filled::default() })
        })
    }
}
