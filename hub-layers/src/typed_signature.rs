//! What the types that `hub_model!` writes rest on: loading, holding a model against them, calling.
//!
//! The structs themselves are written by hub-macros, from the model's description.

use hub_core::saved_model::{Spec, TensorSpec};
use hub_core::{DType, Element, LoadOptions, LoadedModel, Nest, Shape, Signature, Structure, Tensor};
use ndarray::{Array, Dimension};

use crate::error::Result;

/// What one tensor of a signature is, as its model said while the program was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: &'static str,
    /// Its element type; `None` for what is no plain tensor.
    pub dtype: Option<DType>,
    /// Its shape, where the number of dimensions is known; a dimension of any size is `None`.
    pub shape: Option<&'static [Option<usize>]>,
}

impl TensorInfo {
    fn shape(&self) -> Shape {
        self.shape.map_or_else(Shape::unknown, |dimensions| dimensions.to_vec().into())
    }

    fn shown(&self) -> String {
        match self.dtype {
            Some(dtype) => format!("`{}`: {dtype} {}", self.name, self.shape()),
            None => format!("`{}`", self.name),
        }
    }
}

/// Loads a model by its handle.
pub fn load(handle: &str, tags: Option<&[&str]>) -> Result<LoadedModel> {
    let options = match tags {
        Some(tags) => LoadOptions::new().tags(tags.iter().copied()),
        None => LoadOptions::new(),
    };
    Ok(hub_core::load_with(handle, &options)?)
}

/// A signature of a loaded model, if it still is what the program was compiled for.
pub fn signature(model: &LoadedModel, name: &str, inputs: &[TensorInfo], outputs: &[TensorInfo]) -> Result<Signature> {
    let signature = model.signatures().get(name)?.clone();
    let what = |side: &str| format!("the {side} of the signature `{name}`");
    if inputs.iter().all(|input| input.dtype.is_some()) {
        let found = signature.inputs()?;
        let found: Vec<(&str, Option<&TensorSpec>)> = found.iter().map(|(name, spec)| (*name, Some(spec))).collect();
        same(&what("inputs"), inputs, &found)?;
    }
    let found = signature.outputs()?;
    let leaf = |key: &'_ str| match found.get(key) {
        Some(Nest::Leaf(Spec::Tensor(spec))) => Some(spec),
        _ => None,
    };
    let found: Vec<(&str, Option<&TensorSpec>)> = found.keys().into_iter().map(|key| (key, leaf(key))).collect();
    same(&what("outputs"), outputs, &found)?;
    Ok(signature)
}

fn same(what: &str, expected: &[TensorInfo], found: &[(&str, Option<&TensorSpec>)]) -> Result<()> {
    let fits = |info: &TensorInfo| {
        found.iter().any(|(name, spec)| {
            *name == info.name
                && spec.is_none_or(|spec| {
                    info.dtype.is_none_or(|dtype| dtype == spec.dtype) && info.shape().is_compatible_with(&spec.shape)
                })
        })
    };
    if expected.len() == found.len() && expected.iter().all(fits) {
        return Ok(());
    }
    let found = found.iter().map(|(name, spec)| match spec {
        Some(spec) => format!("`{name}`: {} {}", spec.dtype, spec.shape),
        None => format!("`{name}`"),
    });
    Err(hub_core::Error::StructureMismatch {
        what: what.to_owned(),
        expected: expected.iter().map(TensorInfo::shown).collect::<Vec<_>>().join(", "),
        found: found.collect::<Vec<_>>().join(", "),
    }
    .into())
}

/// Calls a signature with its inputs by name.
pub fn call(signature: &Signature, inputs: Vec<(&str, Structure)>) -> Result<Structure> {
    let keywords = inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(signature.call(hub_core::Arguments { positional: Vec::new(), keywords })?)
}

/// One of the outputs, as the type that its field has.
pub fn output<T: FromOutput>(outputs: &Structure, name: &str) -> Result<T> {
    match outputs.get(name) {
        Some(value) => T::from_output(value),
        None => Err(hub_core::Error::OutputKeyNotFound {
            key: name.to_owned(),
            available: outputs.keys().into_iter().map(str::to_owned).collect(),
        }
        .into()),
    }
}

/// What the field of an output can be.
pub trait FromOutput: Sized {
    /// The output as this type.
    ///
    /// # Errors
    /// Where element type or number of dimensions differ.
    fn from_output(value: &Structure) -> Result<Self>;
}

impl<T: Element, D: Dimension> FromOutput for Array<T, D> {
    fn from_output(value: &Structure) -> Result<Array<T, D>> {
        Ok(Array::try_from(value.tensor()?)?)
    }
}

impl FromOutput for Tensor {
    fn from_output(value: &Structure) -> Result<Tensor> {
        Ok(value.tensor()?.clone())
    }
}

impl FromOutput for Structure {
    fn from_output(value: &Structure) -> Result<Structure> {
        Ok(value.clone())
    }
}
