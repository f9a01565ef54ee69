//! Training: compile, fit, evaluate, on models small enough to know what must come out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_core::graph::Node;
use hub_core::{DType, Nest, Structure, Tensor};
use hub_layers::callbacks::{Callback, Logs, Training};
use hub_layers::data::{Cardinality, Elements, Source};
use hub_layers::losses::MeanSquaredError;
use hub_layers::optimizers::SGD;
use hub_layers::{
    Call, Compile, Dataset, Dense, Dropout, Element, Error, Evaluate, Fit, InputLayer, KerasLayer, KerasTensor, Layer,
    Model, Result, Sequential, SharedLayer, StopSignal,
};

fn matrix(rows: &[[f64; 1]]) -> Tensor {
    Tensor::new(&[rows.len(), 1], rows.concat()).unwrap()
}

/// y = w x with w = 2 at first, in float64.
fn line() -> Sequential {
    let kernel = Tensor::from([[2.0_f64]]);
    let mut model = Sequential::new()
        .add(InputLayer::new([1]).dtype(DType::F64))
        .add(Dense::new(1).use_bias(false).kernel_initializer(kernel).dtype(DType::F64))
        .build()
        .unwrap();
    model.compile(Compile::new(SGD::new(0.1), "mse")).unwrap();
    model
}

fn weight(model: &Model) -> f64 {
    model.get_weights().unwrap()[0].item::<f64>().unwrap()
}

/// For x = 1 and the target 5, one step of descent is w += 0.2 (5 - w).
fn stepped(w: f64) -> f64 {
    w + 0.2 * (5.0 - w)
}

fn one() -> (Tensor, Tensor) {
    (matrix(&[[1.0]]), matrix(&[[5.0]]))
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
}

#[test]
fn a_step_descends_by_the_gradient() {
    let mut model = line();
    let history = model.fit(one(), Fit::new().epochs(3)).unwrap();
    let expected = [2.0, stepped(2.0), stepped(stepped(2.0))].map(|w: f64| (5.0 - w).powi(2));
    history.get("loss").iter().zip(expected).for_each(|(found, expected)| near(*found, expected));
    assert_eq!(history.epochs(), [0, 1, 2]);
    near(weight(&model), stepped(stepped(stepped(2.0))));
}

#[test]
fn losses_are_means_over_examples_and_not_over_batches() {
    let mut model = line();
    model.compile(Compile::new(SGD::new(0.0), "mse").metric("mse")).unwrap();
    let (x, y) = (matrix(&[[1.0], [1.0], [1.0]]), matrix(&[[2.0], [2.0], [5.0]]));
    let history = model.fit((&x, &y), Fit::new().batch_size(2).shuffle(false)).unwrap();
    near(history.get("loss")[0], 3.0);
    near(history.get("mse")[0], 3.0);
    let logs = model.evaluate((&x, &y), Evaluate::new().batch_size(2)).unwrap();
    assert_eq!(logs.names().collect::<Vec<_>>(), ["loss", "mse"]);
    near(logs.get("mse").unwrap(), 3.0);
    near(model.evaluate((&x, &y), Evaluate::new().batch_size(2).steps(1)).unwrap().get("loss").unwrap(), 0.0);
}

#[test]
fn validation_changes_nothing_and_is_told() {
    let mut model = line();
    let held_out = (matrix(&[[2.0]]), matrix(&[[0.0]]));
    let history = model.fit(one(), Fit::new().epochs(2).validation_data(held_out)).unwrap();
    near(history.get("val_loss")[0], (2.0 * stepped(2.0)).powi(2));
    near(weight(&model), stepped(stepped(2.0)));
    let mut model = line();
    let (x, y) = (matrix(&[[1.0], [2.0]]), matrix(&[[5.0], [0.0]]));
    let split = model.fit((x, y), Fit::new().epochs(2).validation_split(0.5)).unwrap();
    assert_eq!(split, history);
    let every_second = Fit::new().epochs(4).validation_data(one()).validation_freq(2);
    assert_eq!(line().fit(one(), every_second).unwrap().get("val_loss").len(), 2);
}

#[test]
fn examples_count_by_their_weights_and_their_classes() {
    let (x, y) = (matrix(&[[1.0], [1.0]]), matrix(&[[0.0], [1.0]]));
    let weights = Tensor::from([3.0_f64, 1.0]);
    let mut model = line();
    model.compile(Compile::new(SGD::new(0.0), "mse").metric("mse").weighted_metric("mean_squared_error")).unwrap();
    let logs = model.evaluate((&x, &y, &weights), Evaluate::new()).unwrap();
    near(logs.get("loss").unwrap(), (3.0 * 4.0 + 1.0) / 2.0);
    near(logs.get("mse").unwrap(), 2.5);
    near(logs.get("mean_squared_error").unwrap(), (3.0 * 4.0 + 1.0) / 4.0);
    let by_class = model.fit((&x, &y), Fit::new().class_weight([(0, 3.0)])).unwrap();
    near(by_class.get("loss")[0], (3.0 * 4.0 + 1.0) / 2.0);
    let both = model.fit((&x, &y, &weights), Fit::new().class_weight([(1, 10.0)])).unwrap();
    near(both.get("loss")[0], (3.0 * 4.0 + 10.0) / 2.0);
}

#[test]
fn frozen_layers_stay_as_they_are() {
    let mut model = Sequential::new()
        .add(InputLayer::new([2]))
        .add(Dense::new(3).name("first"))
        .add(Dense::new(1).name("last"))
        .seed(3)
        .build()
        .unwrap();
    model.compile(Compile::new(SGD::new(0.1), MeanSquaredError::new())).unwrap();
    let before = model.get_weights().unwrap();
    let data = || (Tensor::from([[1.0_f32, 2.0]]), Tensor::from([[3.0_f32]]));
    model.set_trainable("first", false).unwrap();
    assert_eq!(model.summary().trainable_params(), 4);
    model.fit(data(), Fit::new().epochs(2)).unwrap();
    let after = model.get_weights().unwrap();
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2]);
    model.set_trainable("first", true).unwrap();
    model.fit(data(), Fit::new()).unwrap();
    assert_ne!(model.get_weights().unwrap()[0], before[0]);
    model.set_trainable("first", false).unwrap();
    model.set_trainable("last", false).unwrap();
    let error = model.fit(data(), Fit::new()).unwrap_err();
    assert!(error.to_string().contains("no such weight in the model"), "{error}");
    assert!(matches!(model.set_trainable("middle", true), Err(Error::BadConfig { .. })));
}

/// Passes its input on and counts how often it was computed with a variable of its own.
#[derive(Debug)]
struct Offset;

impl Layer for Offset {
    fn class_name(&self) -> &str {
        "Offset"
    }

    fn trainable(&self) -> bool {
        false
    }

    fn build<'g>(&self, build: &mut hub_layers::Build<'g>, _inputs: &Nest<Node<'g>>) -> Result<()> {
        build.add_weight("offset", &[], "zeros", false)
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        Ok(Nest::Leaf(x + call.weight("offset")?))
    }
}

#[test]
fn kept_features_give_the_numbers_of_computed_ones() {
    let data = || {
        let x: Vec<f32> = (0..60).map(|i| (i as f32 * 0.37).sin()).collect();
        let y: Vec<f32> = (0..20).map(|i| (i as f32 * 0.11).cos()).collect();
        (Tensor::new(&[20, 3], x).unwrap(), Tensor::new(&[20, 1], y).unwrap())
    };
    let train = |cached: bool| {
        let mut model = Sequential::new()
            .add(InputLayer::new([3]))
            .add(Offset)
            .add(Dense::new(8).activation("tanh").trainable(false))
            .add(Dense::new(1))
            .seed(5)
            .build()
            .unwrap();
        model.compile(Compile::new(SGD::new(0.05), "mse").metric("mse")).unwrap();
        let fit = Fit::new().epochs(4).batch_size(8).seed(1).validation_data(data()).cache_features(cached);
        let history = model.fit(data(), fit).unwrap();
        (history, model.get_weights().unwrap())
    };
    let ((kept, kept_weights), (computed, computed_weights)) = (train(true), train(false));
    for name in ["loss", "mse", "val_loss"] {
        for (one, other) in kept.get(name).iter().zip(computed.get(name)) {
            assert!((one - other).abs() < 1e-6 * other.abs(), "{name}: {one}, {other}");
        }
    }
    for (one, other) in kept_weights.iter().zip(&computed_weights) {
        let pairs = one.as_slice::<f32>().unwrap().iter().zip(other.as_slice::<f32>().unwrap());
        pairs.for_each(|(one, other)| assert!((one - other).abs() < 1e-6));
    }
}

#[test]
fn a_model_of_several_inputs_and_outputs() {
    let double = |name: &str| InputLayer::new([1]).dtype(DType::F64).name(name);
    let (a, b) = (KerasTensor::input(double("a")), KerasTensor::input(double("b")));
    let dense = |name: &str, factor: f64| {
        let kernel = Tensor::from([[factor]]);
        Dense::new(1).use_bias(false).kernel_initializer(kernel).dtype(DType::F64).name(name)
    };
    let shared = SharedLayer::from(dense("shared", 2.0));
    let outputs = KerasTensor::dict([("first", a.then(&shared).then(dense("p", 1.0))), ("second", b.then(&shared))]);
    let mut model = Model::new(KerasTensor::list([a, b]), outputs).build().unwrap();
    assert_eq!(model.output_names().unwrap(), ["first", "second"]);
    assert_eq!(model.weights().unwrap().len(), 2, "shared weights count once");
    let plan = Compile::new(SGD::new(0.1), "mse").loss_weight("second", 0.5).metric_for("first", "mse");
    model.compile(plan).unwrap();
    let inputs = || {
        Nest::Dict(BTreeMap::from([
            ("a".to_owned(), Structure::from(matrix(&[[1.0]]))),
            ("b".to_owned(), Structure::from(matrix(&[[3.0]]))),
        ]))
    };
    let labels = || {
        Nest::Dict(BTreeMap::from([
            ("first".to_owned(), Structure::from(matrix(&[[0.0]]))),
            ("second".to_owned(), Structure::from(matrix(&[[0.0]]))),
        ]))
    };
    let logs = model.train_on_batch((inputs(), labels())).unwrap();
    let names: Vec<_> = logs.names().collect();
    assert_eq!(names, ["loss", "first_loss", "second_loss", "first_mse"]);
    near(logs.get("second_loss").unwrap(), 36.0);
    near(logs.get("loss").unwrap(), 4.0 + 18.0);
    let weights: Vec<f64> = model.get_weights().unwrap().iter().map(|w| w.item().unwrap()).collect();
    // By w: 2·2w·p²·a²/2 + 0.5·2·w·b², by p: 2·(w a)²·p.
    near(weights[0], 2.0 - 0.1 * (4.0 + 18.0));
    near(weights[1], 1.0 - 0.1 * 8.0);
    let unknown = model.compile(Compile::by_output("sgd").loss_for("frist", "mse")).unwrap_err();
    assert!(unknown.to_string().contains("`first` is near"), "{unknown}");
}

/// Writes down what it is told.
#[derive(Default)]
struct Told(Vec<String>);

impl Callback for Told {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.0.push(format!("begin {} {:?}", training.epochs(), training.steps()));
        Ok(())
    }

    fn on_train_end(&mut self, _: &mut Training<'_>, logs: &Logs) -> Result<()> {
        self.0.push(format!("end {}", logs.names().collect::<Vec<_>>().join(",")));
        Ok(())
    }

    fn on_epoch_begin(&mut self, _: &mut Training<'_>, epoch: usize) -> Result<()> {
        self.0.push(format!("epoch {epoch}"));
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, _: &Logs) -> Result<()> {
        if epoch == 3 {
            training.set_learning_rate(0.0)?;
        }
        if epoch == 4 {
            training.stop();
        }
        Ok(())
    }

    fn on_train_batch_end(&mut self, _: &mut Training<'_>, batch: usize, logs: &Logs) -> Result<()> {
        self.0.push(format!("batch {batch} {}", logs.get("loss").is_some()));
        Ok(())
    }
}

#[test]
fn callbacks_are_told_and_heard() {
    let mut model = line();
    let mut told = Told::default();
    let history = model.fit(one(), Fit::new().initial_epoch(2).epochs(9).callback(&mut told)).unwrap();
    assert_eq!(history.epochs(), [2, 3, 4]);
    let expected = [
        "begin 9 Some(1)",
        "epoch 2",
        "batch 0 true",
        "epoch 3",
        "batch 0 true",
        "epoch 4",
        "batch 0 true",
        "end loss",
    ];
    assert_eq!(told.0, expected);
    near(weight(&model), stepped(stepped(2.0)));
    assert_eq!(model.learning_rate().unwrap(), Some(0.0));
}

#[test]
fn a_signal_ends_the_training_after_its_step() {
    let signal = StopSignal::new();
    signal.stop();
    let mut model = line();
    let history = model.fit(one(), Fit::new().epochs(5).stop_signal(&signal)).unwrap();
    assert!(history.epochs().is_empty());
    near(weight(&model), 2.0);
}

/// A source that fails, or panics, in the middle.
#[derive(Debug)]
struct Failing {
    panics: bool,
    after: AtomicUsize,
}

impl Source for Failing {
    fn elements(&self) -> Result<Elements> {
        let (panics, good) = (self.panics, self.after.load(Ordering::Relaxed));
        Ok(Box::new((0..).map(move |batch| match batch < good {
            true => {
                let (x, y) = one();
                Element::new(x)?.labels(y)
            }
            false if panics => panic!("the disk is gone"),
            false => Err(Error::BadConfig { argument: "row".into(), expected: "3 columns".into(), found: "2".into() }),
        })))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }
}

#[test]
fn fault_157_data_that_fails_in_the_middle() {
    for panics in [false, true] {
        let mut model = line();
        let source = Failing { panics, after: AtomicUsize::new(2) };
        let error = model.fit(Dataset::from_source(source), Fit::new()).unwrap_err();
        let Error::Data { epoch: 0, batch: 2, source } = &error else { panic!("{error:?}") };
        let expected = if panics { "the disk is gone" } else { "expected 3 columns" };
        assert!(source.to_string().contains(expected), "{source}");
        near(weight(&model), stepped(stepped(2.0)));
        model.fit(one(), Fit::new()).unwrap();
        near(weight(&model), stepped(stepped(stepped(2.0))));
    }
}

#[test]
fn fault_154_numbers_that_are_none() {
    let bad = [f64::NAN, f64::INFINITY];
    for value in bad {
        let checked = || Fit::new().check_finite(true).shuffle(false).batch_size(1);
        let mut model = line();
        let (x, y) = (matrix(&[[1.0], [value]]), matrix(&[[5.0], [5.0]]));
        let error = model.fit((&x, &y), checked()).unwrap_err();
        assert!(matches!(&error, Error::NonFinite { epoch: 0, batch: 1, place } if place == "features"), "{error}");
        near(weight(&model), stepped(2.0));
        let (x, y) = (matrix(&[[1.0], [1.0]]), matrix(&[[5.0], [value]]));
        let error = model.fit((&x, &y), checked()).unwrap_err();
        assert!(matches!(&error, Error::NonFinite { batch: 1, place, .. } if place == "labels"), "{error}");
        near(weight(&model), stepped(stepped(2.0)));
        let (x, y) = (matrix(&[[1.0], [1e200]]), matrix(&[[5.0], [5.0]]));
        let error = model.fit((&x, &y), checked()).unwrap_err();
        assert!(matches!(&error, Error::NonFinite { batch: 1, place, .. } if place == "loss or gradients"), "{error}");
        near(weight(&model), stepped(stepped(stepped(2.0))));
        assert!(model.fit((&x, &y), Fit::new()).unwrap().get("loss")[0].is_infinite(), "unless it is checked");
    }
}

#[test]
fn fault_156_few_and_many_examples() {
    let none = (Tensor::new(&[0, 1], Vec::<f64>::new()).unwrap(), Tensor::new(&[0, 1], Vec::<f64>::new()).unwrap());
    let error = line().fit(none, Fit::new()).unwrap_err();
    assert!(matches!(&error, Error::BadConfig { found, .. } if found == "no examples"), "{error}");
    assert!(matches!(line().fit(one(), Fit::new().batch_size(0)), Err(Error::BadConfig { .. })));
    assert!(line().fit(one(), Fit::new().epochs(0)).unwrap().epochs().is_empty());
    let mut model = line();
    assert_eq!(model.fit(one(), Fit::new().batch_size(1000)).unwrap().get("loss").len(), 1);
    near(weight(&model), stepped(2.0));
    let three = || (matrix(&[[1.0], [1.0], [1.0]]), matrix(&[[5.0], [5.0], [5.0]]));
    let mut model = line();
    model.fit(three(), Fit::new().batch_size(2)).unwrap();
    near(weight(&model), stepped(stepped(2.0)));
    assert!(
        matches!(line().fit(three(), Fit::new().validation_split(0.1)), Ok(history) if history.get("val_loss").len() == 1)
    );
    assert!(matches!(line().fit(three(), Fit::new().validation_split(1.0)), Err(Error::BadConfig { .. })));
    assert!(matches!(line().fit(three(), Fit::new().steps_per_epoch(0)), Err(Error::BadConfig { .. })));
}

#[test]
fn fault_155_labels_of_another_length() {
    let error = line().fit((matrix(&[[1.0], [2.0]]), matrix(&[[1.0]])), Fit::new()).unwrap_err();
    assert_eq!(error.to_string(), "labels: expected labels for 2 examples, found 1");
}

#[test]
fn fault_158_layers_that_do_not_fit() {
    let two_inputs = Sequential::new().add(InputLayer::new([1])).add(InputLayer::new([1])).add(Dense::new(1)).build();
    assert!(matches!(two_inputs, Err(Error::InputMismatch { index: 1, .. })));
    let image = Sequential::new().add(InputLayer::new(())).add(Dense::new(1)).build();
    assert!(matches!(image, Err(Error::InputMismatch { .. })));
}

#[test]
fn fault_159_learning_rates_that_make_no_sense() {
    for rate in [-0.1, f64::NAN, f64::INFINITY] {
        let error = line().compile(Compile::new(SGD::new(rate), "mse")).unwrap_err();
        assert!(matches!(&error, Error::BadConfig { argument, .. } if argument == "learning_rate"), "{error}");
    }
    let mut model = line();
    model.compile(Compile::new(SGD::new(1e30), "mse")).unwrap();
    let error = model.fit(one(), Fit::new().epochs(9).check_finite(true)).unwrap_err();
    assert!(matches!(error, Error::NonFinite { .. }), "{error}");
    assert!(weight(&model).is_finite());
}

#[test]
fn a_model_without_a_loss_is_not_trained() {
    let mut model = Sequential::new().add(InputLayer::new([1])).add(Dense::new(1)).build().unwrap();
    let error = model.fit((Tensor::from([[1.0_f32]]), Tensor::from([[1.0_f32]])), Fit::new()).unwrap_err();
    assert!(matches!(&error, Error::NotCompiled { .. }) && error.hint().unwrap().contains("compile"));
    let unknown = model.compile(Compile::new("sdg", "mse")).unwrap_err();
    assert!(unknown.to_string().contains("`sgd` is near"), "{unknown}");
}

#[test]
fn weights_are_set_all_or_none() {
    let mut model = line();
    assert!(model.set_weights(&[]).is_err());
    assert!(model.set_weights(&[Tensor::from([[1.0_f32]])]).is_err());
    model.set_weights(&[Tensor::from([[4.0_f64]])]).unwrap();
    near(weight(&model), 4.0);
    model.fit(one(), Fit::new()).unwrap();
    near(weight(&model), stepped(4.0));
}

#[test]
fn the_seed_of_the_model_decides_what_is_forgotten() {
    let (x, y) = (Tensor::new(&[8, 1], vec![1.0_f64; 8]).unwrap(), Tensor::new(&[8, 1], vec![3.0_f64; 8]).unwrap());
    let train = |seed: u64, epochs: &[usize]| {
        let input = InputLayer::new([1]).dtype(DType::F64);
        let dense = |units| Dense::new(units).kernel_initializer("ones").dtype(DType::F64);
        let dropout = Dropout::new(0.5).dtype(DType::F64);
        let layers = Sequential::new().add(input).add(dense(6)).add(dropout).add(dense(1));
        let mut model = layers.seed(seed).build().unwrap();
        model.compile(Compile::new(SGD::new(0.01), "mse")).unwrap();
        let mut fit = |epochs: &usize| model.fit((&x, &y), Fit::new().epochs(*epochs).batch_size(4)).unwrap();
        epochs.iter().flat_map(|epochs| fit(epochs).get("loss").to_vec()).collect::<Vec<f64>>()
    };
    let losses = train(1, &[6]);
    assert_eq!(train(1, &[6]), losses);
    assert_eq!(train(1, &[2, 4]), losses, "what is drawn follows from the number of the step");
    assert_ne!(train(2, &[6]), losses);
}

#[test]
fn a_sequential_is_built_by_its_first_training() {
    let mut model = Sequential::new().add(Dropout::new(0.5)).add(Dense::new(1)).build().unwrap();
    model.compile(Compile::new("sgd", "mse")).unwrap();
    model.fit((Tensor::from([[1.0_f32, 2.0]]), Tensor::from([[1.0_f32]])), Fit::new()).unwrap();
    assert_eq!(model.get_weights().unwrap()[0].shape(), [2, 1]);
}

#[test]
fn a_head_on_a_frozen_hub_model_is_trained() {
    let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model");
    let mut model = Sequential::new().add(KerasLayer::new(handle).unwrap()).add(Dense::new(1)).seed(1).build().unwrap();
    model.compile(Compile::new(SGD::new(0.0005), "mse")).unwrap();
    let images = Tensor::new(&[4, 8, 8, 1], (0..256).map(|i| (i % 17) as f32 / 16.0).collect()).unwrap();
    let y = Tensor::from([[1.0_f32], [0.0], [1.0], [0.0]]);
    let before = model.get_weights().unwrap();
    let history = model.fit((&images, &y), Fit::new().epochs(5)).unwrap();
    assert!(history.get("loss")[4] < history.get("loss")[0]);
    let after = model.get_weights().unwrap();
    let hub = before.len() - 2;
    assert_eq!(before[..hub], after[..hub]);
    assert_ne!(before[hub], after[hub]);
}

#[test]
fn a_hub_model_is_fine_tuned() {
    let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model");
    let layer = KerasLayer::new(handle).unwrap().trainable(true);
    let mut model = Sequential::new().add(layer).add(Dense::new(1)).seed(1).build().unwrap();
    model.compile(Compile::new(SGD::new(0.0005), "mse")).unwrap();
    let images = Tensor::new(&[4, 8, 8, 1], (0..256).map(|i| (i % 17) as f32 / 16.0).collect()).unwrap();
    let y = Tensor::from([[1.0_f32], [0.0], [1.0], [0.0]]);
    let before = model.get_weights().unwrap();
    let history = model.fit((&images, &y), Fit::new().epochs(5)).unwrap();
    assert!(history.get("loss")[4] < history.get("loss")[0]);
    let after = model.get_weights().unwrap();
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!(changed, model.trainable_weights().unwrap().len().max(changed), "all that may be trained");
    assert!(changed > 2);
    model.set_trainable("keras_layer", false).unwrap();
    let before = model.get_weights().unwrap();
    model.fit((&images, &y), Fit::new()).unwrap();
    let hub = before.len() - 2;
    assert_eq!(before[..hub], model.get_weights().unwrap()[..hub]);
}
