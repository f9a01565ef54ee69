//! [`Adagrad`]: steps by gradients over the root of the sum of all their squares.

use super::options::{LearningRate, OptimizerOptions, at_least_zero, optimizer_builders};
use super::{Optimizer, Update};
use crate::config::{Config, class, config_of};
use crate::error::Result;

/// a += g², w -= learning_rate · g / √(a + epsilon): what has been updated much is updated less.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `learning_rate` | a number or a schedule | 0.001 |
/// | `initial_accumulator_value` | what a begins with, not negative | 0.1 |
/// | `epsilon` | what is added before dividing | 1e-7 |
/// | `clipnorm`, `clipvalue`, `global_clipnorm`, `weight_decay` | as for every optimizer | none |
///
/// A sparse gradient changes its rows only.
#[derive(Debug, Clone)]
pub struct Adagrad {
    initial_accumulator_value: f64,
    epsilon: f64,
    options: OptimizerOptions,
}

impl Adagrad {
    /// With this learning rate. Keras's default: 0.001.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adagrad {
        Adagrad { initial_accumulator_value: 0.1, epsilon: 1e-7, options: OptimizerOptions::new(learning_rate) }
    }

    /// What the sum of squares begins with. Default: 0.1.
    pub fn initial_accumulator_value(mut self, value: f64) -> Adagrad {
        self.initial_accumulator_value = value;
        self
    }

    /// What is added before dividing. Default: 1e-7.
    pub fn epsilon(mut self, epsilon: f64) -> Adagrad {
        self.epsilon = epsilon;
        self
    }

    optimizer_builders!();
}

impl Default for Adagrad {
    /// A learning rate of 0.001.
    fn default() -> Adagrad {
        Adagrad::new(0.001)
    }
}

impl Optimizer for Adagrad {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers")
    }

    fn class_name(&self) -> &str {
        "Adagrad"
    }

    fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    fn slots(&self) -> Vec<(&'static str, f64)> {
        vec![("accumulator", self.initial_accumulator_value)]
    }

    fn check(&self) -> Result<()> {
        self.options.check()?;
        at_least_zero("initial_accumulator_value", self.initial_accumulator_value)?;
        at_least_zero("epsilon", self.epsilon)
    }

    fn update<'g>(&self, update: &mut Update<'g>) -> Result<()> {
        let (variable, sum, rate) = (update.variable(), update.slot("accumulator")?, update.learning_rate());
        match update.sparse() {
            Some(rows) => {
                update.add_to_rows(sum, rows.indices, |_| rows.values.square());
                update.add_to_rows(variable, rows.indices, |update| {
                    let gather = update.scope().op("ResourceGather").attr("dtype", sum.dtype());
                    let sums = gather.input(sum.handle()).input(rows.indices).build();
                    -(rate * rows.values / (sums + self.epsilon).sqrt())
                });
            }
            None => {
                let gradient = update.gradient().dense();
                let sums = sum.read() + gradient.square();
                update.assign(sum, |_| sums);
                update.add(variable, |_| -(rate * gradient / (sums + self.epsilon).sqrt()));
            }
        }
        Ok(())
    }
}

class! { Adagrad = "Adagrad", |config| Adagrad::default();
    initial_accumulator_value = initial_accumulator_value, epsilon = epsilon; with options
}
