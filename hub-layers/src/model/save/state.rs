//! All values of a model at one moment, fetched in one run: weights, the state of loaded models, what the optimizer keeps.

use std::collections::HashMap;
use std::sync::Arc;

use hub_core::Tensor;
use hub_core::graph::{NodeId, Variable};
use hub_core::model::ModelState;

use super::super::Model;
use super::super::built::Built;
use super::super::compile::Compiled;
use super::super::optimizer_state::KeptNodes;
use crate::error::{Error, Result};
use crate::layer::WeightSlot;

/// All values of a model at one moment.
#[derive(Debug)]
pub(in crate::model) struct SavedState {
    /// Of the weights that are no loaded model's, by their handles.
    pub(in crate::model) weights: HashMap<NodeId, Tensor>,
    /// Of each loaded model.
    pub(in crate::model) models: Vec<ModelState>,
    pub(in crate::model) optimizer: Option<OptimizerValues>,
}

/// What an optimizer keeps.
#[derive(Debug)]
pub(in crate::model) struct OptimizerValues {
    pub(in crate::model) iterations: Option<Tensor>,
    pub(in crate::model) learning_rate: Option<Tensor>,
    /// With the weight's handle and the slot's name.
    pub(in crate::model) slots: Vec<(NodeId, String, Tensor)>,
}

impl Model {
    /// The values that the model has now.
    pub(in crate::model) fn saved_state(&self, built: &Built, compiled: Option<&Compiled>) -> Result<SavedState> {
        let growing = built.growing();
        let scope = built.program.scope();
        let fetches = {
            let mut exports = built.exports();
            if exports.fetches.is_none() {
                let of =
                    |(model, instance): (&_, &Arc<hub_core::model::Instance>)| instance.state_fetches(scope, model);
                exports.fetches = Some(Arc::new(built.instances.iter().map(of).collect::<hub_core::Result<_>>()?));
            }
            exports.fetches.clone().unwrap_or_default()
        };
        let own: Vec<&WeightSlot> = built.own_weights().collect();
        let kept = compiled.map(|compiled| compiled.state.kept_nodes());
        let mut nodes: Vec<_> = own.iter().map(|slot| scope.node(slot.read)).collect();
        nodes.extend(fetches.iter().flat_map(|fetches| fetches.nodes(scope)));
        let known = nodes.len();
        for (handle, dtype) in kept.iter().flat_map(KeptNodes::variables) {
            let read = *built.exports().reads.entry(handle).or_insert_with(|| {
                let variable = Variable::from_handle(scope.node(handle), dtype);
                variable.read().id()
            });
            nodes.push(scope.node(read));
        }
        let call = built.program.prepare(&[], &nodes, &[])?;
        drop(growing);
        let mut values = built.program.run(&call, &[])?;
        let optimizer_values = values.split_off(known);
        let mut values = values.into_iter();
        let weights = own.iter().map(|slot| slot.handle).zip(values.by_ref()).collect();
        let models = fetches.iter().map(|fetches| {
            let count = fetches.nodes(scope).len();
            fetches.state(values.by_ref().take(count).collect())
        });
        let models = models.collect::<hub_core::Result<_>>()?;
        let optimizer = kept.map(|kept| OptimizerValues::of(kept, optimizer_values)).transpose()?;
        Ok(SavedState { weights, models, optimizer })
    }
}

impl OptimizerValues {
    /// The values of the variables, in their order.
    fn of(kept: KeptNodes, values: Vec<Tensor>) -> Result<OptimizerValues> {
        let mut values = values.into_iter();
        let mut next = || values.next().ok_or_else(missing);
        let iterations = kept.iterations.map(|_| next()).transpose()?;
        let learning_rate = kept.learning_rate.map(|_| next()).transpose()?;
        let slots = kept.slots.into_iter().map(|slot| Ok((slot.weight, slot.name, next()?)));
        let slots = slots.collect::<Result<_, Error>>()?;
        Ok(OptimizerValues { iterations, learning_rate, slots })
    }
}

fn missing() -> Error {
    hub_core::Error::VariableNotFound { name: "optimizer".into() }.into()
}
