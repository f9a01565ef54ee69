//! The buckets of a weight's values: as many as TensorBoard's own summaries have, each as wide as the others.

use hub_core::Tensor;

use crate::classes::in_f64;
use crate::error::Result;

/// The number of buckets.
const BUCKETS: usize = 30;

/// `[30, 3]`: the left and the right edge of each bucket, and how many values are in it.
pub(super) fn buckets(values: &Tensor) -> Result<Tensor> {
    let values = in_f64(values)?;
    let values = values.as_slice::<f64>()?;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rows: Vec<[f64; 3]> = if values.is_empty() {
        vec![[0.0; 3]; BUCKETS]
    } else if least == greatest {
        let count = |bucket| if bucket + 1 == BUCKETS { values.len() as f64 } else { 0.0 };
        (0..BUCKETS).map(|bucket| [greatest, greatest, count(bucket)]).collect()
    } else {
        let width = (greatest - least) / BUCKETS as f64;
        let mut counts = [0.0; BUCKETS];
        // What is no number counts in the first bucket.
        values.iter().for_each(|value| counts[(((value - least) / width).floor() as usize).min(BUCKETS - 1)] += 1.0);
        let edge = |bucket: usize| if bucket == BUCKETS { greatest } else { least + width * bucket as f64 };
        (0..BUCKETS).map(|bucket| [edge(bucket), edge(bucket + 1), counts[bucket]]).collect()
    };
    Ok(Tensor::new(&[BUCKETS, 3], rows.concat())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: Vec<f64>) -> Vec<f64> {
        buckets(&Tensor::vector(values)).unwrap().as_slice::<f64>().unwrap().to_vec()
    }

    #[test]
    fn every_value_is_in_a_bucket() {
        let found = rows((0..=300).map(|i| i as f64 / 10.0).collect());
        assert_eq!(found[..3], [0.0, 1.0, 10.0]);
        assert_eq!(found[87..], [29.0, 30.0, 11.0], "the greatest is in the last");
        assert_eq!(rows(vec![2.5; 4])[84..], [2.5, 2.5, 0.0, 2.5, 2.5, 4.0]);
        assert!(rows(Vec::new()).iter().all(|value| *value == 0.0));
        let odd = rows(vec![f64::NAN, 1.0, 2.0, f64::INFINITY]);
        assert_eq!(odd.len(), 90);
    }
}
