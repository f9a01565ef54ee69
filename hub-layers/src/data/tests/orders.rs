//! The orders that shuffling gives.

use std::collections::HashSet;

use super::super::{Dataset, Shuffle};
use super::{features, range};

fn sorted(mut values: Vec<i64>) -> Vec<i64> {
    values.sort_unstable();
    values
}

/// Rows of a tensor, and the same as elements one by one.
fn both_ways(count: i64) -> [Dataset; 2] {
    let rows = range(count);
    let elements = rows.iter().unwrap().map(Result::unwrap).collect();
    [rows, elements]
}

#[test]
fn a_seed_gives_the_same_orders_and_each_pass_another() {
    for data in both_ways(50) {
        let shuffled = |seed| data.shuffle_with(50, Shuffle::new().seed(seed));
        let (first, again, other) = (shuffled(1), shuffled(1), shuffled(2));
        let passes: Vec<_> = (0..3).map(|_| features(&first)).collect();
        assert_eq!(passes, (0..3).map(|_| features(&again)).collect::<Vec<_>>());
        assert_eq!(passes.iter().collect::<HashSet<_>>().len(), 3);
        assert_ne!(passes[0], features(&other));
        passes.into_iter().for_each(|pass| assert_eq!(sorted(pass), (0..50).collect::<Vec<_>>()));
    }
    // Both ways draw the same numbers.
    let [rows, elements] = both_ways(50).map(|data| features(&data.shuffle_with(20, Shuffle::new().seed(3))));
    assert_eq!(rows, elements);
}

#[test]
fn without_a_seed_two_data_sets_differ() {
    assert_ne!(features(&range(100).shuffle(100)), features(&range(100).shuffle(100)));
}

#[test]
fn without_reshuffling_the_order_stays() {
    let data = range(50).shuffle_with(50, Shuffle::new().reshuffle_each_iteration(false));
    let first = features(&data);
    assert_ne!(first, (0..50).collect::<Vec<_>>());
    assert_eq!(first, features(&data));
    assert_eq!([first.clone(), first].concat(), features(&data.repeat(2)));
    let reshuffled = features(&range(50).shuffle(50).repeat(2));
    assert_ne!(reshuffled[..50], reshuffled[50..]);
}

#[test]
fn nothing_comes_before_it_could_be_in_the_buffer() {
    for data in both_ways(200) {
        let order = features(&data.shuffle(10));
        assert!(order.iter().enumerate().all(|(place, value)| *value < place as i64 + 10), "{order:?}");
        assert_eq!(sorted(order), (0..200).collect::<Vec<_>>());
    }
}

#[test]
fn every_place_is_as_likely_as_any_other() {
    let data = range(5).shuffle_with(5, Shuffle::new().seed(11));
    let mut counts = [[0_u32; 5]; 5];
    for _ in 0..5_000 {
        for (place, value) in features(&data).into_iter().enumerate() {
            counts[place][value as usize] += 1;
        }
    }
    // 1,000 each, with a standard deviation of 28.
    assert!(counts.iter().flatten().all(|count| (850..1150).contains(count)), "{counts:?}");
}

#[test]
fn what_is_cached_after_shuffling_keeps_its_order() {
    for data in both_ways(50) {
        let cached = data.shuffle(50).cache();
        // Given up: nothing is kept of it.
        cached.iter().unwrap().take(10).for_each(drop);
        let first = features(&cached);
        assert_eq!(first, features(&cached.clone()));
    }
}
