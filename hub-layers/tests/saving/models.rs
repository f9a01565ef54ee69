//! Models of all kinds, each with data that it takes and labels that it can be trained on.

use hub_core::{DType, Nest, Structure, Tensor, Value};
use hub_layers::layers::*;
use hub_layers::optimizers::SGD;
use hub_layers::regularizers::{L1L2, L2};
use hub_layers::{Compile, Dataset, KerasTensor, Model, Sequential, SequentialBuilder, SharedLayer};

/// A model, compiled, with data.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) model: Model,
    pub(crate) x: Structure,
    pub(crate) y: Structure,
    /// Whether nothing in a step rests on chance.
    pub(crate) exact: bool,
}

pub(crate) const NAMES: [&str; 32] = [
    "dense",
    "frozen_module",
    "trained_module",
    "text",
    "two_inputs",
    "dict_inputs",
    "dict_outputs",
    "tuple_outputs",
    "batch_norm",
    "regularised",
    "float64",
    "dropout",
    "embedding",
    "convolution",
    "layer_norm",
    "shared_layer",
    "two_layers_one_module",
    "signature",
    "keras_module",
    "built_by_data",
    "module_alone",
    "partly_frozen",
    "two_dropouts",
    "words_one_hot",
    "words_as_numbers",
    "words_counted",
    "texts_as_numbers",
    "texts_counted",
    "texts_adapted",
    "normalised",
    "resized",
    "random_images",
];

/// A rate that is the same number in every type: Keras keeps it in float32.
pub(crate) const RATE: f64 = 0.125;

/// The sample of a name.
pub(crate) fn sample(name: &'static str) -> Sample {
    let (model, x, y) = parts(name);
    let mut model = model;
    // What is built by its data needs some first.
    model.predict(x.clone()).unwrap();
    model.compile(Compile::new(SGD::new(RATE), "mse")).unwrap();
    Sample { name, model, x, y, exact: !name.contains("dropout") && !name.contains("random") }
}

fn parts(name: &str) -> (Model, Structure, Structure) {
    let dense = |units| Dense::new(units).activation("tanh");
    let module = |fixture: &str| KerasLayer::new(hub_fixtures::model(fixture)).unwrap();
    match name {
        "dense" => one(sequential().add(InputLayer::new([3])).add(dense(4)).add(Dense::new(2)), x3(), y2()),
        "frozen_module" => one(sequential().add(module("digits_features")).add(Dense::new(2)), images(), y2()),
        "trained_module" => {
            one(sequential().add(module("digits_features").trainable(true)).add(Dense::new(2)), images(), y2())
        }
        "text" => one(sequential().add(module("tables").output_shape([2])).add(Dense::new(2)), words(), y2()),
        "two_inputs" => {
            let [a, b] = ["a", "b"].map(|name| KerasTensor::input(InputLayer::new([3]).name(name)));
            let joined = KerasTensor::list([a.then(dense(2)), b.clone()]).then(Concatenate::new());
            let outputs = KerasTensor::list([joined.then(Dense::new(2)), joined.then(Dense::new(1))]);
            let model = Model::new(KerasTensor::list([a, b]), outputs).seed(1).build().unwrap();
            (model, Nest::List(vec![x3(), scaled(x3())]), Nest::List(vec![y2(), y1()]))
        }
        "dict_inputs" => {
            let [a, b] = ["a", "b"].map(|name| KerasTensor::input(InputLayer::new([3]).name(name)));
            let joined = KerasTensor::list([b.then(dense(2)), a.clone()]).then(Concatenate::new());
            let outputs = joined.then(Dense::new(2));
            let model = Model::new(KerasTensor::dict([("b", b), ("a", a)]), outputs).seed(1).build().unwrap();
            (model, dict([("a", x3()), ("b", scaled(x3()))]), y2())
        }
        "dict_outputs" => {
            let x = KerasTensor::input(InputLayer::new([3]).name("x"));
            let hidden = x.then(dense(3));
            let outputs =
                KerasTensor::dict([("price", hidden.then(Dense::new(1))), ("class", hidden.then(Dense::new(2)))]);
            (Model::new(x, outputs).seed(1).build().unwrap(), x3(), dict([("price", y1()), ("class", y2())]))
        }
        "tuple_outputs" => {
            let x = KerasTensor::input(InputLayer::new([3]).name("x"));
            let outputs = KerasTensor::list([x.then(Dense::new(2)), x.clone()]);
            (Model::new(x, outputs).seed(1).build().unwrap(), x3(), Nest::List(vec![y2(), x3()]))
        }
        "batch_norm" => {
            let normal = BatchNormalization::new().momentum(0.5);
            one(sequential().add(InputLayer::new([3])).add(dense(4)).add(normal).add(Dense::new(2)), x3(), y2())
        }
        "regularised" => {
            let first = dense(4).kernel_regularizer(L1L2::new(0.01, 0.02)).bias_regularizer(L2::new(0.1));
            let last = Dense::new(2).kernel_regularizer(L2::new(0.05));
            one(sequential().add(InputLayer::new([3])).add(first).add(last), x3(), y2())
        }
        "float64" => {
            let first = Dense::new(4).activation("tanh").dtype(DType::F64).kernel_regularizer(L2::new(0.1));
            let layers = sequential().add(InputLayer::new([3]).dtype(DType::F64)).add(first);
            let model = layers.add(Dense::new(2).dtype(DType::F64));
            one(model, matrix64(3), matrix64(2))
        }
        "dropout" => one(
            sequential().add(InputLayer::new([3])).add(dense(8)).add(Dropout::new(0.5)).add(Dense::new(2)),
            x3(),
            y2(),
        ),
        "embedding" => {
            let numbers = Tensor::new(&[4, 2], vec![0_i32, 3, 1, 1, 2, 4, 0, 0]).unwrap();
            let input = InputLayer::new([2]).dtype(DType::I32);
            let model = sequential().add(input).add(Embedding::new(5, 3)).add(Flatten::new()).add(Dense::new(2));
            one(model, numbers.into(), y2())
        }
        "convolution" => {
            let model = sequential().add(InputLayer::new([8, 8, 1])).add(Rescaling::new(0.5));
            let model = model.add(Conv2D::new(3, 3).activation("relu").padding("same"));
            let model = model.add(BatchNormalization::new()).add(GlobalAveragePooling2D::new());
            one(model.add(Dense::new(2)), images(), y2())
        }
        "layer_norm" => {
            let model =
                sequential().add(InputLayer::new([3])).add(LayerNormalization::new()).add(Activation::new("relu"));
            one(model.add(Dense::new(2)), x3(), y2())
        }
        "shared_layer" => {
            let x = KerasTensor::input(InputLayer::new([3]).name("x"));
            let shared = SharedLayer::from(Dense::new(3).activation("tanh"));
            let twice = x.then(&shared).then(&shared);
            let model = Model::new(x, twice.then(Dense::new(2))).seed(1).build().unwrap();
            (model, x3(), y2())
        }
        "two_layers_one_module" => {
            let loaded = hub_core::load(&hub_fixtures::model("keras_mlp")).unwrap();
            let x = KerasTensor::input(InputLayer::new([4]).name("x"));
            let layer = || KerasLayer::new(&loaded).unwrap().trainable(true);
            let joined = KerasTensor::list([x.then(layer()), x.then(layer())]).then(Concatenate::new());
            let model = Model::new(x, joined.then(Dense::new(2))).seed(1).build().unwrap();
            (model, x4(), y2())
        }
        "signature" => {
            let layer = module("affine").signature("serving_default").output_key("output_0");
            one(sequential().add(layer).add(Dense::new(2)), x3(), y2())
        }
        "keras_module" => {
            let layer = module("keras_mlp").trainable(true);
            one(sequential().add(layer).add(Dense::new(2)), x4(), y2())
        }
        "built_by_data" => one(sequential().add(dense(4)).add(Dense::new(2)), x3(), y2()),
        "module_alone" => one(sequential().add(module("digits_features").trainable(true)), images(), matrix(32, 0.3)),
        "partly_frozen" => {
            let layers = sequential().add(InputLayer::new([3])).add(dense(4).trainable(false));
            let normal = BatchNormalization::new().trainable(false);
            one(layers.add(normal).add(Dense::new(2)), x3(), y2())
        }
        "two_dropouts" => {
            // The second branch is connected first.
            let x = KerasTensor::input(InputLayer::new([3]).name("x"));
            let [one, two] = [dense(4), dense(5)].map(|layer| x.then(layer));
            let second = two.then(Dropout::new(0.3)).then(Dense::new(2));
            let joined = KerasTensor::list([second, one.then(Dropout::new(0.5))]).then(Concatenate::new());
            (Model::new(x, joined.then(Dense::new(2))).seed(3).build().unwrap(), x3(), y2())
        }
        "words_one_hot" => {
            let lookup = StringLookup::new().vocabulary(["fox", "quick", "the"]).output_mode("one_hot");
            one(
                sequential().add(InputLayer::new([0_usize; 0]).dtype(DType::String)).add(lookup).add(Dense::new(2)),
                words(),
                y2(),
            )
        }
        "words_as_numbers" => {
            let lookup = StringLookup::new().vocabulary(["b", "a", "c"]).num_oov_indices(3).mask_token("");
            let model = sequential().add(InputLayer::new([2]).dtype(DType::String)).add(lookup);
            one(model.add(Embedding::new(7, 3)).add(Flatten::new()).add(Dense::new(2)), pairs_of_words(), y2())
        }
        "words_counted" => {
            let lookup = StringLookup::new().vocabulary(["b", "a"]).output_mode("count").max_tokens(6);
            let model = sequential().add(InputLayer::new([2]).dtype(DType::String));
            one(model.add(lookup.pad_to_max_tokens(true)).add(Dense::new(2)), pairs_of_words(), y2())
        }
        "texts_as_numbers" => {
            let vectorization = TextVectorization::new().vocabulary(["good", "bad"]).output_sequence_length(3);
            let model = sequential().add(InputLayer::new([1]).dtype(DType::String)).add(vectorization);
            one(model.add(Embedding::new(4, 3)).add(Flatten::new()).add(Dense::new(2)), texts(), y2())
        }
        "texts_counted" => {
            let vectorization = TextVectorization::new().vocabulary(["good", "bad"]).output_mode("count");
            let model = sequential().add(InputLayer::new([1]).dtype(DType::String));
            one(model.add(vectorization.standardize("lower")).add(Dense::new(2)), texts(), y2())
        }
        "texts_adapted" => {
            let data = Dataset::from_tensor_slices(texts()).unwrap().batch(3);
            let vectorization = TextVectorization::new().output_mode("multi_hot").max_tokens(5).adapt(&data).unwrap();
            let model = sequential().add(InputLayer::new([1]).dtype(DType::String)).add(vectorization);
            one(model.add(Dense::new(2)), texts(), y2())
        }
        "normalised" => {
            let normal = Normalization::new().mean([0.5, -1.0, 2.0]).variance([2.0, 0.5, 1.0]);
            one(sequential().add(InputLayer::new([3])).add(normal).add(Dense::new(2)), x3(), y2())
        }
        "resized" => {
            let model =
                sequential().add(InputLayer::new([8, 8, 1])).add(Resizing::new(6, 5)).add(CenterCrop::new(4, 3));
            one(model.add(Flatten::new()).add(Dense::new(2)), images(), y2())
        }
        "random_images" => {
            let model = sequential().add(InputLayer::new([8, 8, 1])).add(RandomFlip::new());
            let model = model.add(RandomRotation::new(0.1)).add(RandomTranslation::new(0.1, 0.2));
            let model = model.add(RandomZoom::new(0.2)).add(RandomContrast::new(0.3));
            one(model.add(Flatten::new()).add(Dense::new(2)), images(), y2())
        }
        other => panic!("{other} is no sample"),
    }
}

fn sequential() -> SequentialBuilder {
    Sequential::new().seed(1)
}

fn one(model: SequentialBuilder, x: Structure, y: Structure) -> (Model, Structure, Structure) {
    (model.build().unwrap().into(), x, y)
}

fn dict<const N: usize>(entries: [(&str, Structure); N]) -> Structure {
    Nest::Dict(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Numbers that look like nothing in particular.
fn numbers(count: usize, phase: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |index| (index as f64 * 1.3 + phase).sin())
}

fn matrix(columns: usize, phase: f64) -> Structure {
    let values = numbers(4 * columns, phase).map(|value| value as f32).collect();
    Tensor::new(&[4, columns], values).unwrap().into()
}

fn matrix64(columns: usize) -> Structure {
    Tensor::new(&[4, columns], numbers(4 * columns, 0.1).collect()).unwrap().into()
}

fn x3() -> Structure {
    matrix(3, 0.0)
}

fn x4() -> Structure {
    matrix(4, 0.6)
}

fn scaled(x: Structure) -> Structure {
    let halved = |value: &Value| {
        let Value::Tensor(tensor) = value else { panic!("a tensor") };
        let values = tensor.as_slice::<f32>()?.iter().map(|value| value * 0.5).collect();
        Ok::<_, hub_core::Error>(Value::Tensor(Tensor::new(tensor.shape(), values)?))
    };
    x.try_map(&mut { halved }).unwrap()
}

fn y2() -> Structure {
    matrix(2, 0.4)
}

fn y1() -> Structure {
    matrix(1, 0.9)
}

fn images() -> Structure {
    let values = numbers(4 * 64, 0.2).map(|value| value.abs() as f32).collect();
    Tensor::new(&[4, 8, 8, 1], values).unwrap().into()
}

fn words() -> Structure {
    Tensor::from(["fox", "the", "unknown", "quick"]).into()
}

fn pairs_of_words() -> Structure {
    let words = ["a", "b", "", "c", "unknown", "a", "another", "b"].map(|word| word.as_bytes().to_vec());
    Tensor::strings(&[4, 2], words).unwrap().into()
}

fn texts() -> Structure {
    let texts = ["Good, good!", "so bad it is good", "", "näher -- BAD"].map(|text| text.as_bytes().to_vec());
    Tensor::strings(&[4, 1], texts).unwrap().into()
}
