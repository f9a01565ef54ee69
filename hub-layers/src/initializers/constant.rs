//! Initializers without chance: [`Zeros`], [`Ones`], [`Constant`], and a tensor as its own initializer.

use hub_core::{DType, Result, Tensor};

use serde_json::Value;

use super::{Initializer, tensor_of};
use crate::config::{Config, class, config_of};

/// Every value is 0; Keras's `zeros`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zeros;

/// Every value is 1; Keras's `ones`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ones;

/// Every value is the same number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Constant {
    value: f64,
}

impl Constant {
    /// Every value is `value`.
    pub fn new(value: f64) -> Constant {
        Constant { value }
    }
}

impl Initializer for Zeros {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }

    fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
        Constant::new(0.0).values(shape, dtype, seed)
    }
}

impl Initializer for Ones {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }

    fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
        Constant::new(1.0).values(shape, dtype, seed)
    }
}

impl Initializer for Constant {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }

    fn values(&self, shape: &[usize], dtype: DType, _seed: u64) -> Result<Tensor> {
        tensor_of(shape, dtype, std::iter::repeat_n(self.value, shape.iter().product()))
    }
}

impl Initializer for Tensor {
    /// The tensor itself, whatever is asked for; a layer refuses one that does not fit its weight.
    fn values(&self, _shape: &[usize], _dtype: DType, _seed: u64) -> Result<Tensor> {
        Ok(self.clone())
    }

    /// Keras's constant takes several numbers as well.
    fn config(&self) -> crate::Result<Config> {
        config_of(&ConstantOf { value: self.to_json()["values"].clone() }, "keras.initializers")
    }
}

/// A constant as configs have it: one number, or as many as the weight has.
#[derive(Debug)]
pub(super) struct ConstantOf {
    value: Value,
}

impl Initializer for ConstantOf {
    fn values(&self, shape: &[usize], dtype: DType, seed: u64) -> Result<Tensor> {
        match self.value.as_f64() {
            Some(value) => Constant::new(value).values(shape, dtype, seed),
            None => Tensor::from_json(&self.value, Some(dtype)),
        }
    }

    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.initializers")
    }
}

class! { Zeros = "Zeros", |_config| Zeros; }
class! { Ones = "Ones", |_config| Ones; }
class! { Constant = "Constant", |_config| Constant::new(0.0); value = value }
class! { ConstantOf = "Constant", |_config| ConstantOf { value: 0.into() }; value = value }

#[cfg(test)]
mod tests {
    use hub_core::Error;

    use super::*;

    #[test]
    fn constants_have_shape_and_type() {
        let ones = Ones.values(&[2, 3], DType::F64, 0).unwrap();
        assert_eq!((ones.shape(), ones.as_slice::<f64>().unwrap()), (&[2, 3][..], &[1.0; 6][..]));
        assert_eq!(Zeros.values(&[0], DType::F32, 0).unwrap().as_slice::<f32>().unwrap(), [0.0_f32; 0]);
        let half = Constant::new(0.5).values(&[1], DType::BF16, 0).unwrap();
        assert_eq!(half.as_slice::<half::bf16>().unwrap(), [half::bf16::from_f32(0.5)]);
        assert!(matches!(Ones.values(&[2], DType::I32, 0), Err(Error::StructureMismatch { .. })));
    }
}
