//! [`Dataset::shuffle`]: another order at each pass.
//!
//! As in `tf.data`, elements wait in a buffer of a given size and leave it at random; a buffer for all of them makes each
//! order as likely as any other. The orders of a seed are ours on every machine, and not those that Python draws.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::ChaCha12Rng;
use rand::{Rng, SeedableRng};

use super::dataset::{Dataset, Kind};
use super::source::{Cardinality, Elements, Item, Source};
use crate::error::{Error, Result};
use crate::initializers::Seeds;

/// How a data set is shuffled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shuffle {
    seed: Option<u64>,
    reshuffle_each_iteration: bool,
}

impl Default for Shuffle {
    fn default() -> Shuffle {
        Shuffle { seed: None, reshuffle_each_iteration: true }
    }
}

impl Shuffle {
    /// Without a seed, in another order at each pass.
    pub fn new() -> Shuffle {
        Shuffle::default()
    }

    /// Makes the orders the same ones each time that the program runs: the first pass has one, the second another.
    pub fn seed(mut self, seed: u64) -> Shuffle {
        self.seed = Some(seed);
        self
    }

    /// Whether each pass has an order of its own. Default: true.
    pub fn reshuffle_each_iteration(mut self, reshuffle: bool) -> Shuffle {
        self.reshuffle_each_iteration = reshuffle;
        self
    }
}

impl Dataset {
    /// Elements in a random order, drawn from a buffer of `buffer_size`, which is best as large as the data set.
    ///
    /// The buffer may not be 0 (an error when a pass begins).
    pub fn shuffle(&self, buffer_size: usize) -> Dataset {
        self.shuffle_with(buffer_size, Shuffle::new())
    }

    /// As [`Dataset::shuffle`], with options.
    pub fn shuffle_with(&self, buffer_size: usize, options: Shuffle) -> Dataset {
        Dataset(match &self.0 {
            Kind::Rows(rows) => Kind::Rows(rows.in_order(Shuffled::new(rows.order.clone(), buffer_size, &options))),
            Kind::Elements(source) => Kind::Elements(Arc::new(Shuffled::new(source.clone(), buffer_size, &options))),
        })
    }
}

#[derive(Debug)]
struct Shuffled<T> {
    source: Arc<dyn Source<T>>,
    buffer_size: usize,
    order: Order,
}

/// Where the seeds of the passes come from.
#[derive(Debug)]
enum Order {
    Same(u64),
    Another(Box<Mutex<Seeds>>),
}

impl<T> Shuffled<T> {
    fn new(source: Arc<dyn Source<T>>, buffer_size: usize, options: &Shuffle) -> Shuffled<T> {
        let mut seeds = Seeds::new(options.seed);
        let order = match options.reshuffle_each_iteration {
            true => Order::Another(Box::new(Mutex::new(seeds))),
            false => Order::Same(seeds.next_seed()),
        };
        Shuffled { source, buffer_size, order }
    }
}

impl<T: Item> Source<T> for Shuffled<T> {
    fn elements(&self) -> Result<Elements<T>> {
        if self.buffer_size == 0 {
            return Err(Error::BadConfig {
                argument: "buffer_size".into(),
                expected: "1 or more".into(),
                found: "0".into(),
            });
        }
        let seed = match &self.order {
            Order::Same(seed) => *seed,
            Order::Another(seeds) => seeds.lock().unwrap_or_else(PoisonError::into_inner).next_seed(),
        };
        Ok(Box::new(Shuffling {
            source: Some(self.source.elements()?),
            buffer: Vec::new(),
            buffer_size: self.buffer_size,
            random: ChaCha12Rng::seed_from_u64(seed),
        }))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality()
    }
}

/// A shuffled pass.
struct Shuffling<T> {
    /// Until its end.
    source: Option<Elements<T>>,
    buffer: Vec<T>,
    buffer_size: usize,
    random: ChaCha12Rng,
}

impl<T> Iterator for Shuffling<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        while let Some(source) = self.source.as_mut().filter(|_| self.buffer.len() < self.buffer_size) {
            match source.next() {
                Some(Ok(element)) => self.buffer.push(element),
                Some(Err(error)) => return Some(Err(error)),
                None => self.source = None,
            }
        }
        if self.buffer.is_empty() {
            return None;
        }
        let chosen = below(self.buffer.len(), &mut self.random);
        Some(Ok(self.buffer.swap_remove(chosen)))
    }
}

/// A random number from 0 to before `bound`. (How unlike the chances are is beyond measuring: `bound` in 2^64.)
fn below(bound: usize, random: &mut ChaCha12Rng) -> usize {
    ((u128::from(random.next_u64()) * bound as u128) >> 64) as usize
}
