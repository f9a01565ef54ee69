//! Numbers of one type made into floating-point numbers of another, where Keras does it for its users.

use half::{bf16, f16};
use hub_core::{DType, Error, Result, Tensor};

use crate::initializers::tensor_of;

/// Whether `from` can be cast to `to` here, and is another type.
pub(crate) fn casts_to(from: DType, to: DType) -> bool {
    from != to && to.is_floating() && (from.is_floating() || from.is_integer())
}

/// The numbers of `tensor`, rounded to the floating-point type `to`.
pub(crate) fn cast(tensor: &Tensor, to: DType) -> Result<Tensor> {
    macro_rules! from {
        ($($dtype:ident as $number:ty: $widen:expr),*) => {
            match tensor.dtype() {
                $(DType::$dtype => tensor_of(tensor.shape(), to, tensor.as_slice::<$number>()?.iter().map($widen)),)*
                found => Err(Error::DTypeMismatch { what: "numbers to be cast".into(), expected: to, found }),
            }
        };
    }
    from! {
        F64 as f64: |value| *value,
        F32 as f32: |value| f64::from(*value),
        F16 as f16: |value| value.to_f64(),
        BF16 as bf16: |value| value.to_f64(),
        I8 as i8: |value| f64::from(*value),
        I16 as i16: |value| f64::from(*value),
        I32 as i32: |value| f64::from(*value),
        I64 as i64: |value| *value as f64,
        U8 as u8: |value| f64::from(*value),
        U16 as u16: |value| f64::from(*value),
        U32 as u32: |value| f64::from(*value),
        U64 as u64: |value| *value as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_the_rest_refused() {
        let half = cast(&Tensor::from([0.1_f64, -2.0]), DType::F16).unwrap();
        assert_eq!(half.as_slice::<f16>().unwrap(), [f16::from_f64(0.1), f16::from_f64(-2.0)]);
        let pixels = cast(&Tensor::from([[0_u8, 255]]), DType::F32).unwrap();
        assert_eq!((pixels.shape(), pixels.as_slice::<f32>().unwrap()), (&[1, 2][..], &[0.0, 255.0][..]));
        assert!(matches!(cast(&Tensor::from(["1"]), DType::F32), Err(Error::DTypeMismatch { .. })));
        assert!(cast(&Tensor::from([1.0_f32]), DType::I32).is_err());
        assert!(casts_to(DType::F64, DType::F32) && casts_to(DType::I32, DType::F64));
        assert!(!casts_to(DType::F32, DType::F32) && !casts_to(DType::Bool, DType::F32));
        assert!(!casts_to(DType::F32, DType::I32));
    }
}
