//! Exports with a time stamp, of which the last are kept: `hub.LatestModuleExporter`.
//!
//! ```text
//! exports/
//! ├── 1700000000/text/        one directory for each export, one in it for each module
//! └── 1700003600/text/
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ModuleExportOptions;
use crate::error::{Error, Result};
use crate::module::Module;

/// How many are kept unless it is said.
const EXPORTS_TO_KEEP: usize = 5;

/// How often a directory of the moment is tried, once a second.
const MOST_ATTEMPTS: usize = 10;

/// Modules to be exported together, by name: `hub.register_module_for_export`.
#[derive(Debug, Clone, Default)]
pub struct ModuleExports {
    modules: BTreeMap<String, Module>,
}

impl ModuleExports {
    /// None.
    pub fn new() -> ModuleExports {
        ModuleExports::default()
    }

    /// One more module, under the name of its directory.
    ///
    /// # Errors
    /// [`Error::RepeatedExport`] for a name that is there, or that is no name of a directory.
    pub fn register_module_for_export(&mut self, module: &Module, export_name: &str) -> Result<()> {
        let is_name = Path::new(export_name).file_name().is_some_and(|name| name == export_name);
        if !is_name || self.modules.contains_key(export_name) {
            return Err(Error::RepeatedExport { name: export_name.to_owned() });
        }
        self.modules.insert(export_name.to_owned(), module.clone());
        Ok(())
    }
}

/// Exports modules to a directory of the moment, and removes the oldest.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_legacy::{LatestModuleExporter, Module, ModuleExports};
/// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_modules/affine/module");
/// let mut exports = ModuleExports::new();
/// exports.register_module_for_export(&Module::load(handle)?, "affine")?;
/// let directory = tempfile::tempdir().unwrap();
/// let exporter = LatestModuleExporter::new().exports_to_keep(2)?;
/// let exported = exporter.export(&exports, directory.path())?.unwrap();
/// assert!(exported.join("affine/tfhub_module.pb").is_file());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LatestModuleExporter {
    exports_to_keep: Option<usize>,
}

impl Default for LatestModuleExporter {
    fn default() -> LatestModuleExporter {
        LatestModuleExporter { exports_to_keep: Some(EXPORTS_TO_KEEP) }
    }
}

impl LatestModuleExporter {
    /// Keeps the last five.
    pub fn new() -> LatestModuleExporter {
        LatestModuleExporter::default()
    }

    /// How many exports are kept; 5 unless set.
    ///
    /// # Errors
    /// [`Error::NothingToKeep`] for none.
    pub fn exports_to_keep(self, exports: usize) -> Result<LatestModuleExporter> {
        match exports {
            0 => Err(Error::NothingToKeep),
            exports => Ok(LatestModuleExporter { exports_to_keep: Some(exports) }),
        }
    }

    /// Keeps all.
    pub fn keep_all(self) -> LatestModuleExporter {
        LatestModuleExporter { exports_to_keep: None }
    }

    /// Exports the modules and gives the directory of the export; without modules nothing is made, and `None` given.
    ///
    /// # Errors
    /// Those of [`Module::export`]; [`Error::NoTimestamp`] where ten moments in a row have a directory already.
    pub fn export(&self, exports: &ModuleExports, export_path: impl AsRef<Path>) -> Result<Option<PathBuf>> {
        let export_path = export_path.as_ref();
        if exports.modules.is_empty() {
            return Ok(None);
        }
        let (directory, stamp) = free(export_path)?;
        let staging = export_path.join(format!("temp-{stamp}"));
        for (name, module) in &exports.modules {
            module.export_with(staging.join(name), &ModuleExportOptions::new().overwrite(true))?;
        }
        fs::rename(&staging, &directory).map_err(|why| hub_core::Error::io("rename", &staging, why))?;
        if let Some(kept) = self.exports_to_keep {
            remove_oldest(export_path, kept)?;
        }
        Ok(Some(directory))
    }
}

/// A directory of the moment that is not there yet.
fn free(export_path: &Path) -> Result<(PathBuf, u64)> {
    for attempt in 0..MOST_ATTEMPTS {
        let stamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let directory = export_path.join(stamp.to_string());
        if !directory.exists() {
            return Ok((directory, stamp));
        }
        if attempt + 1 < MOST_ATTEMPTS {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    Err(Error::NoTimestamp { directory: export_path.to_owned() })
}

/// Removes all exports but the last ones; other directories stay.
fn remove_oldest(export_path: &Path, kept: usize) -> Result<()> {
    let failed = |why| hub_core::Error::io("read", export_path, why);
    let mut stamps: Vec<u64> = fs::read_dir(export_path)
        .map_err(failed)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    stamps.sort_unstable();
    for stamp in stamps.iter().rev().skip(kept) {
        let directory = export_path.join(stamp.to_string());
        fs::remove_dir_all(&directory).map_err(|why| hub_core::Error::io("remove", &directory, why))?;
    }
    Ok(())
}
