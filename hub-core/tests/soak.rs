//! Loading and dropping a model many times leaves no memory behind.

#![cfg(all(feature = "engine", target_os = "linux"))]

use hub_core::{Tensor, load};
use hub_fixtures::model;

/// How often a model is loaded.
const ROUNDS: usize = 500;

/// After this many the allocator has what it needs.
const WARM: usize = 50;

/// The bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line of it");
    let kilobytes: u64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kilobytes * 1024
}

#[test]
fn loading_500_times_keeps_memory_flat() {
    let words = Tensor::from(["fox", "the"]);
    let handle = model("tables");
    let mut warm = 0;
    for round in 0..ROUNDS {
        if round == WARM {
            warm = resident();
        }
        let loaded = load(&handle).expect("the fixture");
        drop(loaded.call(&words).expect("a call"));
    }
    let end = resident();
    println!("{} MB after {WARM} loads, {} MB after {ROUNDS}", warm >> 20, end >> 20);
    assert!(end <= warm + warm / 20, "{warm} bytes after {WARM} loads, {end} after {ROUNDS}");
}
