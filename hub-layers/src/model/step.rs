//! [`Step`]: the run that trains on a batch, and the one that evaluates it: one graph, one session run.
//!
//! A step is written when the first batch of its kind comes, and used for all that follow. Everything happens in one
//! run: outputs, losses, gradients, updates of weights, counts of metrics.

use std::sync::Arc;

use hub_core::graph::{Gradient, IndexedSlices, Node, Operation, PreparedCall, Scope, Variable};
use hub_core::{DType, Shape, Tensor};

use super::Model;
use super::built::Built;
use super::compile::Compiled;
use super::features::Prefix;
use super::forward::Forward;
use super::objective::{self, Measured};
use super::steps::MetricSlots;
use crate::error::{Error, Result};
use crate::layer::WeightSlot;
use crate::losses::Loss;
use crate::optimizers::{LearningRate, Update, clipping};
use crate::precision::single;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Changes weights.
    Train {
        /// Whether a loss or gradient that is not finite is an error, and changes nothing.
        checked: bool,
    },
    /// Only counts.
    Test,
}

/// What tells steps apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// Whether it begins with the outputs of the frozen layers in front.
    pub(super) from_features: bool,
    /// Type and shape without the examples of the label of each output, where there is one.
    labels: Vec<Option<(DType, Vec<usize>)>>,
    /// The same of its weights.
    weights: Vec<Option<(DType, Vec<usize>)>>,
}

impl Key {
    pub(super) fn new(kind: Kind, from_features: bool, labels: &[Option<Tensor>], weights: &[Option<Tensor>]) -> Key {
        let spec = |tensor: &Option<Tensor>| {
            let tensor = tensor.as_ref()?;
            Some((tensor.dtype(), tensor.shape().iter().skip(1).copied().collect()))
        };
        let specs = |tensors: &[Option<Tensor>]| tensors.iter().map(spec).collect();
        Key { kind, from_features, labels: specs(labels), weights: specs(weights) }
    }
}

/// A step that is ready to run.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) call: PreparedCall,
    /// Names of the values that a run gives: first means over the batch, then metrics over the epoch so far.
    pub(super) losses: Vec<String>,
    pub(super) metrics: Vec<String>,
    /// Of each output, the loss that looks at its labels.
    pub(super) checks: Vec<Option<Arc<dyn Loss>>>,
}

/// The shape of tensors like this one, with any number of examples.
fn batched(tensor: &Tensor) -> Shape {
    let example = tensor.shape().iter().skip(1).copied().map(Some);
    std::iter::once(None).chain(example).collect::<Vec<_>>().into()
}

/// A step on its way into the graph.
pub(super) struct Writing<'m, 'k> {
    pub(super) model: &'m Model,
    pub(super) built: &'m Built,
    pub(super) compiled: &'m Compiled,
    pub(super) scope: &'m Scope,
    pub(super) key: &'k Key,
    /// The frozen layers in front, where there are any.
    pub(super) prefix: Option<&'k Prefix>,
}

impl<'m> Writing<'m, '_> {
    /// Writes the step; `labels` and `weights` are of its first batch.
    pub(super) fn step(
        &self,
        labels: &[Option<Tensor>],
        weights: &[Option<Tensor>],
        slots: &mut MetricSlots,
    ) -> Result<Step> {
        let training = self.key.kind != Kind::Test;
        let scope = self.scope;
        let inputs = self.built.placeholders.try_map(&mut |id| Ok::<_, Error>(scope.node(*id)))?;
        let mut feeds: Vec<Node<'m>> = inputs.leaves().into_iter().copied().collect();
        let network = &self.model.network;
        let mut forward = Forward::new(scope, network, inputs, &self.model.trainable, training);
        forward.built = self.built.layers.iter().cloned().map(Some).collect();
        if training {
            forward.iterations = Some(self.compiled.state.iterations(self.built)?.read());
        }
        if let (true, Some(prefix)) = (self.key.from_features, self.prefix) {
            feeds = prefix.feed(&mut forward)?;
        }
        forward.write(|_| true, None)?;
        forward.write_penalties()?;
        let objectives = self.compiled.objectives(&self.built.output_names)?;
        let (labels, weights) = (self.placeholders("label", labels), self.placeholders("weight", weights));
        let predictions: Vec<_> = forward.outputs()?.leaves().into_iter().copied().collect();
        let masks = forward.output_masks()?;
        let outputs: Vec<_> = predictions
            .iter()
            .zip(&masks)
            .zip(labels.iter().zip(&weights))
            .map(|((prediction, mask), (label, weight))| Measured {
                prediction: *prediction,
                mask: *mask,
                label: *label,
                weight: *weight,
            })
            .collect();
        let written = objective::write(scope, &objectives, &outputs, &forward.losses, slots)?;
        scope.check()?;
        let mut targets: Vec<Operation<'m>> = forward.targets.clone();
        targets.extend(&written.updates);
        if training {
            let total = written.total.ok_or_else(|| Error::BadConfig {
                argument: "loss".into(),
                expected: "a loss and labels for an output at least".into(),
                found: "none".into(),
            })?;
            targets.extend(self.updates(total, &predictions, &forward.targets)?);
        }
        let values = written.losses.iter().chain(&written.metrics).map(|(_, node)| node.cast(DType::F64));
        let values: Vec<_> = values.collect();
        let fetches = if values.is_empty() { Vec::new() } else { vec![pack(&values)] };
        feeds.extend(labels.iter().chain(&weights).flatten());
        let names = |values: &[(String, Node<'_>)]| values.iter().map(|(name, _)| name.clone()).collect();
        Ok(Step {
            call: self.built.program.prepare(&feeds, &fetches, &targets)?,
            losses: names(&written.losses),
            metrics: names(&written.metrics),
            checks: objectives.iter().map(|objective| objective.loss.clone()).collect(),
        })
    }

    fn placeholders(&self, name: &str, tensors: &[Option<Tensor>]) -> Vec<Option<Node<'m>>> {
        let placeholder = |tensor: &Option<Tensor>| {
            let tensor = tensor.as_ref()?;
            Some(self.scope.placeholder(name, tensor.dtype(), batched(tensor)))
        };
        tensors.iter().map(placeholder).collect()
    }

    /// What changes the weights.
    fn updates(
        &self,
        total: Node<'m>,
        predictions: &[Node<'m>],
        effects: &[Operation<'m>],
    ) -> Result<Vec<Operation<'m>>> {
        let scope = self.scope;
        let trained = self.model.trained(self.built);
        let slots: Vec<&WeightSlot> =
            self.built.distinct_weights().filter(|slot| trained.contains(&slot.handle)).collect();
        let variables: Vec<_> =
            slots.iter().map(|slot| Variable::from_handle(scope.node(slot.handle), slot.dtype)).collect();
        let gradients = scope.gradients(total, &variables)?;
        let reached = slots.into_iter().zip(variables).zip(gradients).filter_map(|(weight, g)| Some((weight, g?)));
        let (weights, gradients): (Vec<_>, Vec<_>) = reached.unzip();
        if weights.is_empty() {
            return Err(Error::BadConfig {
                argument: "loss".into(),
                expected: "a loss that depends on a weight that may be trained".into(),
                found: if trained.is_empty() { "no such weight in the model" } else { "one that depends on none" }
                    .into(),
            });
        }
        let optimizer = self.compiled.optimizer.as_ref();
        let gradients = clipping::prepare(gradients, optimizer.options());
        let gradients = match self.key.kind {
            Kind::Train { checked: true } => self.checked(total, gradients),
            _ => gradients,
        };
        // Nothing changes before everything that reads the old weights has been computed.
        let computed = gradients.iter().flat_map(parts).chain([total]).chain(predictions.iter().copied());
        let mut computed: Vec<_> = computed.map(|node| node.operation()).collect();
        computed.extend(effects);
        let ready = scope.with_control_dependencies(&computed, |s| s.op("NoOp").name("computed").build_operation());
        let iterations = self.compiled.state.iterations(self.built)?;
        let step = iterations.read();
        let rate = self.learning_rate(step)?;
        let mut last = Vec::new();
        for ((slot, variable), gradient) in weights.into_iter().zip(gradients) {
            let slots = self.compiled.state.slots(self.built, optimizer, slot)?;
            let (learning_rate, iterations, operations) = (rate, step, vec![ready]);
            let mut update = Update { scope, variable, gradient, slots, learning_rate, iterations, operations };
            if let Some(decay) = optimizer.options().weight_decay {
                let decay = single(decay);
                update.run(|update| {
                    let shrink = variable.read() * (update.learning_rate() * decay);
                    subtract(variable, shrink)
                });
            }
            optimizer.update(&mut update)?;
            if let Some(constraint) = &slot.constraint {
                update.run(|_| variable.assign(constraint.apply(variable.read())));
            }
            scope.check()?;
            last.extend(update.operations.last().copied());
        }
        let count = scope.with_control_dependencies(&last, |scope| {
            let one = scope.constant(1_i64);
            let add = scope.op("AssignAddVariableOp").attr("dtype", DType::I64);
            add.input(iterations.handle()).input(one).build_operation()
        });
        Ok(vec![count])
    }

    /// The learning rate at a step, a float64 scalar.
    fn learning_rate(&self, step: Node<'m>) -> Result<Node<'m>> {
        let options = self.compiled.optimizer.options();
        Ok(match (options.learning_rate(), self.compiled.state.rate_variable(self.built, options)?) {
            (_, Some(variable)) => variable.read(),
            (LearningRate::Schedule(schedule), None) => schedule.at(step.cast(DType::F64)).cast(DType::F64),
            (LearningRate::Constant(rate), None) => self.scope.constant(*rate),
        })
    }

    /// The gradients, of which the run fails where they or the loss are not finite.
    fn checked(&self, total: Node<'m>, gradients: Vec<Gradient<'m>>) -> Vec<Gradient<'m>> {
        let check = |node: Node<'m>| {
            let check = self.scope.op("CheckNumerics").input(node);
            check.attr("message", NOT_FINITE).build()
        };
        let total = check(total).operation();
        self.scope.with_control_dependencies(&[total], |_| {
            let check_gradient = |gradient| match gradient {
                Gradient::Dense(node) => Gradient::Dense(check(node)),
                Gradient::Sparse(rows) => Gradient::Sparse(IndexedSlices { values: check(rows.values), ..rows }),
            };
            gradients.into_iter().map(check_gradient).collect()
        })
    }
}

/// What TensorFlow says of a loss or gradient that is not finite.
pub(super) const NOT_FINITE: &str = "loss or gradients";

/// The tensors of a gradient.
fn parts<'g>(gradient: &Gradient<'g>) -> Vec<Node<'g>> {
    match gradient {
        Gradient::Dense(node) => vec![*node],
        Gradient::Sparse(rows) => vec![rows.indices, rows.values],
    }
}

fn subtract<'g>(variable: Variable<'g>, amount: Node<'g>) -> Operation<'g> {
    let scope = amount.scope();
    let subtract = scope.op("AssignSubVariableOp").attr("dtype", variable.dtype());
    subtract.input(variable.handle()).input(amount).build_operation()
}

/// Scalars as a vector.
fn pack<'g>(scalars: &[Node<'g>]) -> Node<'g> {
    scalars[0].scope().op("Pack").input_list(scalars.iter().copied()).attr("axis", 0_i64).build()
}
