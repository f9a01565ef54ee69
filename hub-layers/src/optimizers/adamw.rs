//! [`AdamW`]: Adam with weights that decay.

use super::moments::{Moments, moments_builders};
use super::options::{LearningRate, OptimizerOptions, optimizer_builders};
use super::{Optimizer, Update};
use crate::config::{Config, class, config_of};
use crate::error::Result;

/// [`Adam`](super::Adam), before whose updates every weight loses a share: w -= weight_decay · learning_rate · w.
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
/// | `weight_decay` | the share, times the learning rate, that weights lose at each step | 0.004 |
/// | `clipnorm`, `clipvalue`, `global_clipnorm` | as for every optimizer | none |
///
/// A sparse gradient changes the means of its rows only, but all means decay and all rows move.
#[derive(Debug, Clone)]
pub struct AdamW {
    moments: Moments,
    options: OptimizerOptions,
}

impl AdamW {
    /// With this learning rate. Keras's default: 0.001.
    pub fn new(learning_rate: impl Into<LearningRate>) -> AdamW {
        let options = OptimizerOptions { weight_decay: Some(0.004), ..OptimizerOptions::new(learning_rate) };
        AdamW { moments: Moments::default(), options }
    }

    moments_builders!();
    optimizer_builders!();
}

impl Default for AdamW {
    /// A learning rate of 0.001.
    fn default() -> AdamW {
        AdamW::new(0.001)
    }
}

impl Optimizer for AdamW {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers")
    }

    fn class_name(&self) -> &str {
        "AdamW"
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

class! { AdamW = "AdamW", |config| AdamW::default();
    beta_1 = moments.beta_1, beta_2 = moments.beta_2, epsilon = moments.epsilon, amsgrad = moments.amsgrad; with options
}
