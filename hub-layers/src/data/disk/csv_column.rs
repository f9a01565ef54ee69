//! The columns of a table: what types they have, and texts made into values of them.

use std::str::FromStr;

use hub_core::{DType, Tensor};

use crate::error::Result;

/// The type of a column, and its value where a row has none.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnDefault {
    /// A type: each row must have a value.
    Required(DType),
    /// A value, whose type is the column's.
    I32(i32),
    /// Likewise.
    I64(i64),
    /// Likewise.
    F32(f32),
    /// Likewise.
    F64(f64),
    /// Likewise.
    Text(Vec<u8>),
}

macro_rules! into_default {
    ($($from:ty => |$value:ident| $default:expr;)*) => {
        $(impl From<$from> for ColumnDefault {
            fn from($value: $from) -> ColumnDefault {
                $default
            }
        })*
    };
}

into_default! {
    DType => |dtype| ColumnDefault::Required(dtype);
    i32 => |value| ColumnDefault::I32(value);
    i64 => |value| ColumnDefault::I64(value);
    f32 => |value| ColumnDefault::F32(value);
    f64 => |value| ColumnDefault::F64(value);
    &str => |text| ColumnDefault::Text(text.as_bytes().to_vec());
}

/// A column that is read.
#[derive(Debug)]
pub(super) struct Column {
    /// Its place in the file.
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) default: ColumnDefault,
}

impl Column {
    /// No values yet.
    pub(super) fn values(&self) -> Values {
        match self.default {
            ColumnDefault::I32(_) | ColumnDefault::Required(DType::I32) => Values::I32(Vec::new()),
            ColumnDefault::I64(_) | ColumnDefault::Required(DType::I64) => Values::I64(Vec::new()),
            ColumnDefault::F32(_) | ColumnDefault::Required(DType::F32) => Values::F32(Vec::new()),
            ColumnDefault::F64(_) | ColumnDefault::Required(DType::F64) => Values::F64(Vec::new()),
            ColumnDefault::Text(_) | ColumnDefault::Required(DType::String) => Values::Text(Vec::new()),
            ColumnDefault::Required(_) => Values::None,
        }
    }
}

/// The values of a column in a batch.
#[derive(Debug)]
pub(super) enum Values {
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Text(Vec<Vec<u8>>),
    /// Of a type that columns cannot have.
    None,
}

impl Values {
    /// Adds the value of a row, or says what was expected.
    pub(super) fn push(&mut self, text: &[u8], column: &Column, na_value: &str) -> Result<(), String> {
        let text = (!text.is_empty() && text != na_value.as_bytes()).then_some(text);
        macro_rules! push_number {
            ($values:ident, $kind:ident, $name:literal) => {{
                let default = if let ColumnDefault::$kind(value) = column.default { Some(value) } else { None };
                $values.push(text.map_or(default, number).ok_or($name)?);
            }};
        }
        match self {
            Values::I32(values) => push_number!(values, I32, "int32"),
            Values::I64(values) => push_number!(values, I64, "int64"),
            Values::F32(values) => push_number!(values, F32, "float32"),
            Values::F64(values) => push_number!(values, F64, "float64"),
            Values::Text(values) => {
                let default =
                    if let ColumnDefault::Text(text) = &column.default { Some(text.as_slice()) } else { None };
                values.push(text.or(default).ok_or("a text")?.to_vec());
            }
            Values::None => return Err("int32, int64, float32, float64 or string as its type".into()),
        }
        Ok(())
    }

    pub(super) fn tensor(self) -> Result<Tensor> {
        Ok(match self {
            Values::I32(values) => Tensor::vector(values),
            Values::I64(values) => Tensor::vector(values),
            Values::F32(values) => Tensor::vector(values),
            Values::F64(values) => Tensor::vector(values),
            Values::Text(values) => Tensor::strings(&[values.len()], values)?,
            Values::None => Tensor::vector(Vec::<f32>::new()),
        })
    }
}

/// The number in a text, with blanks around it or not.
fn number<T: FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// The narrowest type that has held all values so far; of those that are there, they become ever wider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Inferred {
    #[default]
    Nothing,
    I32,
    I64,
    F32,
    F64,
    Text,
}

impl Inferred {
    /// Sees one more value.
    pub(super) fn see(&mut self, text: &[u8], na_value: &str) {
        if !text.is_empty() && text != na_value.as_bytes() {
            *self = (*self).max(Inferred::of(text));
        }
    }

    /// The narrowest type of one value. What is infinite or no number is a text, as in Python.
    fn of(text: &[u8]) -> Inferred {
        if number::<i32>(text).is_some() {
            Inferred::I32
        } else if number::<i64>(text).is_some() {
            Inferred::I64
        } else if number::<f32>(text).is_some_and(|value| value < f32::INFINITY) {
            Inferred::F32
        } else if number::<f64>(text).is_some_and(|value| value < f64::INFINITY) {
            Inferred::F64
        } else {
            Inferred::Text
        }
    }

    /// Nothing and zero stand for what is missing.
    pub(super) fn default_value(self) -> ColumnDefault {
        match self {
            Inferred::I32 => ColumnDefault::I32(0),
            Inferred::I64 => ColumnDefault::I64(0),
            Inferred::F32 => ColumnDefault::F32(0.0),
            Inferred::F64 => ColumnDefault::F64(0.0),
            Inferred::Text | Inferred::Nothing => ColumnDefault::Text(Vec::new()),
        }
    }
}
