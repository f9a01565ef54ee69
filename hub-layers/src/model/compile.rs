//! [`Compile`]: what a model is trained with: optimizer, losses, metrics.

use std::sync::Arc;

use super::Model;
use super::optimizer_state::OptimizerState;
use super::steps::Steps;
use crate::error::{Error, Result};
use crate::losses::{Loss, LossChoice};
use crate::metrics::{Metric, MetricChoice};
use crate::names::nearest;
use crate::optimizers::{Optimizer, OptimizerChoice};

/// What a model is trained with.
///
/// ```
/// use hub_layers::{Compile, Dense, InputLayer, Sequential};
/// use hub_layers::{losses::MeanSquaredError, optimizers::SGD};
/// let mut model = Sequential::new().add(InputLayer::new([4])).add(Dense::new(1)).build()?;
/// model.compile(Compile::new(SGD::new(0.1).momentum(0.9), MeanSquaredError::new()).metric("mse"))?;
/// model.compile(Compile::new("sgd", "mse"))?; // by name, with Keras's defaults
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Compile {
    pub(super) optimizer: OptimizerChoice,
    pub(super) loss: Option<LossChoice>,
    pub(super) losses: Vec<(String, LossChoice)>,
    pub(super) loss_weights: Vec<(String, f64)>,
    pub(super) metrics: Vec<Measured>,
}

/// A metric, and what it is of.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    /// The output; all where none is named.
    pub(super) output: Option<String>,
    pub(super) metric: MetricChoice,
    /// Whether sample weights count.
    pub(super) weighted: bool,
}

impl Compile {
    /// An optimizer, and a loss for each output; both by name or themselves.
    pub fn new(optimizer: impl Into<OptimizerChoice>, loss: impl Into<LossChoice>) -> Compile {
        Compile { loss: Some(loss.into()), ..Compile::by_output(optimizer) }
    }

    /// An optimizer, with losses that follow by [`Compile::loss_for`].
    pub fn by_output(optimizer: impl Into<OptimizerChoice>) -> Compile {
        Compile {
            optimizer: optimizer.into(),
            loss: None,
            losses: Vec::new(),
            loss_weights: Vec::new(),
            metrics: Vec::new(),
        }
    }

    /// The loss of one output, by the output's name.
    pub fn loss_for(mut self, output: impl Into<String>, loss: impl Into<LossChoice>) -> Compile {
        self.losses.push((output.into(), loss.into()));
        self
    }

    /// How much the loss of an output counts in the total. Default: 1.
    pub fn loss_weight(mut self, output: impl Into<String>, weight: f64) -> Compile {
        self.loss_weights.push((output.into(), weight));
        self
    }

    /// One more metric of each output, which sample weights do not touch.
    pub fn metric(mut self, metric: impl Into<MetricChoice>) -> Compile {
        self.metrics.push(Measured { output: None, metric: metric.into(), weighted: false });
        self
    }

    /// One more metric of one output.
    pub fn metric_for(mut self, output: impl Into<String>, metric: impl Into<MetricChoice>) -> Compile {
        self.metrics.push(Measured { output: Some(output.into()), metric: metric.into(), weighted: false });
        self
    }

    /// One more metric of each output, in which examples count by their weights.
    pub fn weighted_metric(mut self, metric: impl Into<MetricChoice>) -> Compile {
        self.metrics.push(Measured { output: None, metric: metric.into(), weighted: true });
        self
    }
}

/// What a model was compiled with, once its outputs are known.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) optimizer: Arc<dyn Optimizer>,
    pub(super) plan: Compile,
    /// What the optimizer keeps; made with the first step.
    pub(super) state: OptimizerState,
    /// The runs that train and evaluate, made at first use.
    pub(super) steps: Steps,
}

/// What is computed of one output: its loss and metrics.
#[derive(Debug, Clone)]
pub(super) struct Objective {
    /// The output's name.
    pub(super) output: String,
    pub(super) loss: Option<Arc<dyn Loss>>,
    pub(super) loss_weight: f64,
    /// With whether sample weights count.
    pub(super) metrics: Vec<(Arc<dyn Metric>, bool)>,
}

impl Compiled {
    fn new(plan: Compile) -> Result<Compiled> {
        let optimizer = plan.optimizer.get("optimizer")?.clone();
        optimizer.check()?;
        plan.loss
            .iter()
            .chain(plan.losses.iter().map(|(_, loss)| loss))
            .try_for_each(|loss| loss.get("loss").map(drop))?;
        plan.metrics.iter().try_for_each(|measured| measured.metric.get("metrics").map(drop))?;
        if let Some((output, weight)) = plan.loss_weights.iter().find(|(_, weight)| !weight.is_finite()) {
            let argument = format!("loss_weights[\"{output}\"]");
            return Err(Error::BadConfig { argument, expected: "a finite number".into(), found: weight.to_string() });
        }
        Ok(Compiled { optimizer, plan, state: OptimizerState::default(), steps: Steps::default() })
    }

    /// What is computed of each output.
    pub(super) fn objectives(&self, outputs: &[String]) -> Result<Vec<Objective>> {
        let plan = &self.plan;
        let named = plan.losses.iter().map(|(name, _)| ("loss", name));
        let named = named.chain(plan.loss_weights.iter().map(|(name, _)| ("loss_weights", name)));
        let named = named.chain(plan.metrics.iter().filter_map(|m| Some(("metrics", m.output.as_ref()?))));
        for (argument, name) in named {
            if !outputs.contains(name) {
                return Err(unknown_output(argument, name, outputs));
            }
        }
        outputs.iter().map(|output| self.objective(output)).collect()
    }

    fn objective(&self, output: &str) -> Result<Objective> {
        let plan = &self.plan;
        let own = plan.losses.iter().rev().find(|(name, _)| name == output).map(|(_, loss)| loss);
        let loss = own.or(plan.loss.as_ref()).map(|loss| loss.get("loss").cloned()).transpose()?;
        let weight = plan.loss_weights.iter().rev().find(|(name, _)| name == output);
        let of_this = plan.metrics.iter().filter(|m| m.output.as_deref().is_none_or(|name| name == output));
        let metrics = of_this.map(|m| Ok((m.metric.get("metrics")?.clone(), m.weighted)));
        let mut metrics: Vec<_> = metrics.collect::<Result<_>>()?;
        // Those that weights touch come last, as in Keras, which tells two of one name apart by that.
        metrics.sort_by_key(|(_, weighted)| *weighted);
        Ok(Objective { output: output.to_owned(), loss, loss_weight: weight.map_or(1.0, |(_, w)| *w), metrics })
    }
}

fn unknown_output(argument: &str, name: &str, outputs: &[String]) -> Error {
    let near = nearest(name, outputs.iter().map(String::as_str));
    Error::BadConfig {
        argument: argument.to_owned(),
        expected: match near {
            Some(near) => format!("an output of the model (`{near}` is near)"),
            None => format!("one of the outputs {}", outputs.join(", ")),
        },
        found: format!("`{name}`"),
    }
}

impl Model {
    /// Says what the model is trained with. What an optimizer has gathered before is forgotten.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for unknown names and arguments that make no sense; those that depend on the outputs' names
    /// where the model is built, else with its first step.
    pub fn compile(&mut self, compile: Compile) -> Result<()> {
        let compiled = Compiled::new(compile)?;
        if let Some(built) = self.built.get() {
            compiled.objectives(&built.output_names)?;
        }
        self.compiled = Some(compiled);
        Ok(())
    }

    /// Whether the model has an optimizer and a loss.
    pub fn is_compiled(&self) -> bool {
        self.compiled.is_some()
    }

    pub(super) fn compiled(&self) -> Result<&Compiled> {
        self.compiled.as_ref().ok_or_else(|| Error::NotCompiled { model: self.name.clone() })
    }

    /// The names of the outputs, in flattening order: keys of a dict, else the layers that they come from.
    ///
    /// # Errors
    /// [`Error::NotBuilt`].
    pub fn output_names(&self) -> Result<Vec<String>> {
        Ok(self.built()?.output_names.clone())
    }

    /// The learning rate of the optimizer, where it is not from a schedule.
    ///
    /// # Errors
    /// [`Error::NotCompiled`], and [`Error::Core`] where the engine cannot read it.
    pub fn learning_rate(&self) -> Result<Option<f64>> {
        let compiled = self.compiled()?;
        match self.built.get() {
            Some(built) => compiled.state.learning_rate(built, compiled.optimizer.options()),
            None => Ok(compiled.optimizer.options().constant_rate()),
        }
    }

    /// Sets the learning rate for the steps to come.
    ///
    /// # Errors
    /// [`Error::NotBuilt`], [`Error::NotCompiled`]; [`Error::BadConfig`] where it is from a schedule, or no number that a
    /// rate can be.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<()> {
        self.assign_learning_rate(rate)
    }

    /// As [`Model::set_learning_rate`], for callbacks.
    pub(crate) fn assign_learning_rate(&self, rate: f64) -> Result<()> {
        let compiled = self.compiled()?;
        compiled.state.set_learning_rate(self.built()?, compiled.optimizer.options(), rate)
    }
}
