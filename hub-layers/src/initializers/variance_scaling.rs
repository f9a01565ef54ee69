//! Random values whose spread fits the number of inputs and outputs: Glorot, He and LeCun.
//!
//! | name | uniform in ±limit | normal, cut at two deviations |
//! |---|---|---|
//! | Glorot | √(6 / (fan in + fan out)) | variance 2 / (fan in + fan out) |
//! | He | √(6 / fan in) | variance 2 / fan in |
//! | LeCun | √(3 / fan in) | variance 1 / fan in |
//!
//! Fan in and fan out are the last two dimensions, each times the product of the dimensions before them.

use hub_core::{DType, Result, Tensor};
use rand::Rng;
use rand::rngs::ChaCha12Rng;

use super::{Initializer, generator, tensor_of};

/// The standard deviation of a standard normal distribution that is cut at -2 and 2.
const DEVIATION_WHEN_CUT: f64 = 0.879_625_661_034_239_8;

/// Which number of connections the variance is divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fan {
    In,
    Average,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Distribution {
    Uniform,
    CutNormal,
}

macro_rules! variance_scaling {
    ($($(#[$doc:meta])* $class_name:ident: $scale:literal, $fan:ident, $distribution:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct $class_name {
            seed: Option<u64>,
        }

        impl $class_name {
            /// With a seed that the model chooses.
            pub fn new() -> $class_name {
                $class_name::default()
            }

            /// The seed: the same values at every build.
            pub fn seed(mut self, seed: u64) -> $class_name {
                self.seed = Some(seed);
                self
            }
        }

        impl Initializer for $class_name {
            fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
                let (fan_in, fan_out) = fans(shape);
                let fan = match Fan::$fan {
                    Fan::In => fan_in,
                    Fan::Average => (fan_in + fan_out) / 2.0,
                };
                // A weight without elements has no connections; Keras counts at least one.
                let variance = $scale / fan.max(1.0);
                let mut random = generator(self.seed.unwrap_or(seed));
                let count = shape.iter().product();
                let values = (0..count).map(|_| Distribution::$distribution.draw(variance, &mut random));
                tensor_of(shape, dtype, values)
            }
        }
    )*};
}

variance_scaling! {
    /// Uniform within ±√(6 / (fan in + fan out)); Keras's `glorot_uniform`, the default of kernels.
    GlorotUniform: 1.0, Average, Uniform;
    /// Normal with variance 2 / (fan in + fan out), cut at two deviations; Keras's `glorot_normal`.
    GlorotNormal: 1.0, Average, CutNormal;
    /// Uniform within ±√(6 / fan in); Keras's `he_uniform`.
    HeUniform: 2.0, In, Uniform;
    /// Normal with variance 2 / fan in, cut at two deviations; Keras's `he_normal`.
    HeNormal: 2.0, In, CutNormal;
    /// Uniform within ±√(3 / fan in); Keras's `lecun_uniform`.
    LecunUniform: 1.0, In, Uniform;
    /// Normal with variance 1 / fan in, cut at two deviations; Keras's `lecun_normal`.
    LecunNormal: 1.0, In, CutNormal;
}

impl Distribution {
    /// One value of a distribution around 0 with this variance.
    fn draw(self, variance: f64, random: &mut ChaCha12Rng) -> f64 {
        match self {
            Distribution::Uniform => (2.0 * unit(random) - 1.0) * (3.0 * variance).sqrt(),
            Distribution::CutNormal => cut_normal(random) * variance.sqrt() / DEVIATION_WHEN_CUT,
        }
    }
}

/// A number from 0 up to, not including, 1.
fn unit(random: &mut ChaCha12Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A standard normal number within ±2, by Marsaglia's polar method.
fn cut_normal(random: &mut ChaCha12Rng) -> f64 {
    loop {
        let (x, y) = (2.0 * unit(random) - 1.0, 2.0 * unit(random) - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            let value = x * (-2.0 * square.ln() / square).sqrt();
            if value.abs() <= 2.0 {
                return value;
            }
        }
    }
}

/// The number of inputs and of outputs that one unit of a weight of this shape is connected to.
fn fans(shape: &[usize]) -> (f64, f64) {
    match shape {
        [] => (1.0, 1.0),
        [only] => (*only as f64, *only as f64),
        [field @ .., inputs, outputs] => {
            let field: usize = field.iter().product();
            ((inputs * field) as f64, (outputs * field) as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(initializer: &dyn Initializer, shape: &[usize]) -> Vec<f64> {
        initializer.values(shape, DType::F64, 3).unwrap().as_slice::<f64>().unwrap().to_vec()
    }

    fn mean_and_variance(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn variances_are_those_of_the_table() {
        // 200 × 300 values: the mean's own deviation is 0.4 % of theirs, the variance's about 0.5 %.
        let shape = [200, 300];
        let cases: [(&dyn Initializer, f64); 6] = [
            (&GlorotUniform::new(), 2.0 / 500.0),
            (&GlorotNormal::new(), 2.0 / 500.0),
            (&HeUniform::new(), 2.0 / 200.0),
            (&HeNormal::new(), 2.0 / 200.0),
            (&LecunUniform::new(), 1.0 / 200.0),
            (&LecunNormal::new(), 1.0 / 200.0),
        ];
        for (initializer, expected) in cases {
            let values = drawn(initializer, &shape);
            let (mean, variance) = mean_and_variance(&values);
            assert!(mean.abs() < 0.02 * expected.sqrt(), "{initializer:?}: mean {mean}");
            assert!((variance / expected - 1.0).abs() < 0.03, "{initializer:?}: variance {variance}");
        }
    }

    #[test]
    fn normal_values_are_cut_at_two_deviations() {
        let limit = 2.0 * (1.0_f64 / 100.0).sqrt() / DEVIATION_WHEN_CUT;
        let values = drawn(&LecunNormal::new(), &[100, 100]);
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(largest <= limit && largest > 0.98 * limit, "{largest} against {limit}");
    }

    #[test]
    fn a_seed_decides_and_the_layer_s_own_comes_first() {
        let own = GlorotUniform::new().seed(7);
        let values = |initializer: &dyn Initializer, seed| initializer.values(&[3, 4], DType::F32, seed).unwrap();
        assert_eq!(values(&own, 1), values(&own, 2));
        assert_eq!(values(&own, 1), values(&GlorotUniform::new(), 7));
        assert_ne!(values(&GlorotUniform::new(), 1), values(&GlorotUniform::new(), 2));
    }

    #[test]
    fn shapes_without_elements_are_fine() {
        assert!(drawn(&GlorotUniform::new(), &[3, 0]).is_empty());
        assert_eq!(drawn(&HeNormal::new(), &[]).len(), 1);
    }
}
