//! [`Fit`]: training over epochs.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Model;
use super::batch::{Means, Running};
use super::features::Features;
use super::history::History;
use super::step::Kind;
use super::stop_signal::StopSignal;
use super::training_data::{Batching, IntoTrainingData, TrainingData};
use crate::callbacks::{Callback, Logs, Training};
use crate::data::{Dataset, Element, Elements};
use crate::error::{Error, Result};

/// How a model is trained.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `epochs` | passes over the data, counted from 0 | 1 |
/// | `initial_epoch` | the first epoch's number, for going on where a training ended | 0 |
/// | `batch_size` | examples in a step; a data set has its own batches | 32 |
/// | `shuffle`, `seed` | whether tensors are shuffled before each epoch, and by which order of chance | true, another each time |
/// | `validation_data`, `validation_split`, `validation_freq` | what is evaluated after each epoch; after each so many | none, 0, 1 |
/// | `class_weight` | how much examples of a class count | 1 |
/// | `steps_per_epoch` | steps in an epoch; the next goes on where it ended | all of the data |
/// | `callback` | one more callback | none |
/// | `stop_signal` | ends the training from outside | none |
/// | `check_finite` | whether numbers that are infinite or none are an error | false |
/// | `cache_features` | whether outputs of frozen layers in front are computed once | true |
#[derive(Default)]
pub struct Fit<'c> {
    epochs: Option<usize>,
    initial_epoch: usize,
    batch_size: Option<usize>,
    keeps_order: bool,
    seed: Option<u64>,
    validation_data: Option<Result<TrainingData>>,
    validation_split: f64,
    validation_freq: Option<usize>,
    class_weight: BTreeMap<i64, f64>,
    steps_per_epoch: Option<usize>,
    callbacks: Vec<Box<dyn Callback + 'c>>,
    stop_signal: StopSignal,
    check_finite: bool,
    computes_features_again: bool,
}

impl<'c> Fit<'c> {
    /// One epoch in batches of 32.
    pub fn new() -> Fit<'c> {
        Fit::default()
    }

    /// The number of epochs, `initial_epoch` included. Default: 1.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = Some(epochs);
        self
    }

    /// The number of the first epoch. Default: 0.
    pub fn initial_epoch(mut self, epoch: usize) -> Self {
        self.initial_epoch = epoch;
        self
    }

    /// The number of examples in a step. Default: 32. A data set has its own batches.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = Some(batch_size);
        self
    }

    /// Whether tensors are shuffled before each epoch. Default: true. A data set shuffles itself.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.keeps_order = !shuffle;
        self
    }

    /// The seed of shuffling. Default: another each time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What is evaluated after each epoch: tensors or a data set.
    pub fn validation_data(mut self, data: impl IntoTrainingData) -> Self {
        self.validation_data = Some(data.into_training_data());
        self
    }

    /// The share of the tensors' examples, the last ones, that are not trained with but evaluated. Default: 0.
    pub fn validation_split(mut self, share: f64) -> Self {
        self.validation_split = share;
        self
    }

    /// After how many epochs there is an evaluation. Default: 1, after each.
    pub fn validation_freq(mut self, epochs: usize) -> Self {
        self.validation_freq = Some(epochs);
        self
    }

    /// How much the examples of a class count in the loss, by the class's number. Default: 1.
    pub fn class_weight(mut self, weights: impl IntoIterator<Item = (i64, f64)>) -> Self {
        self.class_weight = weights.into_iter().collect();
        self
    }

    /// The number of steps in an epoch. Default: as many as the data has. The next epoch goes on in the data where the
    /// one before ended, so the data is best endless (`repeat`).
    pub fn steps_per_epoch(mut self, steps: usize) -> Self {
        self.steps_per_epoch = Some(steps);
        self
    }

    /// One more callback; `&mut callback` where it is to be looked at afterwards.
    pub fn callback(mut self, callback: impl Callback + 'c) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Ends the training after the step under way, when it is given.
    pub fn stop_signal(mut self, signal: &StopSignal) -> Self {
        self.stop_signal = signal.clone();
        self
    }

    /// Whether features, labels, losses and gradients that are infinite or no numbers are an error, with weights as they
    /// were after the last good step. Default: false.
    pub fn check_finite(mut self, check: bool) -> Self {
        self.check_finite = check;
        self
    }

    /// Whether what frozen layers in front of the model make of an example is computed once and kept for later epochs,
    /// up to 1 GiB. The numbers are the same. Default: true.
    pub fn cache_features(mut self, cache: bool) -> Self {
        self.computes_features_again = !cache;
        self
    }

    fn batching(&self) -> Batching {
        Batching { batch_size: self.batch_size.unwrap_or(32), shuffle: !self.keeps_order, seed: self.seed }
    }
}

impl Model {
    /// Trains the model on tensors `(x, y)`, `(x, y, sample_weight)` or a data set of batches.
    ///
    /// ```
    /// use hub_layers::{Compile, Dense, Fit, InputLayer, Sequential, Tensor};
    /// let mut model = Sequential::new().add(InputLayer::new([1])).add(Dense::new(1)).seed(1).build()?;
    /// model.compile(Compile::new("sgd", "mse"))?;
    /// let x = Tensor::new(&[4, 1], vec![0.0_f32, 1.0, 2.0, 3.0])?;
    /// let y = Tensor::new(&[4, 1], vec![1.0_f32, 3.0, 5.0, 7.0])?;
    /// let history = model.fit((&x, &y), Fit::new().epochs(20))?;
    /// assert!(history.get("loss")[19] < history.get("loss")[0]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotCompiled`], [`Error::BadConfig`] for arguments that make no sense and data without a batch,
    /// [`Error::BadLabels`], [`Error::NonFinite`] where that is checked, [`Error::Data`] and [`Error::DataPanicked`] where
    /// the data fails, those of callbacks, and [`Error::Core`] where a run fails or data does not fit. The model stays
    /// usable, with the weights of the last step that was whole.
    pub fn fit(&mut self, data: impl IntoTrainingData, fit: Fit<'_>) -> Result<History> {
        let mut fit = fit;
        let (data, split) = data.into_training_data()?.split(fit.validation_split)?;
        self.compiled()?;
        for (argument, value) in [("steps_per_epoch", fit.steps_per_epoch), ("validation_freq", fit.validation_freq)] {
            if value == Some(0) {
                let expected = "1 or more".into();
                return Err(Error::BadConfig { argument: argument.into(), expected, found: "0".into() });
            }
        }
        let validation = match fit.validation_data.take().transpose()?.or(split) {
            Some(data) => Some(data.batches(Batching { shuffle: false, ..fit.batching() })?),
            None => None,
        };
        let dataset = data.batches(fit.batching())?;
        let mut epochs = Epochs::new(self, dataset, validation, &mut fit)?;
        epochs.run()
    }
}

/// A training under way.
struct Epochs<'m, 'f, 'c> {
    model: &'m Model,
    dataset: Dataset,
    validation: Option<Dataset>,
    fit: &'f mut Fit<'c>,
    training: Training<'m>,
    /// What is left of a pass that goes on in the next epoch.
    pass: Option<Elements>,
    features: Option<Features>,
    validation_features: Option<Features>,
    /// Whether data was missing for the steps that were asked for.
    ran_out: bool,
}

impl<'m, 'f, 'c> Epochs<'m, 'f, 'c> {
    fn new(
        model: &'m Model,
        dataset: Dataset,
        validation: Option<Dataset>,
        fit: &'f mut Fit<'c>,
    ) -> Result<Epochs<'m, 'f, 'c>> {
        let steps = fit.steps_per_epoch.or(dataset.cardinality().known());
        let training = Training::new(model, fit.epochs.unwrap_or(1), steps);
        Ok(Epochs {
            model,
            dataset,
            validation,
            fit,
            training,
            pass: None,
            features: None,
            validation_features: None,
            ran_out: false,
        })
    }

    fn run(&mut self) -> Result<History> {
        let mut history = History::default();
        let mut logs = Logs::default();
        let epochs = self.fit.initial_epoch..self.fit.epochs.unwrap_or(1);
        self.tell(|callback, training| callback.on_train_begin(training))?;
        for epoch in epochs {
            if self.is_stopped() {
                break;
            }
            self.tell(|callback, training| callback.on_epoch_begin(training, epoch))?;
            logs = self.epoch(epoch)?;
            if !self.fit.stop_signal.is_set() && (epoch + 1).is_multiple_of(self.fit.validation_freq.unwrap_or(1)) {
                self.validate(&mut logs)?;
            }
            self.tell(|callback, training| callback.on_epoch_end(training, epoch, &logs))?;
            history.push(epoch, &logs);
            if self.ran_out {
                break;
            }
        }
        self.tell(|callback, training| callback.on_train_end(training, &logs))?;
        Ok(history)
    }

    fn is_stopped(&self) -> bool {
        self.training.is_stopped() || self.fit.stop_signal.is_set()
    }

    /// Tells each callback, in order.
    fn tell(&mut self, tell: impl Fn(&mut (dyn Callback + 'c), &mut Training<'m>) -> Result<()>) -> Result<()> {
        self.fit.callbacks.iter_mut().try_for_each(|callback| tell(callback.as_mut(), &mut self.training))
    }

    /// All steps of an epoch.
    fn epoch(&mut self, epoch: usize) -> Result<Logs> {
        let model = self.model;
        let mut pass = match self.pass.take() {
            Some(pass) => pass,
            None => self.dataset.iter().map_err(|error| failed(error, epoch, 0))?,
        };
        let mut means = Means::default();
        let mut batch = 0;
        let mut whole = true;
        while self.fit.steps_per_epoch.is_none_or(|steps| batch < steps) {
            if batch > 0 && self.is_stopped() {
                whole = false;
                break;
            }
            let Some(element) = next(&mut pass, epoch, batch)? else {
                self.ran_out = self.fit.steps_per_epoch.is_some();
                break;
            };
            self.tell(|callback, training| callback.on_train_batch_begin(training, batch))?;
            let logs = self.step(&element, &mut means, batch).map_err(|error| error.in_batch(epoch, batch))?;
            self.tell(|callback, training| callback.on_train_batch_end(training, batch, &logs))?;
            batch += 1;
        }
        if batch == 0 {
            let expected = "data with a batch at least".into();
            return Err(Error::BadConfig { argument: "x".into(), expected, found: "no examples".into() });
        }
        if self.fit.steps_per_epoch.is_some() {
            self.pass = Some(pass);
        }
        if self.ran_out {
            let model = model.name();
            tracing::warn!(model, epoch, batch, "the data ran out: give `steps_per_epoch` times `epochs` batches");
        }
        if whole && !self.ran_out {
            self.training.set_steps(batch);
        }
        Ok(means.logs())
    }

    fn step(&mut self, element: &Element, means: &mut Means, batch: usize) -> Result<Logs> {
        let model = self.model;
        let built = model.built_for(|| super::predict::input_of(&element.x))?;
        if self.features.is_none() && !self.fit.computes_features_again && element.rows.is_some() {
            self.features = Features::of(model, true)?;
            self.fit.computes_features_again = self.features.is_none();
        }
        if batch == 0 {
            model.compiled()?.steps.reset_metrics(built)?;
        }
        let kind = Kind::Train { checked: self.fit.check_finite };
        let running = Running { kind, class_weight: &self.fit.class_weight };
        Ok(means.add(model.run_step(element, running, self.features.as_mut())?))
    }

    /// Evaluates the validation data, and adds what comes out as `val_...`.
    fn validate(&mut self, logs: &mut Logs) -> Result<()> {
        let Some(validation) = &self.validation else { return Ok(()) };
        if self.validation_features.is_none() && self.features.is_some() {
            self.validation_features = Features::of(self.model, false)?;
        }
        let values = self.model.evaluate_batches(validation, None, self.validation_features.as_mut())?;
        for (name, value) in values.iter() {
            logs.insert(format!("val_{name}"), value);
        }
        Ok(())
    }
}

/// The next batch; a panic of what makes it is an error.
pub(super) fn next(pass: &mut Elements, epoch: usize, batch: usize) -> Result<Option<Element>> {
    let element = catch_unwind(AssertUnwindSafe(|| pass.next())).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into());
        failed(Error::DataPanicked { message }, epoch, batch)
    })?;
    element.transpose().map_err(|error| failed(error, epoch, batch))
}

fn failed(error: Error, epoch: usize, batch: usize) -> Error {
    Error::Data { epoch, batch, source: Box::new(error) }
}

impl std::fmt::Debug for Fit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut show = f.debug_struct("Fit");
        show.field("epochs", &self.epochs.unwrap_or(1)).field("batching", &self.batching());
        show.field("callbacks", &self.callbacks.len()).finish_non_exhaustive()
    }
}
