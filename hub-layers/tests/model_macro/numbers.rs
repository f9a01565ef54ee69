//! Declared models predict what the same models predict that were built by hand: the same numbers, bit by bit.
//!
//! Weights come from initializers with seeds of their own, so that both have the same.

use hub_layers::constraints::MaxNorm;
use hub_layers::initializers::{Constant, GlorotUniform, Orthogonal, RandomNormal};
use hub_layers::regularizers::L2;
use hub_layers::{
    BatchNormalization, Concatenate, Conv2D, DType, Dense, Dropout, Embedding, Flatten, GlobalAveragePooling2D,
    InputLayer, KerasLayer, KerasTensor, LayerNormalization, Model, Nest, RandomFlip, Rescaling, Resizing, Result,
    Sequential, SharedLayer, StringLookup, Structure, Tensor, model,
};

fn fixture(name: &str) -> String {
    format!("{}/../fixtures/{name}/model", env!("CARGO_MANIFEST_DIR"))
}

/// Numbers that all differ.
fn numbers(shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    Tensor::new(shape, (0..count).map(|index| (index as f32 * 0.37).sin()).collect())
        .expect("as many as the shape says")
}

fn images() -> Tensor {
    numbers(&[2, 8, 8, 1])
}

/// Holds a declared `Sequential` against one built by hand.
#[track_caller]
fn same(declared: Result<Sequential>, built: Result<Sequential>, x: impl Into<Structure>) {
    same_models(declared.map(Model::from), built.map(Model::from), x.into());
}

/// Holds a declared model against one built by hand: names of layers, and what comes out.
#[track_caller]
fn same_models(declared: Result<Model>, built: Result<Model>, x: Structure) {
    let (declared, built) = (declared.expect("it is declared rightly"), built.expect("it is built rightly"));
    let outputs = declared.predict(x.clone()).expect("it predicts");
    assert_eq!(outputs, built.predict(x).expect("it predicts"));
    let names = |model: &Model| model.layers().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&declared), names(&built));
}

fn seeded(units: usize) -> Dense {
    Dense::new(units).kernel_initializer(GlorotUniform::new().seed(7))
}

#[test]
fn a_list_with_a_loaded_model() {
    let handle = fixture("digits_features");
    same(
        model!(< KerasLayer(handle.as_str()), Dropout(0.2), Dense(10, kernel_initializer = GlorotUniform(seed = 7)) >),
        Sequential::new()
            .add(KerasLayer::new(&handle).expect("it loads"))
            .add(Dropout::new(0.2))
            .add(seeded(10))
            .build(),
        images(),
    );
}

#[test]
fn arguments_by_position_in_the_order_of_keras() {
    same(
        model!(< Flatten(), Dense(4, "relu", false, GlorotUniform(7)), Rescaling(2.0, -1.0) >),
        Sequential::new()
            .add(Flatten::new())
            .add(seeded(4).activation("relu").use_bias(false))
            .add(Rescaling::new(2.0).offset(-1.0))
            .build(),
        images(),
    );
}

#[test]
fn classes_among_the_arguments() {
    same(
        model!(<
            Dense(
                4,
                kernel_initializer = RandomNormal(stddev = 0.5, seed = 3),
                bias_initializer = Constant(0.25),
                kernel_regularizer = L2(1e-4),
                kernel_constraint = MaxNorm(2.0, axis = 0),
            ),
            Dense(2, kernel_initializer = Orthogonal(seed = 1), bias_initializer = Zeros()),
        >),
        Sequential::new()
            .add(
                Dense::new(4)
                    .kernel_initializer(RandomNormal::new().stddev(0.5).seed(3))
                    .bias_initializer(Constant::new(0.25))
                    .kernel_regularizer(L2::new(1e-4))
                    .kernel_constraint(MaxNorm::new().max_value(2.0).axis(0)),
            )
            .add(Dense::new(2).kernel_initializer(Orthogonal::new().seed(1)).bias_initializer("zeros"))
            .build(),
        numbers(&[3, 5]),
    );
}

#[test]
fn classes_by_path_are_rusts() {
    same(
        model!(< Dense(4, kernel_initializer = GlorotUniform::new().seed(7)) >),
        Sequential::new().add(seeded(4)).build(),
        numbers(&[3, 5]),
    );
}

#[test]
fn element_types_by_their_names() {
    let declared = model!(< Dense(4, kernel_initializer = GlorotUniform(seed = 7), dtype = "float64") >);
    let x = Tensor::new(&[1, 2], vec![0.5_f64, -0.25]).expect("two numbers");
    same(declared, Sequential::new().add(seeded(4).dtype(DType::F64)).build(), x);
}

#[test]
fn names_before_layers() {
    let declared = model!(< Flatten(), head = Dense(4, kernel_initializer = GlorotUniform(seed = 7)) >);
    same(declared, Sequential::new().add(Flatten::new()).add(seeded(4).name("head")).build(), images());
}

#[test]
fn images_through_convolutions() {
    same(
        model!(<
            InputLayer([8, 8, 1]),
            Resizing(12, 12, "nearest"),
            Conv2D(4, [3, 5], strides = 2, padding = "same", kernel_initializer = GlorotUniform(seed = 7)),
            BatchNormalization(),
            RandomFlip("horizontal"),
            GlobalAveragePooling2D(),
            LayerNormalization(epsilon = 1e-5),
        >),
        Sequential::new()
            .add(InputLayer::new([8, 8, 1]))
            .add(Resizing::new(12, 12).interpolation("nearest"))
            .add(Conv2D::new(4, [3, 5]).strides(2).padding("same").kernel_initializer(GlorotUniform::new().seed(7)))
            .add(BatchNormalization::new())
            .add(RandomFlip::new().mode("horizontal"))
            .add(GlobalAveragePooling2D::new())
            .add(LayerNormalization::new().epsilon(1e-5))
            .build(),
        images(),
    );
}

#[test]
fn words_and_their_vectors() {
    let words = ["one", "two"];
    same(
        model!(< StringLookup(vocabulary = words), Embedding(4, 3, embeddings_initializer = RandomNormal(seed = 2)) >),
        Sequential::new()
            .add(StringLookup::new().vocabulary(words))
            .add(Embedding::new(4, 3).embeddings_initializer(RandomNormal::new().seed(2)))
            .build(),
        Tensor::from(["two", "three", "one", "two"]).reshape(&[2, 2]).expect("as many"),
    );
}

#[test]
fn a_spread_of_layers_of_one_kind() {
    let hidden = || (1..4).map(|width| seeded(width * 2));
    same(
        model!(< Flatten(), ..hidden(), Dense(1, kernel_initializer = GlorotUniform(seed = 7)) >),
        Sequential::new().add(Flatten::new()).add(seeded(2)).add(seeded(4)).add(seeded(6)).add(seeded(1)).build(),
        images(),
    );
}

#[test]
fn a_spread_of_layers_of_several_kinds() {
    let head: Vec<SharedLayer> = vec![Flatten::new().into(), seeded(3).into()];
    same(
        model!(< Rescaling(0.5), ..head, >),
        Sequential::new().add(Rescaling::new(0.5)).add(Flatten::new()).add(seeded(3)).build(),
        images(),
    );
}

#[test]
fn conditions_take_layers_or_leave_them() {
    for (deep, rate) in [(true, Some(0.5)), (true, None), (false, Some(0.1)), (false, None)] {
        let declared = model!(<
            if deep { Flatten(), Dense(8, kernel_initializer = GlorotUniform(seed = 7)) } else { Flatten() },
            if let Some(rate) = rate { Dropout(rate) },
            if !deep && rate.is_none() { Rescaling(2.0) } else if deep { Rescaling(3.0) },
        >);
        let mut built = Sequential::new().add(Flatten::new());
        if deep {
            built = built.add(seeded(8));
        }
        if let Some(rate) = rate {
            built = built.add(Dropout::new(rate));
        }
        if !deep && rate.is_none() {
            built = built.add(Rescaling::new(2.0));
        } else if deep {
            built = built.add(Rescaling::new(3.0));
        }
        same(declared, built.build(), images());
    }
}

#[test]
fn conditions_with_loaded_models() {
    let build = |handle: Option<&str>| {
        model!(<
            if let Some(handle) = handle { KerasLayer(handle), Dense(2, kernel_initializer = GlorotUniform(seed = 7)) },
            Flatten(),
        >)
    };
    let handle = fixture("digits_features");
    let loaded = KerasLayer::new(&handle).expect("it loads");
    same(build(Some(&handle)), Sequential::new().add(loaded).add(seeded(2)).add(Flatten::new()).build(), images());
    same(build(None), Sequential::new().add(Flatten::new()).build(), images());
    assert!(build(Some("no/such/model")).is_err());
}

#[test]
fn a_graph_of_one_input_and_output() {
    let declared = model! {
        input x: f32[batch, 3];
        let hidden = Dense(4, "relu", kernel_initializer = GlorotUniform(seed = 7))(x);
        output Dense(2, kernel_initializer = GlorotUniform(seed = 7))(Dropout(0.1)(hidden));
    };
    let x = KerasTensor::input(InputLayer::new([3]).name("x"));
    let y = x.then(seeded(4).activation("relu")).then(Dropout::new(0.1)).then(seeded(2));
    same_models(declared, Model::new(x, y).build(), numbers(&[5, 3]).into());
}

#[test]
fn a_graph_of_several_inputs_and_outputs() {
    let declared = model! {
        input left: f32[batch, 3];
        input right: f32[batch, 2];
        let both = Concatenate()([left, right]);
        let logits = Dense(2, kernel_initializer = GlorotUniform(seed = 7))(both);
        output { logits, joined: both, left }
    };
    let inputs = [("left", 3), ("right", 2)];
    let [left, right] = inputs.map(|(name, size)| KerasTensor::input(InputLayer::new([size]).name(name)));
    let both = KerasTensor::list([left.clone(), right.clone()]).then(Concatenate::new());
    let outputs = [("logits", both.then(seeded(2))), ("joined", both.clone()), ("left", left.clone())];
    let built = Model::new(KerasTensor::dict([("left", left), ("right", right)]), KerasTensor::dict(outputs));
    let x = Structure::Dict(
        [("left", numbers(&[4, 3])), ("right", numbers(&[4, 2]))].map(|(key, x)| (key.to_owned(), x.into())).into(),
    );
    same_models(declared, built.build(), x);
}

#[test]
fn a_graph_that_applies_a_layer_twice() {
    let declared = model! {
        input left: f32[batch, 3];
        input right: f32[batch, 3];
        let tower = Dense(4, kernel_initializer = GlorotUniform(seed = 7));
        output [tower(left), tower(right), Flatten()(tower(right))]
    };
    let declared = declared.expect("it is declared rightly");
    assert_eq!(declared.layers().map(|(name, _)| name).collect::<Vec<_>>(), ["tower", "flatten"]);
    let [left, right] = ["left", "right"].map(|name| KerasTensor::input(InputLayer::new([3]).name(name)));
    let tower = SharedLayer::from(seeded(4).name("tower"));
    let right_tower = right.then(&tower);
    let outputs = KerasTensor::list([left.then(&tower), right_tower.clone(), right_tower.then(Flatten::new())]);
    let built = Model::new(KerasTensor::dict([("left", left), ("right", right)]), outputs).build();
    let x = Structure::Dict(
        [("left", numbers(&[4, 3])), ("right", numbers(&[4, 3]))].map(|(key, x)| (key.to_owned(), x.into())).into(),
    );
    same_models(Ok(declared), built, x);
}

#[test]
fn a_graph_over_a_loaded_model_with_outputs_by_key() {
    let handle = fixture("affine");
    let declared = model! {
        input x1: f32[batch, 3];
        input x2: f32[batch, 3];
        let both = KerasLayer(&handle, signature = "sig", signature_outputs_as_dict = true)({ x1, x2 });
        output { sum: both["y"], product: Dense(2, kernel_initializer = GlorotUniform(seed = 7))(both["z"]) }
    };
    let [x1, x2] = ["x1", "x2"].map(|name| KerasTensor::input(InputLayer::new([3]).name(name)));
    let layer = KerasLayer::new(&handle).expect("it loads").signature("sig").signature_outputs_as_dict(true);
    let inputs = KerasTensor::dict([("x1", x1), ("x2", x2)]);
    let both = inputs.then(layer);
    let outputs = KerasTensor::dict([("sum", both.key("y")), ("product", both.key("z").then(seeded(2)))]);
    let x: [(String, Structure); 2] = ["x1", "x2"].map(|key| (key.to_owned(), numbers(&[4, 3]).into()));
    same_models(declared, Model::new(inputs, outputs).build(), Nest::Dict(x.into()));
}

#[test]
fn a_graph_with_conditions() {
    for deep in [true, false] {
        let handle = fixture("affine");
        let declared = model! {
            input x: f32[batch, 3];
            let y = if deep { KerasLayer(handle)(Rescaling(2.0)(x)) } else { x };
            let z = if deep { y } else if x_is_enough(&y_names()) { Dense(2, kernel_initializer = GlorotUniform(seed = 7))(y) } else { y };
            output z
        };
        let x = KerasTensor::input(InputLayer::new([3]).name("x"));
        let z = match deep {
            true => x.then(Rescaling::new(2.0)).then(KerasLayer::new(fixture("affine")).expect("it loads")),
            false => x.then(seeded(2)),
        };
        same_models(declared, Model::new(x, z).build(), numbers(&[5, 3]).into());
    }
}

fn y_names() -> [&'static str; 1] {
    ["y"]
}

fn x_is_enough(names: &[&str]) -> bool {
    names.len() == 1
}

#[test]
fn a_graph_of_strings_and_sizes_from_outside() {
    const SIZE: usize = 2;
    let words = ["one", "two"];
    let declared = model! {
        input words: String[batch, SIZE];
        input rows: f64[batch, _, 1 + 1];
        output { numbers: StringLookup(vocabulary = words)(words), rows: Flatten(dtype = "float64")(rows) }
    };
    let rows_in = KerasTensor::input(InputLayer::new([None, Some(2)]).dtype(DType::F64).name("rows"));
    let words_in = KerasTensor::input(InputLayer::new([2]).dtype(DType::String).name("words"));
    let lookup = words_in.then(StringLookup::new().vocabulary(words));
    let outputs = KerasTensor::dict([("numbers", lookup), ("rows", rows_in.then(Flatten::new().dtype(DType::F64)))]);
    let built = Model::new(KerasTensor::dict([("rows", rows_in), ("words", words_in)]), outputs).build();
    let texts = Tensor::from(["two", "three"]).reshape(&[1, 2]).expect("as many");
    let rows = Tensor::new(&[1, 1, 2], vec![0.5_f64, 0.25]).expect("two numbers");
    let x = Structure::Dict([("words", texts), ("rows", rows)].map(|(key, x)| (key.to_owned(), x.into())).into());
    same_models(declared, built, x);
}

#[test]
fn what_the_user_names_as_the_macro_does_is_the_users() {
    let (layer, sequential, error, tensor_x, called_1) = (4, 2.0, 7, "relu", "y");
    let declared = model! {
        input x: f32[batch, 3];
        let layer = Rescaling(sequential)(x);
        let error = Dense(layer, tensor_x, kernel_initializer = GlorotUniform(seed = error), name = called_1)(layer);
        output error
    };
    let x = KerasTensor::input(InputLayer::new([3]).name("x"));
    let y = x.then(Rescaling::new(2.0)).then(seeded(4).activation("relu").name("y"));
    same_models(declared, Model::new(x, y).build(), numbers(&[5, 3]).into());
}

#[test]
fn a_question_mark_in_a_graph_acts_on_the_function_around() {
    fn build(units: &str) -> Result<Model, Box<dyn std::error::Error>> {
        Ok(model! { input x: f32[batch, 3]; let y = Dense(units.parse()?)(x); output y }?)
    }
    assert_eq!(build("4").expect("a number").layers().count(), 1);
    assert!(build("many").is_err_and(|error| error.is::<std::num::ParseIntError>()));
}
