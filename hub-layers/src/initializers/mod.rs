//! Initializers: the values that weights begin with, by Keras's names.
//!
//! Layers keep an [`InitializerChoice`]; the model resolves it and draws the values when it is built. Random values come
//! from ChaCha12, so that a seed gives the same weights on every machine. (They are not the numbers that Python draws
//! from that seed.)
//!
//! | file | holds |
//! |---|---|
//! | `constant` | [`Zeros`], [`Ones`], [`Constant`], and a tensor as its own initializer |
//! | `variance_scaling` | [`VarianceScaling`], [`GlorotUniform`] and its relatives |
//! | `random` | [`RandomNormal`], [`RandomUniform`], [`TruncatedNormal`] |
//! | `matrices` | [`Orthogonal`], [`Identity`] |

mod constant;
mod matrices;
mod random;
mod variance_scaling;

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use hub_core::{DType, Error, Result, Tensor};
use rand::rngs::ChaCha12Rng;
use rand::{Rng, SeedableRng};

pub use constant::{Constant, Ones, Zeros};
pub use matrices::{Identity, Orthogonal};
pub use random::{RandomNormal, RandomUniform, TruncatedNormal};
pub use variance_scaling::{
    Distribution, Fan, GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, VarianceScaling,
};

use crate::choice::{Choice, choices};
use crate::config::{Config, Maker, list_of_classes, no_config};

/// Makes the value that a weight begins with.
pub trait Initializer: fmt::Debug + Send + Sync {
    /// The values for a weight of this shape and type; `seed` is for those that have none of their own.
    ///
    /// # Errors
    /// Where there are no such values for this shape or type.
    fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor>;

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}

/// What a `kernel_initializer` argument takes: a name, an initializer, or a tensor with the values.
///
/// ```
/// use hub_layers::initializers::GlorotUniform;
/// use hub_layers::layers::Dense;
/// let by_name = Dense::new(10).kernel_initializer("he_normal");
/// let seeded = Dense::new(10).kernel_initializer(GlorotUniform::new().seed(7));
/// let given = Dense::new(2).kernel_initializer(hub_core::Tensor::from([[1.0_f32, 0.0], [0.0, 1.0]]));
/// ```
pub type InitializerChoice = Choice<dyn Initializer>;

choices! { Initializer:
    "zeros" => Zeros = Zeros;
    "ones" => Ones = Ones;
    "zero" => Zeros = Zeros;
    "one" => Ones = Ones;
    "constant" => Constant = Constant::new(0.0);
    "glorot_uniform" => GlorotUniform = GlorotUniform::new();
    "glorot_normal" => GlorotNormal = GlorotNormal::new();
    "he_uniform" => HeUniform = HeUniform::new();
    "he_normal" => HeNormal = HeNormal::new();
    "lecun_uniform" => LecunUniform = LecunUniform::new();
    "lecun_normal" => LecunNormal = LecunNormal::new();
    "variance_scaling" => VarianceScaling = VarianceScaling::new();
    "random_normal" => RandomNormal = RandomNormal::new();
    "random_uniform" => RandomUniform = RandomUniform::new();
    "normal" => RandomNormal = RandomNormal::new();
    "uniform" => RandomUniform = RandomUniform::new();
    "truncated_normal" => TruncatedNormal = TruncatedNormal::new();
    "orthogonal" => Orthogonal = Orthogonal::new();
    "identity" => Identity = Identity::new();
}

/// Where the seeds of a model's initializers come from.
#[derive(Debug)]
pub(crate) struct Seeds {
    weights: ChaCha12Rng,
    layers: ChaCha12Rng,
}

impl Seeds {
    /// The sequence that belongs to `seed`; without one, another at each time.
    pub(crate) fn new(seed: Option<u64>) -> Seeds {
        // A fresh `RandomState` is what the standard library itself seeds its hash maps with.
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let (weights, mut layers) = (ChaCha12Rng::seed_from_u64(seed), ChaCha12Rng::seed_from_u64(seed));
        // A sequence of its own: how many weights there are does not matter to it.
        layers.set_stream(1);
        Seeds { weights, layers }
    }

    /// The seed of the next weight.
    pub(crate) fn next_seed(&mut self) -> u64 {
        self.weights.next_u64()
    }

    /// The seed of what the next layer draws while training.
    pub(crate) fn next_layer_seed(&mut self) -> u64 {
        self.layers.next_u64()
    }
}

/// The random numbers that belong to a seed.
fn generator(seed: u64) -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(seed)
}

/// A tensor of floating-point numbers, rounded to `dtype`.
pub(crate) fn tensor_of(shape: &[usize], dtype: DType, values: impl Iterator<Item = f64>) -> Result<Tensor> {
    match dtype {
        DType::F64 => Tensor::new(shape, values.collect::<Vec<f64>>()),
        DType::F32 => Tensor::new(shape, values.map(|value| value as f32).collect()),
        DType::F16 => Tensor::new(shape, values.map(half::f16::from_f64).collect()),
        DType::BF16 => Tensor::new(shape, values.map(half::bf16::from_f64).collect()),
        other => Err(Error::StructureMismatch {
            what: "the initial value of a weight".into(),
            expected: "a floating-point type".into(),
            found: other.to_string(),
        }),
    }
}

/// The classes that configs name.
pub(crate) const CLASSES: &[(&str, Maker<dyn Initializer>)] = list_of_classes! { dyn Initializer:
    Zeros, Ones, constant::ConstantOf, GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal,
    VarianceScaling, RandomNormal, RandomUniform, TruncatedNormal, Orthogonal, Identity
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::HasNames;
    use crate::layer::Place;

    pub(super) fn drawn(initializer: &dyn Initializer, shape: &[usize]) -> Vec<f64> {
        initializer.values(shape, DType::F64, 3).unwrap().as_slice::<f64>().unwrap().to_vec()
    }

    pub(super) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn names_and_class_names_are_known() {
        let place = Place::new(0, "dense");
        for (name, class_name, _) in <dyn Initializer as HasNames>::names() {
            for given in [name, class_name] {
                let initializer = InitializerChoice::from(*given).resolve(&place, "kernel_initializer").unwrap();
                assert_eq!(format!("{initializer:?}").split(' ').next().unwrap(), *class_name);
            }
        }
        let error = InitializerChoice::from("glorot_unifrom").resolve(&place, "kernel_initializer").unwrap_err();
        assert_eq!(
            error.to_string(),
            "layer 0 `dense`: `kernel_initializer`: `glorot_unifrom` is unknown, did you mean `glorot_uniform`?"
        );
    }

    #[test]
    fn seeds_follow_from_the_first() {
        let three = |seed| {
            let mut seeds = Seeds::new(seed);
            [seeds.next_seed(), seeds.next_seed(), seeds.next_seed()]
        };
        assert_eq!(three(Some(7)), three(Some(7)));
        assert_ne!(three(Some(7)), three(Some(8)));
        assert_ne!(three(None), three(None));
        let [first, second, third] = three(Some(7));
        assert!(first != second && second != third);
    }

    #[test]
    fn random_numbers_are_the_same_on_every_machine() {
        // Fixed here once: other numbers mean that every seeded model has changed.
        assert_eq!(generator(7).next_u64(), 559_256_596_868_823_998);
    }
}
