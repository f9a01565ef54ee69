//! [`ExampleSchema`]: which features examples have, and how they become tensors.
//!
//! As `tf.io.parse_single_example` with `FixedLenFeature`s; what has another length in each example is not here.

use std::sync::Arc;

use hub_core::{DType, Nest, Tensor};

use super::example::{Example, Feature};
use crate::data::dataset::Dataset;
use crate::data::element::Element;
use crate::error::{Error, Result};

/// Which features examples have, with shapes and types, and which of them are features and labels of an element.
///
/// Without [`ExampleSchema::x`], the features of an element are a dict of all that are not labels.
#[derive(Debug, Clone, Default)]
pub struct ExampleSchema {
    features: Vec<FixedLen>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Debug, Clone)]
struct FixedLen {
    name: String,
    shape: Vec<usize>,
    dtype: DType,
    default_value: Option<Tensor>,
}

impl ExampleSchema {
    /// Without features.
    pub fn new() -> ExampleSchema {
        ExampleSchema::default()
    }

    /// A feature that each example has: float32, int64 or strings, as many as the shape says. (`FixedLenFeature`)
    pub fn fixed_len(mut self, name: impl Into<String>, shape: &[usize], dtype: DType) -> ExampleSchema {
        self.features.push(FixedLen { name: name.into(), shape: shape.to_vec(), dtype, default_value: None });
        self
    }

    /// A feature that has this value, shape and type where an example has none.
    pub fn fixed_len_or(mut self, name: impl Into<String>, default_value: impl Into<Tensor>) -> ExampleSchema {
        let value = default_value.into();
        let (shape, dtype) = (value.shape().to_vec(), value.dtype());
        self.features.push(FixedLen { name: name.into(), shape, dtype, default_value: Some(value) });
        self
    }

    /// The feature that alone goes into the model.
    pub fn x(mut self, name: impl Into<String>) -> ExampleSchema {
        self.x = Some(name.into());
        self
    }

    /// The feature that is the label.
    pub fn y(mut self, name: impl Into<String>) -> ExampleSchema {
        self.y = Some(name.into());
        self
    }

    /// The tensors of a record.
    ///
    /// # Errors
    /// [`Error::BadExample`] for bytes that are no example, and features that are not as said.
    pub fn parse(&self, record: &[u8]) -> Result<Element> {
        let example = Example::decode(record)?;
        let tensors = self.features.iter().map(|feature| Ok((feature.name.clone(), feature.tensor(&example)?)));
        let mut tensors = tensors.collect::<Result<Vec<_>>>()?;
        let label = self.y.as_ref().map(|name| take(&mut tensors, name)).transpose()?;
        let x = match &self.x {
            Some(name) => Nest::Leaf(take(&mut tensors, name)?),
            None => Nest::Dict(tensors.into_iter().map(|(name, tensor)| (name, Nest::Leaf(tensor))).collect()),
        };
        Ok(Element { x, y: label.map(Nest::Leaf), sample_weight: None, rows: None })
    }
}

impl Dataset {
    /// Examples as tensors: elements that are a scalar of bytes, as those of
    /// [`record_dataset`](super::record_dataset) are, become features and labels.
    pub fn parse_examples(&self, schema: ExampleSchema) -> Dataset {
        let schema = Arc::new(schema);
        self.map(move |element| match &element.x {
            Nest::Leaf(record) if record.len() == 1 => schema.parse(&record.as_strings()?[0]),
            _ => Err(bad(None, "one string", "something else")),
        })
    }
}

impl FixedLen {
    fn tensor(&self, example: &Example) -> Result<Tensor> {
        let Some(feature) = example.get(&self.name) else {
            let missing = || bad(Some(&self.name), self.dtype.to_string(), "none in the example");
            return self.default_value.clone().ok_or_else(missing);
        };
        let count: usize = self.shape.iter().product();
        if feature.len() != count {
            return Err(bad(Some(&self.name), format!("{count} values"), feature.len().to_string()));
        }
        let tensor = match (feature, self.dtype) {
            (Feature::Floats(values), DType::F32) => Tensor::new(&self.shape, values.clone()),
            (Feature::Ints(values), DType::I64) => Tensor::new(&self.shape, values.clone()),
            (Feature::Bytes(values), DType::String) => Tensor::strings(&self.shape, values.clone()),
            (feature, dtype) => {
                let found = match feature {
                    Feature::Bytes(_) => "strings",
                    Feature::Floats(_) => "float32",
                    Feature::Ints(_) => "int64",
                };
                return Err(bad(Some(&self.name), dtype.to_string(), found));
            }
        };
        Ok(tensor?)
    }
}

/// Takes out the tensor of this name.
fn take(tensors: &mut Vec<(String, Tensor)>, name: &str) -> Result<Tensor> {
    match tensors.iter().position(|(feature, _)| feature == name) {
        Some(index) => Ok(tensors.swap_remove(index).1),
        None => Err(bad(Some(name), "one of the features of the schema", "none")),
    }
}

fn bad(feature: Option<&str>, expected: impl Into<String>, found: impl Into<String>) -> Error {
    Error::BadExample { feature: feature.map(str::to_owned), expected: expected.into(), found: found.into() }
}
