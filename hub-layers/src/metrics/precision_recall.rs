//! [`Precision`] and [`Recall`]: how many of those found are right, how many of the right ones are found.

use hub_core::graph::Node;

use super::confusion::{Among, BELOW_ALL, Examples};
use super::{Metric, MetricState};
use crate::config::{Config, Reading, class, config_of};
use crate::error::{Error, Result};

macro_rules! shares {
    ($($(#[$doc:meta])* $class_name:ident = $name:literal, missed $missed:literal: |$examples:ident, $found:ident| $count:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// | argument | meaning | default |
        /// |---|---|---|
        /// | `threshold` | what counts as positive when above it, from 0 to 1 | 0.5; with `top_k`, any |
        /// | `top_k` | only this many largest predictions of each example count as positive | all |
        /// | `class_id` | only this column of labels and predictions is looked at | all |
        #[derive(Debug, Clone, PartialEq)]
        pub struct $class_name {
            name: String,
            threshold: Threshold,
            among: Among,
        }

        impl $class_name {
            #[doc = concat!("The metric, named `", $name, "`.")]
            pub fn new() -> $class_name {
                $class_name { name: $name.into(), threshold: Threshold(None), among: Among::default() }
            }

            /// The name in the logs.
            pub fn name(mut self, name: impl Into<String>) -> $class_name {
                self.name = name.into();
                self
            }

            /// What counts as positive when above it. Default: 0.5; with `top_k`, any.
            pub fn threshold(mut self, threshold: f64) -> $class_name {
                self.threshold = Threshold(Some(threshold));
                self
            }

            /// How many of the largest predictions of each example count as positive. Default: all.
            pub fn top_k(mut self, k: usize) -> $class_name {
                self.among.top_k = Some(k);
                self
            }

            /// The only column of labels and predictions that is looked at. Default: all.
            pub fn class_id(mut self, class: usize) -> $class_name {
                self.among.class_id = Some(class);
                self
            }
        }

        impl Default for $class_name {
            fn default() -> $class_name {
                $class_name::new()
            }
        }

        class! { $class_name = stringify!($class_name), |config| $class_name::new();
            name = name, top_k = among.top_k, class_id = among.class_id; with threshold; ignored "dtype" = "float32"
        }

        impl Metric for $class_name {
            fn config(&self) -> Result<Config> {
                config_of(self, "keras.metrics")
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn build(&self, state: &mut MetricState<'_>) -> Result<()> {
                check_threshold(self.threshold.0)?;
                state.add_weight("true_positives", &[1])?;
                state.add_weight($missed, &[1])
            }

            fn update<'g>(
                &self,
                state: &mut MetricState<'g>,
                y_true: Node<'g>,
                y_pred: Node<'g>,
                sample_weight: Option<Node<'g>>,
            ) -> Result<()> {
                let $examples = Examples::new(state, y_true, y_pred, sample_weight, self.among);
                let every = if self.among.top_k.is_some() { BELOW_ALL } else { 0.5 };
                let $found = $examples.above(&[self.threshold.0.unwrap_or(every)]);
                state.add_to("true_positives", $found.true_positives)?;
                state.add_to($missed, $count)
            }

            fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>> {
                let (right, missed) = (state.value("true_positives")?, state.value($missed)?);
                Ok(state.scope().op("DivNoNan").input(right).input(right + missed).build().reshape(&[]))
            }
        }
    )*};
}

shares! {
    /// Of those predicted to be positive, the share that is: true positives / (true + false positives).
    Precision = "precision", missed "false_positives": |examples, found| found.false_positives;
    /// Of those that are positive, the share predicted to be: true positives / (true positives + false negatives).
    Recall = "recall", missed "false_negatives": |examples, found| examples.positives() - found.true_positives;
}

/// Checks that a threshold is one of probabilities.
pub(super) fn check_threshold(threshold: Option<f64>) -> Result<()> {
    match threshold {
        Some(threshold) if !(0.0..=1.0).contains(&threshold) => Err(Error::BadConfig {
            argument: "threshold".into(),
            expected: "a number from 0 to 1".into(),
            found: threshold.to_string(),
        }),
        _ => Ok(()),
    }
}

/// What counts as positive when above it; Keras has a list of them, of which one is known here.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Threshold(Option<f64>);

impl Threshold {
    fn write(self, config: Config) -> Result<Config> {
        config.with("thresholds", &self.0)
    }

    fn read(&mut self, config: &mut Reading<'_>) -> Result<()> {
        self.0 = match config.json("thresholds") {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::Array(several)) if several.len() != 1 => {
                return Err(config.bad("thresholds", "one number", format!("a list of {}", several.len())));
            }
            Some(serde_json::Value::Array(_)) => {
                config.optional::<Vec<f64>>("thresholds")?.and_then(|only| only.first().copied())
            }
            Some(_) => config.optional("thresholds")?,
        };
        Ok(())
    }
}
