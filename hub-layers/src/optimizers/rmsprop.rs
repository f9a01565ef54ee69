//! [`RMSprop`]: steps by gradients over the root of the running mean of their squares.

use hub_core::graph::{IndexedSlices, Node, Variable};

use super::options::{LearningRate, OptimizerOptions, at_least_zero, below_one, optimizer_builders};
use super::{Optimizer, Update};
use crate::config::{Config, class, config_of};
use crate::error::Result;

/// v = rho · v + (1 - rho) g², w -= learning_rate · g / √(v + epsilon).
///
/// Centered, the square of the running mean of g is taken from v. With momentum, the step is
/// momentum · the step before + the step without.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `learning_rate` | a number or a schedule | 0.001 |
/// | `rho` | how much of the running means stays, from 0 to below 1 | 0.9 |
/// | `momentum` | the share of the step that stays, from 0 to below 1 | 0 |
/// | `epsilon` | what is added before dividing | 1e-7 |
/// | `centered` | whether gradients are divided by their deviation, not by their size | false |
/// | `clipnorm`, `clipvalue`, `global_clipnorm`, `weight_decay` | as for every optimizer | none |
#[derive(Debug, Clone)]
pub struct RMSprop {
    rho: f64,
    momentum: f64,
    epsilon: f64,
    centered: bool,
    options: OptimizerOptions,
}

impl RMSprop {
    /// With this learning rate. Keras's default: 0.001.
    pub fn new(learning_rate: impl Into<LearningRate>) -> RMSprop {
        let options = OptimizerOptions::new(learning_rate);
        RMSprop { rho: 0.9, momentum: 0.0, epsilon: 1e-7, centered: false, options }
    }

    /// How much of the running means stays. Default: 0.9.
    pub fn rho(mut self, rho: f64) -> RMSprop {
        self.rho = rho;
        self
    }

    /// The share of the step that stays. Default: 0.
    pub fn momentum(mut self, momentum: f64) -> RMSprop {
        self.momentum = momentum;
        self
    }

    /// What is added before dividing. Default: 1e-7.
    pub fn epsilon(mut self, epsilon: f64) -> RMSprop {
        self.epsilon = epsilon;
        self
    }

    /// Whether gradients are divided by their deviation. Default: false.
    pub fn centered(mut self, centered: bool) -> RMSprop {
        self.centered = centered;
        self
    }

    optimizer_builders!();

    /// What the step is divided by, squared, from the means as they are when the node runs.
    fn squares<'g>(&self, velocity: Node<'g>, average: Option<Node<'g>>) -> Node<'g> {
        let squares = match average {
            Some(average) => velocity - average.square(),
            None => velocity,
        };
        squares + self.epsilon
    }

    fn update_all<'g>(&self, update: &mut Update<'g>, slots: Slots<'g>) {
        let (gradient, rate) = (update.gradient().dense(), update.learning_rate());
        let mixed = |old: Variable<'g>, new: Node<'g>| old.read() * self.rho + new * (1.0 - self.rho);
        let velocity = mixed(slots.velocity, gradient.square());
        update.assign(slots.velocity, |_| velocity);
        let average = slots.average.map(|average| (average, mixed(average, gradient)));
        if let Some((slot, value)) = average {
            update.assign(slot, |_| value);
        }
        let mut step = rate * gradient * rsqrt(self.squares(velocity, average.map(|(_, value)| value)));
        if let Some(momentum) = slots.momentum {
            step = momentum.read() * self.momentum + step;
            update.assign(momentum, |_| step);
        }
        update.add(update.variable(), |_| -step);
    }

    fn update_rows<'g>(&self, update: &mut Update<'g>, slots: Slots<'g>, rows: IndexedSlices<'g>) {
        let (rate, variable) = (update.learning_rate(), update.variable());
        let mut mix = |slot: Variable<'g>, new: Node<'g>| {
            update.assign(slot, |_| slot.read() * self.rho);
            update.add_to_rows(slot, rows.indices, |_| new * (1.0 - self.rho));
        };
        mix(slots.velocity, rows.values.square());
        if let Some(average) = slots.average {
            mix(average, rows.values);
        }
        let step = |_: &Update<'g>| {
            let at = |variable: Variable<'g>| {
                let gather = rows.values.scope().op("ResourceGather").attr("dtype", variable.dtype());
                gather.input(variable.handle()).input(rows.indices).build()
            };
            rate * rows.values * rsqrt(self.squares(at(slots.velocity), slots.average.map(at)))
        };
        match slots.momentum {
            Some(momentum) => {
                update.assign(momentum, |_| momentum.read() * self.momentum);
                update.add_to_rows(momentum, rows.indices, step);
                update.add(variable, |_| -momentum.read());
            }
            None => update.add_to_rows(variable, rows.indices, |update| -step(update)),
        }
    }
}

/// What is kept for one weight.
struct Slots<'g> {
    velocity: Variable<'g>,
    momentum: Option<Variable<'g>>,
    average: Option<Variable<'g>>,
}

impl Default for RMSprop {
    /// A learning rate of 0.001.
    fn default() -> RMSprop {
        RMSprop::new(0.001)
    }
}

impl Optimizer for RMSprop {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.optimizers")
    }

    fn class_name(&self) -> &str {
        "RMSprop"
    }

    fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    fn slots(&self) -> Vec<(&'static str, f64)> {
        let momentum = (self.momentum > 0.0).then_some("momentum");
        let average = self.centered.then_some("average_gradient");
        [Some("velocity"), momentum, average].into_iter().flatten().map(|name| (name, 0.0)).collect()
    }

    fn check(&self) -> Result<()> {
        self.options.check()?;
        below_one("rho", self.rho)?;
        below_one("momentum", self.momentum)?;
        at_least_zero("epsilon", self.epsilon)
    }

    fn update<'g>(&self, update: &mut Update<'g>) -> Result<()> {
        let kept = |name: &str, wanted: bool| wanted.then(|| update.slot(name)).transpose();
        let slots = Slots {
            velocity: update.slot("velocity")?,
            momentum: kept("momentum", self.momentum > 0.0)?,
            average: kept("average_gradient", self.centered)?,
        };
        match update.sparse() {
            Some(rows) => self.update_rows(update, slots, rows),
            None => self.update_all(update, slots),
        }
        Ok(())
    }
}

fn rsqrt(node: Node<'_>) -> Node<'_> {
    node.scope().op("Rsqrt").input(node).build()
}

class! { RMSprop = "RMSprop", |config| RMSprop::default();
    rho = rho, momentum = momentum, epsilon = epsilon, centered = centered; with options
}
