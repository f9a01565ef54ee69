//! Gradients in reverse mode: what a loss changes by when nodes or variables change.
//!
//! Called by training and by users through [`Scope::gradients`]. The walk goes back from the loss and visits only
//! operations that lie between it and a target; each op's own gradient is a few lines of the DSL. What stays a call
//! (`While`, `If`, `Case`, functions that were not inlined) is differentiated as a function: `functions`. Branches of TF1's
//! control flow have gradients (`switches`); its loops block, as every op without a gradient does.
//!
//! | file | holds |
//! |---|---|
//! | `slice` | the operations between the targets and the loss |
//! | `backward` | the walk: sums of what comes back to each node |
//! | `dependence` | what a loss reaches and what blocks, before anything is built |
//! | `value` | [`Gradient`], [`IndexedSlices`] |
//! | `forward` | what the gradient of an op is written with |
//! | `broadcast` | sums over what broadcasting repeated |
//! | `registry` | op → gradient |
//! | `custom` | gradients that the program brought that made the model |
//! | `functions` | branches, loops and calls |
//! | `math`, `arrays`, `layout`, `reductions`, `linear_algebra`, `einsum`, `neural_network`, `images`, `normalization`, `quantization`, `embedding`, `segments`, `ragged`, `lists`, `state`, `switches`, `second` | the gradients, by family |

mod arrays;
mod backward;
mod broadcast;
mod custom;
mod dependence;
mod einsum;
mod embedding;
mod forward;
pub(super) mod functions;
mod images;
mod layout;
mod linear_algebra;
mod lists;
mod math;
mod neural_network;
mod normalization;
mod quantization;
mod ragged;
mod reductions;
mod registry;
mod second;
mod segments;
mod slice;
mod state;
mod switches;
mod value;

pub(crate) use custom::{Captured, CustomGradient};
pub(super) use custom::{CustomGradients, Unbound};
pub(crate) use dependence::Dependence;
pub(super) use functions::Nesting;
pub(super) use functions::called_by;
pub use value::{Gradient, IndexedSlices};

use super::node::Node;
use super::scope::{Scope, foreign};
use super::variable::Variable;
use crate::error::{Error, Result};

/// What a loss can be differentiated by: nodes, and variables by their value.
pub trait Target<'g>: Copy {
    /// The node where the gradient gathers; for a variable its resource handle.
    fn target(self) -> Node<'g>;
}

impl<'g> Target<'g> for Node<'g> {
    fn target(self) -> Node<'g> {
        self
    }
}

impl<'g> Target<'g> for Variable<'g> {
    fn target(self) -> Node<'g> {
        self.handle()
    }
}

impl Scope {
    /// The gradient of `loss` by each target; `None` where the loss does not depend on it.
    ///
    /// A loss that is no scalar counts as the sum of its elements. The gradient by a variable is that by its value,
    /// gathered from all reads; rows that were only looked up stay sparse, see [`Gradient::dense`].
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::Tensor;
    /// let f = hub_core::graph::function("slope", |s| {
    ///     let w = s.variable("w", &Tensor::from([3.0_f32, -1.0]))?;
    ///     let loss = w.read().square().reduce_sum([0]);
    ///     let dw = s.gradients(loss, &[w])?[0].expect("the loss depends on w");
    ///     s.output("dw", dw.dense())
    /// })?;
    /// let out = f.call([])?;
    /// assert_eq!(out["dw"].tensor()?.as_slice::<f32>()?, [6.0, -2.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotDifferentiable`] with all operations on the way that have no gradient, [`Error::Graph`] for a loss
    /// that is no real number or of another graph, and those kept so far, see [`Scope::check`].
    pub fn gradients<'g, T: Target<'g>>(
        &'g self,
        loss: Node<'g>,
        with_respect_to: &[T],
    ) -> Result<Vec<Option<Gradient<'g>>>> {
        self.check()?;
        let targets: Vec<_> = with_respect_to.iter().map(|target| target.target()).collect();
        for node in targets.iter().chain([&loss]) {
            if node.is_missing() || !std::ptr::eq(node.scope(), self) {
                return Err(foreign(&node.operation().name()));
            }
        }
        if !loss.dtype().is_floating() {
            let why = format!("only a real loss has a gradient, this is {}", loss.dtype());
            return Err(Error::Graph { node: loss.operation().name(), op: loss.operation().op(), why });
        }
        let between = slice::Slice::between(&targets, &[loss])?;
        let gradients = self.with_scope("gradients", |scope| {
            let seed = Gradient::Dense(scope.op("OnesLike").input(loss).build());
            backward::walk(&between, &[(loss, seed)], &targets)
        });
        self.check()?;
        Ok(gradients)
    }
}
