//! What every optimizer takes: learning rate, clipping, weight decay.

use std::sync::Arc;

use serde_json::Value;

use super::schedules::LearningRateSchedule;
use crate::config::{Argument, At, Config, Reading, build};
use crate::error::{Error, Result};

/// A learning rate: one number, or a schedule.
#[derive(Debug, Clone)]
pub enum LearningRate {
    /// The same at each step, until it is set to another between steps.
    Constant(f64),
    /// Computed from the number of the step.
    Schedule(Arc<dyn LearningRateSchedule>),
}

impl From<f64> for LearningRate {
    fn from(rate: f64) -> LearningRate {
        LearningRate::Constant(rate)
    }
}

impl<S: LearningRateSchedule + 'static> From<S> for LearningRate {
    fn from(schedule: S) -> LearningRate {
        LearningRate::Schedule(Arc::new(schedule))
    }
}

impl Argument for LearningRate {
    fn write(&self) -> Result<Value> {
        match self {
            LearningRate::Constant(rate) => rate.write(),
            LearningRate::Schedule(schedule) => Ok(schedule.config()?.to_json()),
        }
    }

    fn read(json: &Value, at: At<'_>) -> Result<LearningRate> {
        match json.as_f64() {
            Some(rate) => Ok(LearningRate::Constant(rate)),
            None => build(json, at).map(LearningRate::Schedule),
        }
    }
}

/// What every optimizer takes.
#[derive(Debug, Clone)]
pub struct OptimizerOptions {
    pub(crate) learning_rate: LearningRate,
    pub(crate) clip_norm: Option<f64>,
    pub(crate) clip_value: Option<f64>,
    pub(crate) global_clip_norm: Option<f64>,
    pub(crate) weight_decay: Option<f64>,
}

impl OptimizerOptions {
    /// This learning rate, nothing clipped, no decay.
    pub fn new(learning_rate: impl Into<LearningRate>) -> OptimizerOptions {
        OptimizerOptions {
            learning_rate: learning_rate.into(),
            clip_norm: None,
            clip_value: None,
            global_clip_norm: None,
            weight_decay: None,
        }
    }

    /// The learning rate.
    pub fn learning_rate(&self) -> &LearningRate {
        &self.learning_rate
    }

    /// Adds the arguments to the config of an optimizer.
    pub(super) fn write(&self, config: Config) -> Result<Config> {
        let name = config.class_name().to_owned();
        config
            .with("name", &name)?
            .with("weight_decay", &self.weight_decay)?
            .with("clipnorm", &self.clip_norm)?
            .with("global_clipnorm", &self.global_clip_norm)?
            .with("clipvalue", &self.clip_value)?
            .with("learning_rate", &self.learning_rate)
    }

    /// Takes the arguments out of the config of an optimizer.
    pub(super) fn read(&mut self, config: &mut Reading<'_>) -> Result<()> {
        if let Some(decay) = config.optional("weight_decay")? {
            self.weight_decay = decay;
        }
        self.clip_norm = config.optional("clipnorm")?.flatten();
        self.global_clip_norm = config.optional("global_clipnorm")?.flatten();
        self.clip_value = config.optional("clipvalue")?.flatten();
        if let Some(rate) = config.optional("learning_rate")? {
            self.learning_rate = rate;
        }
        config.only("use_ema", false)?;
        config.only("is_legacy_optimizer", false)?;
        ["name", "ema_momentum", "ema_overwrite_frequency", "jit_compile"].iter().for_each(|name| config.ignored(name));
        Ok(())
    }

    /// Checks that the numbers make sense.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for a learning rate that is negative, infinite or no number, limits that are not positive,
    /// more than one way of clipping.
    pub fn check(&self) -> Result<()> {
        match &self.learning_rate {
            LearningRate::Constant(rate) => at_least_zero("learning_rate", *rate)?,
            LearningRate::Schedule(schedule) => schedule.check()?,
        }
        let clips =
            [("clipnorm", self.clip_norm), ("clipvalue", self.clip_value), ("global_clipnorm", self.global_clip_norm)];
        let given: Vec<_> = clips.iter().filter_map(|(name, limit)| Some((*name, (*limit)?))).collect();
        if let [(first, _), (second, _), ..] = given.as_slice() {
            return Err(Error::BadConfig {
                argument: (*second).to_owned(),
                expected: "one way of clipping".into(),
                found: format!("`{first}` and `{second}`"),
            });
        }
        for (name, limit) in given {
            if !(limit > 0.0 && limit.is_finite()) {
                return Err(bad(name, "a positive number", limit));
            }
        }
        self.weight_decay.map_or(Ok(()), |decay| at_least_zero("weight_decay", decay))
    }
}

/// An error for a number that is negative, infinite or none.
pub(super) fn at_least_zero(argument: &str, value: f64) -> Result<()> {
    match value >= 0.0 && value.is_finite() {
        true => Ok(()),
        false => Err(bad(argument, "a finite number that is not negative", value)),
    }
}

/// An error for a number that is not from 0 to below 1.
pub(super) fn below_one(argument: &str, value: f64) -> Result<()> {
    match (0.0..1.0).contains(&value) {
        true => Ok(()),
        false => Err(bad(argument, "a number from 0 to below 1", value)),
    }
}

fn bad(argument: &str, expected: &str, found: f64) -> Error {
    Error::BadConfig { argument: argument.to_owned(), expected: expected.to_owned(), found: found.to_string() }
}

/// The builder methods that every optimizer has, for one with a field `options: OptimizerOptions`.
macro_rules! optimizer_builders {
    () => {
        /// The largest Euclidean norm of each weight's gradient; larger ones are scaled down. Default: none.
        pub fn clipnorm(mut self, norm: f64) -> Self {
            self.options.clip_norm = Some(norm);
            self
        }

        /// The largest absolute value of a gradient's elements; larger ones are cut. Default: none.
        pub fn clipvalue(mut self, value: f64) -> Self {
            self.options.clip_value = Some(value);
            self
        }

        /// The largest Euclidean norm of all gradients together; larger ones are scaled down. Default: none.
        pub fn global_clipnorm(mut self, norm: f64) -> Self {
            self.options.global_clip_norm = Some(norm);
            self
        }

        /// The share of each weight, times the learning rate, that is taken away before each update.
        pub fn weight_decay(mut self, decay: f64) -> Self {
            self.options.weight_decay = Some(decay);
            self
        }
    };
}

pub(super) use optimizer_builders;
