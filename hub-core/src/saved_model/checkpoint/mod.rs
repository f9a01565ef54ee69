//! The checkpoint of a SavedModel: what its index says, and single tensors.
//!
//! ```text
//! variables/
//! ├── variables.index                   a sorted table: "" → header, checkpoint key → type, shape, shard, offset, size, CRC
//! ├── variables.data-00000-of-00002     the tensors of shard 0, one after another
//! └── variables.data-00001-of-00002
//! ```
//!
//! Numbers are stored as they lie in memory. Strings are stored as their lengths (varints), a checksum of the lengths,
//! and their bytes. Under `_CHECKPOINTABLE_OBJECT_GRAPH` is the object graph that leads from names to keys (`key_map`).
//! Restoring whole models is the engine's work; it reads the same files.

mod entry;
mod key_map;
mod sorted_table;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use prost::Message;

pub use entry::Entry;
pub use key_map::{check_some_variables, check_variables, key_map};

use super::pre_scan;
use super::proto::{BundleHeaderProto, TrackableObjectGraph};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The index, relative to the model's directory.
const INDEX_NAME: &str = "variables/variables.index";

/// The key of the object graph.
const OBJECT_GRAPH_KEY: &str = "_CHECKPOINTABLE_OBJECT_GRAPH";

/// The index of a checkpoint of ten million variables stays below this.
const INDEX_LIMIT: u64 = 1 << 30;

/// The opened checkpoint of a SavedModel.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    directory: PathBuf,
    num_shards: usize,
    entries: BTreeMap<String, Entry>,
    /// The parts of tensors that were saved in slices, which have keys of their own.
    parts: Vec<Entry>,
}

impl Checkpoint {
    /// Opens the checkpoint of the model in `directory`: reads the index, not the values.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] where there is no index, [`Error::ModelParse`] where it is damaged.
    pub fn open(directory: &Path) -> Result<Checkpoint> {
        let missing = || Error::MissingVariables { path: directory.to_owned(), missing: vec![INDEX_NAME.into()] };
        Checkpoint::open_optional(directory)?.ok_or_else(missing)
    }

    /// Opens the checkpoint where there is one: a model without variables may lack it.
    ///
    /// # Errors
    /// [`Error::ModelParse`] where the index is damaged.
    pub fn open_optional(directory: &Path) -> Result<Option<Checkpoint>> {
        let path = directory.join(INDEX_NAME);
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
        Checkpoint::from_index(directory, &bytes).map(Some)
    }

    /// The checkpoint of the model in `directory` whose index holds these bytes.
    ///
    /// # Errors
    /// [`Error::ModelParse`] where they are no sound index.
    pub fn from_index(directory: &Path, bytes: &[u8]) -> Result<Checkpoint> {
        let mut checkpoint =
            Checkpoint { directory: directory.to_owned(), num_shards: 0, entries: BTreeMap::new(), parts: Vec::new() };
        sorted_table::visit(bytes, &mut |key, value| checkpoint.add(key, value))
            .and_then(|()| if checkpoint.num_shards == 0 { Err("it has no header".into()) } else { Ok(()) })
            .map_err(|why| Error::ModelParse { path: directory.join(INDEX_NAME), why })?;
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

    /// Checks that every data file is there and holds all bytes that the index puts in it.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] where one is missing, [`Error::ModelParse`] where one is too short.
    pub fn check_shards(&self) -> Result<()> {
        let mut ends = BTreeMap::new();
        for entry in self.entries.values().chain(&self.parts) {
            let end = ends.entry(entry.shard).or_insert(0);
            *end = entry.end().max(*end);
        }
        let mut missing = Vec::new();
        for (shard, end) in ends {
            let name = self.shard_name(shard);
            let path = self.directory.join(&name);
            match path.metadata() {
                Ok(metadata) if metadata.is_file() && metadata.len() >= end => {}
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

    /// Reads one tensor and verifies its checksum.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] for a key or file that is not there, [`Error::ModelParse`] for damaged bytes,
    /// [`Error::Unsupported`] for a tensor in slices or of a type that is no plain value.
    pub fn read_tensor(&self, key: &str) -> Result<Tensor> {
        let missing = |what: String| Error::MissingVariables { path: self.directory.clone(), missing: vec![what] };
        let entry = self.entries.get(key).ok_or_else(|| missing(format!("the value of `{key}`")))?;
        if !entry.slices.is_empty() {
            return Err(Error::Unsupported { what: format!("reading `{key}`, which was saved in slices,") });
        }
        if matches!(entry.dtype, DType::Variant | DType::Resource) {
            return Err(Error::Unsupported { what: format!("reading `{key}`, which is a {},", entry.dtype) });
        }
        let path = self.directory.join(self.shard_name(entry.shard));
        let damaged = |why: String| Error::ModelParse { path: path.clone(), why: format!("`{key}`: {why}") };
        let bytes = match read_range(&path, entry.offset, entry.size_bytes) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Err(missing(self.shard_name(entry.shard))),
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => return Err(damaged("it is cut short".into())),
            other => other.map_err(|why| Error::io("read", &path, why))?,
        };
        if entry.dtype == DType::String {
            let strings = entry.strings(&bytes).map_err(damaged)?;
            return Tensor::strings(&entry.shape, strings);
        }
        if masked_crc(&bytes) != entry.crc {
            return Err(damaged("its checksum differs".into()));
        }
        Tensor::from_bytes(entry.dtype, &entry.shape, &bytes).map_err(|why| damaged(why.to_string()))
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
        let damaged = |why: String| Error::ModelParse {
            path: self.directory.join(INDEX_NAME),
            why: format!("`{OBJECT_GRAPH_KEY}`: {why}"),
        };
        let [bytes] = tensor.as_strings()? else { return Err(damaged("it is not one string".into())) };
        pre_scan::trackable_object_graph(bytes).map_err(damaged)?;
        TrackableObjectGraph::decode(&bytes[..]).map(Some).map_err(|why| damaged(why.to_string()))
    }

    /// The name of a data file, relative to the model's directory.
    fn shard_name(&self, shard: usize) -> String {
        format!("variables/variables.data-{shard:05}-of-{:05}", self.num_shards)
    }

    /// Takes up one entry of the index; the header comes first.
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        if key.is_empty() {
            let header = BundleHeaderProto::decode(value).map_err(|why| format!("its header: {why}"))?;
            if header.endianness != 0 {
                return Err("it was written by a big-endian machine".into());
            }
            self.num_shards = usize::try_from(header.num_shards).unwrap_or(0);
            return Ok(());
        }
        let name = String::from_utf8_lossy(key);
        let entry = Entry::decode(value, self.num_shards).map_err(|why| format!("`{name}`: {why}"))?;
        // Parts of tensors have keys in an encoding of their own, which starts with a zero byte.
        if key[0] == 0 {
            self.parts.push(entry);
        } else {
            self.entries.insert(String::from_utf8(key.to_vec()).map_err(|_| format!("the key {name:?}"))?, entry);
        }
        Ok(())
    }
}

/// The masked CRC32C of bytes.
fn masked_crc(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

/// The form in which a checksum is stored among data that has a checksum itself.
fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

fn read_range(path: &Path, offset: u64, size_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length.checked_sub(offset).is_none_or(|left| left < size_bytes) {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; size_bytes as usize];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
