//! The table of the layers that `model!` knows by their bare name.
//!
//! [`check`](crate::check) asks it what a layer takes, [`expand`](crate::expand) whether its constructor can fail. A
//! test in hub-layers holds it against the builders, so a new layer or setter is one line here and one there. Layers
//! that are written by path are not in it: of those the compiler knows everything.

/// What the macro knows of one layer.
pub(crate) struct Layer {
    /// Its name, in the list as in hub-layers.
    pub(crate) name: &'static str,
    /// The arguments of its `new`, all of them required; the list may give them by keyword too.
    pub(crate) positional: &'static [&'static str],
    /// Its setters.
    pub(crate) keywords: &'static [&'static str],
    /// Whether its `new` returns a `Result`.
    pub(crate) fallible: bool,
    /// The shortest right way to write it, quoted in diagnostics.
    pub(crate) example: &'static str,
}

impl Layer {
    /// All argument names, in the order in which they are listed to the user.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &'static str> {
        self.positional.iter().chain(self.keywords).copied()
    }
}

/// Every layer of hub-layers.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        name: "KerasLayer",
        positional: &["handle"],
        keywords: &[
            "trainable",
            "arguments",
            "signature",
            "output_key",
            "signature_outputs_as_dict",
            "output_shape",
            "tags",
            "load_options",
            "name",
            "dtype",
            "input_shape",
        ],
        fallible: true,
        example: "KerasLayer(handle)",
    },
    Layer {
        name: "Dense",
        positional: &["units"],
        keywords: &[
            "activation",
            "use_bias",
            "kernel_initializer",
            "bias_initializer",
            "kernel_regularizer",
            "bias_regularizer",
            "activity_regularizer",
            "kernel_constraint",
            "bias_constraint",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "Dense(10)",
    },
    Layer {
        name: "Dropout",
        positional: &["rate"],
        keywords: &["seed", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "Dropout(0.2)",
    },
    Layer {
        name: "Flatten",
        positional: &[],
        keywords: &["data_format", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "Flatten()",
    },
    Layer {
        name: "Activation",
        positional: &["activation"],
        keywords: &["name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "Activation(\"relu\")",
    },
    Layer {
        name: "InputLayer",
        positional: &["shape"],
        keywords: &["dtype", "name"],
        fallible: false,
        example: "InputLayer([28, 28, 1])",
    },
    Layer {
        name: "Rescaling",
        positional: &["scale"],
        keywords: &["offset", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "Rescaling(1.0 / 255.0)",
    },
    Layer {
        name: "StringLookup",
        positional: &[],
        keywords: &[
            "max_tokens",
            "num_oov_indices",
            "mask_token",
            "oov_token",
            "vocabulary",
            "invert",
            "output_mode",
            "pad_to_max_tokens",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "StringLookup()",
    },
    Layer {
        name: "TextVectorization",
        positional: &[],
        keywords: &[
            "max_tokens",
            "standardize",
            "split",
            "output_mode",
            "output_sequence_length",
            "pad_to_max_tokens",
            "vocabulary",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "TextVectorization()",
    },
    Layer {
        name: "Normalization",
        positional: &[],
        keywords: &["axis", "mean", "variance", "invert", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "Normalization()",
    },
    Layer {
        name: "Resizing",
        positional: &["height", "width"],
        keywords: &["interpolation", "crop_to_aspect_ratio", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "Resizing(224, 224)",
    },
    Layer {
        name: "CenterCrop",
        positional: &["height", "width"],
        keywords: &["name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "CenterCrop(224, 224)",
    },
    Layer {
        name: "RandomFlip",
        positional: &[],
        keywords: &["mode", "seed", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "RandomFlip()",
    },
    Layer {
        name: "RandomTranslation",
        positional: &["height_factor", "width_factor"],
        keywords: &["fill_mode", "interpolation", "fill_value", "seed", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "RandomTranslation(0.1, 0.1)",
    },
    Layer {
        name: "RandomRotation",
        positional: &["factor"],
        keywords: &["fill_mode", "interpolation", "fill_value", "seed", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "RandomRotation(0.1)",
    },
    Layer {
        name: "RandomZoom",
        positional: &["height_factor"],
        keywords: &[
            "width_factor",
            "fill_mode",
            "interpolation",
            "fill_value",
            "seed",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "RandomZoom(0.2)",
    },
    Layer {
        name: "RandomContrast",
        positional: &["factor"],
        keywords: &["seed", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "RandomContrast(0.2)",
    },
    Layer {
        name: "BatchNormalization",
        positional: &[],
        keywords: &[
            "axis",
            "momentum",
            "epsilon",
            "center",
            "scale",
            "beta_initializer",
            "gamma_initializer",
            "moving_mean_initializer",
            "moving_variance_initializer",
            "beta_regularizer",
            "gamma_regularizer",
            "beta_constraint",
            "gamma_constraint",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "BatchNormalization()",
    },
    Layer {
        name: "LayerNormalization",
        positional: &[],
        keywords: &[
            "axis",
            "epsilon",
            "center",
            "scale",
            "beta_initializer",
            "gamma_initializer",
            "beta_regularizer",
            "gamma_regularizer",
            "beta_constraint",
            "gamma_constraint",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "LayerNormalization()",
    },
    Layer {
        name: "Embedding",
        positional: &["input_dim", "output_dim"],
        keywords: &[
            "embeddings_initializer",
            "embeddings_regularizer",
            "activity_regularizer",
            "embeddings_constraint",
            "mask_zero",
            "input_length",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "Embedding(1000, 16)",
    },
    Layer {
        name: "Conv2D",
        positional: &["filters", "kernel_size"],
        keywords: &[
            "strides",
            "padding",
            "data_format",
            "dilation_rate",
            "groups",
            "activation",
            "use_bias",
            "kernel_initializer",
            "bias_initializer",
            "kernel_regularizer",
            "bias_regularizer",
            "activity_regularizer",
            "kernel_constraint",
            "bias_constraint",
            "name",
            "trainable",
            "dtype",
            "input_shape",
        ],
        fallible: false,
        example: "Conv2D(32, 3)",
    },
    Layer {
        name: "GlobalAveragePooling2D",
        positional: &[],
        keywords: &["data_format", "keepdims", "name", "trainable", "dtype", "input_shape"],
        fallible: false,
        example: "GlobalAveragePooling2D()",
    },
    Layer {
        name: "Concatenate",
        positional: &[],
        keywords: &["axis", "name", "dtype"],
        fallible: false,
        example: "Concatenate()",
    },
];

/// The layer of that name.
pub(crate) fn find(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        for (index, layer) in LAYERS.iter().enumerate() {
            assert!(LAYERS[..index].iter().all(|earlier| earlier.name != layer.name), "{} stands twice", layer.name);
            let arguments: Vec<_> = layer.arguments().collect();
            for (index, argument) in arguments.iter().enumerate() {
                assert!(!arguments[..index].contains(argument), "{}: {argument} stands twice", layer.name);
            }
        }
    }

    #[test]
    fn every_example_is_right() {
        for layer in LAYERS {
            let expansion = crate::expand::model(layer.example.parse().expect("tokens")).to_string();
            assert!(!expansion.contains("compile_error"), "{}: {expansion}", layer.example);
        }
    }
}
