//! A training under way: epochs, their steps, validation, and the callbacks that are told.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Model;
use super::backup::Backup;
use super::batch::{Means, Running};
use super::features::Features;
use super::fit::Fit;
use super::history::History;
use super::predict::input_of;
use super::step::Kind;
use crate::callbacks::{Callback, Logs, Training};
use crate::data::{Dataset, Element, Elements};
use crate::error::{Error, Result};

/// A training under way.
pub(super) struct Epochs<'m, 'f, 'c> {
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
    pub(super) fn new(
        model: &'m Model,
        dataset: Dataset,
        validation: Option<Dataset>,
        fit: &'f mut Fit<'c>,
    ) -> Epochs<'m, 'f, 'c> {
        let steps = fit.steps_per_epoch.or(dataset.cardinality().known());
        let training = Training::new(model, fit.epochs.unwrap_or(1), steps);
        Epochs {
            model,
            dataset,
            validation,
            fit,
            training,
            pass: None,
            features: None,
            validation_features: None,
            ran_out: false,
        }
    }

    /// Trains, from the first epoch to the last.
    pub(super) fn run(&mut self) -> Result<History> {
        let mut logs = Logs::default();
        self.tell(|callback, training| callback.on_train_begin(training))?;
        let (first, mut history) = self.take_up()?.unwrap_or((self.fit.initial_epoch, History::default()));
        for epoch in first..self.fit.epochs.unwrap_or(1) {
            if self.is_stopped() {
                break;
            }
            self.tell(|callback, training| callback.on_epoch_begin(training, epoch))?;
            logs = self.epoch(epoch)?;
            if !self.fit.stop_signal.is_stopped() && (epoch + 1).is_multiple_of(self.fit.validation_freq.unwrap_or(1)) {
                self.validate(&mut logs)?;
            }
            for callback in &self.fit.callbacks {
                let reported = callback.reports(&self.training)?;
                reported.iter().for_each(|(name, value)| logs.insert(name, value));
            }
            self.tell(|callback, training| callback.on_epoch_end(training, epoch, &logs))?;
            history.push(epoch, &logs);
            self.keep(epoch + 1, &history)?;
            if self.ran_out {
                break;
            }
        }
        if self.fit.stop_signal.is_stopped() {
            self.training.interrupt();
        }
        self.tell(|callback, training| callback.on_train_end(training, &logs))?;
        Ok(history)
    }

    /// Goes on where a training was broken off whose state was kept: the next epoch, and the history before it.
    fn take_up(&mut self) -> Result<Option<(usize, History)>> {
        let Some(path) = self.fit.callbacks.iter().find_map(|callback| callback.backup_file()) else { return Ok(None) };
        let Some(backup) = Backup::read(&path)? else { return Ok(None) };
        let epochs = backup.epochs()?;
        self.pass_by(epochs.saturating_sub(self.fit.initial_epoch))?;
        backup.restore(self.model)?;
        for (index, callback) in self.fit.callbacks.iter_mut().enumerate() {
            callback.restore_state(&backup.callback(index))?;
        }
        tracing::info!(epochs, path = %path.display(), "the training goes on");
        Ok(Some((epochs, backup.history()?)))
    }

    /// Passes by the data of epochs that are over, so that the next ones have theirs; builds a model that needs data for it.
    fn pass_by(&mut self, epochs: usize) -> Result<()> {
        for epoch in 0..epochs {
            let mut pass = match self.pass.take() {
                Some(pass) => pass,
                None => self.dataset.iter().map_err(|error| failed(error, epoch, 0))?,
            };
            let needed = match self.fit.steps_per_epoch {
                Some(steps) => steps,
                None => usize::from(epoch == 0),
            };
            for batch in 0..needed {
                let Some(element) = next(&mut pass, epoch, batch)? else { break };
                self.model.built_for(|| input_of(&element.x))?;
            }
            self.pass = self.fit.steps_per_epoch.map(|_| pass);
        }
        Ok(())
    }

    /// Keeps the state of the training, where a callback asks for it and the epoch was whole.
    fn keep(&self, epochs: usize, history: &History) -> Result<()> {
        let Some(path) = self.fit.callbacks.iter().find_map(|callback| callback.backup_file()) else { return Ok(()) };
        if self.fit.stop_signal.is_stopped() {
            return Ok(());
        }
        let states = self.fit.callbacks.iter().map(|callback| callback.state()).collect();
        Backup::of(self.model, epochs, history, states)?.write(&path)
    }

    fn is_stopped(&self) -> bool {
        self.training.is_stopped() || self.fit.stop_signal.is_stopped()
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
        let built = model.built_for(|| input_of(&element.x))?;
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
