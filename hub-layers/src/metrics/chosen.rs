//! `accuracy` and `crossentropy`: names that stand for a binary, a categorical or a sparse metric, chosen by shapes.

use hub_core::Shape;
use hub_core::graph::Node;

use super::accuracy::{BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy};
use super::mean::{BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, build_mean, mean};
use super::{Metric, MetricChoice, MetricState};
use crate::config::{Config, class, config_of};
use crate::error::Result;

/// What labels and predictions are.
enum Kind {
    /// One number for each example.
    Binary,
    /// One-hot labels.
    Categorical,
    /// Numbers of classes.
    Sparse,
}

/// As Keras tells by the shapes.
fn kind(y_true: &Shape, y_pred: &Shape) -> Kind {
    let fewer = matches!((y_true.rank(), y_pred.rank()), (Some(labels), Some(predictions)) if labels < predictions);
    match (y_true.last(), y_pred.last()) {
        (_, Some(1)) => Kind::Binary,
        (Some(1), _) => Kind::Sparse,
        _ if fewer => Kind::Sparse,
        _ => Kind::Categorical,
    }
}

macro_rules! chosen {
    ($($(#[$doc:meta])* $class_name:ident = $name:literal: $binary:ident, $categorical:ident, $sparse:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $class_name {
            name: String,
        }

        impl $class_name {
            #[doc = concat!("The metric, named `", $name, "`.")]
            pub fn new() -> $class_name {
                $class_name { name: $name.into() }
            }

            /// The name in the logs.
            pub fn name(mut self, name: impl Into<String>) -> $class_name {
                self.name = name.into();
                self
            }
        }

        impl Default for $class_name {
            fn default() -> $class_name {
                $class_name::new()
            }
        }

        class! { $class_name = stringify!($class_name), |config| $class_name::new();
            name = name; ignored "dtype" = "float32"
        }

        impl Metric for $class_name {
            fn config(&self) -> Result<Config> {
                config_of(self, "keras.metrics")
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn chosen_for(&self, y_true: &Shape, y_pred: &Shape) -> Option<MetricChoice> {
                let name = self.name.as_str();
                Some(match kind(y_true, y_pred) {
                    Kind::Binary => $binary::new().name(name).into(),
                    Kind::Categorical => $categorical::new().name(name).into(),
                    Kind::Sparse => $sparse::new().name(name).into(),
                })
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
                match kind(&y_true.shape(), &y_pred.shape()) {
                    Kind::Binary => $binary::new().update(state, y_true, y_pred, sample_weight),
                    Kind::Categorical => $categorical::new().update(state, y_true, y_pred, sample_weight),
                    Kind::Sparse => $sparse::new().update(state, y_true, y_pred, sample_weight),
                }
            }

            fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>> {
                mean(state)
            }
        }
    )*};
}

chosen! {
    /// How often the prediction is the label: a binary accuracy where predictions have one column, a sparse one where
    /// labels are numbers of classes, else a categorical one. What Keras's string `accuracy` stands for.
    Accuracy = "accuracy": BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy;
    /// The mean cross-entropy, chosen like [`Accuracy`]. What Keras's string `crossentropy` stands for.
    Crossentropy = "crossentropy": BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_choose() {
        let column = Shape::from([None, Some(1)]);
        let (vector, three) = (Shape::from([None]), Shape::from([None, Some(3)]));
        let chosen = |y_true, y_pred| {
            let choice = Accuracy::new().name("acc").chosen_for(y_true, y_pred).unwrap();
            let metric = choice.get("metrics").unwrap();
            assert_eq!(metric.name(), "acc");
            format!("{metric:?}").split(' ').next().unwrap().to_owned()
        };
        assert_eq!(chosen(&column, &column), "BinaryAccuracy");
        assert_eq!(chosen(&vector, &column), "BinaryAccuracy");
        assert_eq!(chosen(&vector, &three), "SparseCategoricalAccuracy");
        assert_eq!(chosen(&column, &three), "SparseCategoricalAccuracy");
        assert_eq!(chosen(&three, &three), "CategoricalAccuracy");
        assert_eq!(
            chosen(&Shape::from([None, Some(5)]), &Shape::from([None, Some(5), Some(3)])),
            "SparseCategoricalAccuracy"
        );
    }
}
