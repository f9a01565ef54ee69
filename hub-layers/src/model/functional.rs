//! [`KerasTensor`]: layers connected in any way, and the [`Model`] made of them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use hub_core::Nest;

use super::Model;
use super::network::{Key, Network, Step, Wire, places};
use crate::error::{Error, Result};
use crate::layer::{InputSpec, Layer, Place};
use crate::layers::InputLayer;

/// What comes out of a layer, before there is a graph: Keras's word for it.
///
/// ```
/// use hub_layers::layers::{Dense, InputLayer};
/// use hub_layers::{KerasTensor, Model, Tensor};
/// let x = KerasTensor::input(InputLayer::new([3]).name("x"));
/// let hidden = x.then(Dense::new(4).activation("relu"));
/// let outputs = KerasTensor::dict([("price", hidden.then(Dense::new(1))), ("class", hidden.then(Dense::new(2)))]);
/// let model = Model::new(x, outputs).build()?;
/// let y = model.predict(Tensor::from([[1.0_f32, 2.0, 3.0]]))?;
/// assert_eq!(y["class"].tensor()?.shape(), [1, 2]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KerasTensor(Arc<Origin>);

/// Where a tensor comes from.
#[derive(Debug)]
enum Origin {
    Input(InputLayer),
    Call { layer: SharedLayer, inputs: KerasTensor },
    Part { of: KerasTensor, key: Key },
    Together(Nest<KerasTensor>),
}

/// A layer that may be called several times, each time with the same weights.
#[derive(Clone)]
pub struct SharedLayer(Arc<dyn Layer>);

impl<L: Layer + 'static> From<L> for SharedLayer {
    fn from(layer: L) -> SharedLayer {
        SharedLayer(Arc::new(layer))
    }
}

impl From<&SharedLayer> for SharedLayer {
    fn from(layer: &SharedLayer) -> SharedLayer {
        layer.clone()
    }
}

impl SharedLayer {
    /// The layer itself.
    pub(super) fn into_layer(self) -> Arc<dyn Layer> {
        self.0
    }
}

impl fmt::Debug for SharedLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl KerasTensor {
    /// An input of a model.
    pub fn input(layer: InputLayer) -> KerasTensor {
        KerasTensor(Arc::new(Origin::Input(layer)))
    }

    /// What a layer makes of this. `&shared` to call a [`SharedLayer`] again.
    pub fn then(&self, layer: impl Into<SharedLayer>) -> KerasTensor {
        KerasTensor(Arc::new(Origin::Call { layer: layer.into(), inputs: self.clone() }))
    }

    /// The entry of a dict.
    pub fn key(&self, name: impl Into<String>) -> KerasTensor {
        KerasTensor(Arc::new(Origin::Part { of: self.clone(), key: Key::Name(name.into()) }))
    }

    /// The item of a list or tuple.
    pub fn item(&self, index: usize) -> KerasTensor {
        KerasTensor(Arc::new(Origin::Part { of: self.clone(), key: Key::Index(index) }))
    }

    /// Several as a list, for a layer that takes one, or as the inputs or outputs of a model.
    pub fn list(items: impl IntoIterator<Item = KerasTensor>) -> KerasTensor {
        let items = items.into_iter().map(Nest::Leaf).collect();
        KerasTensor(Arc::new(Origin::Together(Nest::List(items))))
    }

    /// Several as a dict, for a layer that takes one, or as the inputs or outputs of a model.
    pub fn dict<K: Into<String>>(entries: impl IntoIterator<Item = (K, KerasTensor)>) -> KerasTensor {
        let entries: BTreeMap<_, _> = entries.into_iter().map(|(key, item)| (key.into(), Nest::Leaf(item))).collect();
        KerasTensor(Arc::new(Origin::Together(Nest::Dict(entries))))
    }
}

/// A functional [`Model`] under construction.
#[derive(Debug)]
#[must_use = "a model is made by `build`"]
pub struct ModelBuilder {
    name: String,
    inputs: KerasTensor,
    outputs: KerasTensor,
    seed: Option<u64>,
}

impl Model {
    /// A model under construction, from its inputs to its outputs: one tensor each, a list or a dict.
    #[allow(clippy::new_ret_no_self, reason = "Keras's spelling; a model exists only once it is whole")]
    pub fn new(inputs: KerasTensor, outputs: KerasTensor) -> ModelBuilder {
        ModelBuilder { name: "model".into(), inputs, outputs, seed: None }
    }
}

impl ModelBuilder {
    /// The model's name. Default: `model`.
    pub fn name(mut self, name: impl Into<String>) -> ModelBuilder {
        self.name = name.into();
        self
    }

    /// The seed of all initializers that have none of their own. Default: another at each build.
    pub fn seed(mut self, seed: u64) -> ModelBuilder {
        self.seed = Some(seed);
        self
    }

    /// The model, with its weights.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for inputs that are none, and for outputs that rest on other inputs; those of
    /// [`SequentialBuilder::build`](super::SequentialBuilder::build).
    pub fn build(self) -> Result<Model> {
        let mut tracing = Tracing::default();
        let inputs = tracing.inputs(&self.inputs)?;
        let outputs = tracing.wires(&self.outputs)?;
        let Tracing { layers, steps, input_places, .. } = tracing;
        let layers: Vec<Arc<dyn Layer>> = layers.into_iter().map(|layer| layer.0).collect();
        let places = places(&layers)?;
        let named = |leaf: &usize| -> Result<InputSpec> {
            let (index, layer) = &input_places[*leaf];
            let place: &Place = &places[*index];
            match layer.input()? {
                Some(Nest::Leaf(spec)) => Ok(spec.named(place.name())),
                _ => Err(place.input_mismatch("an input layer", "another")),
            }
        };
        let inputs = inputs.try_map(&mut { named })?;
        let network = Network { layers, places, steps, inputs: Some(inputs), outputs, sequential: false };
        Model::of(self.name, network, self.seed)
    }
}

/// Layers and steps as they are found, from the outputs back.
#[derive(Debug, Default)]
struct Tracing {
    layers: Vec<SharedLayer>,
    steps: Vec<Step>,
    /// Of each input, the number of its layer.
    input_places: Vec<(usize, InputLayer)>,
    /// Where each tensor comes from, by its address.
    known: HashMap<*const Origin, Wire>,
}

impl Tracing {
    /// The model's inputs, numbered; each becomes a step of its own.
    fn inputs(&mut self, inputs: &KerasTensor) -> Result<Nest<usize>> {
        match &*inputs.0 {
            Origin::Input(_) => self.input(inputs, Vec::new()).map(Nest::Leaf),
            Origin::Together(Nest::List(items)) => {
                let item = |(index, item): (usize, &Nest<KerasTensor>)| self.entry(item, Key::Index(index));
                items.iter().enumerate().map(item).collect::<Result<_>>().map(Nest::List)
            }
            Origin::Together(Nest::Dict(entries)) => {
                let entry = |(key, item): (&String, &Nest<KerasTensor>)| {
                    Ok((key.clone(), self.entry(item, Key::Name(key.clone()))?))
                };
                entries.iter().map(entry).collect::<Result<_>>().map(Nest::Dict)
            }
            _ => Err(no_input("inputs")),
        }
    }

    fn entry(&mut self, item: &Nest<KerasTensor>, key: Key) -> Result<Nest<usize>> {
        match item {
            Nest::Leaf(tensor) => self.input(tensor, vec![key]).map(Nest::Leaf),
            _ => Err(no_input("inputs")),
        }
    }

    fn input(&mut self, tensor: &KerasTensor, path: Vec<Key>) -> Result<usize> {
        let Origin::Input(layer) = &*tensor.0 else { return Err(no_input("inputs")) };
        let index = self.layers.len();
        self.layers.push(layer.clone().into());
        self.steps.push(Step { layer: index, inputs: Nest::Leaf(Wire { from: None, path }) });
        self.known.insert(Arc::as_ptr(&tensor.0), Wire { from: Some(self.steps.len() - 1), path: Vec::new() });
        self.input_places.push((index, layer.clone()));
        Ok(self.input_places.len() - 1)
    }

    /// What carries a tensor, or several together.
    fn wires(&mut self, tensor: &KerasTensor) -> Result<Nest<Wire>> {
        if let Some(wire) = self.known.get(&Arc::as_ptr(&tensor.0)) {
            return Ok(Nest::Leaf(wire.clone()));
        }
        let wire = match &*tensor.0 {
            Origin::Input(layer) => {
                let name = layer.name().unwrap_or("input_layer");
                return Err(Error::BadConfig {
                    argument: "outputs".into(),
                    expected: "tensors that follow from the model's inputs".into(),
                    found: format!("one that rests on `{name}`, which is none of them"),
                });
            }
            Origin::Together(nest) => return nest.try_expand(&mut |item| self.wires(item)),
            Origin::Part { of, key } => match (self.wires(of)?, key) {
                (Nest::Leaf(wire), key) => Wire { path: wire.path.into_iter().chain([key.clone()]).collect(), ..wire },
                (nest, Key::Name(name)) => return nest.get(name).cloned().ok_or_else(|| no_input(name)),
                (nest, Key::Index(index) | Key::Output(index)) => {
                    return nest.at(*index).cloned().ok_or_else(|| no_input(&index.to_string()));
                }
            },
            Origin::Call { layer, inputs } => {
                let inputs = self.wires(inputs)?;
                let known = self.layers.iter().position(|own| Arc::ptr_eq(&own.0, &layer.0));
                let index = known.unwrap_or(self.layers.len());
                if known.is_none() {
                    self.layers.push(layer.clone());
                }
                self.steps.push(Step { layer: index, inputs });
                Wire { from: Some(self.steps.len() - 1), path: Vec::new() }
            }
        };
        self.known.insert(Arc::as_ptr(&tensor.0), wire.clone());
        Ok(Nest::Leaf(wire))
    }
}

fn no_input(argument: &str) -> Error {
    Error::BadConfig {
        argument: argument.into(),
        expected: "tensors made by `KerasTensor::input`, one, a list or a dict of them".into(),
        found: "something else".into(),
    }
}
