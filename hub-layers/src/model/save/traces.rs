//! The graph of a built model as functions: its call for predicting and for training, and its penalties.
//!
//! Written into the model's own graph the first time, and kept: saving again adds nothing to the graph. Loaded models
//! inside become calls of their own functions.

use std::collections::HashMap;
use std::sync::Arc;

use hub_core::Nest;
use hub_core::graph::{Node, NodeId, Operation, Scope};
use hub_core::model::StateFetches;
use hub_core::saved_model::proto::FunctionDef;
use hub_core::saved_model::{Spec, TensorSpec};

use super::super::Model;
use super::super::built::{Built, numbered};
use super::super::forward::{BuiltLayer, Forward};
use crate::error::{Error, Result};

/// What saving has added to a model's graph.
#[derive(Debug, Default)]
pub(in super::super) struct Exports {
    /// By which layers may be trained: that decides what some do while training.
    made: HashMap<Vec<bool>, Arc<Exported>>,
    /// The call for predicting, without calls of loaded models' functions.
    inlined: Option<Arc<Trace>>,
    /// What fetches the state of each loaded model.
    pub(super) fetches: Option<Arc<Vec<StateFetches>>>,
    /// The values of variables, by their handles.
    pub(super) reads: HashMap<NodeId, NodeId>,
}

/// A model's functions.
#[derive(Debug)]
pub(super) struct Exported {
    /// For predicting and for training.
    pub(super) traces: [Trace; 2],
    /// The penalties that depend on no input.
    pub(super) losses: Vec<Trace>,
}

/// A function of a model, and what it takes beside its inputs.
#[derive(Debug)]
pub(super) struct Trace {
    /// Itself, then the functions that it calls.
    pub(super) functions: Vec<FunctionDef>,
    pub(super) captured: Vec<NodeId>,
    pub(super) outputs: Nest<Spec>,
}

impl Model {
    /// The functions of the model as it is: with the layers frozen that are frozen now.
    pub(super) fn exports(&self, built: &Built) -> Result<Arc<Exported>> {
        let _growing = built.growing();
        let mut exports = built.exports();
        if let Some(known) = exports.made.get(&self.trainable) {
            return Ok(known.clone());
        }
        let scope = built.program.scope();
        let exported = Arc::new(scope.with_scope("save", |scope| self.export(built, scope))?);
        exports.made.insert(self.trainable.clone(), exported.clone());
        Ok(exported)
    }

    fn export(&self, built: &Built, scope: &Scope) -> Result<Exported> {
        let layers: Vec<_> = built.layers.iter().map(calling).map(Some).collect();
        let candidates = candidates(built, scope);
        let traces = [self.trace(built, scope, &layers, false)?, self.trace(built, scope, &layers, true)?];
        let inputs = built.placeholders.try_map(&mut |id| Ok::<_, Error>(scope.node(*id)))?;
        let mut forward = Forward::new(scope, &self.network, inputs, &self.trainable, true);
        forward.built = layers;
        forward.write_penalties()?;
        let losses = forward.losses.iter().enumerate().map(|(index, loss)| {
            let name = format!("__inference_{}_loss_fn_{index}", self.name);
            let spec = Nest::Leaf(output_spec(loss));
            cut(scope, &name, &[], &candidates, &[*loss], &[], spec)
        });
        Ok(Exported { traces, losses: losses.collect::<Result<_>>()? })
    }

    /// The call for predicting, with all that loaded models do written out.
    pub(super) fn inlined(&self, built: &Built) -> Result<Arc<Trace>> {
        let _growing = built.growing();
        let mut exports = built.exports();
        if let Some(known) = &exports.inlined {
            return Ok(known.clone());
        }
        let scope = built.program.scope();
        let layers: Vec<_> = built.layers.iter().cloned().map(Some).collect();
        let trace = scope.with_scope("save", |scope| self.trace(built, scope, &layers, false))?;
        Ok(exports.inlined.insert(Arc::new(trace)).clone())
    }

    /// The call.
    fn trace(&self, built: &Built, scope: &Scope, layers: &[Option<BuiltLayer>], training: bool) -> Result<Trace> {
        let inputs = built.placeholders.try_map(&mut |id| Ok::<_, Error>(scope.node(*id)))?;
        let named = inputs.leaves().into_iter().map(|node| ("inputs", *node)).collect::<Vec<_>>();
        let mut forward = Forward::new(scope, &self.network, inputs.clone(), &self.trainable, training);
        forward.built = layers.to_vec();
        forward.write(|_| true, None)?;
        let name = format!("__inference_{}_layer_call_fn_{}", self.name, u8::from(training));
        let outputs = forward.outputs()?;
        let specs = outputs.try_map(&mut |node| Ok::<_, Error>(output_spec(node)))?;
        let specs = self.named_outputs(built, specs)?;
        let nodes: Vec<_> = outputs.leaves().into_iter().copied().collect();
        cut(scope, &name, &named, &candidates(built, scope), &nodes, &forward.targets, specs)
    }

    fn named_outputs(&self, built: &Built, specs: Nest<Spec>) -> Result<Nest<Spec>> {
        numbered(&specs)?.try_map(&mut |place: &usize| {
            let name = built.output_names.get(*place).cloned();
            match specs.leaves()[*place] {
                Spec::Tensor(spec) => Ok(Spec::Tensor(TensorSpec { name, ..spec.clone() })),
                other => Ok(other.clone()),
            }
        })
    }
}

/// The layer with a loaded model whose traces become calls.
fn calling(layer: &BuiltLayer) -> BuiltLayer {
    let instance = layer.instance.as_ref().map(|instance| Arc::new(instance.calling()));
    BuiltLayer { instance, ..layer.clone() }
}

/// What functions of the model may capture: the handles of weights, and what loaded models consist of.
fn candidates<'g>(built: &Built, scope: &'g Scope) -> Vec<Node<'g>> {
    let mut ids: Vec<NodeId> = built.distinct_weights().map(|slot| slot.handle).collect();
    for (_, instance) in built.instances.iter() {
        ids.extend(
            instance.nodes(scope).into_iter().map(|node| node.id()).filter(|id| !ids.contains(id)).collect::<Vec<_>>(),
        );
    }
    ids.into_iter().map(|id| scope.node(id)).collect()
}

/// Part of the graph as a function.
fn cut(
    scope: &Scope,
    name: &str,
    inputs: &[(&str, Node<'_>)],
    candidates: &[Node<'_>],
    outputs: &[Node<'_>],
    effects: &[Operation<'_>],
    specs: Nest<Spec>,
) -> Result<Trace> {
    let (functions, captured) = scope.export_trace(name, inputs, candidates, outputs, effects)?;
    Ok(Trace {
        functions,
        captured: captured.into_iter().map(|place| candidates[place].id()).collect(),
        outputs: specs,
    })
}

fn output_spec(node: &Node<'_>) -> Spec {
    Spec::Tensor(TensorSpec { name: None, shape: node.shape(), dtype: node.dtype() })
}
