//! Trainings whose learning rate is changed by a callback, against tf_keras's: `fixtures/callbacks/schedules.json`.

mod golden;

use golden::read;
use hub_core::{DType, Tensor};
use hub_layers::callbacks::{Callback, LearningRateScheduler, Mode, ReduceLROnPlateau, Verbose};
use hub_layers::optimizers::{Adam, SGD};
use hub_layers::{Compile, Dense, Fit, History, InputLayer, Sequential};
use serde_json::Value as Json;

fn train(case: &Json, callback: impl Callback, compile: Compile) -> History {
    let x: Vec<f64> = (0..120).map(|i| (f64::from(i) * 0.37).sin()).collect();
    let y: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.11).cos()).collect();
    let layers = Sequential::new().add(InputLayer::new([3]).dtype(DType::F64));
    let layers = layers.add(Dense::new(4).activation("tanh").dtype(DType::F64)).add(Dense::new(1).dtype(DType::F64));
    let mut model = layers.build().unwrap();
    model.compile(compile).unwrap();
    let weights = case["weights"].as_array().unwrap().iter().map(|json| Tensor::from_json(json, None).unwrap());
    model.set_weights(&weights.collect::<Vec<_>>()).unwrap();
    let epochs = case["epochs"].as_u64().unwrap() as usize;
    let fit = Fit::new().epochs(epochs).batch_size(8).shuffle(false).verbose(Verbose::Silent).callback(callback);
    let data = (Tensor::new(&[40, 3], x).unwrap(), Tensor::new(&[40, 1], y).unwrap());
    model.fit(data, fit).unwrap()
}

fn compare(case: &Json, history: &History) {
    for name in ["lr", "loss"] {
        let expected: Vec<f64> = case[name].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
        let found = history.get(name);
        assert_eq!(found.len(), expected.len(), "{}: {name}", case["name"]);
        for (found, expected) in found.iter().zip(&expected) {
            let near = (found - expected).abs() <= 1e-9 * expected.abs();
            assert!(near, "{}: {name}: {found}, expected {expected}", case["name"]);
        }
    }
}

#[test]
fn rates_and_losses_are_those_of_keras() {
    let golden = read("callbacks/schedules.json");
    let case = |name: &str| golden["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
    let sgd = |rate: f64| Compile::new(SGD::new(rate), "mse");
    let halved = case("halved_each_third_epoch");
    let schedule = |epoch: usize, rate: f64| if epoch % 3 == 2 { rate * 0.5 } else { rate };
    compare(halved, &train(halved, LearningRateScheduler::new(schedule), sgd(0.2)));
    let by_epoch = case("by_the_epoch");
    let schedule = LearningRateScheduler::new(|epoch, _| 0.1 / (1.0 + epoch as f64));
    compare(by_epoch, &train(by_epoch, schedule, Compile::new(Adam::new(0.01), "mse")));
    let plateau = || ReduceLROnPlateau::monitor("loss");
    let plain = case("plateau");
    compare(plain, &train(plain, plateau().factor(0.3).patience(2).min_delta(0.02), sgd(0.5)));
    let cooling = case("plateau_with_cooldown");
    let callback = plateau().factor(0.5).patience(1).min_delta(0.05).cooldown(2).min_lr(0.06);
    compare(cooling, &train(cooling, callback, Compile::new(SGD::new(0.5).momentum(0.5), "mse")));
    let upwards = case("plateau_upwards");
    compare(upwards, &train(upwards, plateau().mode(Mode::Max).factor(0.5).patience(1), sgd(0.1)));
}
