//! [`EventFile`]: a file of events, each a record.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hub_core::Tensor;
use hub_core::saved_model::tensor_proto::encode;
use prost::Message;

use super::proto::{Event, PluginData, Summary, SummaryMetadata, Value, What};
use crate::data::{Compression, RecordWriter};
use crate::error::Result;

/// What TensorBoard looks for in the first event.
const VERSION: &str = "brain.Event:2";

/// Tells the files of a process apart.
static FILES: AtomicU64 = AtomicU64::new(0);

/// A file of events.
#[derive(Debug)]
pub(super) struct EventFile(RecordWriter);

impl EventFile {
    /// A new file in a directory, which is made where it is missing.
    pub(super) fn create(directory: &Path) -> Result<EventFile> {
        let failed = |source| hub_core::Error::Io { operation: "create", path: directory.to_owned(), source };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let mut file = EventFile(RecordWriter::create(name(directory), Compression::None)?);
        file.write(0, What::FileVersion(VERSION.into()))?;
        file.flush()?;
        Ok(file)
    }

    /// A number, in single precision as in TensorFlow's own summaries.
    pub(super) fn scalar(&mut self, step: i64, tag: &str, value: f64) -> Result<()> {
        self.summary(step, tag, ("scalars", b""), &Tensor::scalar(value as f32))
    }

    /// Buckets of values.
    pub(super) fn histogram(&mut self, step: i64, tag: &str, buckets: &Tensor) -> Result<()> {
        self.summary(step, tag, ("histograms", b""), buckets)
    }

    /// The model as Keras writes it down.
    pub(super) fn keras_model(&mut self, json: &str) -> Result<()> {
        let text = Tensor::strings(&[], vec![json.as_bytes().to_vec()])?;
        self.summary(0, "keras", ("graph_keras_model", b"1"), &text)
    }

    /// The bytes of a `GraphDef`.
    pub(super) fn graph(&mut self, graph: Vec<u8>) -> Result<()> {
        self.write(0, What::GraphDef(graph))
    }

    /// Hands what waits still to the file.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.0.flush()
    }

    fn summary(&mut self, step: i64, tag: &str, (plugin, content): (&str, &[u8]), tensor: &Tensor) -> Result<()> {
        let plugin_data = PluginData { plugin_name: plugin.into(), content: content.to_vec() };
        let metadata = Some(SummaryMetadata { plugin_data: Some(plugin_data) });
        let value = Value { tag: tag.into(), tensor: Some(encode(tensor)), metadata };
        self.write(step, What::Summary(Summary { value: vec![value] }))
    }

    fn write(&mut self, step: i64, what: What) -> Result<()> {
        let event = Event { wall_time: now(), step, what: Some(what) };
        self.0.write(&event.encode_to_vec())
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A name by which TensorBoard knows a file of events, and which no other has.
fn name(directory: &Path) -> PathBuf {
    let (process, number) = (std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
    directory.join(format!("events.out.tfevents.{:.0}.rust.{process}.{number}.v2", now().floor()))
}
