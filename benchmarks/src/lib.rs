//! Paired timing: two ways to do the same thing, in turn, so that the machine's moods strike both.
//!
//! Used by the benches of this crate; they print figures and judge nothing.

mod python;

use std::time::{Duration, Instant};

pub use python::Python;

/// The times of two ways of doing the same.
#[derive(Debug)]
pub struct Pair {
    /// Median time of one run of ours.
    pub ours: Duration,
    /// Median time of one run of the raw way.
    pub raw: Duration,
    /// Median of the ratios ours/raw, round by round.
    pub ratio: f64,
}

/// Times `ours` against `raw`: `rounds` times a batch of each, in turn, after one that does not count.
pub fn pair(rounds: usize, batch: u32, mut ours: impl FnMut(), mut raw: impl FnMut()) -> Pair {
    let time = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..batch).for_each(|_| work());
        start.elapsed() / batch
    };
    time(&mut ours);
    time(&mut raw);
    Pair::of((0..rounds).map(|_| (time(&mut ours), time(&mut raw))).collect())
}

impl Pair {
    /// The medians of rounds that were timed elsewhere, ours first.
    ///
    /// # Panics
    /// Where there is no round.
    pub fn of(rounds: Vec<(Duration, Duration)>) -> Pair {
        let ratios = rounds.iter().map(|(ours, raw)| ours.as_secs_f64() / raw.as_secs_f64()).collect();
        Pair {
            ours: median(rounds.iter().map(|(ours, _)| *ours).collect()),
            raw: median(rounds.iter().map(|(_, raw)| *raw).collect()),
            ratio: median(ratios),
        }
    }
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values[values.len() / 2]
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        write!(f, "{:10.1} µs {:10.1} µs   ratio {:.3}", micros(self.ours), micros(self.raw), self.ratio)
    }
}
