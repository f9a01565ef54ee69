//! A network of the config that `functional` writes.

use std::collections::{BTreeSet, HashMap};

use hub_core::Nest;
use serde_json::{Map, Value};

use super::{Layers, bad, list};
use crate::config::CustomObjects;
use crate::error::{Error, Result};
use crate::layer::InputSpec;
use crate::model::network::{Key, Network, Step, Wire, is_input, places};

/// Nests within nests are followed so far.
const DEPTH: usize = 64;

/// One call of a layer, before its place among the others is known.
struct Node {
    layer: usize,
    call: usize,
    inputs: Nest<Tensor>,
}

/// An output of a call of a layer.
#[derive(Clone)]
struct Tensor {
    layer: String,
    call: usize,
    output: usize,
}

/// The network that the arguments of a model describe.
pub(super) fn read(arguments: &Map<String, Value>, custom_objects: &CustomObjects) -> Result<Network> {
    let Layers { layers, names } = Layers::read(arguments, custom_objects)?;
    let places = places(&layers)?;
    let mut network =
        Network { layers, places, steps: Vec::new(), inputs: None, outputs: Nest::None, sequential: false };
    Layers::name(names, &mut network)?;
    let of_name: HashMap<String, usize> =
        network.places.iter().map(|place| (place.name().to_owned(), place.index())).collect();
    let mut known = HashMap::new();
    network.inputs = Some(inputs(arguments, &mut network, &of_name, &mut known)?);
    let nodes = nodes(list(arguments, "layers")?, &network)?;
    connect(nodes, &of_name, &mut network, &mut known)?;
    let outputs = tensors(arguments.get("output_layers").unwrap_or(&Value::Null), "output_layers", DEPTH)?;
    network.outputs = wires(&alone(outputs), &of_name, &known)?;
    Ok(network)
}

/// The steps of the inputs, and what comes into them.
fn inputs(
    arguments: &Map<String, Value>,
    network: &mut Network,
    of_name: &HashMap<String, usize>,
    known: &mut HashMap<(usize, usize), usize>,
) -> Result<Nest<InputSpec>> {
    let declared = tensors(arguments.get("input_layers").unwrap_or(&Value::Null), "input_layers", DEPTH)?;
    let declared = alone(declared);
    let mut number = 0_usize..;
    declared.try_map(&mut |tensor| {
        let unknown = || bad("input_layers", "the name of an `InputLayer`", &tensor.layer.as_str().into());
        let index = *of_name.get(&tensor.layer).ok_or_else(unknown)?;
        let (layer, place) = (&network.layers[index], &network.places[index]);
        let spec = match (is_input(layer.as_ref()), layer.input()?) {
            (true, Some(Nest::Leaf(spec))) => spec.named(place.name()),
            _ => return Err(unknown()),
        };
        let path = match declared {
            Nest::Leaf(_) => Vec::new(),
            _ => vec![Key::Output(number.next().unwrap_or_default())],
        };
        if known.insert((index, 0), network.steps.len()).is_some() {
            return Err(unknown());
        }
        network.steps.push(Step { layer: index, inputs: Nest::Leaf(Wire { from: None, path }) });
        Ok(spec)
    })
}

/// All calls of layers that are no inputs.
fn nodes(entries: &[Value], network: &Network) -> Result<Vec<Node>> {
    let mut nodes = Vec::new();
    for (layer, entry) in entries.iter().enumerate() {
        let argument = format!("layers[{layer}].inbound_nodes");
        let calls = entry.get("inbound_nodes").unwrap_or(&Value::Null);
        let calls = calls.as_array().ok_or_else(|| bad(&argument, "a list of calls", calls))?;
        if is_input(network.layers[layer].as_ref()) {
            continue;
        }
        for (call, inputs) in calls.iter().enumerate() {
            let inputs = alone(tensors(inputs, &format!("{argument}[{call}]"), DEPTH)?);
            nodes.push(Node { layer, call, inputs });
        }
    }
    Ok(nodes)
}

/// Makes a step of each call, after those that it takes something from.
fn connect(
    nodes: Vec<Node>,
    of_name: &HashMap<String, usize>,
    network: &mut Network,
    known: &mut HashMap<(usize, usize), usize>,
) -> Result<()> {
    let number: HashMap<(usize, usize), usize> =
        nodes.iter().enumerate().map(|(number, node)| ((node.layer, node.call), number)).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut missing = vec![0_usize; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for tensor in node.inputs.leaves() {
            let layer = of_name.get(&tensor.layer).ok_or_else(|| no_such(tensor))?;
            match number.get(&(*layer, tensor.call)) {
                Some(before) => {
                    followers[*before].push(index);
                    missing[index] += 1;
                }
                None if known.contains_key(&(*layer, tensor.call)) => {}
                None => return Err(no_such(tensor)),
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|index| missing[*index] == 0).collect();
    let mut made = 0;
    while let Some(index) = ready.pop_first() {
        let node = &nodes[index];
        let inputs = wires(&node.inputs, of_name, known)?;
        known.insert((node.layer, node.call), network.steps.len());
        network.steps.push(Step { layer: node.layer, inputs });
        made += 1;
        for follower in &followers[index] {
            missing[*follower] -= 1;
            if missing[*follower] == 0 {
                ready.insert(*follower);
            }
        }
    }
    match made == nodes.len() {
        true => Ok(()),
        false => Err(bad("inbound_nodes", "connections without circles", &Value::from("a circle"))),
    }
}

/// What carries some tensors, whose calls have their steps.
fn wires(
    tensors: &Nest<Tensor>,
    of_name: &HashMap<String, usize>,
    known: &HashMap<(usize, usize), usize>,
) -> Result<Nest<Wire>> {
    tensors.try_map(&mut |tensor| {
        let layer = of_name.get(&tensor.layer);
        let step = layer.and_then(|layer| known.get(&(*layer, tensor.call))).ok_or_else(|| no_such(tensor))?;
        Ok(Wire { from: Some(*step), path: vec![Key::Output(tensor.output)] })
    })
}

fn no_such(tensor: &Tensor) -> Error {
    let found = format!("call {} of `{}`", tensor.call, tensor.layer);
    Error::BadConfig { argument: "inbound_nodes".into(), expected: "calls of the model's layers".into(), found }
}

/// The tensors of a config: `[layer, call, output]` in lists and objects.
fn tensors(json: &Value, argument: &str, depth: usize) -> Result<Nest<Tensor>> {
    let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok());
    match json {
        Value::Array(items) => match items.as_slice() {
            [Value::String(layer), call @ Value::Number(_), output @ Value::Number(_), rest @ ..] => {
                if let Some(given) = rest.iter().find(|given| given.as_object().is_none_or(|given| !given.is_empty())) {
                    return Err(bad(argument, "calls without further arguments", given));
                }
                let unknown = || bad(argument, "the number of a call and of an output", json);
                let (call, output) = (count(call).ok_or_else(unknown)?, count(output).ok_or_else(unknown)?);
                Ok(Nest::Leaf(Tensor { layer: layer.clone(), call, output }))
            }
            items if depth > 0 => {
                items.iter().map(|item| tensors(item, argument, depth - 1)).collect::<Result<_>>().map(Nest::List)
            }
            _ => Err(bad(argument, "tensors in fewer lists", json)),
        },
        Value::Object(entries) if depth > 0 => {
            let entry = |(key, item): (&String, &Value)| Ok((key.clone(), tensors(item, argument, depth - 1)?));
            entries.iter().map(entry).collect::<Result<_>>().map(Nest::Dict)
        }
        _ => Err(bad(argument, "tensors as [layer, call, output]", json)),
    }
}

/// A list of one tensor is that tensor, as in Keras.
fn alone(tensors: Nest<Tensor>) -> Nest<Tensor> {
    match tensors {
        Nest::List(mut items) if items.len() == 1 && matches!(items[0], Nest::Leaf(_)) => items.remove(0),
        other => other,
    }
}
