//! Losses: how far predictions are from the truth. What `compile` takes.
//!
//! A loss is written in the graph DSL, example by example; the model weighs the examples, takes the mean
//! (Keras's `sum_over_batch_size`) and adds the penalties. One file for each family.
//!
//! | file | holds |
//! |---|---|
//! | `binary`, `categorical`, `sparse` | the cross-entropies |
//! | `regression` | [`MeanSquaredError`] and other losses of numbers |
//! | `probability` | [`KLDivergence`], [`Poisson`] |
//! | `hinge` | [`Hinge`] and its relatives |
//! | `labels` | what labels and predictions have to do with each other |

mod binary;
mod categorical;
mod hinge;
pub(crate) mod labels;
mod probability;
pub(crate) mod regression;
mod sparse;

use std::fmt;

use hub_core::graph::Node;
use hub_core::{Shape, Tensor};

pub use binary::BinaryCrossentropy;
pub use categorical::CategoricalCrossentropy;
pub use hinge::{CategoricalHinge, Hinge, SquaredHinge};
pub use probability::{KLDivergence, Poisson};
pub use regression::{
    CosineSimilarity, Huber, LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError,
};
pub use sparse::SparseCategoricalCrossentropy;

use crate::choice::{Choice, choices};
use crate::config::{Class, Config, Maker, Reading, config_of, no_config};
use crate::error::Result;

/// How far predictions are from the truth.
///
/// ```
/// use hub_core::graph::Node;
/// use hub_layers::{Result, losses::Loss};
///
/// /// |y_true - y_pred|, to the fourth.
/// #[derive(Debug)]
/// struct Quartic;
///
/// impl Loss for Quartic {
///     fn name(&self) -> &str {
///         "quartic"
///     }
///
///     fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>> {
///         Ok((y_pred - y_true.cast(y_pred.dtype())).square().square().reduce_mean([-1]))
///     }
/// }
/// ```
pub trait Loss: fmt::Debug + Send + Sync {
    /// Keras's name: `mean_squared_error`.
    fn name(&self) -> &str;

    /// The loss of each example: the predictions' shape without the last axis. `y_true` comes as the data has it;
    /// a column `[batch, 1]` where predictions are `[batch, 1]`, or a vector `[batch]`, as Keras allows.
    ///
    /// # Errors
    /// Shapes that do not fit.
    fn call<'g>(&self, y_true: Node<'g>, y_pred: Node<'g>) -> Result<Node<'g>>;

    /// Looks at labels before they are fed: class numbers out of range and the like. `y_pred` is the shape of the
    /// predictions. Costs time at each step; the default takes everything.
    ///
    /// # Errors
    /// [`Error::BadLabels`](crate::Error::BadLabels).
    fn check_labels(&self, y_true: &Tensor, y_pred: &Shape) -> Result<()> {
        let _ = (y_true, y_pred);
        Ok(())
    }

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// What a `loss` argument takes: a name or a loss.
pub type LossChoice = Choice<dyn Loss>;

choices! { Loss:
    "binary_crossentropy" => BinaryCrossentropy = BinaryCrossentropy::new();
    "bce" => BCE = BinaryCrossentropy::new();
    "categorical_crossentropy" => CategoricalCrossentropy = CategoricalCrossentropy::new();
    "sparse_categorical_crossentropy" => SparseCategoricalCrossentropy = SparseCategoricalCrossentropy::new();
    "mean_squared_error" => MeanSquaredError = MeanSquaredError::new();
    "mse" => MSE = MeanSquaredError::new();
    "mean_absolute_error" => MeanAbsoluteError = MeanAbsoluteError::new();
    "mae" => MAE = MeanAbsoluteError::new();
    "mean_absolute_percentage_error" => MeanAbsolutePercentageError = MeanAbsolutePercentageError::new();
    "mape" => MAPE = MeanAbsolutePercentageError::new();
    "mean_squared_logarithmic_error" => MeanSquaredLogarithmicError = MeanSquaredLogarithmicError::new();
    "msle" => MSLE = MeanSquaredLogarithmicError::new();
    "huber" => Huber = Huber::new();
    "huber_loss" => Huber = Huber::new();
    "log_cosh" => LogCosh = LogCosh::new();
    "logcosh" => LogCosh = LogCosh::new();
    "cosine_similarity" => CosineSimilarity = CosineSimilarity::new();
    "kl_divergence" => KLDivergence = KLDivergence::new();
    "kullback_leibler_divergence" => KLDivergence = KLDivergence::new();
    "kld" => KLD = KLDivergence::new();
    "poisson" => Poisson = Poisson::new();
    "hinge" => Hinge = Hinge::new();
    "squared_hinge" => SquaredHinge = SquaredHinge::new();
    "categorical_hinge" => CategoricalHinge = CategoricalHinge::new();
}

/// The config of a loss of this crate.
pub(crate) fn loss_config<L: Loss + Class>(loss: &L) -> Result<Config> {
    let config = config_of(loss, "keras.losses")?;
    Ok(config.with_json("reduction", "auto".into()).with_json("name", loss.name().into()))
}

/// What every loss takes in Keras: only the mean over the examples is there, and the names are known.
fn read_common(reading: &mut Reading<'_>) -> Result<()> {
    reading.ignored("name");
    reading.ignored("fn");
    match reading.json("reduction").and_then(serde_json::Value::as_str) {
        None | Some("auto" | "sum_over_batch_size") => Ok(()),
        Some(other) => Err(reading.bad("reduction", "`auto` or `sum_over_batch_size`", other)),
    }
}

macro_rules! list_of_losses {
    ($($class:ident),* $(,)?) => {
        &[$(($class::CLASS_NAME, |reading| {
            read_common(reading)?;
            Ok(std::sync::Arc::new($class::read(reading)?))
        })),*]
    };
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Loss>)] = list_of_losses! {
    BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, MeanSquaredError, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredLogarithmicError, Huber, LogCosh, CosineSimilarity, KLDivergence, Poisson, Hinge,
    SquaredHinge, CategoricalHinge,
};
