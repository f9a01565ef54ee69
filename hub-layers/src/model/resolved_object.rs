//! The loaded models inside a built model, with the values that they have there.
//!
//! Whoever asks for one gets a copy: a graph has no objects, and a loaded model has a graph of its own.

use hub_core::LoadedModel;
use hub_core::graph::PreparedCall;
use hub_core::model::{ModelState, StateFetches};

use super::Model;
use super::built::Built;
use super::forward::BuiltLayer;
use crate::error::{Error, Result};

/// The run that fetches the state of a loaded model inside a graph.
#[derive(Debug)]
pub(super) struct StateRun {
    fetches: StateFetches,
    call: PreparedCall,
}

impl Model {
    /// A copy of the loaded model that a [`KerasLayer`](crate::KerasLayer) calls, with the values that its variables and
    /// tables have in this model now: for reading its variables, objects and assets, for calling and for exporting it.
    ///
    /// ```
    /// use hub_layers::{KerasLayer, Sequential};
    /// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model");
    /// let model = Sequential::new().add(KerasLayer::new(handle)?).build()?;
    /// let features = model.resolved_object("keras_layer")?;
    /// assert_eq!(features.variables().len(), model.weights()?.len());
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotBuilt`]; [`Error::BadConfig`] for a name that no layer has, and for a layer over no loaded model;
    /// [`Error::Core`] where the engine cannot read the values.
    pub fn resolved_object(&self, layer: &str) -> Result<LoadedModel> {
        let (loaded, state) = self.loaded_state(self.layer_index(layer)?)?.ok_or_else(|| Error::BadConfig {
            argument: "layer".into(),
            expected: "a layer over a loaded model".into(),
            found: format!("`{layer}`"),
        })?;
        Ok(loaded.with_state(&state)?)
    }

    /// The loaded model of a layer, with the state that it has in this model; nothing for a layer over none.
    pub(crate) fn loaded_state(&self, layer: usize) -> Result<Option<(LoadedModel, ModelState)>> {
        let built = self.built()?;
        let made = &built.layers[layer];
        let Some(loaded) = &made.loaded else { return Ok(None) };
        match built.state_run(made, loaded)? {
            Some(run) => {
                let state = run.fetches.state(built.program.run(&run.call, &[])?)?;
                Ok(Some((loaded.clone(), state)))
            }
            None => Ok(None),
        }
    }
}

impl Built {
    fn state_run<'b>(&self, layer: &'b BuiltLayer, loaded: &LoadedModel) -> Result<Option<&'b StateRun>> {
        let Some(instance) = &layer.instance else { return Ok(None) };
        let _growing = self.growing();
        if let Some(run) = layer.state.get() {
            return Ok(Some(run));
        }
        let scope = self.program.scope();
        let fetches = instance.state_fetches(scope, loaded)?;
        let call = self.program.prepare(&[], &fetches.nodes(scope), &[])?;
        Ok(Some(layer.state.get_or_init(|| StateRun { fetches, call })))
    }
}
