//! `cargo bench -p hub-benchmarks --bench python`: loading and calling, beside Python in the same run.
//!
//! Needs `TFHUB_PYTHON`, an interpreter with the packages of `fixtures/environment/tf2.txt`. Python makes the models
//! (an op; a MobileNetV2 of 224×224 with 260 variables, as Keras saves it) and does the same work in turn with us; the
//! line shows the medians and the median of the ratios. Goals: a load at most 0.25 of `hub.load`'s time, that of a
//! TF1 Hub module of texts with its first answer too, a call of the
//! small model at most 0.15 of `hub.KerasLayer`'s, a forward pass at most that of a `tf.function`.

use std::time::Instant;

use hub_benchmarks::{Pair, Python};
use hub_core::{LoadedModel, Tensor, args, load};

/// Rounds of each case; each does the work once on either side.
const ROUNDS: usize = 9;

/// The side of an image of the large model.
const SIDE: usize = 224;

fn main() {
    let Ok(interpreter) = std::env::var("TFHUB_PYTHON") else {
        println!("TFHUB_PYTHON names no interpreter: nothing to compare with");
        return;
    };
    hub_core::engine::start().expect("the engine");
    let directory = tempfile::tempdir().expect("a directory");
    let mut python = Python::start(&interpreter, "beside.py", directory.path());
    let path = |name: &str| directory.path().join(name).to_str().expect("UTF-8").to_owned();
    println!("{:36} {:>13} {:>13}", "", "ours", "Python");

    let large = path("large");
    compare(&mut python, "load, 260 variables", "load 1", 1, || drop(load(&large).expect("the large model")));

    let module = hub_fixtures::folder("hub_modules/text/module");
    let module = module.to_str().expect("UTF-8");
    let words = Tensor::from(["cat dog", "lizard"]);
    let load_and_call = || {
        let loaded = hub_legacy::load(module).expect("the module");
        drop(loaded.signatures()["default"].call(&words).expect("a call"));
    };
    compare(&mut python, "TF1 Hub module: load, first answer", "module 1", 1, load_and_call);

    let small = load(&path("small")).expect("the small model");
    let x = Tensor::vector(vec![1.0_f32, 2.0, 3.0, 4.0]);
    compare(&mut python, "call of one op", "small 500", 500, || drop(small.call(&x).expect("a call")));

    let network = load(&large).expect("the large model");
    for (size, count) in [(1, 20), (32, 2)] {
        let images = images(size);
        let request = format!("forward {size} {count}");
        compare(&mut python, &format!("forward, batch of {size}"), &request, count, || forward(&network, &images));
    }
}

/// Images of numbers between 0 and 1.
fn images(count: usize) -> Tensor {
    let pixels = (0..count * SIDE * SIDE * 3).map(|index| (index % 255) as f32 / 255.0);
    Tensor::new(&[count, SIDE, SIDE, 3], pixels.collect::<Vec<_>>()).expect("images")
}

fn forward(network: &LoadedModel, images: &Tensor) {
    drop(network.call(args![images, training = false]).expect("a forward pass"));
}

/// Does `ours` as often as the request says, in turn with Python.
fn compare(python: &mut Python, name: &str, request: &str, count: u32, mut ours: impl FnMut()) {
    ours();
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        (0..count).for_each(|_| ours());
        let own = started.elapsed() / count;
        rounds.push((own, python.time(request) / count));
    }
    println!("{name:36} {}", Pair::of(rounds));
}
