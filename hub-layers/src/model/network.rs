//! [`Network`]: which layers there are, and what goes from one to the other.
//!
//! A `Sequential` is a chain; a functional model is any graph without circles. `forward` writes it into a graph.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use hub_core::Nest;

use crate::error::{Error, Result};
use crate::layer::{InputSpec, Layer, Place};
use crate::names::snake_case;

/// Layers and what connects them.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) layers: Vec<Arc<dyn Layer>>,
    pub(crate) places: Vec<Place>,
    /// In an order in which what a step takes comes before it.
    pub(crate) steps: Vec<Step>,
    /// What comes in, where it is known without data.
    pub(crate) inputs: Option<Nest<InputSpec>>,
    pub(crate) outputs: Nest<Wire>,
    /// Whether it is a `Sequential`'s: layers one after the other.
    pub(crate) sequential: bool,
}

/// One call of a layer.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) layer: usize,
    pub(crate) inputs: Nest<Wire>,
}

/// What comes from a step, or from the model's input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wire {
    /// The step; `None` for the model's input.
    pub(crate) from: Option<usize>,
    /// What is taken out of the nest that comes from there.
    pub(crate) path: Vec<Key>,
}

/// One way into a nest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The entry of a dict.
    Name(String),
    /// The item of a list or tuple.
    Index(usize),
    /// The output of this number in flattening order, however deep; what has one output only is that output.
    Output(usize),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Name(name) => f.write_str(name),
            Key::Index(index) | Key::Output(index) => write!(f, "{index}"),
        }
    }
}

impl Wire {
    /// What the path leads to.
    pub(crate) fn follow<'n, L>(&self, nest: &'n Nest<L>) -> Option<&'n Nest<L>> {
        self.path.iter().try_fold(nest, |nest, key| match key {
            Key::Name(name) => nest.get(name),
            Key::Index(index) => nest.at(*index),
            Key::Output(index) => leaf(nest, &mut index.clone()),
        })
    }
}

/// The leaf of this number, from 0; what is left of the number where there are fewer.
fn leaf<'n, L>(nest: &'n Nest<L>, number: &mut usize) -> Option<&'n Nest<L>> {
    match nest {
        Nest::Leaf(_) if *number == 0 => Some(nest),
        Nest::Leaf(_) => {
            *number -= 1;
            None
        }
        Nest::List(items) | Nest::Tuple(items) => items.iter().find_map(|item| leaf(item, number)),
        Nest::NamedTuple { fields, .. } => fields.iter().find_map(|(_, item)| leaf(item, number)),
        Nest::Dict(entries) => entries.values().find_map(|item| leaf(item, number)),
        _ => None,
    }
}

impl Network {
    /// Layers one after the other.
    pub(crate) fn chain(model: &str, layers: Vec<Arc<dyn Layer>>) -> Result<Network> {
        let Some(first) = layers.first() else { return Err(Error::NoLayers { model: model.to_owned() }) };
        let places = places(&layers)?;
        let inputs = first.input().map_err(|error| error.of_layer(0, places[0].name()))?;
        let whole = |from| Nest::Leaf(Wire { from, path: Vec::new() });
        let steps = (0..layers.len()).map(|layer| Step { layer, inputs: whole(layer.checked_sub(1)) }).collect();
        if let Some((_, place)) = layers.iter().zip(&places).skip(1).find(|(layer, _)| is_input(layer.as_ref())) {
            return Err(place.input_mismatch("an `InputLayer` only in front of the others", "another one here"));
        }
        let outputs = whole(layers.len().checked_sub(1));
        Ok(Network { layers, places, steps, inputs, outputs, sequential: true })
    }

    /// The layers with their names, without those that only say what comes in.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (&Place, &dyn Layer)> {
        self.places.iter().zip(self.layers.iter().map(AsRef::as_ref)).filter(|(_, layer)| !is_input(*layer))
    }

    /// The name of each output: its key in the dict of outputs, else that of the layer that gives it.
    pub(crate) fn output_names(&self, outputs: &Nest<usize>) -> Vec<String> {
        let keys: Vec<String> = match outputs {
            Nest::Dict(_) | Nest::NamedTuple { .. } => outputs.keys().into_iter().map(str::to_owned).collect(),
            _ => self.outputs.leaves().into_iter().map(|wire| self.source_name(wire)).collect(),
        };
        let count = outputs.leaves().len();
        match keys.len() == count {
            true => keys,
            false => (0..count).map(|output| format!("output_{output}")).collect(),
        }
    }

    fn source_name(&self, wire: &Wire) -> String {
        wire.from.map_or("input".into(), |step| self.places[self.steps[step].layer].name().to_owned())
    }
}

/// Where each layer stands; layers without a name get one as in Keras: `dense`, `dense_1`, ...
pub(super) fn places(layers: &[Arc<dyn Layer>]) -> Result<Vec<Place>> {
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
pub(super) fn is_input(layer: &dyn Layer) -> bool {
    layer.class_name() == "InputLayer"
}
