//! Whether an entry holds a whole model.
//!
//! Looking an entry up and publishing ask. With a manifest: every file by name and size, and the model's own bytes by
//! their digest, since they are read next anyway. Without one, as Python leaves it: the model is there and not empty, and
//! the shards of its variables are those that their names promise. Nothing is parsed and nothing is written.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use super::manifest::Manifest;
use super::names::Names;
use crate::error::{Error, Result};

/// The files that make a directory a model, in the order in which they are looked for.
const MODELS: [&str; 2] = ["saved_model.pb", "saved_model.pbtxt"];
const INDEX: &str = "variables.index";
const SHARD: &str = "variables.data-";

/// What is at the place of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    Empty,
    Whole,
    Damaged(String),
}

/// How closely to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Names and sizes; no file is read.
    Names,
    /// Also the digest of the model's own file.
    Model,
}

/// The state of an entry.
pub(super) fn state(names: &Names, look: Look) -> Result<State> {
    let entry = names.entry();
    let listing = match listing(&entry)? {
        Listing::Absent => return Ok(State::Absent),
        Listing::NoDirectory => return Ok(State::Damaged("it is no directory".into())),
        Listing::Names(listing) if listing.is_empty() => return Ok(State::Empty),
        Listing::Names(listing) => listing,
    };
    let difference = Manifest::read(names).and_then(|manifest| {
        let why = manifest.first_difference(&entry).or_else(|| altered_model(&manifest, &entry, look))?;
        // Somebody without manifests may have downloaded another version since.
        manifest.is_of_the_last_download(names).then_some(why)
    });
    match difference {
        Some(why) => Ok(State::Damaged(why)),
        None => Ok(by_names(&entry, &listing)?.map_or(State::Whole, State::Damaged)),
    }
}

/// What keeps a directory from being a model, by its names and sizes.
pub(super) fn why_no_model(directory: &Path) -> Result<Option<String>> {
    match listing(directory)? {
        Listing::Names(listing) => by_names(directory, &listing),
        Listing::Absent | Listing::NoDirectory => Ok(Some("it is no directory".into())),
    }
}

fn altered_model(manifest: &Manifest, entry: &Path, look: Look) -> Option<String> {
    if look == Look::Names {
        return None;
    }
    MODELS.iter().find_map(|name| manifest.file(name))?.altered(entry)
}

fn by_names(directory: &Path, listing: &BTreeSet<OsString>) -> Result<Option<String>> {
    let Some(model) = MODELS.into_iter().find(|name| listing.contains(std::ffi::OsStr::new(name))) else {
        return Ok(Some("there is neither `saved_model.pb` nor `saved_model.pbtxt`".into()));
    };
    match fs::metadata(directory.join(model)) {
        Ok(found) if !found.is_file() => return Ok(Some(format!("`{model}` is no file"))),
        Ok(found) if found.len() == 0 => return Ok(Some(format!("`{model}` is empty"))),
        Ok(_) => {}
        Err(_) => return Ok(Some(format!("`{model}` is missing"))),
    }
    let variables = directory.join("variables");
    match self::listing(&variables)? {
        Listing::Names(names) => Ok(missing_variables(&names)),
        Listing::Absent | Listing::NoDirectory => Ok(None),
    }
}

/// What is missing of a checkpoint, by the names of its files.
fn missing_variables(names: &BTreeSet<OsString>) -> Option<String> {
    let shards: Vec<(u32, u32)> = names.iter().filter_map(|name| shard(name.to_str()?)).collect();
    let has_index = names.contains(std::ffi::OsStr::new(INDEX));
    let Some((_, promised)) = shards.first().copied() else {
        return has_index.then(|| format!("`variables/{SHARD}*` is missing"));
    };
    if !has_index {
        return Some(format!("`variables/{INDEX}` is missing"));
    }
    let there = shards.iter().filter(|(number, of)| *of == promised && *number < promised).count();
    (there < promised as usize).then(|| format!("there are {there} of {promised} shards in `variables`"))
}

/// The number in `variables.data-NUMBER-of-ALL`, and of how many.
fn shard(name: &str) -> Option<(u32, u32)> {
    let (number, all) = name.strip_prefix(SHARD)?.split_once("-of-")?;
    Some((number.parse().ok()?, all.parse().ok()?))
}

enum Listing {
    Absent,
    NoDirectory,
    Names(BTreeSet<OsString>),
}

fn listing(directory: &Path) -> Result<Listing> {
    let names = fs::read_dir(directory).and_then(|found| found.map(|found| Ok(found?.file_name())).collect());
    match names {
        Ok(names) => Ok(Listing::Names(names)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => Ok(Listing::Absent),
            io::ErrorKind::NotADirectory => Ok(Listing::NoDirectory),
            _ => Err(Error::io("read", directory, error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(names: &[&str]) -> Option<String> {
        missing_variables(&names.iter().map(OsString::from).collect())
    }

    #[test]
    fn shards_are_those_that_their_names_promise() {
        assert_eq!(missing(&[]), None);
        assert_eq!(missing(&["checkpoint"]), None);
        assert_eq!(missing(&["variables.index", "variables.data-00000-of-00001"]), None);
        let two = ["variables.index", "variables.data-00000-of-00002", "variables.data-00001-of-00002"];
        assert_eq!(missing(&two), None);
        for names in [&two[..2], &two[1..], &two[..1], &[two[0], two[2]]] {
            assert!(missing(names).is_some(), "{names:?}");
        }
        // A number that promises more than there can be costs nothing.
        assert!(missing(&["variables.index", "variables.data-00000-of-4294967295"]).is_some());
        assert!(missing(&["variables.index", "variables.data-x-of-1"]).is_some());
    }
}
