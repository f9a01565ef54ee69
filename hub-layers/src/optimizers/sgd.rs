//! [`SGD`]: stochastic gradient descent.

use hub_core::graph::{IndexedSlices, Variable};

use super::options::{LearningRate, OptimizerOptions, below_one, optimizer_builders};
use super::{Optimizer, Update};
use crate::config::{Config, class, config_of};
use crate::error::Result;
use crate::precision::single;

/// w -= learning_rate · g; with momentum, velocity = momentum · velocity - learning_rate · g is added instead.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `learning_rate` | a number or a schedule | |
/// | `momentum` | the share of the velocity that stays, from 0 to below 1 | 0 |
/// | `nesterov` | whether the gradient is taken as if one step ahead | false |
/// | `clipnorm`, `clipvalue`, `global_clipnorm`, `weight_decay` | as for every optimizer | none |
#[derive(Debug, Clone)]
pub struct SGD {
    momentum: f64,
    nesterov: bool,
    options: OptimizerOptions,
}

impl SGD {
    /// Descent with this learning rate. Keras's default: 0.01.
    pub fn new(learning_rate: impl Into<LearningRate>) -> SGD {
        SGD { momentum: 0.0, nesterov: false, options: OptimizerOptions::new(learning_rate) }
    }

    /// The share of the velocity that stays. Default: 0.
    pub fn momentum(mut self, momentum: f64) -> SGD {
        self.momentum = momentum;
        self
    }

    /// Whether the gradient is taken as if one step ahead. Default: false.
    pub fn nesterov(mut self, nesterov: bool) -> SGD {
        self.nesterov = nesterov;
        self
    }

    optimizer_builders!();
}

impl Default for SGD {
    /// A learning rate of 0.01.
    fn default() -> SGD {
        SGD::new(0.01)
    }
}

impl Optimizer for SGD {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers")
    }

    fn class_name(&self) -> &str {
        "SGD"
    }

    fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    fn slots(&self) -> Vec<(&'static str, f64)> {
        if self.momentum == 0.0 { Vec::new() } else { vec![("momentum", 0.0)] }
    }

    fn check(&self) -> Result<()> {
        self.options.check()?;
        below_one("momentum", self.momentum)
    }

    fn update<'g>(&self, update: &mut Update<'g>) -> Result<()> {
        let velocity = match self.momentum == 0.0 {
            true => None,
            false => Some(update.slot("momentum")?),
        };
        match (update.sparse(), velocity) {
            (Some(rows), None) => {
                let change = rows.values * (-update.learning_rate());
                update.add_to_rows(update.variable(), rows.indices, |_| change);
            }
            (Some(rows), Some(velocity)) => self.move_rows(update, rows, velocity),
            (None, None) => update.run(|update| {
                let descent = update.scope().op("ResourceApplyGradientDescent").input(update.variable().handle());
                descent.input(update.learning_rate()).input(update.gradient().dense()).build_operation()
            }),
            (None, Some(velocity)) => update.run(|update| {
                let apply = update.scope().op("ResourceApplyKerasMomentum").attr("use_nesterov", self.nesterov);
                let apply = apply.input(update.variable().handle()).input(velocity.handle());
                let apply = apply.input(update.learning_rate()).input(update.gradient().dense());
                apply.input(update.number(single(self.momentum))).build_operation()
            }),
        }
        Ok(())
    }
}

impl SGD {
    /// All rows keep moving; those of the gradient are pushed.
    fn move_rows<'g>(&self, update: &mut Update<'g>, rows: IndexedSlices<'g>, velocity: Variable<'g>) {
        let (variable, push) = (update.variable(), rows.values * (-update.learning_rate()));
        let momentum = single(self.momentum);
        update.assign(velocity, |_| velocity.read() * momentum);
        update.add_to_rows(velocity, rows.indices, |_| push);
        if self.nesterov {
            update.add_to_rows(variable, rows.indices, |_| push);
            update.add(variable, |_| velocity.read() * momentum);
        } else {
            update.add(variable, |_| velocity.read());
        }
    }
}

class! { SGD = "SGD", |config| SGD::default();
    momentum = momentum, nesterov = nesterov; with options
}
