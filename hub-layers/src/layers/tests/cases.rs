//! The layers of `fixtures/layers/golden.json`: each case's layer, with the weights that it had in Python.

use std::sync::Arc;

use hub_core::{DType, Tensor};
use serde_json::Value as Json;

use super::golden::{nest, text};
use crate::Layer;
use crate::layers::{
    Activation, Axes, BatchNormalization, CenterCrop, Concatenate, Conv2D, Dense, Dropout, Embedding, Factor, Flatten,
    GlobalAveragePooling2D, LayerNormalization, Normalization, PerChannel, RandomContrast, RandomFlip, RandomRotation,
    RandomTranslation, RandomZoom, Rescaling, Resizing, StringLookup, TextVectorization, Window,
};

/// Arguments as the builders take them.
trait FromJson: Sized {
    fn from_json(json: &Json) -> Self;
}

macro_rules! from_json {
    ($($of:ty: |$json:ident| $value:expr;)*) => {
        $(impl FromJson for $of {
            fn from_json($json: &Json) -> Self {
                $value
            }
        })*
    };
}

from_json! {
    String: |json| text(json).to_owned();
    bool: |json| json.as_bool().unwrap();
    f64: |json| json.as_f64().unwrap();
    usize: |json| json.as_u64().unwrap_or_else(|| panic!("{json} is no size")) as usize;
    i32: |json| json.as_i64().unwrap() as i32;
    DType: |json| text(json).parse().unwrap();
    Vec<String>: |json| json.as_array().unwrap().iter().map(String::from_json).collect();
    Option<&'static str>: |json| json.as_str().map(|text| &*Box::leak(text.to_owned().into_boxed_str()));
    Factor: |json| match json.as_array() {
        Some(ends) => (f64::from_json(&ends[0]), f64::from_json(&ends[1])).into(),
        None => f64::from_json(json).into(),
    };
    Axes: |json| match json.as_array() {
        None if json.is_null() => Vec::new().into(),
        Some(axes) => axes.iter().map(i32::from_json).collect::<Vec<_>>().into(),
        None => i32::from_json(json).into(),
    };
    Window: |json| match json.as_array() {
        Some(sizes) => [usize::from_json(&sizes[0]), usize::from_json(&sizes[1])].into(),
        None => usize::from_json(json).into(),
    };
    PerChannel: |json| match json.as_array() {
        Some(numbers) => numbers.iter().map(f64::from_json).collect::<Vec<_>>().into(),
        None => f64::from_json(json).into(),
    };
}

/// A weight's value before the call.
fn weight(case: &Json, name: &str) -> Option<Tensor> {
    let found = case["weights"].as_array()?.iter().find(|weight| weight["name"] == name)?;
    Some(nest(&found["value"]).tensor().unwrap().clone())
}

/// Hands the arguments that a case has to the builders of the same names, and the weights to their initializers.
macro_rules! built {
    ($case:ident, $layer:expr, [$($argument:ident: $of:ty),*], [$($initializer:ident = $weight:literal),*]) => {{
        #[allow(unused_mut, reason = "some have no arguments")]
        let mut layer = $layer;
        $(if let Some(value) = $case["kwargs"].get(stringify!($argument)) {
            layer = layer.$argument(<$of>::from_json(value));
        })*
        $(if let Some(value) = weight($case, $weight) {
            layer = layer.$initializer(value);
        })*
        Arc::new(layer)
    }};
}

/// The layer of a case.
pub(super) fn layer(case: &Json) -> Arc<dyn Layer> {
    fn required<A: FromJson>(case: &Json, name: &str) -> A {
        A::from_json(&case["kwargs"][name])
    }
    match text(&case["layer"]) {
        "Dense" => built!(
            case,
            Dense::new(required(case, "units")),
            [
                activation: String, use_bias: bool, kernel_regularizer: String, bias_regularizer: String,
                activity_regularizer: String, kernel_constraint: String, bias_constraint: String, dtype: DType
            ],
            [kernel_initializer = "kernel", bias_initializer = "bias"]
        ),
        "Conv2D" => built!(
            case,
            Conv2D::new(required(case, "filters"), required::<Window>(case, "kernel_size")),
            [
                activation: String, padding: String, data_format: String, strides: Window, dilation_rate: Window,
                groups: usize, use_bias: bool, kernel_regularizer: String, bias_regularizer: String,
                activity_regularizer: String, dtype: DType
            ],
            [kernel_initializer = "kernel", bias_initializer = "bias"]
        ),
        "BatchNormalization" => built!(
            case,
            BatchNormalization::new(),
            [
                axis: Axes, momentum: f64, epsilon: f64, center: bool, scale: bool, trainable: bool, dtype: DType,
                gamma_regularizer: String, beta_regularizer: String
            ],
            [
                gamma_initializer = "gamma",
                beta_initializer = "beta",
                moving_mean_initializer = "moving_mean",
                moving_variance_initializer = "moving_variance"
            ]
        ),
        "LayerNormalization" => built!(
            case,
            LayerNormalization::new(),
            [axis: Axes, epsilon: f64, center: bool, scale: bool, dtype: DType],
            [gamma_initializer = "gamma", beta_initializer = "beta"]
        ),
        "Embedding" => built!(
            case,
            Embedding::new(required(case, "input_dim"), required(case, "output_dim")),
            [
                mask_zero: bool, input_length: usize, embeddings_regularizer: String, activity_regularizer: String,
                dtype: DType
            ],
            [embeddings_initializer = "embeddings"]
        ),
        "GlobalAveragePooling2D" => {
            built!(case, GlobalAveragePooling2D::new(), [data_format: String, keepdims: bool, dtype: DType], [])
        }
        "Activation" => built!(case, Activation::new(required::<String>(case, "activation")), [dtype: DType], []),
        "Rescaling" => built!(case, Rescaling::new(required::<PerChannel>(case, "scale")), [offset: PerChannel], []),
        "StringLookup" => built!(
            case,
            StringLookup::new(),
            [
                max_tokens: usize, num_oov_indices: usize, mask_token: String, oov_token: String,
                vocabulary: Vec<String>, invert: bool, output_mode: String, pad_to_max_tokens: bool
            ],
            []
        ),
        "TextVectorization" => built!(
            case,
            TextVectorization::new(),
            [
                max_tokens: usize, standardize: Option<&'static str>, split: Option<&'static str>, output_mode: String,
                output_sequence_length: usize, pad_to_max_tokens: bool, vocabulary: Vec<String>
            ],
            []
        ),
        "Normalization" => built!(
            case,
            Normalization::new(),
            [axis: Axes, mean: PerChannel, variance: PerChannel, invert: bool, dtype: DType],
            []
        ),
        "Resizing" => built!(
            case,
            Resizing::new(required(case, "height"), required(case, "width")),
            [interpolation: String, crop_to_aspect_ratio: bool, dtype: DType],
            []
        ),
        "CenterCrop" => {
            built!(case, CenterCrop::new(required(case, "height"), required(case, "width")), [dtype: DType], [])
        }
        "RandomFlip" => built!(case, RandomFlip::new(), [mode: String, dtype: DType], []),
        "RandomTranslation" => built!(
            case,
            RandomTranslation::new(required::<Factor>(case, "height_factor"), required::<Factor>(case, "width_factor")),
            [fill_mode: String, interpolation: String, fill_value: f64, dtype: DType],
            []
        ),
        "RandomRotation" => built!(
            case,
            RandomRotation::new(required::<Factor>(case, "factor")),
            [fill_mode: String, interpolation: String, fill_value: f64, dtype: DType],
            []
        ),
        "RandomZoom" => built!(
            case,
            RandomZoom::new(required::<Factor>(case, "height_factor")),
            [width_factor: Factor, fill_mode: String, interpolation: String, fill_value: f64, dtype: DType],
            []
        ),
        "RandomContrast" => built!(case, RandomContrast::new(required::<Factor>(case, "factor")), [], []),
        "Dropout" => built!(case, Dropout::new(required(case, "rate")), [], []),
        "Flatten" => built!(case, Flatten::new(), [data_format: String, dtype: DType], []),
        "Concatenate" => built!(case, Concatenate::new(), [axis: i32], []),
        other => panic!("no layer {other}"),
    }
}
