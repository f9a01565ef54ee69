//! Layers connected in any way as a config: each with its calls, and what each call takes.
//!
//! ```text
//! "layers":        [{"class_name": ..., "config": ..., "name": "dense", "inbound_nodes": [[["x", 0, 0, {}]]]}]
//! "input_layers":  [["x", 0, 0]]                    a tensor is a layer's name, the number of the call, of the output
//! "output_layers": {"price": ["dense", 0, 0]}
//! ```

use std::collections::BTreeMap;

use hub_core::Nest;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::model::Model;
use crate::model::built::numbered;
use crate::model::network::{Wire, is_input};

/// The arguments of a model whose layers are connected in any way.
pub(super) fn write(model: &Model, entry: &dyn Fn(usize) -> Result<Value>) -> Result<Value> {
    let connections = Connections { model, calls: calls(model) };
    let mut layers = Vec::new();
    for index in 0..model.network.layers.len() {
        let mut layer = entry(index)?;
        layer["name"] = model.network.places[index].name().into();
        layer["inbound_nodes"] = connections.inbound_nodes(index)?;
        layers.push(layer);
    }
    let inputs = model.network.inputs.as_ref().unwrap_or(&Nest::None);
    let inputs = inputs.try_map(&mut |input| Ok::<_, Error>(json!([input.name(), 0, 0])))?;
    let outputs = connections.tensors(&model.network.outputs, &|name, call, output| json!([name, call, output]))?;
    Ok(json!({
        "name": model.name,
        "trainable": true,
        "layers": layers,
        "input_layers": listed(inputs),
        "output_layers": listed(outputs),
    }))
}

/// Of each step, which call of its layer it is.
fn calls(model: &Model) -> Vec<usize> {
    let mut counts = vec![0_usize; model.network.layers.len()];
    let count = |layer: usize| {
        counts[layer] += 1;
        counts[layer] - 1
    };
    model.network.steps.iter().map(|step| step.layer).map(count).collect()
}

struct Connections<'m> {
    model: &'m Model,
    calls: Vec<usize>,
}

impl Connections<'_> {
    /// What each call of a layer takes.
    fn inbound_nodes(&self, layer: usize) -> Result<Value> {
        let network = &self.model.network;
        if is_input(network.layers[layer].as_ref()) {
            return Ok(json!([]));
        }
        let steps = network.steps.iter().filter(|step| step.layer == layer);
        let node = |name: &str, call, output| json!([name, call, output, {}]);
        let inputs = steps.map(|step| self.tensors(&step.inputs, &node).map(listed));
        inputs.collect::<Result<Vec<_>>>().map(Value::Array)
    }

    /// The tensors that some wires carry.
    fn tensors(&self, wires: &Nest<Wire>, tensor: &dyn Fn(&str, usize, usize) -> Value) -> Result<Nest<Value>> {
        wires.try_expand(&mut |wire: &Wire| {
            let nothing =
                || Error::NoConfig { what: "the model".into(), why: "a layer takes what is not there".into() };
            let step = wire.from.ok_or_else(nothing)?;
            let layer = self.model.network.steps[step].layer;
            let output = self.model.built.get().map(|built| &built.layers[layer].output);
            let outputs = output.map_or(Ok(Nest::Leaf(0)), numbered)?;
            let name = self.model.network.places[layer].name();
            wire.follow(&outputs)
                .ok_or_else(nothing)?
                .try_map(&mut |output| Ok(tensor(name, self.calls[step], *output)))
        })
    }
}

/// A nest of tensors; a single one is a list of one, as in Keras.
fn listed(tensors: Nest<Value>) -> Value {
    match tensors {
        Nest::Leaf(only) => json!([only]),
        several => plain(several),
    }
}

fn plain(tensors: Nest<Value>) -> Value {
    match tensors {
        Nest::Leaf(tensor) => tensor,
        Nest::List(items) | Nest::Tuple(items) => items.into_iter().map(plain).collect(),
        Nest::NamedTuple { fields, .. } => fields.into_iter().map(|(_, item)| plain(item)).collect(),
        Nest::Dict(entries) => {
            let entries: BTreeMap<String, Value> = entries.into_iter().map(|(key, item)| (key, plain(item))).collect();
            entries.into_iter().collect()
        }
        _ => Value::Null,
    }
}
