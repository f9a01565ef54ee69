//! [`Sequential`]: layers one after the other.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`Sequential`], [`SequentialBuilder`]: the list of layers, and when they are built |
//! | `built` | the layers in a graph with their weights |
//! | `predict` | running in batches |
//! | `weights` | [`Weight`]: reading the values of a built model |
//! | `summary` | [`Summary`]: the table of layers |

mod built;
mod predict;
mod summary;
mod weights;

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use hub_core::Nest;

use self::built::Built;
pub use self::predict::Predict;
pub use self::summary::Summary;
pub use self::weights::Weight;
use crate::error::{Error, Result};
use crate::initializers::Seeds;
use crate::layer::{InputSpec, Layer, Place};
use crate::names::snake_case;

/// Layers one after the other, each fed with what the one before it gives.
///
/// ```
/// use hub_layers::{Dense, Flatten, InputLayer, Predict, Sequential, Tensor};
/// let model = Sequential::new()
///     .add(InputLayer::new([8, 8, 1]))
///     .add(Flatten::new())
///     .add(Dense::new(10).activation("softmax"))
///     .build()?;
/// let images = Tensor::new(&[3, 8, 8, 1], vec![0.0_f32; 3 * 64])?;
/// let y = model.predict(&images)?;
/// assert_eq!(y.tensor()?.shape(), [3, 10]);
/// let y = model.predict_with(&images, Predict::new().batch_size(2))?;
/// # Ok::<(), hub_layers::Error>(())
/// ```
///
/// A model whose input is known (by an [`InputLayer`](crate::InputLayer), the first layer's `input_shape`, or the
/// loaded model of a [`KerasLayer`](crate::KerasLayer) that comes first) is built at once. Otherwise it is built when it
/// predicts for the first time, for data of that element type and shape.
///
/// May be used by many threads at once.
#[derive(Debug)]
pub struct Sequential {
    name: String,
    layers: Vec<Box<dyn Layer>>,
    places: Vec<Place>,
    seed: Option<u64>,
    built: OnceLock<Built>,
    /// Held while the model is built by its first prediction.
    building: Mutex<()>,
}

impl Sequential {
    /// A model under construction.
    #[allow(clippy::new_ret_no_self, reason = "Keras's spelling; a model exists only once it is whole")]
    pub fn new() -> SequentialBuilder {
        SequentialBuilder { name: "sequential".into(), layers: Vec::new(), seed: None }
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
        self.places
            .iter()
            .map(Place::name)
            .zip(self.layers.iter().map(Box::as_ref))
            .filter(|(_, layer)| !is_input(*layer))
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
        let built = Built::new(&self.layers, &self.places, input()?, Seeds::new(self.seed))?;
        Ok(self.built.get_or_init(|| built))
    }

    fn not_built(&self) -> Error {
        Error::NotBuilt { model: self.name.clone() }
    }
}

/// A [`Sequential`] under construction.
#[derive(Debug)]
#[must_use = "a model is made by `build`"]
pub struct SequentialBuilder {
    name: String,
    layers: Vec<Box<dyn Layer>>,
    seed: Option<u64>,
}

impl SequentialBuilder {
    /// One more layer at the end.
    #[allow(clippy::should_implement_trait, reason = "Keras's word; there is nothing to sum up")]
    pub fn add(mut self, layer: impl Layer + 'static) -> SequentialBuilder {
        self.layers.push(Box::new(layer));
        self
    }

    /// The model's name. Default: `sequential`.
    pub fn name(mut self, name: impl Into<String>) -> SequentialBuilder {
        self.name = name.into();
        self
    }

    /// The seed of all initializers that have none of their own. Default: another at each build.
    pub fn seed(mut self, seed: u64) -> SequentialBuilder {
        self.seed = Some(seed);
        self
    }

    /// The model; its weights are made now where the input is known, else when it predicts for the first time.
    ///
    /// # Errors
    /// [`Error::NoLayers`]; [`Error::InvalidArgument`], [`Error::UnknownName`] and [`Error::InputMismatch`] for what is
    /// wrong with a layer; [`Error::Layer`] with the reason why one could not be built.
    pub fn build(self) -> Result<Sequential> {
        let SequentialBuilder { name, layers, seed } = self;
        let Some(first) = layers.first() else { return Err(Error::NoLayers { model: name }) };
        let places = places(&layers)?;
        let input = first.input().map_err(|error| error.of_layer(0, places[0].name()))?;
        let model = Sequential { name, layers, places, seed, built: OnceLock::new(), building: Mutex::default() };
        if let Some(input) = input {
            model.built_for(|| Ok(input))?;
        }
        Ok(model)
    }
}

/// Where each layer stands; layers without a name get one as in Keras: `dense`, `dense_1`, ...
fn places(layers: &[Box<dyn Layer>]) -> Result<Vec<Place>> {
    let mut taken = HashSet::new();
    for (index, name) in layers.iter().enumerate().filter_map(|(index, layer)| Some((index, layer.name()?))) {
        if !taken.insert(name.to_owned()) {
            let place = Place::new(index, name);
            return Err(place.invalid_argument("name", "a name that no other layer has", format!("`{name}` again")));
        }
    }
    let name = |layer: &dyn Layer, taken: &mut HashSet<String>| match layer.name() {
        Some(name) => name.to_owned(),
        None => {
            let plain = snake_case(layer.class_name());
            let counted = (0_usize..).map(|count| if count == 0 { plain.clone() } else { format!("{plain}_{count}") });
            let free = counted.into_iter().find(|name| !taken.contains(name)).unwrap_or(plain);
            taken.insert(free.clone());
            free
        }
    };
    Ok(layers.iter().enumerate().map(|(index, layer)| Place::new(index, name(layer.as_ref(), &mut taken))).collect())
}

/// Whether a layer only says what comes in.
fn is_input(layer: &dyn Layer) -> bool {
    layer.class_name() == "InputLayer"
}
