//! Models from the layers that a recipe lists.

use std::collections::BTreeMap;

use hub_core::{DType, Shape};
use hub_layers::layers::{
    Activation, BatchNormalization, Concatenate, Conv2D, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling2D,
    InputLayer, KerasLayer, LayerNormalization, Rescaling,
};
use hub_layers::{KerasTensor, Model, SharedLayer};
use serde_json::Value as Json;

use super::configs::{constraint, regularizer};
use super::golden::{fixture, text};

/// The model of a recipe.
pub(crate) fn build(recipe: &Json) -> Model {
    let dtype: DType = text(&recipe["dtype"]).parse().unwrap();
    let mut tensors = BTreeMap::new();
    let mut inputs = Vec::new();
    let mut last = String::new();
    for input in recipe["inputs"].as_array().unwrap() {
        let shape: Vec<usize> = sizes(&input[1]);
        let layer = InputLayer::new(Shape::known(&shape)).dtype(text(&input[2]).parse().unwrap());
        last = text(&input[0]).to_owned();
        let tensor = KerasTensor::input(layer.name(&last));
        tensors.insert(last.clone(), tensor.clone());
        inputs.push(tensor);
    }
    for step in recipe["layers"].as_array().unwrap() {
        let taken: Vec<KerasTensor> = match step["inputs"].as_array() {
            Some(names) => names.iter().map(|name| tensors[text(name)].clone()).collect(),
            None => vec![tensors[&last].clone()],
        };
        let taken = if taken.len() == 1 { taken[0].clone() } else { KerasTensor::list(taken) };
        last = text(&step["config"]["name"]).to_owned();
        tensors.insert(last.clone(), taken.then(layer(text(&step["class_name"]), &step["config"], dtype)));
    }
    let inputs = if inputs.len() == 1 { inputs[0].clone() } else { KerasTensor::list(inputs) };
    let outputs = match recipe["outputs"].as_array() {
        Some(names) => KerasTensor::list(names.iter().map(|name| tensors[text(name)].clone())),
        None => tensors[&last].clone(),
    };
    Model::new(inputs, outputs).build().unwrap()
}

fn sizes(json: &Json) -> Vec<usize> {
    json.as_array().unwrap().iter().map(|size| size.as_u64().unwrap() as usize).collect()
}

/// Sets the arguments that a config gives, by builder methods of the same names; those in brackets are set already.
macro_rules! with {
    ($layer:expr, [$($given:literal),*], $config:ident, $dtype:ident; $($argument:ident: $read:expr),*) => {{
        let known = ["name", $($given,)* $(stringify!($argument)),*];
        for argument in $config.as_object().unwrap().keys() {
            assert!(known.contains(&argument.as_str()), "`{argument}` of {} is not read", $config);
        }
        #[allow(unused_mut, reason = "some have no arguments")]
        let mut layer = $layer.name(text(&$config["name"])).dtype($dtype);
        $(if let Some(value) = $config.get(stringify!($argument)).filter(|value| !value.is_null()) {
            layer = layer.$argument($read(value));
        })*
        layer.into()
    }};
}

fn layer(class_name: &str, config: &Json, dtype: DType) -> SharedLayer {
    let count = |key: &str| config[key].as_u64().unwrap() as usize;
    let number = |json: &Json| json.as_f64().unwrap();
    let truth = |json: &Json| json.as_bool().unwrap();
    let pair = |json: &Json| <[usize; 2]>::try_from(sizes(json)).unwrap();
    match class_name {
        "Dense" => {
            with!(Dense::new(count("units")), ["units"], config, dtype; activation: text, kernel_regularizer: regularizer,
            bias_regularizer: regularizer, kernel_constraint: constraint, bias_constraint: constraint)
        }
        "Flatten" => with!(Flatten::new(), [], config, dtype;),
        "Activation" => with!(Activation::new(text(&config["activation"])), ["activation"], config, dtype;),
        "Dropout" => with!(Dropout::new(number(&config["rate"])), ["rate"], config, dtype;),
        "Rescaling" => with!(Rescaling::new(number(&config["scale"])), ["scale"], config, dtype; offset: number),
        "BatchNormalization" => with!(BatchNormalization::new(), [], config, dtype; momentum: number),
        "LayerNormalization" => with!(LayerNormalization::new(), [], config, dtype;),
        "Embedding" => {
            with!(Embedding::new(count("input_dim"), count("output_dim")), ["input_dim", "output_dim"], config, dtype; mask_zero: truth)
        }
        "Conv2D" => {
            with!(Conv2D::new(count("filters"), pair(&config["kernel_size"])), ["filters", "kernel_size"], config, dtype;
            activation: text, padding: text, strides: pair)
        }
        "GlobalAveragePooling2D" => with!(GlobalAveragePooling2D::new(), [], config, dtype;),
        "Concatenate" => with!(Concatenate::new(), [], config, dtype;),
        "KerasLayer" => {
            let handle = fixture(&format!("training/{}", text(&config["handle"])));
            let trainable = config["trainable"].as_bool().unwrap();
            let layer = KerasLayer::new(handle.as_str()).unwrap().trainable(trainable);
            layer.name(text(&config["name"])).dtype(dtype).into()
        }
        other => panic!("{other} is no layer"),
    }
}
