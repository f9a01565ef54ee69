//! The thread that makes elements ahead.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::super::Dataset;
use super::{features, range};

/// Waits until it is so, for a few seconds at most.
fn becomes(condition: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !condition() && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    condition()
}

/// Data that count the elements made.
fn counted(data: &Dataset) -> (Dataset, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let counter = made.clone();
    let data = data.map(move |element| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(element)
    });
    (data, made)
}

#[test]
fn elements_are_made_ahead_and_no_further() {
    let (data, made) = counted(&range(100));
    let mut pass = data.prefetch(3).iter().unwrap();
    assert!(becomes(|| made.load(Ordering::SeqCst) == 3), "three are made before the first is asked for");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(made.load(Ordering::SeqCst), 3);
    pass.next().unwrap().unwrap();
    assert!(becomes(|| made.load(Ordering::SeqCst) == 4));
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(made.load(Ordering::SeqCst), 4);
}

#[test]
fn the_thread_ends_with_a_pass_that_is_given_up() {
    let alive = Arc::new(());
    let held = alive.clone();
    let endless = Dataset::from_generator(move || {
        let held = held.clone();
        std::iter::repeat_with(move || {
            let _held = &held;
            crate::Element::new(vec![0_i64])
        })
    });
    let mut pass = endless.prefetch(2).iter().unwrap();
    pass.next().unwrap().unwrap();
    assert_eq!(Arc::strong_count(&alive), 3, "the thread holds what the pass needs");
    drop(pass);
    assert!(becomes(|| Arc::strong_count(&alive) == 2), "and lets go of it");
}

#[test]
fn threads_in_a_chain_and_in_number() {
    let data = range(1_000).batch(10).prefetch(2).unbatch().prefetch(5).batch(7).prefetch(1);
    let passes: Vec<_> = (0..8).map(|_| data.iter().unwrap()).collect();
    for pass in passes {
        assert_eq!(pass.count(), 143);
    }
    assert_eq!(features(&data), (0..1_000).collect::<Vec<_>>());
}
