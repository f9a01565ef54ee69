//! The table of the layers that `model!` knows by their bare name.
//!
//! [`check`](crate::check) asks it what a layer takes, [`expand`](crate::expand) whether its constructor can fail. A
//! test in hub-layers holds it against the builders, so a new layer or setter is one line here and one there. Layers
//! that are written by path are not in it: of those the compiler knows everything.

use super::kinds::{ACTIVATIONS, Family, Kind};

/// Something that is written with arguments: a layer, or a class that stands in an argument.
pub(crate) struct Callee {
    /// Its name, in the model as in hub-layers.
    pub(crate) name: &'static str,
    /// The arguments of its `new`, all of them required; the model may give them by keyword too.
    pub(crate) positional: &'static [Parameter],
    /// Its setters that may be given by position as well, in Keras's order.
    pub(crate) optional: &'static [Parameter],
    /// Its other setters.
    pub(crate) keywords: &'static [Parameter],
    /// The shortest right way to write it, quoted in diagnostics.
    pub(crate) example: &'static str,
}

/// What the macro knows of one layer.
pub(crate) struct Layer {
    /// Its name and arguments.
    pub(crate) callee: Callee,
    /// Whether its `new` returns a `Result`.
    pub(crate) fallible: bool,
}

/// One argument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// Keras's name.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
}

impl Callee {
    /// All arguments, in the order in which they are listed to the user.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'static Parameter> {
        self.positional.iter().chain(self.optional).chain(self.keywords)
    }

    /// All argument names.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'static str> {
        self.parameters().map(|parameter| parameter.name)
    }

    /// What may stand by position.
    pub(crate) fn by_position(&self) -> impl Iterator<Item = &'static Parameter> {
        self.positional.iter().chain(self.optional)
    }

    /// The argument of that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters().find(|parameter| parameter.name == name)
    }
}

const DATA_FORMATS: &[&str] = &["channels_last", "channels_first"];
const PADDINGS: &[&str] = &["valid", "same"];
const FILL_MODES: &[&str] = &["reflect", "wrap", "nearest", "constant"];
const INTERPOLATIONS: &[&str] =
    &["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"];

/// Every layer of hub-layers.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        callee: Callee {
            name: "KerasLayer",
            positional: &[Parameter { name: "handle", kind: Kind::Handle }],
            optional: &[
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "arguments", kind: Kind::Any },
            ],
            keywords: &[
                Parameter { name: "signature", kind: Kind::Text },
                Parameter { name: "output_key", kind: Kind::Text },
                Parameter { name: "signature_outputs_as_dict", kind: Kind::Bool },
                Parameter { name: "output_shape", kind: Kind::Any },
                Parameter { name: "tags", kind: Kind::Texts },
                Parameter { name: "load_options", kind: Kind::Any },
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "KerasLayer(handle)",
        },
        fallible: true,
    },
    Layer {
        callee: Callee {
            name: "Dense",
            positional: &[Parameter { name: "units", kind: Kind::Count }],
            optional: &[
                Parameter { name: "activation", kind: Kind::OneOf(ACTIVATIONS) },
                Parameter { name: "use_bias", kind: Kind::Bool },
                Parameter { name: "kernel_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "bias_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "kernel_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "bias_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "activity_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "kernel_constraint", kind: Kind::Class(Family::Constraint) },
                Parameter { name: "bias_constraint", kind: Kind::Class(Family::Constraint) },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Dense(10)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Dropout",
            positional: &[Parameter { name: "rate", kind: Kind::Share }],
            optional: &[],
            keywords: &[
                Parameter { name: "seed", kind: Kind::Natural },
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Dropout(0.2)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Flatten",
            positional: &[],
            optional: &[Parameter { name: "data_format", kind: Kind::OneOf(DATA_FORMATS) }],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Flatten()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Activation",
            positional: &[Parameter { name: "activation", kind: Kind::OneOf(ACTIVATIONS) }],
            optional: &[],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Activation(\"relu\")",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "InputLayer",
            positional: &[Parameter { name: "shape", kind: Kind::Shape }],
            optional: &[],
            keywords: &[Parameter { name: "dtype", kind: Kind::DType }, Parameter { name: "name", kind: Kind::Text }],
            example: "InputLayer([28, 28, 1])",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Rescaling",
            positional: &[Parameter { name: "scale", kind: Kind::Numbers }],
            optional: &[Parameter { name: "offset", kind: Kind::Numbers }],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Rescaling(1.0 / 255.0)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "StringLookup",
            positional: &[],
            optional: &[
                Parameter { name: "max_tokens", kind: Kind::Count },
                Parameter { name: "num_oov_indices", kind: Kind::Count },
                Parameter { name: "mask_token", kind: Kind::Text },
                Parameter { name: "oov_token", kind: Kind::Text },
                Parameter { name: "vocabulary", kind: Kind::Texts },
            ],
            keywords: &[
                Parameter { name: "invert", kind: Kind::Bool },
                Parameter { name: "output_mode", kind: Kind::OneOf(&["int", "one_hot", "multi_hot", "count"]) },
                Parameter { name: "pad_to_max_tokens", kind: Kind::Bool },
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "StringLookup()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "TextVectorization",
            positional: &[],
            optional: &[
                Parameter { name: "max_tokens", kind: Kind::Count },
                Parameter {
                    name: "standardize",
                    kind: Kind::OneOf(&["lower_and_strip_punctuation", "lower", "strip_punctuation"]),
                },
                Parameter { name: "split", kind: Kind::OneOf(&["whitespace"]) },
            ],
            keywords: &[
                Parameter { name: "output_mode", kind: Kind::OneOf(&["int", "multi_hot", "count"]) },
                Parameter { name: "output_sequence_length", kind: Kind::Count },
                Parameter { name: "pad_to_max_tokens", kind: Kind::Bool },
                Parameter { name: "vocabulary", kind: Kind::Texts },
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "TextVectorization()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Normalization",
            positional: &[],
            optional: &[
                Parameter { name: "axis", kind: Kind::Axes },
                Parameter { name: "mean", kind: Kind::Numbers },
                Parameter { name: "variance", kind: Kind::Numbers },
                Parameter { name: "invert", kind: Kind::Bool },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Normalization()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Resizing",
            positional: &[
                Parameter { name: "height", kind: Kind::Count },
                Parameter { name: "width", kind: Kind::Count },
            ],
            optional: &[
                Parameter { name: "interpolation", kind: Kind::OneOf(INTERPOLATIONS) },
                Parameter { name: "crop_to_aspect_ratio", kind: Kind::Bool },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Resizing(224, 224)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "CenterCrop",
            positional: &[
                Parameter { name: "height", kind: Kind::Count },
                Parameter { name: "width", kind: Kind::Count },
            ],
            optional: &[],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "CenterCrop(224, 224)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "RandomFlip",
            positional: &[],
            optional: &[
                Parameter { name: "mode", kind: Kind::OneOf(&["horizontal", "vertical", "horizontal_and_vertical"]) },
                Parameter { name: "seed", kind: Kind::Natural },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "RandomFlip()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "RandomTranslation",
            positional: &[
                Parameter { name: "height_factor", kind: Kind::Numbers },
                Parameter { name: "width_factor", kind: Kind::Numbers },
            ],
            optional: &[
                Parameter { name: "fill_mode", kind: Kind::OneOf(FILL_MODES) },
                Parameter { name: "interpolation", kind: Kind::OneOf(&["nearest", "bilinear"]) },
                Parameter { name: "seed", kind: Kind::Natural },
                Parameter { name: "fill_value", kind: Kind::Number },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "RandomTranslation(0.1, 0.1)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "RandomRotation",
            positional: &[Parameter { name: "factor", kind: Kind::Numbers }],
            optional: &[
                Parameter { name: "fill_mode", kind: Kind::OneOf(FILL_MODES) },
                Parameter { name: "interpolation", kind: Kind::OneOf(&["nearest", "bilinear"]) },
                Parameter { name: "seed", kind: Kind::Natural },
                Parameter { name: "fill_value", kind: Kind::Number },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "RandomRotation(0.1)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "RandomZoom",
            positional: &[Parameter { name: "height_factor", kind: Kind::Numbers }],
            optional: &[
                Parameter { name: "width_factor", kind: Kind::Numbers },
                Parameter { name: "fill_mode", kind: Kind::OneOf(FILL_MODES) },
                Parameter { name: "interpolation", kind: Kind::OneOf(&["nearest", "bilinear"]) },
                Parameter { name: "seed", kind: Kind::Natural },
                Parameter { name: "fill_value", kind: Kind::Number },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "RandomZoom(0.2)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "RandomContrast",
            positional: &[Parameter { name: "factor", kind: Kind::Numbers }],
            optional: &[Parameter { name: "seed", kind: Kind::Natural }],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "RandomContrast(0.2)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "BatchNormalization",
            positional: &[],
            optional: &[
                Parameter { name: "axis", kind: Kind::Axes },
                Parameter { name: "momentum", kind: Kind::Number },
                Parameter { name: "epsilon", kind: Kind::Number },
                Parameter { name: "center", kind: Kind::Bool },
                Parameter { name: "scale", kind: Kind::Bool },
                Parameter { name: "beta_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "gamma_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "moving_mean_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "moving_variance_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "beta_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "gamma_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "beta_constraint", kind: Kind::Class(Family::Constraint) },
                Parameter { name: "gamma_constraint", kind: Kind::Class(Family::Constraint) },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "BatchNormalization()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "LayerNormalization",
            positional: &[],
            optional: &[
                Parameter { name: "axis", kind: Kind::Axes },
                Parameter { name: "epsilon", kind: Kind::Number },
                Parameter { name: "center", kind: Kind::Bool },
                Parameter { name: "scale", kind: Kind::Bool },
                Parameter { name: "beta_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "gamma_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "beta_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "gamma_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "beta_constraint", kind: Kind::Class(Family::Constraint) },
                Parameter { name: "gamma_constraint", kind: Kind::Class(Family::Constraint) },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "LayerNormalization()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Embedding",
            positional: &[
                Parameter { name: "input_dim", kind: Kind::Count },
                Parameter { name: "output_dim", kind: Kind::Count },
            ],
            optional: &[
                Parameter { name: "embeddings_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "embeddings_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "activity_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "embeddings_constraint", kind: Kind::Class(Family::Constraint) },
                Parameter { name: "mask_zero", kind: Kind::Bool },
                Parameter { name: "input_length", kind: Kind::Count },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Embedding(1000, 16)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Conv2D",
            positional: &[
                Parameter { name: "filters", kind: Kind::Count },
                Parameter { name: "kernel_size", kind: Kind::Window },
            ],
            optional: &[
                Parameter { name: "strides", kind: Kind::Window },
                Parameter { name: "padding", kind: Kind::OneOf(PADDINGS) },
                Parameter { name: "data_format", kind: Kind::OneOf(DATA_FORMATS) },
                Parameter { name: "dilation_rate", kind: Kind::Window },
                Parameter { name: "groups", kind: Kind::Count },
                Parameter { name: "activation", kind: Kind::OneOf(ACTIVATIONS) },
                Parameter { name: "use_bias", kind: Kind::Bool },
                Parameter { name: "kernel_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "bias_initializer", kind: Kind::Class(Family::Initializer) },
                Parameter { name: "kernel_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "bias_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "activity_regularizer", kind: Kind::Class(Family::Regularizer) },
                Parameter { name: "kernel_constraint", kind: Kind::Class(Family::Constraint) },
                Parameter { name: "bias_constraint", kind: Kind::Class(Family::Constraint) },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "Conv2D(32, 3)",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "GlobalAveragePooling2D",
            positional: &[],
            optional: &[
                Parameter { name: "data_format", kind: Kind::OneOf(DATA_FORMATS) },
                Parameter { name: "keepdims", kind: Kind::Bool },
            ],
            keywords: &[
                Parameter { name: "name", kind: Kind::Text },
                Parameter { name: "trainable", kind: Kind::Bool },
                Parameter { name: "dtype", kind: Kind::DType },
                Parameter { name: "input_shape", kind: Kind::Shape },
            ],
            example: "GlobalAveragePooling2D()",
        },
        fallible: false,
    },
    Layer {
        callee: Callee {
            name: "Concatenate",
            positional: &[],
            optional: &[Parameter { name: "axis", kind: Kind::Integer }],
            keywords: &[Parameter { name: "name", kind: Kind::Text }, Parameter { name: "dtype", kind: Kind::DType }],
            example: "Concatenate()",
        },
        fallible: false,
    },
];

/// The layer of that name.
pub(crate) fn find(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.callee.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        for (index, layer) in LAYERS.iter().enumerate() {
            let name = layer.callee.name;
            assert!(LAYERS[..index].iter().all(|earlier| earlier.callee.name != name), "{name} stands twice");
            let arguments: Vec<_> = layer.callee.arguments().collect();
            for (index, argument) in arguments.iter().enumerate() {
                assert!(!arguments[..index].contains(argument), "{name}: {argument} stands twice");
            }
        }
    }

    #[test]
    fn every_example_is_right() {
        for layer in LAYERS {
            let example = layer.callee.example;
            let expansion = crate::expand::model(example.parse().expect("tokens")).to_string();
            assert!(!expansion.contains("compile_error"), "{example}: {expansion}");
        }
    }
}
