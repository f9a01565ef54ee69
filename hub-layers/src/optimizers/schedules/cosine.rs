//! Learning rates that fall along half a cosine wave, once or again and again.

use std::f64::consts::PI;

use hub_core::DType;
use hub_core::graph::{IntoNode, Node};

use super::{LearningRateSchedule, choose, compare, floor, in_single, rate_and_steps, steps};
use crate::config::{Class, Config, Reading, class, config_of};
use crate::error::Result;
use crate::optimizers::options::at_least_zero;

/// initial_learning_rate · ((1 - alpha) · (1 + cos(π · step / decay_steps)) / 2 + alpha); after `decay_steps` the end stays.
///
/// With a warm-up, the learning rate first goes in a straight line to `warmup_target`, and falls from there.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `initial_learning_rate` | that of the first step | |
/// | `decay_steps` | how many steps it falls | |
/// | `alpha` | the share that is left in the end | 0 |
/// | `warmup` | where the warm-up goes, and in how many steps: Keras's `warmup_target`, `warmup_steps` | none |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CosineDecay {
    initial_learning_rate: f64,
    decay_steps: f64,
    alpha: f64,
    warmup: Option<(f64, f64)>,
}

impl CosineDecay {
    /// From this learning rate to 0.
    pub fn new(initial_learning_rate: f64, decay_steps: f64) -> CosineDecay {
        CosineDecay { initial_learning_rate, decay_steps, alpha: 0.0, warmup: None }
    }

    /// The share that is left in the end. Default: 0.
    pub fn alpha(mut self, alpha: f64) -> CosineDecay {
        self.alpha = alpha;
        self
    }

    /// Goes to the learning rate `target` in `steps` steps first. Default: none.
    pub fn warmup(mut self, target: f64, steps: f64) -> CosineDecay {
        self.warmup = Some((target, steps));
        self
    }
}

impl LearningRateSchedule for CosineDecay {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers.schedules")
    }

    fn at<'g>(&self, step: Node<'g>) -> Node<'g> {
        let fall = |passed: Node<'g>, from: f64| from * (wave(passed) * 0.5 * (1.0 - self.alpha) + self.alpha);
        in_single(step, |step| {
            let Some((target, steps)) = self.warmup else {
                return fall(step.minimum(self.decay_steps) / self.decay_steps, self.initial_learning_rate);
            };
            let step = step.minimum(self.decay_steps + steps);
            // A difference of what has been rounded, as Keras has it.
            let height = target as f32 - self.initial_learning_rate as f32;
            let rise = share(step, steps) * height + self.initial_learning_rate;
            choose(compare("Less", step, steps), rise, fall(share(step - steps, self.decay_steps), target))
        })
    }

    fn check(&self) -> Result<()> {
        rate_and_steps(self.initial_learning_rate, self.decay_steps)?;
        at_least_zero("alpha", self.alpha)?;
        let (target, steps) = self.warmup.unwrap_or_default();
        at_least_zero("warmup_target", target)?;
        at_least_zero("warmup_steps", steps)
    }
}

/// As [`CosineDecay`], beginning anew where it would end: each time `t_mul` times as long, from `m_mul` times as high.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `initial_learning_rate` | that of the first step | |
/// | `first_decay_steps` | how many steps it falls the first time | |
/// | `t_mul` | how many times as long the next time takes | 2 |
/// | `m_mul` | how many times as high the next time begins | 1 |
/// | `alpha` | the share that is left in the end | 0 |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CosineDecayRestarts {
    initial_learning_rate: f64,
    first_decay_steps: f64,
    t_mul: f64,
    m_mul: f64,
    alpha: f64,
}

impl CosineDecayRestarts {
    /// From this learning rate to 0, each time twice as long.
    pub fn new(initial_learning_rate: f64, first_decay_steps: f64) -> CosineDecayRestarts {
        CosineDecayRestarts { initial_learning_rate, first_decay_steps, t_mul: 2.0, m_mul: 1.0, alpha: 0.0 }
    }

    /// How many times as long the next time takes. Default: 2.
    pub fn t_mul(mut self, t_mul: f64) -> CosineDecayRestarts {
        self.t_mul = t_mul;
        self
    }

    /// How many times as high the next time begins. Default: 1.
    pub fn m_mul(mut self, m_mul: f64) -> CosineDecayRestarts {
        self.m_mul = m_mul;
        self
    }

    /// The share that is left in the end. Default: 0.
    pub fn alpha(mut self, alpha: f64) -> CosineDecayRestarts {
        self.alpha = alpha;
        self
    }
}

impl CosineDecayRestarts {
    /// Which round it is, from 0, and the share of it that has passed.
    fn round<'g>(&self, passed: Node<'g>) -> (Node<'g>, Node<'g>) {
        if self.t_mul == 1.0 {
            let round = floor(passed);
            return (round, passed - round);
        }
        // The lengths of the rounds before are a geometric series.
        let t_mul = self.t_mul.into_node(passed);
        let growth = 1.0 - self.t_mul as f32;
        let round = floor((1.0 - passed * growth).log() / t_mul.log());
        let length = t_mul.pow(round);
        (round, (passed - (1.0 - length) / growth) / length)
    }
}

impl LearningRateSchedule for CosineDecayRestarts {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers.schedules")
    }

    fn at<'g>(&self, step: Node<'g>) -> Node<'g> {
        let alpha = self.alpha as f32;
        in_single(step, |step| {
            let (round, within) = self.round(step / self.first_decay_steps);
            let height = self.m_mul.into_node(step).pow(round);
            self.initial_learning_rate * (height * 0.5 * wave(within) * (1.0 - alpha) + alpha)
        })
    }

    fn check(&self) -> Result<()> {
        at_least_zero("initial_learning_rate", self.initial_learning_rate)?;
        steps("first_decay_steps", self.first_decay_steps)?;
        steps("t_mul", self.t_mul)?;
        at_least_zero("m_mul", self.m_mul)?;
        at_least_zero("alpha", self.alpha)
    }
}

/// The share of the steps that has passed, divided exactly. (A division by a constant in single precision becomes, where
/// TensorFlow optimizes the graph, a multiplication; so it does in Keras, but not with a warm-up.)
fn share(step: Node<'_>, steps: f64) -> Node<'_> {
    (step.cast(DType::F64) / steps).cast(DType::F32)
}

/// Half a cosine wave, from 2 to 0 as `passed` goes from 0 to 1.
fn wave(passed: Node<'_>) -> Node<'_> {
    passed.scope().op("Cos").input(PI * passed).build() + 1.0
}

impl Class for CosineDecay {
    const CLASS_NAME: &'static str = "CosineDecay";

    fn write(&self, config: Config) -> Result<Config> {
        let (target, steps) = self.warmup.map_or((None, 0.0), |(target, steps)| (Some(target), steps));
        let config = config.with("initial_learning_rate", &self.initial_learning_rate)?;
        let config = config.with("decay_steps", &self.decay_steps)?.with("alpha", &self.alpha)?;
        config.with("warmup_target", &target)?.with("warmup_steps", &steps)
    }

    fn read(config: &mut Reading<'_>) -> Result<CosineDecay> {
        config.ignored("name");
        let mut decay = CosineDecay::new(config.required("initial_learning_rate")?, config.required("decay_steps")?);
        decay.alpha = config.optional("alpha")?.unwrap_or(0.0);
        let target = config.optional("warmup_target")?.flatten();
        let steps = config.optional("warmup_steps")?.unwrap_or(0.0);
        decay.warmup = target.map(|target| (target, steps));
        Ok(decay)
    }
}

class! { CosineDecayRestarts = "CosineDecayRestarts", |config| CosineDecayRestarts::new(
        config.required("initial_learning_rate")?,
        config.required("first_decay_steps")?,
    );
    initial_learning_rate = initial_learning_rate, first_decay_steps = first_decay_steps, t_mul = t_mul, m_mul = m_mul,
    alpha = alpha; ignored "name" = ()
}
