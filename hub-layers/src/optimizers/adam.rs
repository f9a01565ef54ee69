//! [`Adam`]: steps by running means of gradients and of their squares.

use super::moments::{Moments, moments_builders};
use super::options::{LearningRate, OptimizerOptions, optimizer_builders};
use super::{Optimizer, Update};
use crate::config::{Config, class, config_of};
use crate::error::Result;

/// Adaptive moments: each weight's step is the mean of its gradients over the root of the mean of their squares.
///
/// m += (g - m)(1 - beta_1), v += (g² - v)(1 - beta_2),
/// w -= learning_rate · √(1 - beta_2ᵗ) / (1 - beta_1ᵗ) · m / (√v + epsilon), t being the number of the step.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `learning_rate` | a number or a schedule | 0.001 |
/// | `beta_1` | how much of the mean of gradients stays, from 0 to below 1 | 0.9 |
/// | `beta_2` | how much of the mean of squares stays, from 0 to below 1 | 0.999 |
/// | `epsilon` | what is added before dividing | 1e-7 |
/// | `amsgrad` | whether the largest v so far is divided by | false |
/// | `clipnorm`, `clipvalue`, `global_clipnorm`, `weight_decay` | as for every optimizer | none |
///
/// A sparse gradient changes the means of its rows only, but all means decay and all rows move.
#[derive(Debug, Clone)]
pub struct Adam {
    moments: Moments,
    options: OptimizerOptions,
}

impl Adam {
    /// With this learning rate. Keras's default: 0.001.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adam {
        Adam { moments: Moments::default(), options: OptimizerOptions::new(learning_rate) }
    }

    moments_builders!();
    optimizer_builders!();
}

impl Default for Adam {
    /// A learning rate of 0.001.
    fn default() -> Adam {
        Adam::new(0.001)
    }
}

impl Optimizer for Adam {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers")
    }

    fn class_name(&self) -> &str {
        "Adam"
    }

    fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    fn slots(&self) -> Vec<(&'static str, f64)> {
        self.moments.slots()
    }

    fn check(&self) -> Result<()> {
        self.options.check()?;
        self.moments.check()
    }

    fn update<'g>(&self, update: &mut Update<'g>) -> Result<()> {
        self.moments.update(update)
    }
}

class! { Adam = "Adam", |config| Adam::default();
    beta_1 = moments.beta_1, beta_2 = moments.beta_2, epsilon = moments.epsilon, amsgrad = moments.amsgrad; with options
}
