//! [`SGD`]: stochastic gradient descent.

use super::options::{LearningRate, OptimizerOptions, below_one, optimizer_builders};
use super::{Optimizer, Update};
use crate::error::Result;

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

impl Optimizer for SGD {
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
        let (variable, rate, dtype) = (update.variable().handle(), update.learning_rate(), update.dtype());
        if self.momentum == 0.0 {
            update.run(|update| match update.sparse() {
                Some(rows) => {
                    let change = rows.values * (-rate);
                    let scatter = update.scope().op("ResourceScatterAdd").attr("dtype", dtype);
                    scatter.input(variable).input(rows.indices).input(change).build_operation()
                }
                None => {
                    let descent = update.scope().op("ResourceApplyGradientDescent");
                    descent.input(variable).input(rate).input(update.gradient().dense()).build_operation()
                }
            });
            return Ok(());
        }
        let velocity = update.slot("momentum")?.handle();
        update.run(|update| {
            let apply = update.scope().op("ResourceApplyKerasMomentum").attr("use_nesterov", self.nesterov);
            let apply = apply.input(variable).input(velocity).input(rate).input(update.gradient().dense());
            apply.input(update.number(self.momentum)).build_operation()
        });
        Ok(())
    }
}
