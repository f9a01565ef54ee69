//! Learning rates that fall by a rate, exponentially or with the inverse of time.

use hub_core::graph::{IntoNode, Node};

use super::{LearningRateSchedule, floor, in_single, rate_and_steps};
use crate::config::{Config, class, config_of};
use crate::error::Result;
use crate::optimizers::options::at_least_zero;

macro_rules! decays {
    ($($(#[$doc:meta])* $class_name:ident: |$initial:ident, $rate:ident, $passed:ident| $formula:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// | argument | meaning | default |
        /// |---|---|---|
        /// | `initial_learning_rate` | that of the first step | |
        /// | `decay_steps` | how many steps `decay_rate` is for | |
        /// | `decay_rate` | how fast it falls | |
        /// | `staircase` | whether it falls only after every `decay_steps` steps | false |
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $class_name {
            initial_learning_rate: f64,
            decay_steps: f64,
            decay_rate: f64,
            staircase: bool,
        }

        impl $class_name {
            /// From this learning rate by `decay_rate` every `decay_steps` steps.
            pub fn new(initial_learning_rate: f64, decay_steps: f64, decay_rate: f64) -> $class_name {
                $class_name { initial_learning_rate, decay_steps, decay_rate, staircase: false }
            }

            /// Whether it falls only after every `decay_steps` steps. Default: false.
            pub fn staircase(mut self, staircase: bool) -> $class_name {
                self.staircase = staircase;
                self
            }
        }

        class! { $class_name = stringify!($class_name), |config| $class_name::new(
                config.required("initial_learning_rate")?,
                config.required("decay_steps")?,
                config.required("decay_rate")?,
            );
            initial_learning_rate = initial_learning_rate, decay_steps = decay_steps, decay_rate = decay_rate,
            staircase = staircase; ignored "name" = ()
        }

        impl LearningRateSchedule for $class_name {
            fn config(&self) -> Result<Config> {
                config_of(self, "keras.optimizers.schedules")
            }

            fn at<'g>(&self, step: Node<'g>) -> Node<'g> {
                in_single(step, |step| {
                    let passed = step / self.decay_steps;
                    let $passed = if self.staircase { floor(passed) } else { passed };
                    let ($initial, $rate) = (self.initial_learning_rate, self.decay_rate);
                    $formula
                })
            }

            fn check(&self) -> Result<()> {
                rate_and_steps(self.initial_learning_rate, self.decay_steps)?;
                at_least_zero("decay_rate", self.decay_rate)
            }
        }
    )*};
}

decays! {
    /// initial_learning_rate · decay_rate^(step / decay_steps).
    ExponentialDecay: |initial, rate, passed| initial * rate.into_node(passed).pow(passed);
    /// initial_learning_rate / (1 + decay_rate · step / decay_steps).
    InverseTimeDecay: |initial, rate, passed| initial / (passed * rate + 1.0);
}
