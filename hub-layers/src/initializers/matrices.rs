//! Initializers of matrices as a whole: [`Identity`], [`Orthogonal`].

use hub_core::{DType, Error, Result, Shape, Tensor};

use super::random::{finite, normal};
use super::{Initializer, generator, tensor_of};
use crate::config::{Config, class, config_of};

/// 1 on the diagonal, times `gain`, and 0 elsewhere; for matrices. Keras's `identity`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identity {
    gain: f64,
}

impl Identity {
    /// With 1 on the diagonal.
    pub fn new() -> Identity {
        Identity { gain: 1.0 }
    }

    /// What is on the diagonal. Default: 1.
    pub fn gain(mut self, gain: f64) -> Identity {
        self.gain = gain;
        self
    }
}

impl Default for Identity {
    fn default() -> Identity {
        Identity::new()
    }
}

impl Initializer for Identity {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }

    fn values(&self, shape: &[usize], dtype: DType, _seed: u64) -> Result<Tensor> {
        finite("gain", self.gain)?;
        let [rows, columns] = *shape else { return Err(no_matrix("two dimensions", shape)) };
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        tensor_of(shape, dtype, places.map(|(row, column)| if row == column { self.gain } else { 0.0 }))
    }
}

/// Random rows or columns, whichever are fewer, at right angles to each other and of length `gain`; the dimensions before
/// the last count as one. Keras's `orthogonal`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orthogonal {
    gain: f64,
    seed: Option<u64>,
}

impl Orthogonal {
    /// Of length 1, with a seed that the model chooses.
    pub fn new() -> Orthogonal {
        Orthogonal { gain: 1.0, seed: None }
    }

    /// The length of rows or columns. Default: 1.
    pub fn gain(mut self, gain: f64) -> Orthogonal {
        self.gain = gain;
        self
    }

    /// The seed: the same values at every build.
    pub fn seed(mut self, seed: u64) -> Orthogonal {
        self.seed = Some(seed);
        self
    }
}

impl Default for Orthogonal {
    fn default() -> Orthogonal {
        Orthogonal::new()
    }
}

impl Initializer for Orthogonal {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }

    fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
        finite("gain", self.gain)?;
        let [outer @ .., columns] = shape else { return Err(no_matrix("two dimensions or more", shape)) };
        if outer.is_empty() {
            return Err(no_matrix("two dimensions or more", shape));
        }
        let (rows, columns) = (outer.iter().product::<usize>(), *columns);
        let (fewer, more) = (rows.min(columns), rows.max(columns));
        let mut random = generator(self.seed.unwrap_or(seed));
        let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(fewer);
        while vectors.len() < fewer {
            let mut vector: Vec<f64> = (0..more).map(|_| normal(&mut random)).collect();
            // Twice, for what rounding leaves of the others after the first time.
            take_out(&mut vector, &vectors);
            take_out(&mut vector, &vectors);
            let length = dot(&vector, &vector).sqrt();
            // One that lies among the others up to rounding has no direction of its own.
            if length > 1e-6 {
                vectors.push(vector.into_iter().map(|value| value / length).collect());
            }
        }
        let at = |row: usize, column: usize| match rows < columns {
            true => vectors[row][column],
            false => vectors[column][row],
        };
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        tensor_of(shape, dtype, places.map(|(row, column)| at(row, column) * self.gain))
    }
}

/// Takes out of a vector what lies along others, which are of length 1 and at right angles.
fn take_out(vector: &mut [f64], others: &[Vec<f64>]) {
    for other in others {
        let along = dot(vector, other);
        vector.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn no_matrix(expected: &str, shape: &[usize]) -> Error {
    Error::StructureMismatch {
        what: "the shape of a weight".into(),
        expected: expected.into(),
        found: Shape::known(shape).to_string(),
    }
}

class! { Identity = "Identity", |_config| Identity::new(); gain = gain }
class! { Orthogonal = "Orthogonal", |_config| Orthogonal::new(); gain = gain, seed = seed }

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, mean_and_variance};
    use super::*;

    #[test]
    fn an_identity_need_not_be_square() {
        assert_eq!(drawn(&Identity::new(), &[2, 3]), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(drawn(&Identity::new().gain(2.5), &[2, 1]), [2.5, 0.0]);
        assert!(Identity::new().values(&[2], DType::F32, 0).is_err());
        assert!(Identity::new().values(&[2, 2, 2], DType::F32, 0).is_err());
    }

    #[test]
    fn the_fewer_of_rows_and_columns_are_at_right_angles() {
        for (shape, gain) in [(vec![20, 30], 1.0), (vec![30, 20], 1.0), (vec![7, 7], 2.0), (vec![2, 3, 4, 5], 0.5)] {
            let columns = *shape.last().unwrap();
            let rows = shape.iter().product::<usize>() / columns;
            let values = drawn(&Orthogonal::new().gain(gain), &shape);
            let row = |index: usize| values[index * columns..][..columns].to_vec();
            let column = |index: usize| (0..rows).map(|row| values[row * columns + index]).collect::<Vec<_>>();
            for i in 0..rows.min(columns) {
                for j in 0..rows.min(columns) {
                    let (a, b) = if rows < columns { (row(i), row(j)) } else { (column(i), column(j)) };
                    let expected = if i == j { gain * gain } else { 0.0 };
                    assert!((dot(&a, &b) - expected).abs() < 1e-12, "{shape:?}: {i}, {j}: {}", dot(&a, &b));
                }
            }
        }
        assert!(Orthogonal::new().values(&[4], DType::F32, 0).is_err());
    }

    #[test]
    fn directions_are_spread_evenly() {
        let (mean, variance) = mean_and_variance(&drawn(&Orthogonal::new(), &[100, 100]));
        assert!(mean.abs() < 0.005 && (variance * 100.0 - 1.0).abs() < 0.01, "{mean}, {variance}");
        let diagonal: Vec<f64> = (0..200).map(|seed| first(&Orthogonal::new().seed(seed))).collect();
        let (mean, variance) = mean_and_variance(&diagonal);
        assert!(mean.abs() < 0.15 && (variance - 1.0 / 3.0).abs() < 0.1, "{mean}, {variance}");
    }

    /// The first element of a 3 × 3 matrix: its mean is 0, its variance a third.
    fn first(initializer: &dyn Initializer) -> f64 {
        drawn(initializer, &[3, 3])[0]
    }
}
