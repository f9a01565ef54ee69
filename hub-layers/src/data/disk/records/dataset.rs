//! [`record_dataset`]: the records of files as elements.

use std::path::PathBuf;
use std::sync::Arc;

use hub_core::Tensor;

use super::compression::Compression;
use super::reader::RecordReader;
use crate::data::dataset::Dataset;
use crate::data::element::Element;
use crate::data::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

/// The records of TFRecord files, one file after the other: Python's `tf.data.TFRecordDataset`. Each element is a scalar
/// of bytes, until [`Dataset::parse_examples`] makes tensors of it.
///
/// ```
/// use hub_layers::data::{Compression, ExampleSchema, record_dataset};
/// use hub_layers::DType;
///
/// let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/records/examples.tfrecord.gz");
/// let schema = ExampleSchema::new().fixed_len("pixels", &[2, 2], DType::F32).fixed_len("class", &[], DType::I64);
/// let records = record_dataset([file]).compression(Compression::Gzip).build();
/// let data = records.parse_examples(schema.x("pixels").y("class")).batch(2);
/// let first = data.iter()?.next().expect("a batch")?;
/// assert_eq!(first.x.leaves()[0].shape(), [2, 2, 2]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
pub fn record_dataset<P: Into<PathBuf>>(files: impl IntoIterator<Item = P>) -> RecordFiles {
    let max_record_bytes = i32::MAX as u64;
    let files = files.into_iter().map(Into::into).collect();
    RecordFiles { files, compression: Compression::None, max_record_bytes, skip_broken: false }
}

/// The arguments of [`record_dataset`].
#[derive(Debug, Clone)]
pub struct RecordFiles {
    files: Arc<[PathBuf]>,
    compression: Compression,
    max_record_bytes: u64,
    skip_broken: bool,
}

impl RecordFiles {
    /// How the files are compressed. Default: not at all.
    pub fn compression(mut self, compression: Compression) -> RecordFiles {
        self.compression = compression;
        self
    }

    /// How many bytes a record may have. Default: 2^31 - 1.
    pub fn max_record_bytes(mut self, max_record_bytes: u64) -> RecordFiles {
        self.max_record_bytes = max_record_bytes;
        self
    }

    /// Whether a file ends without an error where a record is broken (its rest cannot be read), with a warning. Default:
    /// false.
    pub fn skip_broken(mut self, skip_broken: bool) -> RecordFiles {
        self.skip_broken = skip_broken;
        self
    }

    /// The data set. A file that is not there, or a broken record, is an error of its pass.
    pub fn build(self) -> Dataset {
        Dataset::of(self)
    }

    /// The records of one file; what keeps it from being read is the only one.
    fn records(&self, file: usize) -> Elements {
        let element = |record: Result<Vec<u8>>| Element::new(Tensor::strings(&[], [record?])?);
        let skip = self.skip_broken;
        let wanted = move |record: &Result<Vec<u8>>| match record {
            Err(error @ Error::BadRecord { .. }) if skip => {
                tracing::warn!(%error, "the rest of the file is left out");
                false
            }
            _ => true,
        };
        match RecordReader::open(&self.files[file], self.compression) {
            Ok(reader) => Box::new(reader.max_record_bytes(self.max_record_bytes).filter(wanted).map(element)),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }
}

impl Source for RecordFiles {
    fn elements(&self) -> Result<Elements> {
        let files = self.clone();
        Ok(Box::new((0..files.files.len()).flat_map(move |file| files.records(file))))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }
}
