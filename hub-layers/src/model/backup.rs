//! The state of a training between two epochs, in one file: for [`BackupAndRestore`](crate::callbacks::BackupAndRestore).
//!
//! A safetensors file of
//!
//! ```text
//! epoch                        the number of epochs that are over, int64
//! weight/{number}              in the order of the model's weights
//! optimizer/iterations         the number of steps, int64
//! optimizer/learning_rate      where it is not from a schedule, float64
//! optimizer/{number}/{name}    what the optimizer keeps for a weight
//! history/epochs               the numbers of the epochs, int64
//! history/value/{name}         a loss or metric of each epoch, float64
//! callback/{number}/{name}     what a callback remembers
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use hub_core::Tensor;
use hub_core::saved_model::weights_file::{read_safetensors, write_safetensors};

use super::Model;
use super::history::History;
use crate::callbacks::CallbackState;
use crate::error::{Error, Result};
use crate::layer::WeightSlot;

/// The state of a training after some epochs.
#[derive(Debug)]
pub(super) struct Backup(BTreeMap<String, Tensor>);

impl Backup {
    /// What the training has come to.
    pub(super) fn of(model: &Model, epochs: usize, history: &History, callbacks: Vec<CallbackState>) -> Result<Backup> {
        let (built, compiled) = (model.built()?, model.compiled()?);
        let mut entries = BTreeMap::from([("epoch".to_owned(), Tensor::scalar(epochs as i64))]);
        let state = model.saved_state(built, Some(compiled))?;
        let weights = model.get_weights()?.into_iter().enumerate();
        entries.extend(weights.map(|(index, weight)| (format!("weight/{index}"), weight)));
        if let Some(optimizer) = state.optimizer {
            let named = [("iterations", optimizer.iterations), ("learning_rate", optimizer.learning_rate)];
            entries.extend(named.into_iter().filter_map(|(name, value)| Some((format!("optimizer/{name}"), value?))));
            let places: Vec<_> = built.distinct_weights().map(|slot| slot.handle).collect();
            for (weight, name, value) in optimizer.slots {
                let place = places.iter().position(|handle| *handle == weight);
                entries.extend(place.map(|place| (format!("optimizer/{place}/{name}"), value)));
            }
        }
        let numbers = history.epochs().iter().map(|epoch| *epoch as i64).collect::<Vec<_>>();
        entries.insert("history/epochs".into(), Tensor::vector(numbers));
        entries.extend(
            history.names().map(|name| (format!("history/value/{name}"), Tensor::vector(history.get(name).to_vec()))),
        );
        for (index, state) in callbacks.into_iter().enumerate() {
            entries.extend(state.into_iter().map(|(name, value)| (format!("callback/{index}/{name}"), value)));
        }
        Ok(Backup(entries))
    }

    /// Writes it; what is there is replaced by the whole new file.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        if let Some(parent) = path.parent() {
            let failed = |source| hub_core::Error::Io { operation: "create", path: parent.to_owned(), source };
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        Ok(write_safetensors(path, true, &self.0)?)
    }

    /// Reads it; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Backup>> {
        match path.try_exists() {
            Ok(false) => Ok(None),
            _ => Ok(Some(Backup(read_safetensors(path)?))),
        }
    }

    /// The number of epochs that are over.
    pub(super) fn epochs(&self) -> Result<usize> {
        let epochs = self.required("epoch")?.item::<i64>()?;
        usize::try_from(epochs).map_err(|_| bad("a number of epochs", epochs))
    }

    /// The losses and metrics of these epochs.
    pub(super) fn history(&self) -> Result<History> {
        let epochs = self.required("history/epochs")?;
        let epoch = |epoch: &i64| usize::try_from(*epoch).map_err(|_| bad("numbers of epochs", epoch));
        let epochs = epochs.as_slice::<i64>()?.iter().map(epoch).collect::<Result<Vec<_>>>()?;
        let values = self.under("history/value/").map(|(name, values)| Ok((name, values.as_slice::<f64>()?.to_vec())));
        Ok(History::of(epochs, values.collect::<Result<_>>()?))
    }

    /// What a callback remembered.
    pub(super) fn callback(&self, index: usize) -> CallbackState {
        self.under(&format!("callback/{index}/")).map(|(name, value)| (name, value.clone())).collect()
    }

    /// Gives the model its weights, and the optimizer what it kept.
    pub(super) fn restore(&self, model: &Model) -> Result<()> {
        let (built, compiled) = (model.built()?, model.compiled()?);
        let weights: Vec<&WeightSlot> = built.distinct_weights().collect();
        let count = self.under("weight/").count();
        let values = (0..count).map(|index| self.required(&format!("weight/{index}")).cloned());
        let values = values.collect::<Result<Vec<_>>>()?;
        let mut slots = Vec::new();
        for (place, weight) in weights.iter().enumerate() {
            let kept = self.under(&format!("optimizer/{place}/"));
            slots.extend(kept.map(|(name, value)| (*weight, name, value.clone())));
        }
        let value = |name: &str| self.0.get(&format!("optimizer/{name}")).cloned();
        model.assign_weights(&values)?;
        let (iterations, rate) = (value("iterations"), value("learning_rate"));
        compiled.state.restore(built, compiled.optimizer.as_ref(), iterations, rate, slots)
    }

    /// The entries whose names begin so, by the rest of their names.
    fn under<'b>(&'b self, start: &str) -> impl Iterator<Item = (String, &'b Tensor)> + use<'b> {
        let entries = self.0.range(start.to_owned()..);
        let start = start.to_owned();
        entries.map_while(move |(name, value)| Some((name.strip_prefix(&start)?.to_owned(), value)))
    }

    fn required(&self, name: &str) -> Result<&Tensor> {
        self.0.get(name).ok_or_else(|| bad("all parts of a training", format_args!("none called `{name}`")))
    }
}

fn bad(expected: &str, found: impl std::fmt::Display) -> Error {
    Error::BadConfig { argument: "backup_dir".into(), expected: expected.into(), found: found.to_string() }
}
