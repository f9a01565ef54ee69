//! The Rust types that stand for TensorFlow's element types.
//!
//! Strings are not here: they have no fixed size, see [`Tensor::strings`](super::Tensor::strings).

use bytemuck::{CheckedBitPattern, NoUninit};
use half::{bf16, f16};
use num_complex::Complex;

use crate::dtype::DType;

/// A Rust type whose bytes are the bytes of a tensor's element.
///
/// Implemented for the numbers, `bool`, `half::{f16, bf16}` and `num_complex::Complex`; the trait is closed because
/// the list of element types is TensorFlow's.
pub trait Element: CheckedBitPattern + NoUninit + Send + Sync + private::Sealed + std::fmt::Debug {
    /// The element type that this Rust type stands for.
    const DTYPE: DType;
}

mod private {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($rust:ty => $dtype:ident),* $(,)?) => {
        $(
            impl private::Sealed for $rust {}
            impl Element for $rust {
                const DTYPE: DType = DType::$dtype;
            }
        )*
    };
}

elements! {
    f32 => F32, f64 => F64, f16 => F16, bf16 => BF16,
    i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    bool => Bool, Complex<f32> => Complex64, Complex<f64> => Complex128,
}
