//! Optimizers: how gradients change weights. What `compile` takes.
//!
//! An optimizer writes its update of one weight into the graph; the model brings the gradient, clips it as
//! [`OptimizerOptions`] say, and runs all updates in the same run as the step. One file for each optimizer.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`Optimizer`] |
//! | `options` | [`OptimizerOptions`]: learning rate, clipping, weight decay; what all of them take |
//! | `clipping` | what happens to gradients before |
//! | `update` | [`Update`]: what one update is written with |
//! | `schedules` | learning rates that change with the step |
//! | `moments` | what [`Adam`] and [`AdamW`] share |
//! | the others | one optimizer each |

mod adagrad;
mod adam;
mod adamw;
pub(crate) mod clipping;
mod moments;
mod options;
mod rmsprop;
pub mod schedules;
mod sgd;
mod update;

use std::fmt;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamw::AdamW;
pub use options::{LearningRate, OptimizerOptions};
pub use rmsprop::RMSprop;
pub use sgd::SGD;
pub use update::Update;

use crate::choice::{Choice, choices};
use crate::config::{Config, Maker, list_of_classes, no_config};
use crate::error::Result;

/// How gradients change weights.
pub trait Optimizer: fmt::Debug + Send + Sync {
    /// The kind of optimizer: `Adam`.
    fn class_name(&self) -> &str;

    /// Learning rate, clipping and decay.
    fn options(&self) -> &OptimizerOptions;

    /// What is kept for each weight, of its shape, with what it begins with: `("momentum", 0.0)`.
    fn slots(&self) -> Vec<(&'static str, f64)>;

    /// Checks the arguments.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig).
    fn check(&self) -> Result<()>;

    /// Writes the update of one weight by its gradient.
    ///
    /// # Errors
    /// Those of writing it.
    fn update<'g>(&self, update: &mut Update<'g>) -> Result<()>;

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// What an `optimizer` argument takes: a name or an optimizer.
pub type OptimizerChoice = Choice<dyn Optimizer>;

choices! { Optimizer:
    "sgd" => SGD = SGD::default();
    "adam" => Adam = Adam::default();
    "adamw" => AdamW = AdamW::default();
    "rmsprop" => RMSprop = RMSprop::default();
    "adagrad" => Adagrad = Adagrad::default();
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Optimizer>)] = list_of_classes! { dyn Optimizer:
    SGD, Adam, AdamW, RMSprop, Adagrad
};
