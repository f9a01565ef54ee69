//! [`PolynomialDecay`]: from one learning rate to another, along a power of the way.

use hub_core::graph::{IntoNode, Node};

use super::{LearningRateSchedule, choose, compare, in_single, rate_and_steps};
use crate::config::{Config, class, config_of};
use crate::error::Result;
use crate::optimizers::options::at_least_zero;

/// (initial_learning_rate - end_learning_rate) · (1 - step / decay_steps)^power + end_learning_rate; after `decay_steps`
/// the end stays.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `initial_learning_rate` | that of the first step | |
/// | `decay_steps` | how many steps the way takes | |
/// | `end_learning_rate` | where it ends | 0.0001 |
/// | `power` | 1 is a straight line | 1 |
/// | `cycle` | whether it begins anew, twice, three times as long, where it would end | false |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolynomialDecay {
    initial_learning_rate: f64,
    decay_steps: f64,
    end_learning_rate: f64,
    power: f64,
    cycle: bool,
}

impl PolynomialDecay {
    /// In a straight line from this learning rate to 0.0001.
    pub fn new(initial_learning_rate: f64, decay_steps: f64) -> PolynomialDecay {
        PolynomialDecay { initial_learning_rate, decay_steps, end_learning_rate: 0.0001, power: 1.0, cycle: false }
    }

    /// Where it ends. Default: 0.0001.
    pub fn end_learning_rate(mut self, end_learning_rate: f64) -> PolynomialDecay {
        self.end_learning_rate = end_learning_rate;
        self
    }

    /// The power of the rest of the way. Default: 1.
    pub fn power(mut self, power: f64) -> PolynomialDecay {
        self.power = power;
        self
    }

    /// Whether it begins anew where it would end. Default: false.
    pub fn cycle(mut self, cycle: bool) -> PolynomialDecay {
        self.cycle = cycle;
        self
    }
}

impl PolynomialDecay {
    /// How many times the way has begun, the time that goes on included.
    fn rounds<'g>(&self, step: Node<'g>) -> Node<'g> {
        let rounds = step.scope().op("Ceil").input(step / self.decay_steps).build();
        choose(compare("Equal", step, 0.0), 1.0.into_node(step), rounds)
    }
}

impl LearningRateSchedule for PolynomialDecay {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers.schedules")
    }

    fn at<'g>(&self, step: Node<'g>) -> Node<'g> {
        // A difference of what has been rounded, as Keras has it.
        let height = self.initial_learning_rate as f32 - self.end_learning_rate as f32;
        in_single(step, |step| {
            let passed = match self.cycle {
                true => step / (self.rounds(step) * self.decay_steps),
                false => step.minimum(self.decay_steps) / self.decay_steps,
            };
            (1.0 - passed).pow(self.power) * height + self.end_learning_rate
        })
    }

    fn check(&self) -> Result<()> {
        rate_and_steps(self.initial_learning_rate, self.decay_steps)?;
        at_least_zero("end_learning_rate", self.end_learning_rate)?;
        at_least_zero("power", self.power)
    }
}

class! { PolynomialDecay = "PolynomialDecay", |config| PolynomialDecay::new(config.required("initial_learning_rate")?, config.required("decay_steps")?);
    initial_learning_rate = initial_learning_rate, decay_steps = decay_steps, end_learning_rate = end_learning_rate,
    power = power, cycle = cycle; ignored "name" = ()
}
