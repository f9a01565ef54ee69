//! Sequential models: building early and late, predicting in batches, summaries, errors, threads.

mod golden;

use golden::fixture;
use hub_core::{Nest, Structure};
use hub_layers::initializers::{Constant, GlorotUniform};
use hub_layers::{
    Activation, DType, Dense, Dropout, Error, Flatten, InputLayer, KerasLayer, Predict, Rescaling, Sequential, Tensor,
};

/// `rows` examples of `features` different numbers each.
fn examples(rows: usize, features: usize) -> Tensor {
    let values = (0..rows * features).map(|index| ((index * 37) % 101) as f32 / 50.0 - 1.0).collect();
    Tensor::new(&[rows, features], values).unwrap()
}

fn small() -> Sequential {
    Sequential::new().seed(3).add(Dense::new(4).activation("tanh")).add(Dense::new(2)).build().unwrap()
}

#[test]
fn predicting_types_are_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Sequential>();
    shared::<KerasLayer>();
    shared::<Error>();
}

#[test]
fn batches_give_what_the_whole_gives() {
    let model = small();
    let x = examples(10, 3);
    let whole = model.predict_with(&x, Predict::new().batch_size(0)).unwrap();
    assert_eq!(whole.tensor().unwrap().shape(), [10, 2]);
    for size in [1, 3, 5, 10, 11, 32] {
        let parts = model.predict_with(&x, Predict::new().batch_size(size)).unwrap();
        golden::assert_nest_close(&format!("batches of {size}"), &parts, &whole);
    }
    golden::assert_nest_close("default", &model.predict(&x).unwrap(), &whole);
}

#[test]
fn no_examples_give_no_rows() {
    let model = small();
    assert_eq!(model.predict(examples(0, 3)).unwrap().tensor().unwrap().shape(), [0, 2]);
    assert_eq!(model.predict(examples(1, 3)).unwrap().tensor().unwrap().shape(), [1, 2]);
}

#[test]
fn no_examples_pass_through_a_loaded_model() {
    let layer = KerasLayer::new(fixture("digits_features/model")).unwrap();
    let model = Sequential::new().add(layer).add(Dense::new(10).activation("softmax")).build().unwrap();
    let none = Tensor::new(&[0, 8, 8, 1], Vec::<f32>::new()).unwrap();
    assert_eq!(model.predict(none).unwrap().tensor().unwrap().shape(), [0, 10]);
    let other = Tensor::new(&[0, 9, 8, 1], Vec::<f32>::new()).unwrap();
    let refused = model.predict(other).unwrap_err();
    assert!(matches!(refused, Error::Core(hub_core::Error::ShapeMismatch { .. })), "{refused}");
}

#[test]
fn a_model_is_built_when_its_input_is_known() {
    let late = small();
    assert!(!late.is_built());
    assert!(matches!(late.weights(), Err(Error::NotBuilt { model }) if model == "sequential"));
    late.predict(examples(1, 3)).unwrap();
    assert!(late.is_built());
    assert_eq!(late.weights().unwrap()[0].shape(), [3, 4]);

    let declared = Sequential::new().add(Dense::new(4).input_shape([3])).build().unwrap();
    assert_eq!(declared.weights().unwrap()[0].name(), "dense/kernel");
    let by_layer = Sequential::new().add(InputLayer::new([3])).add(Dense::new(4)).build().unwrap();
    assert_eq!(by_layer.weights().unwrap().len(), 2);
    assert_eq!(by_layer.layers().map(|(name, _)| name).collect::<Vec<_>>(), ["dense"], "as Keras lists them");
}

#[test]
fn a_seed_makes_the_same_model() {
    let kernel = |model: &Sequential| model.weights().unwrap()[0].value().unwrap();
    let seeded = |seed| Sequential::new().seed(seed).add(Dense::new(4).input_shape([3])).build().unwrap();
    assert_eq!(kernel(&seeded(1)), kernel(&seeded(1)));
    assert_ne!(kernel(&seeded(1)), kernel(&seeded(2)));
    let unseeded = || Sequential::new().add(Dense::new(4).input_shape([3])).build().unwrap();
    assert_ne!(kernel(&unseeded()), kernel(&unseeded()));
    let own = |seed| {
        let dense = Dense::new(4).kernel_initializer(GlorotUniform::new().seed(5)).input_shape([3]);
        Sequential::new().seed(seed).add(dense).build().unwrap()
    };
    assert_eq!(kernel(&own(1)), kernel(&own(2)));
    let two = Sequential::new().seed(1).add(Dense::new(3).input_shape([3])).add(Dense::new(3)).build().unwrap();
    let weights = two.weights().unwrap();
    assert_ne!(weights[0].value().unwrap(), weights[2].value().unwrap(), "each weight has values of its own");
}

#[test]
fn summaries_show_layers_and_totals() {
    let model = Sequential::new()
        .add(InputLayer::new([8, 8, 1]))
        .add(Flatten::new().name("flatten"))
        .add(Dense::new(32).activation("relu").name("hidden"))
        .add(Dense::new(10).trainable(false).name("logits"))
        .build()
        .unwrap();
    insta::assert_snapshot!(model.summary(), @r#"
    Model: "sequential"
    ┌───────────────────┬──────────────┬────────┐
    │ Layer (type)      ┆ Output Shape ┆ Params │
    ╞═══════════════════╪══════════════╪════════╡
    │ flatten (Flatten) ┆ [?, 64]      ┆      0 │
    │ hidden (Dense)    ┆ [?, 32]      ┆   2080 │
    │ logits (Dense)    ┆ [?, 10]      ┆    330 │
    └───────────────────┴──────────────┴────────┘
    Total params: 2410 (9.41 KB)
    Trainable params: 2080 (8.12 KB)
    Non-trainable params: 330 (1.29 KB)
    "#);
    assert_eq!(model.summary().total_params(), 2410);
}

#[test]
fn a_summary_of_an_unbuilt_model_shows_what_is_known() {
    insta::assert_snapshot!(small().summary(), @r#"
    Model: "sequential"
    ┌─────────────────┬──────────────┬────────┐
    │ Layer (type)    ┆ Output Shape ┆ Params │
    ╞═════════════════╪══════════════╪════════╡
    │ dense (Dense)   ┆ ?            ┆      ? │
    │ dense_1 (Dense) ┆ ?            ┆      ? │
    └─────────────────┴──────────────┴────────┘
    Total params: ? (not built yet)
    "#);
}

#[test]
fn a_loaded_model_s_parameters_do_not_train() {
    let handle = fixture("digits_features/model");
    let layer = KerasLayer::new(handle).unwrap();
    let model = Sequential::new().add(layer).add(Dense::new(10)).build().unwrap();
    assert!(model.is_built(), "the loaded model says what comes in");
    insta::assert_snapshot!(model.summary(), @r#"
    Model: "sequential"
    ┌──────────────────────────┬──────────────┬────────┐
    │ Layer (type)             ┆ Output Shape ┆ Params │
    ╞══════════════════════════╪══════════════╪════════╡
    │ keras_layer (KerasLayer) ┆ [?, 32]      ┆  21264 │
    │ dense (Dense)            ┆ [?, 10]      ┆    330 │
    └──────────────────────────┴──────────────┴────────┘
    Total params: 21594 (84.35 KB)
    Trainable params: 330 (1.29 KB)
    Non-trainable params: 21264 (83.06 KB)
    "#);
}

#[test]
fn mistakes_come_back_at_build_time() {
    let build = |model: hub_layers::SequentialBuilder| model.build().unwrap_err().to_string();
    let with = |dense: Dense| build(Sequential::new().add(InputLayer::new([3])).add(Dense::new(4)).add(dense));
    let mistakes = [
        build(Sequential::new()),
        with(Dense::new(2).activation("sofmax")),
        with(Dense::new(2).kernel_initializer("zeroes").name("head")),
        with(Dense::new(2).bias_initializer(Tensor::from([1.0_f32]))),
        with(Dense::new(2).dtype(DType::I32)),
        build(Sequential::new().add(Dense::new(2).input_shape(()))),
        build(Sequential::new().add(Dense::new(2).input_shape([None]))),
        build(Sequential::new().add(InputLayer::new([3])).add(Dropout::new(1.5))),
        build(Sequential::new().add(Dense::new(2).name("a")).add(Dense::new(2).name("a"))),
        build(Sequential::new().add(InputLayer::new([3])).add(Rescaling::new([1.0, 2.0]))),
        build(Sequential::new().add(InputLayer::new([3])).add(InputLayer::new([4]))),
        build(Sequential::new().add(Flatten::new().data_format("channel_first").input_shape([3]))),
        build(Sequential::new().add(Activation::new("softmax").input_shape(()))),
    ];
    insta::assert_snapshot!(mistakes.join("\n"), @r#"
    the model `sequential` has no layers
    layer 2 `dense_1`: `activation`: `sofmax` is unknown, did you mean `softmax`?
    layer 2 `head`: `kernel_initializer`: `zeroes` is unknown, did you mean `zeros`?
    layer 2 `dense_1`: `bias_initializer`: expected float32 [2], found float32 [1]
    layer 2 `dense_1`: `dtype`: expected a floating-point type, found int32
    layer 0 `dense`: expected two dimensions or more, found [?]
    layer 0 `dense`: expected an input whose last dimension is known, found [?, ?]
    layer 1 `dropout`: `rate`: expected a number between 0 and 1, found 1.5
    layer 1 `a`: `name`: expected a name that no other layer has, found `a` again
    layer 1 `rescaling`: `scale`: expected one number or 3, as the last axis has, found 2
    layer 1 `input_layer_1`: expected an `InputLayer` only in front of the others, found another one here
    layer 0 `flatten`: `data_format`: `channel_first` is unknown, did you mean `channels_first`?
    layer 0 `activation`: expected two dimensions or more for `softmax`, found [?]
    "#);
}

#[test]
fn inputs_that_do_not_fit_are_typed_errors() {
    use hub_core::Error as Core;
    let model = Sequential::new().add(InputLayer::new([3])).add(Dense::new(2)).build().unwrap();
    let fails = |inputs: Structure| match model.predict(inputs).unwrap_err() {
        Error::Core(error) => error,
        other => panic!("{other}"),
    };
    assert!(matches!(fails(examples(2, 4).into()), Core::ShapeMismatch { .. }));
    assert!(matches!(fails(Tensor::from([1.0_f32, 2.0, 3.0]).into()), Core::ShapeMismatch { .. }));
    assert!(matches!(fails(Tensor::from(1.0_f32).into()), Core::ShapeMismatch { .. }));
    assert!(matches!(fails(Tensor::from(["a", "b"]).into()), Core::DTypeMismatch { .. }));
    assert!(matches!(fails([("x", examples(2, 3))].into()), Core::StructureMismatch { .. }));
    assert!(matches!(fails(true.into()), Core::StructureMismatch { .. }));
    assert!(matches!(fails(Nest::None), Core::StructureMismatch { .. }));
    assert!(matches!(small().predict(Tensor::from(1.0_f32)), Err(Error::Core(Core::ShapeMismatch { .. }))));
    let late = small();
    let words = late.predict(Tensor::strings(&[1, 1], ["a"]).unwrap()).unwrap_err().to_string();
    assert_eq!(words, "layer 0 `dense`: expected numbers, found string [?, 1]");
    assert!(late.predict(examples(1, 3)).is_ok(), "a failed build leaves nothing behind");
}

#[test]
fn numbers_are_cast_to_the_declared_type() {
    let model = Sequential::new()
        .add(InputLayer::new([2]))
        .add(Dense::new(1).kernel_initializer(Constant::new(1.0)))
        .build()
        .unwrap();
    for x in [Tensor::from([[1.0_f64, 2.0]]), Tensor::from([[1_u8, 2]]), Tensor::from([[1_i64, 2]])] {
        assert_eq!(model.predict(x).unwrap().tensor().unwrap().as_slice::<f32>().unwrap(), [3.0]);
    }
}

#[test]
fn eight_threads_predict_at_once() {
    // The first prediction builds: all eight come at the same time.
    let model = small();
    let expected: Vec<Structure> = (1..=8).map(|rows| examples(rows, 3)).map(|x| small().predict(x).unwrap()).collect();
    std::thread::scope(|threads| {
        for (index, expected) in expected.iter().enumerate() {
            let model = &model;
            threads.spawn(move || {
                let x = examples(index + 1, 3);
                for _ in 0..200 {
                    let y = model.predict_with(&x, Predict::new().batch_size(3)).unwrap();
                    golden::assert_nest_close("threads", &y, expected);
                }
            });
        }
    });
}
