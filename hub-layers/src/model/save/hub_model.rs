//! A loaded model inside a model, fine-tuned, as a model of its own again.

use std::path::Path;

use hub_core::model::ExportOptions;

use super::super::Model;
use super::SaveOptions;
use crate::error::{Error, Result};

impl Model {
    /// Saves the loaded model that a [`KerasLayer`](crate::KerasLayer) calls, with the values that it has in this model, under
    /// its own object graph: `saved_model.pb` is what it was, the variables are new under their old keys. Everything
    /// that the loaded model could do before, signatures and further functions, it can do with what it learned here.
    ///
    /// ```
    /// use hub_layers::{KerasLayer, Sequential};
    /// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model");
    /// let model = Sequential::new().add(KerasLayer::new(handle)?.name("features").trainable(true)).build()?;
    /// // ... fit ...
    /// let directory = tempfile::tempdir().unwrap();
    /// let path = directory.path().join("features");
    /// model.export_hub_model("features", &path)?;
    /// let again = KerasLayer::new(path.to_str().unwrap())?;
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotBuilt`]; [`Error::BadConfig`] for a name that no layer has, and a layer without a loaded model;
    /// [`Error::Core`] as [`Model::save`].
    pub fn export_hub_model(&self, layer: &str, path: impl AsRef<Path>) -> Result<()> {
        self.export_hub_model_with(layer, path, &SaveOptions::new())
    }

    /// As [`Model::export_hub_model`], with options.
    ///
    /// # Errors
    /// As [`Model::export_hub_model`].
    pub fn export_hub_model_with(&self, layer: &str, path: impl AsRef<Path>, options: &SaveOptions) -> Result<()> {
        let (built, index) = (self.built()?, self.layer_index(layer)?);
        let instance = built.layers[index].instance.as_ref().and_then(|instance| built.instances.place(instance));
        let place = instance.ok_or_else(|| Error::BadConfig {
            argument: "layer".into(),
            expected: "a layer over a loaded model".into(),
            found: format!("`{layer}`"),
        })?;
        let state = self.saved_state(built, None)?;
        let options = ExportOptions::new().overwrite(options.overwrite);
        if let (Some((model, _)), Some(state)) = (built.instances.iter().nth(place), state.models.get(place)) {
            model.export_state(path, &options, state)?;
        }
        Ok(())
    }
}
