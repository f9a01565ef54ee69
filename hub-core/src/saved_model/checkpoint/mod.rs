//! The checkpoint of a SavedModel: what its index says (here), its tensors (`values`), and a new one (`write`).
//!
//! ```text
//! variables/
//! ├── variables.index                   a sorted table: "" → header, checkpoint key → type, shape, shard, offset, size, CRC
//! ├── variables.data-00000-of-00002     the tensors of shard 0, one after another
//! └── variables.data-00001-of-00002
//! ```
//!
//! Numbers are stored as they lie in memory. Strings are stored as their lengths (varints), a checksum of the lengths,
//! and their bytes. A tensor may be saved in slices, each under a key of its own (`slice_key`). Under `_CHECKPOINTABLE_OBJECT_GRAPH` is the object graph that leads from names to keys (`key_map`).
//! Restoring whole models is the engine's work; it reads the same files.

mod entry;
mod key_map;
mod slice;
mod slice_key;
mod sorted_table;
mod values;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use prost::Message;

pub use entry::Entry;
pub use key_map::{VARIABLE_VALUE, check_some_variables, check_variables, key_map};
pub use write::CheckpointWriter;

use super::pre_scan;
use super::proto::{BundleHeaderProto, TrackableObjectGraph};
use crate::error::{Error, Result};

/// What the names of a SavedModel's checkpoint begin with, relative to the model's directory.
pub const MODEL_PREFIX: &str = "variables/variables";

/// The key of the object graph.
pub const OBJECT_GRAPH_KEY: &str = "_CHECKPOINTABLE_OBJECT_GRAPH";

/// The index of a checkpoint of ten million variables stays below this.
const INDEX_LIMIT: u64 = 1 << 30;

/// The version of the format that is read here.
const FORMAT_VERSION: i32 = 1;

/// The opened checkpoint of a SavedModel, or one by itself.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    directory: PathBuf,
    /// What the names of its files begin with, relative to the directory.
    prefix: String,
    num_shards: usize,
    entries: BTreeMap<String, Entry>,
    /// The parts of tensors that were saved in slices, by the keys of `slice_key`.
    parts: BTreeMap<Vec<u8>, Entry>,
}

impl Checkpoint {
    /// Opens the checkpoint of the model in `directory`: reads the index, not the values.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] where there is no index, [`Error::ModelParse`] where it is damaged.
    pub fn open(directory: &Path) -> Result<Checkpoint> {
        let missing =
            || Error::MissingVariables { path: directory.to_owned(), missing: vec![index_name(MODEL_PREFIX)] };
        Checkpoint::open_optional(directory)?.ok_or_else(missing)
    }

    /// Opens the checkpoint whose files are `PREFIX.index` and `PREFIX.data-00000-of-00001`, as Python names it.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn open_at(prefix: &Path) -> Result<Checkpoint> {
        let directory = prefix.parent().unwrap_or(Path::new(""));
        let missing =
            |name: &str| Error::MissingVariables { path: directory.to_owned(), missing: vec![index_name(name)] };
        match prefix.file_name().and_then(|name| name.to_str()) {
            Some(name) => Checkpoint::open_named(directory, name)?.ok_or_else(|| missing(name)),
            None => Err(missing(&prefix.to_string_lossy())),
        }
    }

    /// Opens the checkpoint where there is one: a model without variables may lack it.
    ///
    /// # Errors
    /// [`Error::ModelParse`] where the index is damaged.
    pub fn open_optional(directory: &Path) -> Result<Option<Checkpoint>> {
        Checkpoint::open_named(directory, MODEL_PREFIX)
    }

    fn open_named(directory: &Path, prefix: &str) -> Result<Option<Checkpoint>> {
        let path = directory.join(index_name(prefix));
        let length = match path.metadata() {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return Err(Error::ModelParse { path, why: "it is not a file".into() }),
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(why) => return Err(Error::io("read", &path, why)),
        };
        if length > INDEX_LIMIT {
            return Err(Error::ModelParse { path, why: format!("{length} bytes are too many for an index") });
        }
        let bytes = fs::read(&path).map_err(|why| Error::io("read", &path, why))?;
        Checkpoint::read_index(directory, prefix, &bytes).map(Some)
    }

    /// The checkpoint of the model in `directory` whose index holds these bytes.
    ///
    /// # Errors
    /// [`Error::ModelParse`] where they are no sound index.
    pub fn from_index(directory: &Path, bytes: &[u8]) -> Result<Checkpoint> {
        Checkpoint::read_index(directory, MODEL_PREFIX, bytes)
    }

    fn read_index(directory: &Path, prefix: &str, bytes: &[u8]) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint {
            directory: directory.to_owned(),
            prefix: prefix.to_owned(),
            num_shards: 0,
            entries: BTreeMap::new(),
            parts: BTreeMap::new(),
        };
        sorted_table::visit(bytes, &mut |key, value| checkpoint.add(key, value))
            .and_then(|()| if checkpoint.num_shards == 0 { Err("it has no header".into()) } else { Ok(()) })
            .map_err(|why| Error::ModelParse { path: directory.join(index_name(prefix)), why })?;
        Ok(checkpoint)
    }

    /// The tensors by their keys.
    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// The number of data files.
    pub fn num_shards(&self) -> usize {
        self.num_shards
    }

    /// Checks that every data file is there and holds all bytes that the index puts in it, each for one tensor only.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] where one is missing, [`Error::ModelParse`] where one is too short, or two tensors
    /// share bytes, which would let a small file stand for any amount of values.
    pub fn check_shards(&self) -> Result<()> {
        let entries = self.entries.values().chain(self.parts.values());
        let mut places: Vec<_> = entries.map(|entry| (entry.shard, entry.offset, entry.end())).collect();
        places.sort_unstable();
        let mut ends = BTreeMap::new();
        for (shard, offset, entry_end) in places {
            let end = ends.entry(shard).or_insert(0);
            if offset < *end && offset < entry_end {
                let path = self.index_path();
                return Err(Error::ModelParse { path, why: format!("two tensors overlap at {offset}") });
            }
            *end = entry_end.max(*end);
        }
        self.check_lengths(&ends)
    }

    /// Checks that each data file reaches the end that the index puts in it.
    fn check_lengths(&self, ends: &BTreeMap<usize, u64>) -> Result<()> {
        let mut missing = Vec::new();
        for (shard, end) in ends {
            let name = self.shard_name(*shard);
            let path = self.directory.join(&name);
            match path.metadata() {
                Ok(metadata) if metadata.is_file() && metadata.len() >= *end => {}
                Ok(metadata) if metadata.is_file() => {
                    let why = format!("it has {} bytes, the index needs {end}", metadata.len());
                    return Err(Error::ModelParse { path, why });
                }
                _ => missing.push(name),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::MissingVariables { path: self.directory.clone(), missing })
    }

    /// The object graph of the checkpoint; `None` in checkpoints of TF1, which are by name.
    ///
    /// # Errors
    /// As [`Checkpoint::read_tensor`]; [`Error::ModelParse`] where it is no object graph.
    pub fn object_graph(&self) -> Result<Option<TrackableObjectGraph>> {
        if !self.entries.contains_key(OBJECT_GRAPH_KEY) {
            return Ok(None);
        }
        let tensor = self.read_tensor(OBJECT_GRAPH_KEY)?;
        let damaged =
            |why: String| Error::ModelParse { path: self.index_path(), why: format!("`{OBJECT_GRAPH_KEY}`: {why}") };
        let [bytes] = tensor.as_strings()? else { return Err(damaged("it is not one string".into())) };
        pre_scan::trackable_object_graph(bytes).map_err(damaged)?;
        TrackableObjectGraph::decode(&bytes[..]).map(Some).map_err(|why| damaged(why.to_string()))
    }

    /// The name of a data file, relative to the model's directory.
    fn shard_name(&self, shard: usize) -> String {
        shard_name(&self.prefix, shard, self.num_shards)
    }

    fn index_path(&self) -> PathBuf {
        self.directory.join(index_name(&self.prefix))
    }

    /// Takes up one entry of the index; the header comes first.
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        if key.is_empty() {
            let header = BundleHeaderProto::decode(value).map_err(|why| format!("its header: {why}"))?;
            if header.endianness != 0 {
                return Err("it was written by a big-endian machine".into());
            }
            let readers = header.version.as_ref().map_or(0, |version| version.min_consumer);
            if readers > FORMAT_VERSION {
                return Err(format!("it is for readers of version {readers}, and this one is {FORMAT_VERSION}"));
            }
            self.num_shards = usize::try_from(header.num_shards).unwrap_or(0);
            return Ok(());
        }
        let name = String::from_utf8_lossy(key);
        let entry = Entry::decode(value, self.num_shards).map_err(|why| format!("`{name}`: {why}"))?;
        // Parts of tensors have keys in an encoding of their own, which starts with a zero byte.
        if key[0] == 0 {
            self.parts.insert(key.to_vec(), entry);
        } else {
            self.entries.insert(String::from_utf8(key.to_vec()).map_err(|_| format!("the key {name:?}"))?, entry);
        }
        Ok(())
    }
}

fn index_name(prefix: &str) -> String {
    format!("{prefix}.index")
}

fn shard_name(prefix: &str, shard: usize, num_shards: usize) -> String {
    format!("{prefix}.data-{shard:05}-of-{num_shards:05}")
}

/// The masked CRC32C of bytes.
fn masked_crc(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

/// The form in which a checksum is stored among data that has a checksum itself.
fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests;
