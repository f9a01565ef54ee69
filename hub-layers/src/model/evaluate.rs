//! Evaluating, and single steps by hand: `evaluate`, `train_on_batch`, `test_on_batch`, `predict_on_batch`.

use std::collections::BTreeMap;

use hub_core::Structure;

use super::Model;
use super::batch::{Means, Running};
use super::epochs::next;
use super::features::Features;
use super::predict::{Predict, input_of};
use super::step::Kind;
use super::training_data::{Batching, IntoTrainingData, TrainingData};
use crate::callbacks::Logs;
use crate::data::{Dataset, Element};
use crate::error::{Error, Result};

/// How a model is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluate {
    batch_size: usize,
    steps: Option<usize>,
}

impl Default for Evaluate {
    fn default() -> Evaluate {
        Evaluate { batch_size: 32, steps: None }
    }
}

impl Evaluate {
    /// All data in batches of 32.
    pub fn new() -> Evaluate {
        Evaluate::default()
    }

    /// The number of examples that are computed at once. Default: 32. A data set has its own batches.
    pub fn batch_size(mut self, batch_size: usize) -> Evaluate {
        self.batch_size = batch_size;
        self
    }

    /// The number of batches. Default: all.
    pub fn steps(mut self, steps: usize) -> Evaluate {
        self.steps = Some(steps);
        self
    }
}

impl Model {
    /// Loss and metrics over tensors `(x, y)`, `(x, y, sample_weight)` or a data set of batches.
    ///
    /// # Errors
    /// Those of [`Model::fit`].
    pub fn evaluate(&mut self, data: impl IntoTrainingData, evaluate: Evaluate) -> Result<Logs> {
        let batching = Batching { batch_size: evaluate.batch_size, shuffle: false, seed: None };
        let batches = data.into_training_data()?.batches(batching)?;
        self.evaluate_batches(&batches, evaluate.steps, None)
    }

    pub(super) fn evaluate_batches(
        &self,
        batches: &Dataset,
        steps: Option<usize>,
        mut features: Option<&mut Features>,
    ) -> Result<Logs> {
        let mut pass = batches.iter()?;
        let mut means = Means::default();
        let mut batch = 0;
        while steps.is_none_or(|steps| batch < steps) {
            let Some(element) = next(&mut pass, 0, batch)? else { break };
            self.built_for(|| input_of(&element.x))?;
            if batch == 0 {
                self.compiled()?.steps.reset_metrics(self.built()?)?;
            }
            means.add(self.run_step(&element, TESTING, features.as_deref_mut())?);
            batch += 1;
        }
        if batch == 0 {
            let expected = "data with a batch at least".into();
            return Err(Error::BadConfig { argument: "x".into(), expected, found: "no examples".into() });
        }
        Ok(means.logs())
    }

    /// One step of training on one batch; loss and metrics of this batch alone.
    ///
    /// # Errors
    /// Those of [`Model::fit`].
    pub fn train_on_batch(&mut self, data: impl IntoTrainingData) -> Result<Logs> {
        let kind = Kind::Train { checked: false };
        self.on_batch(data, Running { kind, ..TESTING })
    }

    /// Loss and metrics of one batch; changes no weight.
    ///
    /// # Errors
    /// Those of [`Model::fit`].
    pub fn test_on_batch(&mut self, data: impl IntoTrainingData) -> Result<Logs> {
        self.on_batch(data, TESTING)
    }

    /// What the model makes of one batch, all at once.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn predict_on_batch(&self, inputs: impl Into<Structure>) -> Result<Structure> {
        self.predict_with(inputs, Predict::new().batch_size(0))
    }

    fn on_batch(&mut self, data: impl IntoTrainingData, running: Running<'_>) -> Result<Logs> {
        let element: Element = match data.into_training_data()? {
            TrainingData::Tensors(element) => element,
            TrainingData::Dataset(dataset) => {
                let first = next(&mut dataset.iter()?, 0, 0)?;
                first.ok_or_else(|| Error::BadConfig {
                    argument: "x".into(),
                    expected: "data with a batch at least".into(),
                    found: "no examples".into(),
                })?
            }
        };
        let built = self.built_for(|| input_of(&element.x))?;
        self.compiled()?.steps.reset_metrics(built)?;
        let outcome = self.run_step(&element, running, None)?;
        Ok(Means::default().add(outcome))
    }
}

static NO_CLASSES: BTreeMap<i64, f64> = BTreeMap::new();

const TESTING: Running<'static> = Running { kind: Kind::Test, class_weight: &NO_CLASSES };
