//! [`Precision`] and [`Recall`]: how many of those found are right, how many of the right ones are found.

use hub_core::graph::Node;

use super::confusion::{Among, BELOW_ALL, Examples};
use super::{Metric, MetricState};
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
            threshold: Option<f64>,
            among: Among,
        }

        impl $class_name {
            #[doc = concat!("The metric, named `", $name, "`.")]
            pub fn new() -> $class_name {
                $class_name { name: $name.into(), threshold: None, among: Among::default() }
            }

            /// The name in the logs.
            pub fn name(mut self, name: impl Into<String>) -> $class_name {
                self.name = name.into();
                self
            }

            /// What counts as positive when above it. Default: 0.5; with `top_k`, any.
            pub fn threshold(mut self, threshold: f64) -> $class_name {
                self.threshold = Some(threshold);
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

        impl Metric for $class_name {
            fn name(&self) -> &str {
                &self.name
            }

            fn build(&self, state: &mut MetricState<'_>) -> Result<()> {
                check_threshold(self.threshold)?;
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
                let $found = $examples.above(&[self.threshold.unwrap_or(every)]);
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
