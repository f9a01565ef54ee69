//! [`PiecewiseConstantDecay`]: one learning rate after the other.

use hub_core::graph::Node;

use super::{LearningRateSchedule, choose, compare};
use crate::config::{Config, class, config_of};
use crate::error::{Error, Result};
use crate::optimizers::options::at_least_zero;
use crate::precision::single;

/// The first of `values` up to the step of the first boundary, that step included, then the second, and so on.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `boundaries` | steps, each larger than the one before | |
/// | `values` | learning rates, one more than boundaries | |
#[derive(Debug, Clone, PartialEq)]
pub struct PiecewiseConstantDecay {
    boundaries: Vec<f64>,
    values: Vec<f64>,
}

impl PiecewiseConstantDecay {
    /// These learning rates between these steps.
    pub fn new(boundaries: impl Into<Vec<f64>>, values: impl Into<Vec<f64>>) -> PiecewiseConstantDecay {
        PiecewiseConstantDecay { boundaries: boundaries.into(), values: values.into() }
    }
}

impl LearningRateSchedule for PiecewiseConstantDecay {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers.schedules")
    }

    fn at<'g>(&self, step: Node<'g>) -> Node<'g> {
        let value = |value: f64| step.scope().constant(single(value));
        let last = value(self.values.last().copied().unwrap_or(0.0));
        let pairs = self.boundaries.iter().zip(&self.values).rev();
        pairs.fold(last, |later, (boundary, rate)| choose(compare("LessEqual", step, *boundary), value(*rate), later))
    }

    fn check(&self) -> Result<()> {
        let bad = |argument: &str, expected: &str, found: String| {
            Err(Error::BadConfig { argument: argument.into(), expected: expected.into(), found })
        };
        if self.values.len() != self.boundaries.len() + 1 {
            let found = format!("{} values, {} boundaries", self.values.len(), self.boundaries.len());
            return bad("values", "one more than boundaries", found);
        }
        if !self.boundaries.is_sorted_by(|a, b| a < b) || self.boundaries.iter().any(|step| step.is_nan()) {
            return bad("boundaries", "steps, each larger than the one before", format!("{:?}", self.boundaries));
        }
        self.values.iter().try_for_each(|rate| at_least_zero("values", *rate))
    }
}

class! { PiecewiseConstantDecay = "PiecewiseConstantDecay", |config| PiecewiseConstantDecay::new(Vec::new(), Vec::new());
    boundaries = boundaries, values = values; ignored "name" = ()
}
