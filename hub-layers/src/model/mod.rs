//! [`Model`]: layers with weights, in a graph that predicts, is trained and evaluated.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`Model`]: its layers, and when they are built |
//! | `sequential` | [`Sequential`]: layers one after the other |
//! | `functional` | [`KerasTensor`]: layers connected in any way |
//! | `network` | which layers there are, and what goes from one to the other |
//! | `forward` | a network written into a graph |
//! | `architecture/` | a network as JSON, and back |
//! | `built` | the graph with its session, and the weights |
//! | `resolved_object` | the loaded models inside |
//! | `output_shape` | what comes out of a loaded model, without data |
//! | `predict` | running in batches |
//! | `compile` | [`Compile`]: optimizer, losses, metrics |
//! | `compile_config` | the same as a config, and back |
//! | `optimizer_state` | what an optimizer keeps between steps |
//! | `objective` | losses and metrics in the graph of a step |
//! | `step` | the run that trains on a batch, or evaluates it |
//! | `steps` | the steps written so far |
//! | `backup` | the state of a training between two epochs |
//! | `batch` | one batch on its way through a step |
//! | `drawing` | what a picture of a model shows |
//! | `features` | outputs of frozen layers, computed once |
//! | `training_data` | [`TrainingData`]: tensors or a data set |
//! | `fit` | [`Fit`]: how a model is trained |
//! | `epochs` | a training under way |
//! | `graph_def` | the graph as TensorFlow's message |
//! | `history` | [`History`]: what comes out |
//! | `evaluate` | evaluating, and single steps |
//! | `save/` | saving, and taking up again |
//! | `weights` | [`Weight`]: reading and setting the values of a built model |
//! | `summary` | [`Summary`]: the table of layers |

mod architecture;
mod backup;
mod batch;
mod built;
mod compile;
mod compile_config;
#[cfg(feature = "plot")]
mod drawing;
mod epochs;
mod evaluate;
mod features;
mod fit;
mod forward;
mod functional;
mod graph_def;
mod history;
#[cfg(test)]
pub(crate) mod in_training;
mod network;
mod objective;
mod optimizer_state;
mod output_shape;
mod predict;
mod resolved_object;
mod save;
mod sequential;
mod step;
mod steps;
mod summary;
mod training_data;
mod weights;

use std::sync::{Mutex, OnceLock, PoisonError};

use hub_core::Nest;

use self::built::Built;
pub use self::compile::Compile;
use self::compile::Compiled;
#[cfg(feature = "plot")]
pub(crate) use self::drawing::Drawing;
pub use self::evaluate::Evaluate;
pub use self::fit::Fit;
pub use self::functional::{KerasTensor, ModelBuilder, SharedLayer};
pub use self::history::History;
use self::network::Network;
pub use self::predict::Predict;
pub use self::save::{SaveOptions, WeightsOptions};
pub use self::sequential::{Sequential, SequentialBuilder};
pub use self::summary::Summary;
pub use self::training_data::{IntoTrainingData, TrainingData};
pub use self::weights::Weight;
use crate::error::{Error, Result};
use crate::initializers::Seeds;
use crate::layer::{InputSpec, Layer};

/// Layers with their weights: what predicts, is trained and evaluated.
///
/// Made by [`Sequential`], which is a model with layers one after the other, or of [`KerasTensor`]s. May be used by many
/// threads at once; training needs it alone.
#[derive(Debug)]
pub struct Model {
    name: String,
    network: Network,
    /// Of each layer, whether it may be trained.
    trainable: Vec<bool>,
    seed: Option<u64>,
    built: OnceLock<Built>,
    compiled: Option<Compiled>,
    /// Held while the model is built by its first prediction.
    building: Mutex<()>,
}

impl Model {
    /// A model of this network, built now where its input is known.
    pub(crate) fn of(name: String, network: Network, seed: Option<u64>) -> Result<Model> {
        let trainable = network.layers.iter().map(|layer| layer.trainable()).collect();
        let (built, building) = (OnceLock::new(), Mutex::default());
        let model = Model { name, network, trainable, seed, built, compiled: None, building };
        if let Some(inputs) = model.network.inputs.clone() {
            model.built_for(|| Ok(inputs))?;
        }
        Ok(model)
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the layers have their weights.
    pub fn is_built(&self) -> bool {
        self.built.get().is_some()
    }

    /// The layers and their names, in order; an `InputLayer` is none of them, as in Keras.
    pub fn layers(&self) -> impl Iterator<Item = (&str, &dyn Layer)> {
        self.network.listed().map(|(place, layer)| (place.name(), layer))
    }

    /// The layer of this name.
    ///
    /// # Errors
    /// [`Error::BadConfig`] with the names of all layers.
    pub fn get_layer(&self, name: &str) -> Result<&dyn Layer> {
        Ok(self.network.layers[self.layer_index(name)?].as_ref())
    }

    /// Freezes a layer, or lets it be trained; takes effect with the next step.
    ///
    /// # Errors
    /// As [`Model::get_layer`].
    pub fn set_trainable(&mut self, layer: &str, trainable: bool) -> Result<()> {
        let index = self.layer_index(layer)?;
        self.trainable[index] = trainable;
        if let Some(compiled) = &self.compiled {
            compiled.steps.forget();
        }
        Ok(())
    }

    /// Whether a layer may be trained.
    ///
    /// # Errors
    /// As [`Model::get_layer`].
    pub fn is_trainable(&self, layer: &str) -> Result<bool> {
        Ok(self.trainable[self.layer_index(layer)?])
    }

    fn layer_index(&self, name: &str) -> Result<usize> {
        let names = || self.network.places.iter().map(|place| place.name());
        names().position(|own| own == name).ok_or_else(|| Error::BadConfig {
            argument: "layer".into(),
            expected: format!("one of {}", names().collect::<Vec<_>>().join(", ")),
            found: format!("`{name}`"),
        })
    }

    /// The built model, made for `input` if there is none yet.
    fn built_for(&self, input: impl FnOnce() -> Result<Nest<InputSpec>>) -> Result<&Built> {
        if let Some(built) = self.built.get() {
            return Ok(built);
        }
        let _building = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = self.built.get() {
            return Ok(built);
        }
        let built = Built::new(&self.network, input()?, Seeds::new(self.seed))?;
        Ok(self.built.get_or_init(|| built))
    }

    /// The built model.
    fn built(&self) -> Result<&Built> {
        self.built.get().ok_or_else(|| Error::NotBuilt { model: self.name.clone() })
    }
}
