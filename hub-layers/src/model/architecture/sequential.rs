//! Layers one after the other as a config.
//!
//! `build_input_shape` is what came in first where no layer says it.

use hub_core::{Nest, Shape};
use serde_json::{Map, Value, json};

use super::Layers;
use crate::config::{Argument, CustomObjects};
use crate::error::Result;
use crate::layer::InputSpec;
use crate::model::Model;
use crate::model::network::Network;

/// The arguments of a model whose layers come one after the other.
pub(super) fn write(model: &Model, entry: &dyn Fn(usize) -> Result<Value>) -> Result<Value> {
    let layers = (0..model.network.layers.len()).map(entry).collect::<Result<Vec<_>>>()?;
    let mut config = json!({ "name": model.name, "layers": layers });
    if let (None, Some(built)) = (&model.network.inputs, model.built.get())
        && let Nest::Leaf(input) = &built.inputs
        && input.dtype() == model.network.layers[0].dtype()
    {
        config["build_input_shape"] = input.shape().write()?;
    }
    Ok(config)
}

/// The network that such arguments describe.
pub(super) fn read(model: &str, arguments: &Map<String, Value>, custom_objects: &CustomObjects) -> Result<Network> {
    let Layers { layers, names } = Layers::read(arguments, custom_objects)?;
    let mut network = Network::chain(model, layers)?;
    Layers::name(names, &mut network)?;
    if let (None, Some(shape)) = (&network.inputs, arguments.get("build_input_shape")) {
        let shape: Shape = custom_objects.argument(shape, "build_input_shape")?;
        if shape.rank().is_some() {
            network.inputs = Some(Nest::Leaf(InputSpec::new(network.layers[0].dtype(), shape)));
        }
    }
    Ok(network)
}
