//! [`Fit`]: how a model is trained over epochs. The epochs themselves are in `epochs`.

use std::collections::BTreeMap;

use super::Model;
use super::epochs::Epochs;
use super::history::History;
use super::training_data::{Batching, IntoTrainingData, TrainingData};
use crate::callbacks::{Callback, Progress, Verbose};
use crate::error::{Error, Result};
use hub_core::StopSignal;

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
/// | `verbose` | how the progress is told, on stderr | bars on a terminal, else a line for each epoch |
/// | `stop_signal` | ends the training from outside | none |
/// | `check_finite` | whether numbers that are infinite or none are an error | false |
/// | `cache_features` | whether outputs of frozen layers in front are computed once | true |
#[derive(Default)]
pub struct Fit<'c> {
    pub(super) epochs: Option<usize>,
    pub(super) initial_epoch: usize,
    pub(super) batch_size: Option<usize>,
    pub(super) keeps_order: bool,
    pub(super) seed: Option<u64>,
    pub(super) validation_data: Option<Result<TrainingData>>,
    pub(super) validation_split: f64,
    pub(super) validation_freq: Option<usize>,
    pub(super) class_weight: BTreeMap<i64, f64>,
    pub(super) steps_per_epoch: Option<usize>,
    pub(super) callbacks: Vec<Box<dyn Callback + 'c>>,
    pub(super) verbose: Verbose,
    pub(super) stop_signal: StopSignal,
    pub(super) check_finite: bool,
    pub(super) computes_features_again: bool,
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

    /// How the progress is told on stderr. Default: bars on a terminal, else one line for each epoch.
    pub fn verbose(mut self, verbose: Verbose) -> Self {
        self.verbose = verbose;
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
        // Last, as in Keras: what the others have written into the logs is told too.
        fit.callbacks.push(Box::new(Progress::new(fit.verbose)));
        Epochs::new(self, dataset, validation, &mut fit).run()
    }
}

impl std::fmt::Debug for Fit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut show = f.debug_struct("Fit");
        show.field("epochs", &self.epochs.unwrap_or(1)).field("batching", &self.batching());
        show.field("callbacks", &self.callbacks.len()).finish_non_exhaustive()
    }
}
