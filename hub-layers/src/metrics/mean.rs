//! Means over examples: the state that most metrics share, and [`MeanOf`], the mean of a loss.

use hub_core::graph::Node;

use super::{Metric, MetricState};
use crate::error::Result;
use crate::losses::{self, Loss};

/// Makes the state of a weighted mean.
pub(super) fn build_mean(state: &mut MetricState<'_>) -> Result<()> {
    state.add_weight("total", &[])?;
    state.add_weight("count", &[])
}

/// Adds values `[batch, ...]` to a weighted mean.
pub(super) fn update_mean<'g>(
    state: &mut MetricState<'g>,
    values: Node<'g>,
    sample_weight: Option<Node<'g>>,
) -> Result<()> {
    let values = values.cast(state.dtype());
    let (total, count) = match crate::weighting::spread(values, sample_weight) {
        Some(weights) => (values * weights, weights.reshape(&[-1]).reduce_sum([0])),
        None => (values, state.scope().op("Size").input(values).build()),
    };
    state.add_to("total", total.reshape(&[-1]).reduce_sum([0]))?;
    state.add_to("count", count)
}

/// The mean so far, 0 where nothing has been counted.
pub(super) fn mean<'g>(state: &MetricState<'g>) -> Result<Node<'g>> {
    let (total, count) = (state.value("total")?, state.value("count")?);
    Ok(state.scope().op("DivNoNan").input(total).input(count).build())
}

/// Metrics that are means over examples of something: name, arguments, and what is the mean of.
macro_rules! means {
    ($($(#[$doc:meta])* $class_name:ident = $name:literal
        $({$($(#[$of:meta])* $argument:ident: $type:ty = $default:expr),*})?:
        |$metric:ident, $y_true:ident, $y_pred:ident| $values:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $class_name {
            name: String,
            $($($argument: $type),*)?
        }

        impl $class_name {
            #[doc = concat!("The metric, named `", $name, "`.")]
            pub fn new() -> $class_name {
                $class_name { name: $name.into(), $($($argument: $default),*)? }
            }

            /// The name in the logs.
            pub fn name(mut self, name: impl Into<String>) -> $class_name {
                self.name = name.into();
                self
            }

            $($($(#[$of])* pub fn $argument(mut self, $argument: $type) -> $class_name {
                self.$argument = $argument;
                self
            })*)?
        }

        impl Default for $class_name {
            fn default() -> $class_name {
                $class_name::new()
            }
        }

        impl $crate::metrics::Metric for $class_name {
            fn name(&self) -> &str {
                &self.name
            }

            fn build(&self, state: &mut $crate::metrics::MetricState<'_>) -> $crate::error::Result<()> {
                $crate::metrics::mean::build_mean(state)
            }

            fn update<'g>(
                &self,
                state: &mut $crate::metrics::MetricState<'g>,
                y_true: hub_core::graph::Node<'g>,
                y_pred: hub_core::graph::Node<'g>,
                sample_weight: Option<hub_core::graph::Node<'g>>,
            ) -> $crate::error::Result<()> {
                let dtype = state.dtype();
                let ($y_true, $y_pred) = $crate::losses::labels::align(y_true.cast(dtype), y_pred.cast(dtype));
                let $metric = self;
                let values = $values;
                $crate::metrics::mean::update_mean(state, values, sample_weight)
            }

            fn result<'g>(
                &self,
                state: &$crate::metrics::MetricState<'g>,
            ) -> $crate::error::Result<hub_core::graph::Node<'g>> {
                $crate::metrics::mean::mean(state)
            }
        }
    )*};
}

pub(super) use means;

/// The mean of a loss over examples.
///
/// ```
/// use hub_layers::losses::Huber;
/// use hub_layers::metrics::{MeanOf, MeanSquaredError, Metric};
///
/// assert_eq!(Metric::name(&MeanSquaredError::new()), "mean_squared_error");
/// let own = MeanOf::of(Huber::new().delta(0.5)).name("huber_half");
/// assert_eq!(Metric::name(&own), "huber_half");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeanOf<L> {
    loss: L,
    name: String,
}

impl<L: Loss> MeanOf<L> {
    /// The mean of this loss, by its name.
    pub fn of(loss: L) -> MeanOf<L> {
        MeanOf { name: loss.name().to_owned(), loss }
    }

    /// The name in the logs.
    pub fn name(mut self, name: impl Into<String>) -> MeanOf<L> {
        self.name = name.into();
        self
    }
}

impl<L: Loss + Default> MeanOf<L> {
    /// The mean of the loss with its defaults.
    pub fn new() -> MeanOf<L> {
        MeanOf::of(L::default())
    }
}

impl<L: Loss + Default> Default for MeanOf<L> {
    fn default() -> MeanOf<L> {
        MeanOf::new()
    }
}

/// The mean of (y_true - y_pred)² over examples and their last axis.
pub type MeanSquaredError = MeanOf<losses::MeanSquaredError>;
/// The mean of |y_true - y_pred| over examples and their last axis.
pub type MeanAbsoluteError = MeanOf<losses::MeanAbsoluteError>;
/// The mean of the binary cross-entropy; `MeanOf::of` takes the loss with its arguments.
pub type BinaryCrossentropy = MeanOf<losses::BinaryCrossentropy>;
/// The mean of the categorical cross-entropy; `MeanOf::of` takes the loss with its arguments.
pub type CategoricalCrossentropy = MeanOf<losses::CategoricalCrossentropy>;
/// The mean of the sparse categorical cross-entropy; `MeanOf::of` takes the loss with its arguments.
pub type SparseCategoricalCrossentropy = MeanOf<losses::SparseCategoricalCrossentropy>;

impl<L: Loss> Metric for MeanOf<L> {
    fn name(&self) -> &str {
        &self.name
    }

    fn build(&self, state: &mut MetricState<'_>) -> Result<()> {
        build_mean(state)
    }

    fn update<'g>(
        &self,
        state: &mut MetricState<'g>,
        y_true: Node<'g>,
        y_pred: Node<'g>,
        sample_weight: Option<Node<'g>>,
    ) -> Result<()> {
        let values = self.loss.call(y_true, y_pred.cast(state.dtype()))?;
        update_mean(state, values, sample_weight)
    }

    fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>> {
        mean(state)
    }
}
