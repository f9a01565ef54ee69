//! Random values whose spread fits the number of inputs and outputs: [`VarianceScaling`]; Glorot, He and LeCun.
//!
//! | name | uniform in ±limit | normal, cut at two deviations |
//! |---|---|---|
//! | Glorot | √(6 / (fan in + fan out)) | variance 2 / (fan in + fan out) |
//! | He | √(6 / fan in) | variance 2 / fan in |
//! | LeCun | √(3 / fan in) | variance 1 / fan in |
//!
//! Fan in and fan out are the last two dimensions, each times the product of the dimensions before them.

use hub_core::{DType, Error, Result, Tensor};
use rand::rngs::ChaCha12Rng;

use super::random::{cut_normal, normal, unit};
use super::{Initializer, generator, tensor_of};
use crate::config::{Config, class, config_of, named_argument};

/// The standard deviation of a standard normal distribution that is cut at -2 and 2.
const DEVIATION_WHEN_CUT: f64 = 0.879_625_661_034_239_8;

/// Which number of connections the variance is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fan {
    /// Inputs of a unit: Keras's `fan_in`.
    In,
    /// Outputs of a unit: Keras's `fan_out`.
    Out,
    /// The mean of both: Keras's `fan_avg`.
    Average,
}

/// What values are drawn from, around 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// Evenly between two bounds: Keras's `uniform`.
    Uniform,
    /// Normal, cut at two deviations: Keras's `truncated_normal`.
    CutNormal,
    /// Normal: Keras's `untruncated_normal`.
    Normal,
}

/// Values whose variance is `scale` over the number of connections; Keras's `variance_scaling`.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `scale` | the variance times the number of connections, positive | 1 |
/// | `mode` | which connections count | [`Fan::In`] |
/// | `distribution` | what values are drawn from | [`Distribution::CutNormal`] |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceScaling {
    scale: f64,
    mode: Fan,
    distribution: Distribution,
    seed: Option<u64>,
}

impl VarianceScaling {
    /// With all defaults, and a seed that the model chooses.
    pub fn new() -> VarianceScaling {
        VarianceScaling { scale: 1.0, mode: Fan::In, distribution: Distribution::CutNormal, seed: None }
    }

    /// The variance times the number of connections. Default: 1.
    pub fn scale(mut self, scale: f64) -> VarianceScaling {
        self.scale = scale;
        self
    }

    /// Which connections count. Default: inputs.
    pub fn mode(mut self, mode: Fan) -> VarianceScaling {
        self.mode = mode;
        self
    }

    /// What values are drawn from. Default: a normal distribution, cut at two deviations.
    pub fn distribution(mut self, distribution: Distribution) -> VarianceScaling {
        self.distribution = distribution;
        self
    }

    /// The seed: the same values at every build.
    pub fn seed(mut self, seed: u64) -> VarianceScaling {
        self.seed = Some(seed);
        self
    }
}

impl Default for VarianceScaling {
    fn default() -> VarianceScaling {
        VarianceScaling::new()
    }
}

impl Initializer for VarianceScaling {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }

    fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
        if !(self.scale > 0.0 && self.scale.is_finite()) {
            return Err(Error::StructureMismatch {
                what: "`scale` of an initializer".into(),
                expected: "a positive number".into(),
                found: self.scale.to_string(),
            });
        }
        let (fan_in, fan_out) = fans(shape);
        let fan = match self.mode {
            Fan::In => fan_in,
            Fan::Out => fan_out,
            Fan::Average => (fan_in + fan_out) / 2.0,
        };
        // A weight without elements has no connections; Keras counts at least one.
        let variance = self.scale / fan.max(1.0);
        let mut random = generator(self.seed.unwrap_or(seed));
        let count = shape.iter().product();
        tensor_of(shape, dtype, (0..count).map(|_: usize| self.distribution.draw(variance, &mut random)))
    }
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

        class! { $class_name = stringify!($class_name), |_config| $class_name::new(); seed = seed }

        impl Initializer for $class_name {
            fn config(&self) -> crate::Result<Config> {
                config_of(self, "keras.initializers")
            }

            fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
                let scaling = VarianceScaling::new().scale($scale).mode(Fan::$fan);
                let scaling = VarianceScaling { seed: self.seed, ..scaling.distribution(Distribution::$distribution) };
                scaling.values(shape, dtype, seed)
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
            Distribution::Normal => normal(random) * variance.sqrt(),
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

class! { VarianceScaling = "VarianceScaling", |_config| VarianceScaling::new();
    scale = scale, mode = mode, distribution = distribution, seed = seed
}

named_argument! { Fan: In = "fan_in", Out = "fan_out", Average = "fan_avg" }
named_argument! { Distribution:
    CutNormal = "truncated_normal", Normal = "untruncated_normal", Uniform = "uniform"; CutNormal = "normal"
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, mean_and_variance};
    use super::*;

    #[test]
    fn variances_are_those_of_the_table() {
        // 200 × 300 values: the mean's own deviation is 0.4 % of theirs, the variance's about 0.5 %.
        let shape = [200, 300];
        let scaling = VarianceScaling::new().scale(3.0);
        let cases: [(&dyn Initializer, f64); 9] = [
            (&GlorotUniform::new(), 2.0 / 500.0),
            (&GlorotNormal::new(), 2.0 / 500.0),
            (&HeUniform::new(), 2.0 / 200.0),
            (&HeNormal::new(), 2.0 / 200.0),
            (&LecunUniform::new(), 1.0 / 200.0),
            (&LecunNormal::new(), 1.0 / 200.0),
            (&VarianceScaling::new(), 1.0 / 200.0),
            (&scaling.mode(Fan::Out).distribution(Distribution::Normal), 3.0 / 300.0),
            (&scaling.mode(Fan::Average).distribution(Distribution::Uniform), 3.0 / 250.0),
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
        assert!(VarianceScaling::new().scale(0.0).values(&[1], DType::F32, 0).is_err());
    }
}
