//! [`Model`]: layers with weights, in a graph that predicts, is trained and evaluated.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`Model`]: its layers, and when they are built |
//! | `sequential` | [`Sequential`]: layers one after the other |
//! | `functional` | [`KerasTensor`]: layers connected in any way |
//! | `network` | which layers there are, and what goes from one to the other |
//! | `forward` | a network written into a graph |
//! | `built` | the graph with its session, and the weights |
//! | `predict` | running in batches |
//! | `weights` | [`Weight`]: reading and setting the values of a built model |
//! | `summary` | [`Summary`]: the table of layers |

mod built;
mod forward;
mod network;
mod predict;
mod sequential;
mod summary;
mod weights;

use std::sync::{Mutex, OnceLock, PoisonError};

use hub_core::Nest;

use self::built::Built;
use self::network::Network;
pub use self::predict::Predict;
pub use self::sequential::{Sequential, SequentialBuilder};
pub use self::summary::Summary;
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
    /// Held while the model is built by its first prediction.
    building: Mutex<()>,
}

impl Model {
    /// A model of this network, built now where its input is known.
    pub(crate) fn of(name: String, network: Network, seed: Option<u64>) -> Result<Model> {
        let trainable = network.layers.iter().map(|layer| layer.trainable()).collect();
        let model = Model { name, network, trainable, seed, built: OnceLock::new(), building: Mutex::default() };
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
