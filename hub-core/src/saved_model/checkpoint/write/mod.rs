//! A new checkpoint: tensors are written as they come, the index when all are there.
//!
//! ```text
//! PREFIX.data-00000-of-00001    the tensors, one after another in the order in which they came
//! PREFIX.index                  a sorted table (`table`): "" → header, key → type, shape, offset, size, CRC
//! ```
//!
//! One shard, no slices. Saving models and weights calls it; the bytes of large tensors go to the file from where they
//! are, so that no second copy is made. Nothing is synced here, and nothing renamed: that is the matter of publishing.

mod table;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use prost::Message;
use prost::encoding::encode_varint;

use super::super::proto::{BundleEntryProto, BundleHeaderProto, TrackableObjectGraph, VersionDef};
use super::super::shape;
use super::{Checkpoint, FORMAT_VERSION, OBJECT_GRAPH_KEY, index_name, mask, masked_crc, shard_name};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Shape, Tensor};
use table::TableWriter;

/// What is gathered before it goes to the file; larger pieces go there at once.
const BUFFER_SIZE: usize = 1 << 16;

/// A checkpoint that is being written.
///
/// ```
/// use hub_core::Tensor;
/// use hub_core::saved_model::{Checkpoint, CheckpointWriter};
///
/// let directory = tempfile::tempdir().unwrap();
/// let prefix = directory.path().join("weights");
/// let mut writer = CheckpointWriter::create(&prefix)?;
/// writer.add("w", &Tensor::from([1.0_f32, 2.0]))?;
/// writer.finish()?;
/// assert_eq!(Checkpoint::open_at(&prefix)?.read_tensor("w")?, Tensor::from([1.0_f32, 2.0]));
/// # Ok::<(), hub_core::Error>(())
/// ```
#[derive(Debug)]
pub struct CheckpointWriter {
    prefix: PathBuf,
    path: PathBuf,
    data: BufWriter<File>,
    offset: u64,
    entries: BTreeMap<String, BundleEntryProto>,
}

impl CheckpointWriter {
    /// Begins a checkpoint whose files are `PREFIX.index` and `PREFIX.data-00000-of-00001`; the directory must be there,
    /// and those files must not.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::PermissionDenied`] and [`Error::DiskFull`] where the data file cannot be made.
    pub fn create(prefix: &Path) -> Result<CheckpointWriter> {
        let path = named(prefix, |name| shard_name(name, 0, 1));
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = opened.map_err(|why| Error::io("create", &path, why))?;
        let data = BufWriter::with_capacity(BUFFER_SIZE, file);
        Ok(CheckpointWriter { prefix: prefix.to_owned(), path, data, offset: 0, entries: BTreeMap::new() })
    }

    /// Writes a tensor.
    ///
    /// # Errors
    /// [`Error::Arguments`] for a key that is there already or that no checkpoint can have; [`Error::Io`] and its kin
    /// where writing fails.
    pub fn add(&mut self, key: &str, tensor: &Tensor) -> Result<()> {
        match tensor.as_strings() {
            Ok(strings) => self.add_strings(key, tensor.shape(), strings),
            Err(_) => self.add_numbers(key, tensor.dtype(), tensor.shape(), tensor.bytes()?),
        }
    }

    /// Writes the object graph, which leads from the objects of a model to the keys.
    ///
    /// # Errors
    /// As [`CheckpointWriter::add`].
    pub fn add_object_graph(&mut self, graph: &TrackableObjectGraph) -> Result<()> {
        self.add_strings(OBJECT_GRAPH_KEY, &[], &[graph.encode_to_vec()])
    }

    /// Writes a tensor of another checkpoint as it is there; one in slices is put together.
    ///
    /// # Errors
    /// As [`CheckpointWriter::add`] and [`Checkpoint::read_tensor`].
    pub fn copy(&mut self, from: &Checkpoint, key: &str) -> Result<()> {
        self.add(key, &from.read_tensor(key)?)
    }

    /// Whether a key has been written.
    pub fn contains(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Writes the index. A checkpoint that is dropped before this has none.
    ///
    /// # Errors
    /// [`Error::Io`] and its kin where writing fails.
    pub fn finish(mut self) -> Result<()> {
        self.data.flush().map_err(|why| Error::io("write", &self.path, why))?;
        let version = VersionDef { producer: FORMAT_VERSION, ..VersionDef::default() };
        let header = BundleHeaderProto { num_shards: 1, endianness: 0, version: Some(version) };
        let mut table = TableWriter::default();
        table.add(b"", &header.encode_to_vec());
        for (key, entry) in &self.entries {
            table.add(key.as_bytes(), &entry.encode_to_vec());
        }
        let path = named(&self.prefix, index_name);
        fs::write(&path, table.finish()).map_err(|why| Error::io("write", &path, why))
    }

    fn add_numbers(&mut self, key: &str, dtype: DType, shape: &[usize], bytes: &[u8]) -> Result<()> {
        self.check_key(key)?;
        self.write(bytes)?;
        self.enter(key, dtype, shape, bytes.len() as u64, masked_crc(bytes));
        Ok(())
    }

    /// Strings: their lengths, the checksum of those, and the strings themselves.
    fn add_strings(&mut self, key: &str, shape: &[usize], strings: &[Vec<u8>]) -> Result<()> {
        self.check_key(key)?;
        let (mut lengths, mut crc) = (Vec::new(), 0);
        for string in strings {
            encode_varint(string.len() as u64, &mut lengths);
            // The checksum is of the lengths as numbers, not as they are stored.
            crc = match u32::try_from(string.len()) {
                Ok(short) => crc32c::crc32c_append(crc, &short.to_le_bytes()),
                Err(_) => crc32c::crc32c_append(crc, &(string.len() as u64).to_le_bytes()),
            };
        }
        let of_lengths = mask(crc).to_le_bytes();
        lengths.extend(of_lengths);
        crc = crc32c::crc32c_append(crc, &of_lengths);
        self.write(&lengths)?;
        for string in strings {
            crc = crc32c::crc32c_append(crc, string);
            self.write(string)?;
        }
        let size = lengths.len() as u64 + strings.iter().map(|string| string.len() as u64).sum::<u64>();
        self.enter(key, DType::String, shape, size, mask(crc));
        Ok(())
    }

    fn check_key(&self, key: &str) -> Result<()> {
        let refuse = |why: &str| {
            let why = format!("the key {key:?} {why}");
            Err(Error::Arguments { function: "a checkpoint".into(), why })
        };
        // The header is under the empty key, and parts of tensors are under keys that begin with a zero byte.
        if key.is_empty() || key.starts_with('\0') {
            return refuse("cannot be a tensor's");
        }
        if self.entries.contains_key(key) { refuse("is there already") } else { Ok(()) }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.data.write_all(bytes).map_err(|why| Error::io("write", &self.path, why))
    }

    /// Takes up what has been written since the last entry.
    fn enter(&mut self, key: &str, dtype: DType, shape: &[usize], size_bytes: u64, crc: u32) {
        let entry = BundleEntryProto {
            dtype: dtype.number(),
            shape: Some(shape::encode(&Shape::known(shape))),
            // No file is longer than an i64 can say.
            offset: self.offset as i64,
            size: size_bytes as i64,
            crc32c: crc,
            ..BundleEntryProto::default()
        };
        self.offset += size_bytes;
        self.entries.insert(key.to_owned(), entry);
    }
}

/// The path beside a prefix that has another name made of the prefix's.
fn named(prefix: &Path, name: impl FnOnce(&str) -> String) -> PathBuf {
    let own = prefix.file_name().unwrap_or_default().to_string_lossy();
    prefix.with_file_name(name(&own))
}

#[cfg(test)]
mod tests;
