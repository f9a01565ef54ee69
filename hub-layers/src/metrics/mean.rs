//! Means over examples: the state that most metrics share, and [`MeanOf`], the mean of a loss.

use hub_core::graph::Node;

use super::{Metric, MetricState};
use crate::config::{Class, Config, Reading, no_config};
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
        $({$($(#[$of:meta])* $argument:ident: $type:ty = $default:expr),*})?
        $(, fixed $fixed:literal = $value:literal)?:
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

        $crate::config::class! { $class_name = stringify!($class_name), |config| $class_name::new();
            name = name $($(, $argument = $argument)*)? $(; fixed $fixed = $value)?; ignored "dtype" = "float32"
        }

        impl $crate::metrics::Metric for $class_name {
            fn config(&self) -> $crate::Result<$crate::config::Config> {
                $crate::config::config_of(self, "keras.metrics")
            }

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
    /// That of the loss, as a metric.
    fn config(&self) -> Result<Config> {
        let loss = self.loss.config()?;
        let class_name = match loss.class_name() {
            name if name == LOG_COSH.0 => LOG_COSH.1,
            // As a metric, its sign is the other.
            name if name == losses::CosineSimilarity::CLASS_NAME || !loss.is_of_keras() => return Err(no_config(self)),
            name => name,
        };
        let taken = loss.arguments().iter().filter(|(name, _)| !["reduction", "axis"].contains(&name.as_str()));
        let mut config =
            taken.fold(Config::new(class_name), |config, (name, value)| config.with_json(name, value.clone()));
        // Python gives an axis to other classes here than among the losses.
        if [losses::CategoricalCrossentropy::CLASS_NAME, losses::SparseCategoricalCrossentropy::CLASS_NAME]
            .contains(&class_name)
        {
            config = config.with_json("axis", (-1).into());
        }
        // Keras has no metric of this name; here there is one.
        if class_name != losses::Huber::CLASS_NAME {
            config = config.in_module("keras.metrics");
        }
        Ok(config.with("name", &self.name)?.with_json("dtype", "float32".into()))
    }

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

/// The one loss whose metric has another name in Keras.
const LOG_COSH: (&str, &str) = ("LogCosh", "LogCoshError");

impl<L: Loss + Class> Class for MeanOf<L> {
    const CLASS_NAME: &'static str = if is_log_cosh(L::CLASS_NAME) { LOG_COSH.1 } else { L::CLASS_NAME };

    fn write(&self, config: Config) -> Result<Config> {
        self.loss.write(config)
    }

    fn read(reading: &mut Reading<'_>) -> Result<MeanOf<L>> {
        reading.ignored("dtype");
        reading.only("axis", -1)?;
        let metric = MeanOf::of(L::read(reading)?);
        Ok(match reading.optional::<String>("name")? {
            Some(name) => metric.name(name),
            None => metric,
        })
    }
}

/// Equality of texts while it compiles.
const fn is_log_cosh(name: &str) -> bool {
    let (name, other) = (name.as_bytes(), LOG_COSH.0.as_bytes());
    let mut index = 0;
    while index < name.len() && index < other.len() && name[index] == other[index] {
        index += 1;
    }
    index == name.len() && index == other.len()
}
