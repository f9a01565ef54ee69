//! Random values of a given spread, whatever the shape: [`RandomNormal`], [`TruncatedNormal`], [`RandomUniform`].
//!
//! The drawing itself is here too, for all initializers that draw.

use hub_core::{DType, Error, Result, Tensor};
use rand::Rng;
use rand::rngs::ChaCha12Rng;

use super::{Initializer, generator, tensor_of};
use crate::config::{Config, class, config_of};

macro_rules! random {
    ($($(#[$doc:meta])* $class_name:ident {
        $($(#[$of:meta])* $argument:ident = $default:expr),*
    }: |$own:ident, $random:ident| $draw:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $class_name {
            $($argument: f64,)*
            seed: Option<u64>,
        }

        impl $class_name {
            /// With a seed that the model chooses.
            pub fn new() -> $class_name {
                $class_name { $($argument: $default,)* seed: None }
            }

            $($(#[$of])* pub fn $argument(mut self, $argument: f64) -> $class_name {
                self.$argument = $argument;
                self
            })*

            /// The seed: the same values at every build.
            pub fn seed(mut self, seed: u64) -> $class_name {
                self.seed = Some(seed);
                self
            }
        }

        impl Default for $class_name {
            fn default() -> $class_name {
                $class_name::new()
            }
        }

        class! { $class_name = stringify!($class_name), |_config| $class_name::new();
            $($argument = $argument,)* seed = seed
        }

        impl Initializer for $class_name {
            fn config(&self) -> crate::Result<Config> {
                config_of(self, "keras.initializers")
            }

            fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
                $(finite(stringify!($argument), self.$argument)?;)*
                let $own = self;
                let mut $random = generator(self.seed.unwrap_or(seed));
                let $random = &mut $random;
                tensor_of(shape, dtype, (0..shape.iter().product()).map(|_: usize| $draw))
            }
        }
    )*};
}

random! {
    /// Normal; Keras's `random_normal`.
    RandomNormal {
        /// The mean. Default: 0.
        mean = 0.0,
        /// The standard deviation. Default: 0.05.
        stddev = 0.05
    }: |own, random| normal(random) * own.stddev + own.mean;
    /// Normal, drawn again where further than two deviations from the mean; Keras's `truncated_normal`.
    TruncatedNormal {
        /// The mean. Default: 0.
        mean = 0.0,
        /// The standard deviation before the ends are cut. Default: 0.05.
        stddev = 0.05
    }: |own, random| cut_normal(random) * own.stddev + own.mean;
    /// Uniform between two bounds; Keras's `random_uniform`.
    RandomUniform {
        /// The lower bound. Default: -0.05.
        minval = -0.05,
        /// The upper bound. Default: 0.05.
        maxval = 0.05
    }: |own, random| own.minval + unit(random) * (own.maxval - own.minval);
}

/// Checks an argument.
pub(super) fn finite(argument: &str, value: f64) -> Result<()> {
    match value.is_finite() {
        true => Ok(()),
        false => Err(Error::StructureMismatch {
            what: format!("`{argument}` of an initializer"),
            expected: "a finite number".into(),
            found: value.to_string(),
        }),
    }
}

/// A number from 0 up to, not including, 1.
pub(super) fn unit(random: &mut ChaCha12Rng) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A standard normal number, by Marsaglia's polar method.
pub(super) fn normal(random: &mut ChaCha12Rng) -> f64 {
    loop {
        let (x, y) = (2.0 * unit(random) - 1.0, 2.0 * unit(random) - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * square.ln() / square).sqrt();
        }
    }
}

/// A standard normal number within ±2.
pub(super) fn cut_normal(random: &mut ChaCha12Rng) -> f64 {
    loop {
        let value = normal(random);
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, mean_and_variance};
    use super::*;

    /// The standard deviation of a standard normal distribution that is cut at -2 and 2.
    const WHEN_CUT: f64 = 0.879_625_661_034_239_8;

    #[test]
    fn means_and_variances_are_those_asked_for() {
        // 60,000 values: the mean's own deviation is 0.4 % of theirs, the variance's about 0.6 %.
        let cases: [(&dyn Initializer, f64, f64); 5] = [
            (&RandomNormal::new(), 0.0, 0.05_f64),
            (&RandomNormal::new().mean(3.0).stddev(2.0), 3.0, 2.0),
            (&TruncatedNormal::new().mean(-1.0).stddev(0.5), -1.0, 0.5 * WHEN_CUT),
            (&RandomUniform::new(), 0.0, 0.1 / 12.0_f64.sqrt()),
            (&RandomUniform::new().minval(1.0).maxval(5.0), 3.0, 4.0 / 12.0_f64.sqrt()),
        ];
        for (initializer, expected, deviation) in cases {
            let (mean, variance) = mean_and_variance(&drawn(initializer, &[200, 300]));
            assert!((mean - expected).abs() < 0.02 * deviation, "{initializer:?}: mean {mean}");
            assert!((variance / deviation.powi(2) - 1.0).abs() < 0.03, "{initializer:?}: variance {variance}");
        }
    }

    #[test]
    fn values_stay_within_their_bounds_and_reach_them() {
        for (initializer, low, high) in [
            (&TruncatedNormal::new().mean(1.0).stddev(0.5) as &dyn Initializer, 0.0, 2.0),
            (&RandomUniform::new().minval(-2.0).maxval(3.0), -2.0, 3.0),
        ] {
            let values = drawn(initializer, &[100, 100]);
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert!(low <= least && least < low + 0.05, "{initializer:?}: {least}");
            assert!(high - 0.05 < most && most <= high, "{initializer:?}: {most}");
        }
        // About one in 22 normal values is beyond two deviations, about one in 370 beyond three.
        let beyond = drawn(&RandomNormal::new().stddev(1.0), &[100, 100]).iter().filter(|v| v.abs() > 2.0).count();
        assert!((350..560).contains(&beyond), "{beyond}");
    }

    #[test]
    fn a_seed_of_its_own_comes_first() {
        let own = RandomNormal::new().seed(7);
        let values = |initializer: &dyn Initializer, seed| initializer.values(&[3, 4], DType::F32, seed).unwrap();
        assert_eq!(values(&own, 1), values(&own, 2));
        assert_ne!(values(&RandomNormal::new(), 1), values(&RandomNormal::new(), 2));
        let error = RandomUniform::new().maxval(f64::NAN).values(&[1], DType::F32, 0).unwrap_err();
        assert!(error.to_string().contains("maxval"), "{error}");
    }
}
