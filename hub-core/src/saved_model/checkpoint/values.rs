//! The values of a checkpoint: whole tensors, put together from their slices, every checksum verified.
//!
//! Nothing is allocated that the data files do not hold: an entry's range must lie within its file, and the slices of a
//! tensor must cover it without touching the same element twice.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::proto::{Extent, ExtentHasLengthHack, TensorSliceProto};
use super::slice::Slice;
use super::{Checkpoint, Entry, masked_crc, slice_key};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// What one entry holds.
enum Values {
    /// Numbers as they lie in memory.
    Numbers(Vec<u8>),
    /// Byte strings.
    Strings(Vec<Vec<u8>>),
}

/// Slices with their own entries, and the bytes that all of them take.
type Slices<'a> = (Vec<(Slice, &'a Entry)>, u64);

impl Checkpoint {
    /// Reads one tensor and verifies its checksums.
    ///
    /// # Errors
    /// [`Error::MissingVariables`] for a key or file that is not there, [`Error::ModelParse`] for damaged bytes,
    /// [`Error::Unsupported`] for a tensor of a type that is no plain value.
    pub fn read_tensor(&self, key: &str) -> Result<Tensor> {
        let entry = self.entry(key)?;
        match self.values(key, entry)? {
            Values::Strings(strings) => Tensor::strings(&entry.shape, strings),
            Values::Numbers(bytes) => Tensor::from_bytes(entry.dtype, &entry.shape, &bytes)
                .map_err(|why| self.damaged(entry, key, &why.to_string())),
        }
    }

    /// Reads a box of one tensor: from `start` on, `length` of each dimension.
    ///
    /// # Errors
    /// Those of [`Checkpoint::read_tensor`]; [`Error::ModelStructure`] for a box outside of the tensor.
    pub fn read_box(&self, key: &str, start: &[i64], length: &[i64]) -> Result<Tensor> {
        let whole = self.read_tensor(key)?;
        let extent = |(start, length): (&i64, &i64)| Extent {
            start: *start,
            has_length_hack: Some(ExtentHasLengthHack::Length(*length)),
        };
        let message = TensorSliceProto { extent: start.iter().zip(length).map(extent).collect() };
        let slice =
            Slice::decode(&message, whole.shape()).map_err(|why| Error::structure(format!("`{key}`: {why}")))?;
        if slice.shape() == whole.shape() {
            return Ok(whole);
        }
        if let [first, inner @ ..] = slice.extents.as_slice()
            && inner.iter().zip(&whole.shape()[1..]).all(|(extent, size)| extent.length == *size)
        {
            return whole.rows(first.start..first.start + first.length);
        }
        let bytes = whole.bytes()?;
        let size = bytes.len() / whole.len().max(1);
        let run = slice.run_length() * size;
        let runs = slice.runs(whole.shape()).map(|start| &bytes[start * size..start * size + run]);
        Tensor::from_bytes(whole.dtype(), &slice.shape(), &runs.collect::<Vec<_>>().concat())
    }

    /// Reads the numbers of one tensor, little-endian and in row-major order, and verifies their checksums.
    ///
    /// # Errors
    /// Those of [`Checkpoint::read_tensor`]; [`Error::Unsupported`] for strings, which have no fixed size.
    pub fn read_bytes(&self, key: &str) -> Result<Vec<u8>> {
        match self.values(key, self.entry(key)?)? {
            Values::Numbers(bytes) => Ok(bytes),
            Values::Strings(_) => Err(Error::Unsupported { what: format!("reading `{key}`, which holds strings,") }),
        }
    }

    /// How many bytes the values of a tensor take in the data files, those of its slices together.
    pub fn stored_bytes(&self, key: &str) -> Option<u64> {
        let entry = self.entries.get(key)?;
        if entry.slices.is_empty() {
            return Some(entry.size_bytes);
        }
        let parts = entry.slices.iter().map(|message| {
            let slice = Slice::decode(message, &entry.shape).ok()?;
            Some(self.parts.get(&slice_key::encode(key.as_bytes(), &slice))?.size_bytes)
        });
        parts.sum()
    }

    fn entry(&self, key: &str) -> Result<&Entry> {
        self.entries.get(key).ok_or_else(|| self.missing(format!("the value of `{key}`")))
    }

    fn values(&self, key: &str, entry: &Entry) -> Result<Values> {
        if matches!(entry.dtype, DType::Variant | DType::Resource) {
            return Err(Error::Unsupported { what: format!("reading `{key}`, which is a {},", entry.dtype) });
        }
        if entry.slices.is_empty() { self.piece(key, entry) } else { self.assembled(key, entry) }
    }

    /// The values of an entry that is in one piece.
    fn piece(&self, key: &str, entry: &Entry) -> Result<Values> {
        let path = self.directory.join(self.shard_name(entry.shard));
        let bytes = match read_range(&path, entry.offset, entry.size_bytes) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Err(self.missing(self.shard_name(entry.shard))),
            Err(why) if why.kind() == ErrorKind::UnexpectedEof => {
                return Err(self.damaged(entry, key, "it is cut short"));
            }
            other => other.map_err(|why| Error::io("read", &path, why))?,
        };
        if entry.dtype == DType::String {
            return entry.strings(&bytes).map(Values::Strings).map_err(|why| self.damaged(entry, key, &why));
        }
        if masked_crc(&bytes) != entry.crc {
            return Err(self.damaged(entry, key, "its checksum differs"));
        }
        Ok(Values::Numbers(bytes))
    }

    /// The values of an entry that was saved in slices.
    fn assembled(&self, key: &str, entry: &Entry) -> Result<Values> {
        let refused = |why: String| self.damaged_index(key, &why);
        let Some(size) = entry.dtype.size_bytes() else {
            // TensorFlow writes them, and does not read them either.
            return Err(Error::Unsupported { what: format!("reading `{key}`, strings in slices,") });
        };
        let (parts, stored) = self.slices(key, entry).map_err(refused)?;
        self.check_stored(key, &parts, stored)?;
        let count: usize = entry.shape.iter().product();
        let mut covered = vec![false; count];
        for (slice, _) in &parts {
            cover(slice, &entry.shape, &mut covered).map_err(refused)?;
        }
        drop(covered);
        let mut whole = vec![0; count * size];
        for (slice, part) in &parts {
            // Of a type with a size: the parts have that of the whole.
            if let Values::Numbers(part) = self.piece(key, part)? {
                place(slice, &entry.shape, size, &mut whole, &part);
            }
        }
        Ok(Values::Numbers(whole))
    }

    /// The slices of an entry with their own entries, which hold as many values as the whole has; and their bytes.
    fn slices(&self, key: &str, entry: &Entry) -> Result<Slices<'_>, String> {
        let mut parts = Vec::with_capacity(entry.slices.len());
        let (mut values, mut stored) = (0_usize, 0_u64);
        for message in &entry.slices {
            let slice = Slice::decode(message, &entry.shape)?;
            let part = self.parts.get(&slice_key::encode(key.as_bytes(), &slice));
            let part = part.ok_or_else(|| format!("the slice {:?} is not there", slice.shape()))?;
            if part.dtype != entry.dtype || part.shape != slice.shape() || !part.slices.is_empty() {
                return Err(format!("a slice is {} {:?}, expected {:?}", part.dtype, part.shape, slice.shape()));
            }
            values = values.checked_add(slice.count()).ok_or("its slices overlap")?;
            stored = stored.checked_add(part.size_bytes).ok_or("its slices overlap")?;
            parts.push((slice, part));
        }
        if values != entry.shape.iter().product::<usize>() {
            return Err(format!("its slices hold {values} values of {:?}", entry.shape));
        }
        Ok((parts, stored))
    }

    /// Checks that the data files of some slices hold as many bytes as those say.
    fn check_stored(&self, key: &str, parts: &[(Slice, &Entry)], stored: u64) -> Result<()> {
        let shards: BTreeSet<usize> = parts.iter().map(|(_, part)| part.shard).collect();
        let mut held = 0_u64;
        for shard in shards {
            let name = self.shard_name(shard);
            let metadata = self.directory.join(&name).metadata().map_err(|_| self.missing(name))?;
            held = held.saturating_add(metadata.len());
        }
        if stored > held {
            return Err(self.damaged_index(key, "its slices are larger than the data files"));
        }
        Ok(())
    }

    fn missing(&self, what: String) -> Error {
        Error::MissingVariables { path: self.directory.clone(), missing: vec![what] }
    }

    fn damaged(&self, entry: &Entry, key: &str, why: &str) -> Error {
        Error::ModelParse { path: self.directory.join(self.shard_name(entry.shard)), why: format!("`{key}`: {why}") }
    }

    fn damaged_index(&self, key: &str, why: &str) -> Error {
        Error::ModelParse { path: self.index_path(), why: format!("`{key}`: {why}") }
    }
}

/// Marks the elements of a slice, each of which must not be marked yet.
fn cover(slice: &Slice, shape: &[usize], covered: &mut [bool]) -> Result<(), String> {
    let length = slice.run_length();
    for at in slice.runs(shape) {
        let run = &mut covered[at..at + length];
        if run.contains(&true) {
            return Err("its slices overlap".into());
        }
        run.fill(true);
    }
    Ok(())
}

/// Puts the values of a slice where they belong; each element has `size` bytes.
fn place(slice: &Slice, shape: &[usize], size: usize, whole: &mut [u8], part: &[u8]) {
    let length = slice.run_length() * size;
    if length == 0 {
        return;
    }
    for (at, run) in slice.runs(shape).zip(part.chunks_exact(length)) {
        whole[at * size..at * size + length].copy_from_slice(run);
    }
}

fn read_range(path: &Path, offset: u64, size_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length.checked_sub(offset).is_none_or(|left| left < size_bytes) {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; usize::try_from(size_bytes).map_err(|_| ErrorKind::OutOfMemory)?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
