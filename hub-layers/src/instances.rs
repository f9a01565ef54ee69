//! Loaded models inside a model under construction: each distinct one is made in the graph once.
//!
//! `Build` asks; two layers over one loaded model share its variables.

use std::sync::Arc;

use hub_core::graph::Scope;
pub(crate) use hub_core::model::Instance;
use hub_core::{LoadedModel, Result};

/// The loaded models of one graph, each with its state there.
#[derive(Debug, Default)]
pub(crate) struct Instances(Vec<(LoadedModel, Arc<Instance>)>);

impl Instances {
    /// The state of `model` in `scope`, made with the values of this moment if it is new there.
    pub(crate) fn of(&mut self, scope: &Scope, model: &LoadedModel) -> Result<Arc<Instance>> {
        if let Some((_, instance)) = self.0.iter().find(|(known, _)| known.same_as(model)) {
            return Ok(instance.clone());
        }
        let instance = Arc::new(model.instantiate(scope)?);
        self.0.push((model.clone(), instance.clone()));
        Ok(instance)
    }

    /// The loaded models with their states, in the order in which they were made.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&LoadedModel, &Arc<Instance>)> {
        self.0.iter().map(|(model, instance)| (model, instance))
    }

    /// Which of them a state is.
    pub(crate) fn place(&self, instance: &Arc<Instance>) -> Option<usize> {
        self.0.iter().position(|(_, own)| Arc::ptr_eq(own, instance))
    }
}
