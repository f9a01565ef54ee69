//! Metrics: what is counted over an epoch beside the loss. What `compile` takes.
//!
//! A metric keeps its counts in variables of the model's session, adds to them in the same run as the training step,
//! and computes its result from them. One file for each family.
//!
//! | file | holds |
//! |---|---|
//! | `chosen` | [`Accuracy`], [`Crossentropy`]: names that stand for one of three |
//! | `accuracy` | [`BinaryAccuracy`] and its relatives |
//! | `mean` | [`MeanOf`]: the mean of a loss |
//! | `regression` | [`RootMeanSquaredError`], [`CosineSimilarity`] |
//! | `precision_recall`, `auc` | [`Precision`], [`Recall`], [`Auc`] |
//! | `confusion` | what those three count |
//! | `state` | [`MetricState`]: the counts, in variables |

mod accuracy;
mod auc;
mod chosen;
mod confusion;
mod mean;
mod precision_recall;
mod regression;
mod state;

use std::fmt;

use hub_core::Shape;
use hub_core::graph::Node;

pub use accuracy::{
    BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
};
pub use auc::{Auc, AucCurve, AucSummation};
pub use chosen::{Accuracy, Crossentropy};
pub use mean::{
    BinaryCrossentropy, CategoricalCrossentropy, MeanAbsoluteError, MeanOf, MeanSquaredError,
    SparseCategoricalCrossentropy,
};
pub use precision_recall::{Precision, Recall};
pub use regression::{CosineSimilarity, RootMeanSquaredError};
pub use state::MetricState;
pub(crate) use state::Slot;

use crate::choice::{Choice, choices};
use crate::config::{Config, Maker, list_of_classes, no_config};
use crate::error::Result;
use crate::losses;

/// Something counted over the batches of an epoch.
pub trait Metric: fmt::Debug + Send + Sync {
    /// The name in the logs: `accuracy`, `auc`.
    fn name(&self) -> &str;

    /// The metric that is really meant for labels and predictions of these shapes, where the name stands for several:
    /// `accuracy` is a binary, categorical or sparse one. `None` for this one.
    fn chosen_for(&self, y_true: &Shape, y_pred: &Shape) -> Option<MetricChoice> {
        let _ = (y_true, y_pred);
        None
    }

    /// Makes the state, all of it 0 before the first batch.
    ///
    /// # Errors
    /// Arguments that make no sense.
    fn build(&self, state: &mut MetricState<'_>) -> Result<()>;

    /// Adds a batch to the state; `sample_weight` weighs the examples `[batch]`, where they are weighed.
    ///
    /// # Errors
    /// Shapes that do not fit.
    fn update<'g>(
        &self,
        state: &mut MetricState<'g>,
        y_true: Node<'g>,
        y_pred: Node<'g>,
        sample_weight: Option<Node<'g>>,
    ) -> Result<()>;

    /// The result, a scalar, from the state as it is now.
    ///
    /// # Errors
    /// Those of writing it.
    fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>>;

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// What a `metrics` argument takes: a name or a metric.
pub type MetricChoice = Choice<dyn Metric>;

choices! { Metric:
    "accuracy" => Accuracy = Accuracy::new();
    "acc" => Acc = Accuracy::new().name("acc");
    "crossentropy" => Crossentropy = Crossentropy::new();
    "ce" => CE = Crossentropy::new().name("ce");
    "binary_accuracy" => BinaryAccuracy = BinaryAccuracy::new();
    "categorical_accuracy" => CategoricalAccuracy = CategoricalAccuracy::new();
    "sparse_categorical_accuracy" => SparseCategoricalAccuracy = SparseCategoricalAccuracy::new();
    "top_k_categorical_accuracy" => TopKCategoricalAccuracy = TopKCategoricalAccuracy::new();
    "sparse_top_k_categorical_accuracy" => SparseTopKCategoricalAccuracy = SparseTopKCategoricalAccuracy::new();
    "auc" => AUC = Auc::new();
    "precision" => Precision = Precision::new();
    "recall" => Recall = Recall::new();
    "root_mean_squared_error" => RootMeanSquaredError = RootMeanSquaredError::new();
    "cosine_similarity" => CosineSimilarity = CosineSimilarity::new();
    "binary_crossentropy" => BinaryCrossentropy = MeanOf::of(losses::BinaryCrossentropy::new());
    "bce" => BCE = MeanOf::of(losses::BinaryCrossentropy::new()).name("bce");
    "categorical_crossentropy" => CategoricalCrossentropy = MeanOf::of(losses::CategoricalCrossentropy::new());
    "sparse_categorical_crossentropy" => SparseCategoricalCrossentropy = MeanOf::of(losses::SparseCategoricalCrossentropy::new());
    "mean_squared_error" => MeanSquaredError = MeanOf::of(losses::MeanSquaredError::new());
    "mse" => MSE = MeanOf::of(losses::MeanSquaredError::new()).name("mse");
    "mean_absolute_error" => MeanAbsoluteError = MeanOf::of(losses::MeanAbsoluteError::new());
    "mae" => MAE = MeanOf::of(losses::MeanAbsoluteError::new()).name("mae");
    "mean_absolute_percentage_error" => MeanAbsolutePercentageError = MeanOf::of(losses::MeanAbsolutePercentageError::new());
    "mape" => MAPE = MeanOf::of(losses::MeanAbsolutePercentageError::new()).name("mape");
    "mean_squared_logarithmic_error" => MeanSquaredLogarithmicError = MeanOf::of(losses::MeanSquaredLogarithmicError::new());
    "msle" => MSLE = MeanOf::of(losses::MeanSquaredLogarithmicError::new()).name("msle");
    "kl_divergence" => KLDivergence = MeanOf::of(losses::KLDivergence::new());
    "kld" => KLD = MeanOf::of(losses::KLDivergence::new()).name("kld");
    "kullback_leibler_divergence" => KLDivergence = MeanOf::of(losses::KLDivergence::new()).name("kullback_leibler_divergence");
    "log_cosh" => LogCosh = MeanOf::of(losses::LogCosh::new());
    "logcosh" => LogCosh = MeanOf::of(losses::LogCosh::new()).name("logcosh");
    "poisson" => Poisson = MeanOf::of(losses::Poisson::new());
    "hinge" => Hinge = MeanOf::of(losses::Hinge::new());
    "squared_hinge" => SquaredHinge = MeanOf::of(losses::SquaredHinge::new());
    "categorical_hinge" => CategoricalHinge = MeanOf::of(losses::CategoricalHinge::new());
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Metric>)] = list_of_classes! { dyn Metric:
    Accuracy, Crossentropy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy, Auc, Precision, Recall, RootMeanSquaredError, CosineSimilarity,
    MeanOf<losses::BinaryCrossentropy>, MeanOf<losses::CategoricalCrossentropy>,
    MeanOf<losses::SparseCategoricalCrossentropy>, MeanOf<losses::MeanSquaredError>, MeanOf<losses::MeanAbsoluteError>,
    MeanOf<losses::MeanAbsolutePercentageError>, MeanOf<losses::MeanSquaredLogarithmicError>,
    MeanOf<losses::KLDivergence>, MeanOf<losses::LogCosh>, MeanOf<losses::Poisson>, MeanOf<losses::Hinge>,
    MeanOf<losses::SquaredHinge>, MeanOf<losses::CategoricalHinge>, MeanOf<losses::Huber>
};
