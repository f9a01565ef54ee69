//! [`TensorBoard`]: files that TensorBoard shows: losses and metrics, histograms of weights, the graph.
//!
//! ```text
//! log_dir/train/events.out.tfevents.…         epoch_loss, batch_loss, hidden/kernel_0/histogram, the graph
//! log_dir/validation/events.out.tfevents.…    epoch_loss, evaluation_loss_vs_iterations
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `event_file` | a file of events |
//! | `histogram` | the buckets of a weight's values |
//! | `proto` | the messages |

mod event_file;
mod histogram;
mod proto;

use std::path::PathBuf;
use std::time::Instant;

use hub_core::Tensor;

use self::event_file::EventFile;
use super::{Callback, Logs, Training};
use crate::error::Result;

/// Writes what TensorBoard shows, as Keras's `TensorBoard`: under `train` and `validation` in a directory.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `histogram_freq` | after how many epochs there is a histogram of each weight; 0 for never | 0 |
/// | `write_graph` | whether the model's graph is written, without the values of large constants | true |
/// | `write_steps_per_second` | whether the speed is written | false |
/// | `update_freq` | after how many batches losses and metrics are written; they are after each epoch | never |
///
/// ```
/// use hub_layers::callbacks::TensorBoard;
/// let callback = TensorBoard::new("logs").histogram_freq(1).update_freq(100);
/// ```
#[derive(Debug)]
pub struct TensorBoard {
    log_dir: PathBuf,
    histogram_freq: usize,
    write_graph: bool,
    write_steps_per_second: bool,
    update_freq: Option<usize>,
    train: Option<EventFile>,
    validation: Option<EventFile>,
    /// The number of steps so far.
    steps: i64,
    epoch_began: Option<(Instant, i64)>,
    batch_began: Option<Instant>,
    has_graph: bool,
}

impl TensorBoard {
    /// Writes below this directory, which is made where it is missing.
    pub fn new(log_dir: impl Into<PathBuf>) -> TensorBoard {
        TensorBoard {
            log_dir: log_dir.into(),
            histogram_freq: 0,
            write_graph: true,
            write_steps_per_second: false,
            update_freq: None,
            train: None,
            validation: None,
            steps: 0,
            epoch_began: None,
            batch_began: None,
            has_graph: false,
        }
    }

    /// After how many epochs there is a histogram of each weight. Default: 0, never.
    pub fn histogram_freq(mut self, epochs: usize) -> TensorBoard {
        self.histogram_freq = epochs;
        self
    }

    /// Whether the model's graph is written. Default: true.
    pub fn write_graph(mut self, write: bool) -> TensorBoard {
        self.write_graph = write;
        self
    }

    /// Whether the number of steps in a second is written, after each epoch and where batches are. Default: false.
    pub fn write_steps_per_second(mut self, write: bool) -> TensorBoard {
        self.write_steps_per_second = write;
        self
    }

    /// After how many batches losses and metrics are written. Default: only after each epoch.
    pub fn update_freq(mut self, batches: usize) -> TensorBoard {
        self.update_freq = Some(batches);
        self
    }

    fn train(&mut self) -> Result<&mut EventFile> {
        open(&mut self.train, &self.log_dir, "train")
    }

    fn graph(&mut self, training: &Training<'_>) -> Result<()> {
        if !self.write_graph || self.has_graph {
            return Ok(());
        }
        self.has_graph = true;
        let model = training.model();
        // What has no config is left out: the graph says more.
        let keras = model.to_json().ok();
        let graph = model.graph_def()?;
        let train = self.train()?;
        keras.map_or(Ok(()), |json| train.keras_model(&json))?;
        train.graph(graph)
    }

    fn histograms(&mut self, training: &Training<'_>, epoch: usize) -> Result<()> {
        for weight in training.model().weights()? {
            let buckets = histogram::buckets(&weight.value()?)?;
            let tag = format!("{}_0/histogram", weight.name());
            self.train()?.histogram(epoch as i64, &tag, &buckets)?;
        }
        Ok(())
    }
}

/// The file of a kind, made when there is something to write.
fn open<'f>(file: &'f mut Option<EventFile>, log_dir: &std::path::Path, kind: &str) -> Result<&'f mut EventFile> {
    match file {
        Some(file) => Ok(file),
        none => Ok(none.insert(EventFile::create(&log_dir.join(kind))?)),
    }
}

/// So many in the time since.
fn per_second(count: i64, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64().max(1e-9)
}

impl Callback for TensorBoard {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.steps = training.model().iterations()?;
        (self.train, self.validation, self.has_graph) = (None, None, false);
        Ok(())
    }

    fn on_epoch_begin(&mut self, _training: &mut Training<'_>, _epoch: usize) -> Result<()> {
        self.epoch_began = Some((Instant::now(), self.steps));
        Ok(())
    }

    fn on_train_batch_begin(&mut self, _training: &mut Training<'_>, _batch: usize) -> Result<()> {
        self.batch_began = Some(Instant::now());
        Ok(())
    }

    fn on_train_batch_end(&mut self, training: &mut Training<'_>, _batch: usize, logs: &Logs) -> Result<()> {
        self.steps += 1;
        self.graph(training)?;
        let steps = self.steps;
        if !self.update_freq.is_some_and(|every| every > 0 && steps % every as i64 == 0) {
            return Ok(());
        }
        let speed = self.batch_began.filter(|_| self.write_steps_per_second).map(|began| per_second(1, began));
        let train = self.train()?;
        speed.map_or(Ok(()), |speed| train.scalar(steps, "batch_steps_per_second", speed))?;
        logs.iter().try_for_each(|(name, value)| train.scalar(steps, &format!("batch_{name}"), value))
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        let (step, steps) = (epoch as i64, self.steps);
        for (name, value) in logs.iter() {
            match name.strip_prefix("val_") {
                Some(name) => {
                    let validation = open(&mut self.validation, &self.log_dir, "validation")?;
                    validation.scalar(steps, &format!("evaluation_{name}_vs_iterations"), value)?;
                    validation.scalar(step, &format!("epoch_{name}"), value)?;
                }
                None => self.train()?.scalar(step, &format!("epoch_{name}"), value)?,
            }
        }
        if let Some((began, before)) = self.epoch_began.filter(|_| self.write_steps_per_second) {
            self.train()?.scalar(step, "epoch_steps_per_second", per_second(steps - before, began))?;
        }
        if self.histogram_freq > 0 && epoch.is_multiple_of(self.histogram_freq) {
            self.histograms(training, epoch)?;
        }
        let files = [&mut self.train, &mut self.validation];
        files.into_iter().flatten().try_for_each(EventFile::flush)
    }

    fn on_train_end(&mut self, _training: &mut Training<'_>, _logs: &Logs) -> Result<()> {
        let files = [self.train.take(), self.validation.take()];
        files.into_iter().flatten().try_for_each(|mut file| file.flush())
    }

    fn state(&self) -> super::CallbackState {
        [("steps".to_owned(), Tensor::scalar(self.steps))].into()
    }

    fn restore_state(&mut self, state: &super::CallbackState) -> Result<()> {
        self.steps = state.get("steps").map(Tensor::item::<i64>).transpose()?.unwrap_or(self.steps);
        Ok(())
    }
}
