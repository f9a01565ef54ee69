//! The element types of TensorFlow, with their numbers in the file format and their names in Python.
//!
//! Used everywhere. Holds no values: see `tensor`. Types that the engine's bindings do not know (numbers above 23,
//! reference types) have no variant here, so that nothing of them gets past the reader.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

macro_rules! dtypes {
    ($($variant:ident = $number:literal, $name:literal, $size:expr;)*) => {
        /// The type of a tensor's elements.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DType {
            $(#[doc = concat!("`", $name, "`")] $variant = $number,)*
        }

        impl DType {
            /// Every type, in the order of the format's numbers.
            pub const ALL: &'static [DType] = &[$(DType::$variant),*];

            /// TensorFlow's name of the type, as `tf.DType.name` gives it: `float32`, `string`, ...
            pub const fn name(self) -> &'static str {
                match self { $(DType::$variant => $name,)* }
            }

            /// Bytes of one element; `None` for strings, resources and variants, which have no fixed size.
            pub const fn size_bytes(self) -> Option<usize> {
                match self { $(DType::$variant => $size,)* }
            }

            /// The type with this number in `tensorflow.DataType`, or `None` where the engine cannot hold it.
            pub const fn from_number(number: i32) -> Option<DType> {
                match number { $($number => Some(DType::$variant),)* _ => None }
            }
        }
    };
}

dtypes! {
    F32 = 1, "float32", Some(4);
    F64 = 2, "float64", Some(8);
    I32 = 3, "int32", Some(4);
    U8 = 4, "uint8", Some(1);
    I16 = 5, "int16", Some(2);
    I8 = 6, "int8", Some(1);
    String = 7, "string", None;
    Complex64 = 8, "complex64", Some(8);
    I64 = 9, "int64", Some(8);
    Bool = 10, "bool", Some(1);
    QInt8 = 11, "qint8", Some(1);
    QUInt8 = 12, "quint8", Some(1);
    QInt32 = 13, "qint32", Some(4);
    BF16 = 14, "bfloat16", Some(2);
    QInt16 = 15, "qint16", Some(2);
    QUInt16 = 16, "quint16", Some(2);
    U16 = 17, "uint16", Some(2);
    Complex128 = 18, "complex128", Some(16);
    F16 = 19, "float16", Some(2);
    Resource = 20, "resource", None;
    Variant = 21, "variant", None;
    U32 = 22, "uint32", Some(4);
    U64 = 23, "uint64", Some(8);
}

impl DType {
    /// The type's number in `tensorflow.DataType`.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Whether the type is a floating point type (complex excluded), as `tf.DType.is_floating`.
    pub const fn is_floating(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }

    /// Whether the type is a non-quantised integer, as `tf.DType.is_integer`.
    pub const fn is_integer(self) -> bool {
        matches!(
            self,
            DType::U8 | DType::U16 | DType::U32 | DType::U64 | DType::I8 | DType::I16 | DType::I32 | DType::I64
        )
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for DType {
    type Err = Error;

    /// Reads TensorFlow's name of a type.
    ///
    /// # Errors
    /// [`Error::UnknownDType`] for any other text.
    fn from_str(name: &str) -> Result<DType> {
        DType::ALL
            .iter()
            .copied()
            .find(|dtype| dtype.name() == name)
            .ok_or_else(|| Error::UnknownDType { found: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_round_trip() {
        for (index, dtype) in DType::ALL.iter().enumerate() {
            assert_eq!(dtype.number(), index as i32 + 1);
            assert_eq!(DType::from_number(dtype.number()), Some(*dtype));
            assert_eq!(dtype.name().parse::<DType>().unwrap(), *dtype);
        }
        assert_eq!(DType::from_number(0), None);
        assert_eq!(DType::from_number(24), None);
        assert_eq!(DType::from_number(101), None, "reference types are refused");
    }
}
