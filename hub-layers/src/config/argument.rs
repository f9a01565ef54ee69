//! [`Argument`]: what an argument can be: numbers, texts, shapes, element types, other classes.

use hub_core::{DType, Shape};
use serde_json::{Number, Value};

use super::kinds::{Kind, read_choice, write_choice};
pub use super::reading::At;
use crate::activations::{ActivationChoice, ActivationFunction};
use crate::choice::{Choice, HasNames};
use crate::error::{Error, Result};

/// A value that stands in a config.
pub trait Argument: Sized {
    /// The value as JSON.
    ///
    /// # Errors
    /// [`Error::NoConfig`] where it cannot be written.
    fn write(&self) -> Result<Value>;

    /// The value that JSON stands for.
    ///
    /// # Errors
    /// [`Error::BadConfig`] where it is of another type.
    fn read(json: &Value, at: At<'_>) -> Result<Self>;
}

impl Argument for f64 {
    fn write(&self) -> Result<Value> {
        let why = || Error::NoConfig { what: self.to_string(), why: "JSON has no such number".into() };
        Number::from_f64(*self).map(Value::Number).ok_or_else(why)
    }

    fn read(json: &Value, at: At<'_>) -> Result<f64> {
        json.as_f64().ok_or_else(|| at.expected("a number", json))
    }
}

impl Argument for bool {
    fn write(&self) -> Result<Value> {
        Ok((*self).into())
    }

    fn read(json: &Value, at: At<'_>) -> Result<bool> {
        json.as_bool().ok_or_else(|| at.expected("true or false", json))
    }
}

impl Argument for String {
    fn write(&self) -> Result<Value> {
        Ok(self.as_str().into())
    }

    fn read(json: &Value, at: At<'_>) -> Result<String> {
        json.as_str().map(str::to_owned).ok_or_else(|| at.expected("a text", json))
    }
}

macro_rules! whole_numbers {
    ($($number:ty = $expected:literal),*) => {$(
        impl Argument for $number {
            fn write(&self) -> Result<Value> {
                Ok((*self).into())
            }

            fn read(json: &Value, at: At<'_>) -> Result<$number> {
                let whole = json.as_i64().and_then(|number| <$number>::try_from(number).ok());
                // Python writes what was computed as a float.
                let rounded = || json.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
                let whole = whole.or_else(|| <$number>::try_from(rounded()? as i64).ok());
                whole.ok_or_else(|| at.expected($expected, json))
            }
        }
    )*};
}

whole_numbers!(
    usize = "a whole number, 0 or more",
    u64 = "a whole number, 0 or more",
    i64 = "a whole number",
    i32 = "a whole number"
);

impl<A: Argument> Argument for Option<A> {
    fn write(&self) -> Result<Value> {
        self.as_ref().map_or(Ok(Value::Null), A::write)
    }

    fn read(json: &Value, at: At<'_>) -> Result<Option<A>> {
        if json.is_null() { Ok(None) } else { A::read(json, at).map(Some) }
    }
}

impl<A: Argument> Argument for Vec<A> {
    fn write(&self) -> Result<Value> {
        self.iter().map(A::write).collect::<Result<Vec<_>>>().map(Value::Array)
    }

    fn read(json: &Value, at: At<'_>) -> Result<Vec<A>> {
        let items = json.as_array().ok_or_else(|| at.expected("a list", json))?;
        let item = |(index, item): (usize, &Value)| A::read(item, At { path: &format!("{}[{index}]", at.path), ..at });
        items.iter().enumerate().map(item).collect()
    }
}

impl Argument for DType {
    fn write(&self) -> Result<Value> {
        Ok(self.to_string().into())
    }

    fn read(json: &Value, at: At<'_>) -> Result<DType> {
        // A policy that stands for one type is written as a class with a name.
        let name = json.pointer("/config/name").unwrap_or(json);
        let dtype = name.as_str().and_then(|name| name.parse().ok());
        dtype.ok_or_else(|| at.expected("the name of an element type (mixed precision is not supported)", name))
    }
}

impl Argument for Shape {
    fn write(&self) -> Result<Value> {
        let dimensions = self.dimensions();
        Ok(dimensions.map_or(Value::Null, |sizes| sizes.iter().map(|size| Value::from(*size)).collect()))
    }

    fn read(json: &Value, at: At<'_>) -> Result<Shape> {
        if json.is_null() {
            return Ok(Shape::unknown());
        }
        let sizes: Vec<Option<usize>> = Argument::read(json, at).map_err(|_| at.expected("a list of sizes", json))?;
        Ok(sizes.into())
    }
}

impl Argument for ActivationChoice {
    fn write(&self) -> Result<Value> {
        Ok(self.name().into())
    }

    fn read(json: &Value, at: At<'_>) -> Result<ActivationChoice> {
        match json {
            Value::Null => Ok(ActivationFunction::Linear.into()),
            Value::String(name) => Ok(name.as_str().into()),
            // A function is written as a class by some releases.
            json => match json.get("config").and_then(Value::as_str) {
                Some(name) => Ok(name.into()),
                None => Err(at.expected("the name of an activation", json)),
            },
        }
    }
}

impl<T: Kind + HasNames + ?Sized> Argument for Choice<T> {
    fn write(&self) -> Result<Value> {
        write_choice(self)
    }

    fn read(json: &Value, at: At<'_>) -> Result<Choice<T>> {
        read_choice(json, at)
    }
}

impl Argument for Value {
    fn write(&self) -> Result<Value> {
        Ok(self.clone())
    }

    fn read(json: &Value, _: At<'_>) -> Result<Value> {
        Ok(json.clone())
    }
}
