//! What the checks cost beside the load that they stand in front of.
//!
//! `MODEL=directory cargo test --release -p hub-core --test model_faults figures -- --ignored --nocapture`

use std::path::PathBuf;
use std::time::{Duration, Instant};

use hub_core::saved_model::{SavedModel, audit, validate};
use hub_core::{LoadOptions, LoadedModel};
use hub_fixtures::folder;

/// The shortest of a few runs.
fn shortest(mut work: impl FnMut()) -> Duration {
    let run = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..7).map(run).min().expect("there are runs")
}

#[test]
#[ignore = "figures: cargo test --release -p hub-core --test model_faults figures -- --ignored --nocapture"]
fn figures() {
    let model = std::env::var_os("MODEL").map_or_else(|| folder("keras_mlp").join("model"), PathBuf::from);
    let read = SavedModel::read(&model).unwrap();
    let meta_graph = read.meta_graph(None).unwrap();
    let reading = shortest(|| drop(SavedModel::read(&model).unwrap()));
    let validating = shortest(|| validate(meta_graph).unwrap());
    let auditing = shortest(|| drop(audit::audit(&read)));
    let load = shortest(|| drop(LoadedModel::from_directory(&model, &LoadOptions::new()).unwrap()));
    let share = 100.0 * (validating + auditing).as_secs_f64() / load.as_secs_f64();
    println!("{}: read {reading:?}, validate {validating:?}, audit {auditing:?}, load {load:?}", model.display());
    println!("checks: {share:.1} % of the load");
}
