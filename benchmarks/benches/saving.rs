//! `cargo bench -p hub-benchmarks --bench saving`: saving a model of 100 MB beside writing as many bytes.
//!
//! Both end with the bytes on the disk (synced). Prints a line with the medians and the median of the ratios. Goal: at
//! most 1.5 of writing the bytes.

use std::fs::File;
use std::io::Write;

use hub_benchmarks::pair;
use hub_layers::{Compile, Dense, InputLayer, SaveOptions, Sequential};

/// Rounds; each saves and writes once.
const ROUNDS: usize = 15;

/// Units of two layers: 2 · 3,600² weights of four bytes are 104 MB.
const UNITS: usize = 3600;

fn main() {
    hub_core::engine::start().expect("the engine");
    let dense = || Dense::new(UNITS).kernel_initializer("ones");
    let layers = Sequential::new().add(InputLayer::new([UNITS])).add(dense()).add(dense());
    let mut model = layers.build().expect("a model");
    model.compile(Compile::new("sgd", "mse")).expect("compiled");
    let directory = tempfile::tempdir_in(".").expect("a directory");
    let (target, plain) = (directory.path().join("model"), directory.path().join("plain"));
    let bytes = vec![1_u8; 4 * 2 * (UNITS * UNITS + UNITS)];
    let ours = || model.save_with(&target, &SaveOptions::new().overwrite(true)).expect("saved");
    let raw = || {
        let mut file = File::create(&plain).expect("a file");
        file.write_all(&bytes).expect("written");
        file.sync_all().expect("synced");
    };
    let found = pair(ROUNDS, 1, ours, raw);
    let megabytes = bytes.len() as f64 / 1e6;
    println!("{:32} {:>13} {:>13}", "", "ours", "raw");
    println!(
        "{:32} {:>13.1?} {:>13.1?} {:>7.2}",
        format!("saving {megabytes:.0} MB"),
        found.ours,
        found.raw,
        found.ratio
    );
}
