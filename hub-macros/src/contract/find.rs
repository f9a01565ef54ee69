//! From a handle to a description: a model in the crate, or a record in `hub.lock`.
//!
//! ```text
//! my_crate/
//! ├── Cargo.toml
//! ├── hub.lock              or in a folder above, up to the one with `Cargo.lock`
//! └── models/digits/        "models/digits": read, unless its graph is larger than the limit
//!     └── saved_model.pb
//! ```
//!
//! A model that is at hand wins over its record, and a record that says something else is stale. A path that leads
//! nowhere is a mistake where its folder is there, and otherwise somebody else's business: it may exist when the program
//! runs.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use hub_core::saved_model::Description;
use hub_core::{Handle, LockedModel, Lockfile};

use super::handle::Text;
use super::{Contract, Contracts, read};
use crate::nearest::nearest;
use crate::report;

/// What there is for a handle.
#[derive(Debug)]
pub(crate) enum Found {
    /// A description.
    Contract(Contract),
    /// Nothing that could be read while compiling.
    Nothing,
    /// Something, with a mistake.
    Mistake(String),
}

/// A file of lock entries, and its path from the crate's directory.
struct Lock {
    file: Arc<Lockfile>,
    relative: String,
}

impl Contracts {
    /// Looks for the description of a model.
    pub(crate) fn find(&mut self, text: &Text) -> Found {
        let Some(directory) = self.crate_directory.clone() else { return Found::Nothing };
        match self.look(&directory, text) {
            Ok(Some(description)) => Found::Contract(Contract { handle: text.shown().to_owned(), description }),
            Ok(None) => Found::Nothing,
            Err(mistake) => Found::Mistake(mistake),
        }
    }

    fn look(&mut self, crate_directory: &Path, text: &Text) -> Result<Option<Arc<Description>>, String> {
        let shown = text.shown();
        let model = in_crate(crate_directory, text);
        let exists = model.as_ref().is_some_and(|(path, _)| path.exists());
        let handle = match exists {
            true => Handle::from_path(shown),
            false => shown.parse::<Handle>().map_err(|error| error.to_string())?,
        };
        let lock = lock(crate_directory).map_err(|why| report::damaged_lock_file(shown, &why))?;
        let record = lock.as_ref().and_then(|lock| lock.file.get(&handle));
        if let (Some(lock), Some(_)) = (&lock, record) {
            self.follow(lock.relative.clone(), true);
        }
        match (model.filter(|_| exists), record) {
            (Some((path, relative)), record) => self.at_hand(&path, &relative, shown, record).map(Some),
            (None, Some(record)) => recorded(record, shown),
            (None, None) => missing(crate_directory, text).map_or(Ok(None), Err),
        }
    }

    /// The description of a model in the crate.
    fn at_hand(
        &mut self,
        path: &Path,
        relative: &str,
        shown: &str,
        record: Option<&LockedModel>,
    ) -> Result<Arc<Description>, String> {
        let bytes = read::graph_bytes(path);
        if bytes.is_some_and(|bytes| bytes > read::SIZE_LIMIT) {
            let recorded = record.map(|record| recorded(record, shown)).transpose()?.flatten();
            return recorded.ok_or_else(|| report::too_large(shown, bytes.unwrap_or_default(), read::SIZE_LIMIT));
        }
        if bytes.is_some() {
            self.follow(format!("{relative}/saved_model.pb"), false);
        }
        let description = read::model(path).map_err(|error| without_directory(&error, path, shown))?;
        match record {
            Some(record) if !record.description.is_null() && !record.describes(&description) => {
                Err(report::stale(shown, "the model has changed since"))
            }
            _ => Ok(description),
        }
    }
}

/// Messages are the same wherever the crate lies.
fn without_directory(message: &str, path: &Path, shown: &str) -> String {
    message.replace(&path.display().to_string(), shown)
}

/// Where a model of the crate would lie, and the way there from the crate's directory.
fn in_crate(crate_directory: &Path, text: &Text) -> Option<(PathBuf, String)> {
    match text {
        Text::InCrate(rest) => Some((crate_directory.join(rest.trim_start_matches('/')), rest.clone())),
        Text::Plain(text) => {
            let path = Path::new(text);
            let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
            let inside = !text.is_empty() && !text.contains("://") && path.components().all(plain);
            inside.then(|| (crate_directory.join(path), format!("/{text}")))
        }
    }
}

/// The lock file of the crate, or that of its workspace.
fn lock(crate_directory: &Path) -> Result<Option<Lock>, String> {
    let mut relative = String::from("/");
    for directory in crate_directory.ancestors() {
        let path = directory.join("hub.lock");
        if path.is_file() {
            let file = read::lock_file(&path).map_err(|error| without_directory(&error, &path, "hub.lock"))?;
            return Ok(Some(Lock { file, relative: format!("{relative}hub.lock") }));
        }
        if directory.join("Cargo.lock").is_file() {
            return Ok(None);
        }
        relative.push_str("../");
    }
    Ok(None)
}

/// The description in a record; a model that could not be described has none.
fn recorded(record: &LockedModel, shown: &str) -> Result<Option<Arc<Description>>, String> {
    let described = record.described().map_err(|_| report::stale(shown, "its description cannot be read"))?;
    Ok(described.map(Arc::new))
}

/// A path whose folder is in the crate leads to one of the things in it.
fn missing(crate_directory: &Path, text: &Text) -> Option<String> {
    let (path, _) = in_crate(crate_directory, text)?;
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    if folder == crate_directory || !folder.is_dir() || Path::new(text.shown()).components().count() < 2 {
        return None;
    }
    let entries = folder.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut entries: Vec<String> = entries.collect();
    entries.sort();
    let near = nearest(name, entries.iter().map(String::as_str));
    let near = near.map(|near| format!("{}{near}", text.shown().strip_suffix(name).unwrap_or_default()));
    Some(report::no_such_model(text.shown(), near.as_deref()))
}
