//! The parts of a description that serialise in a form of their own: nests, specs, shapes, parameters.
//!
//! A nest keeps its kind: `{"tuple": [...]}`, `{"list": [...]}`, `{"dict": {...}}`,
//! `{"namedtuple": {"name", "fields": [[key, nest], ...]}}`, `null`. A leaf is `{"tensor": {"name", "dtype", "shape"}}`,
//! `{"literal": value}`, `{"ragged": {...}}`, `{"sparse": {...}}` or `{"other": class}`. Unknown dimensions are `null`, and
//! so is a shape of unknown rank. Bytes are text where they are UTF-8, `{"b64": "..."}` where not. Everything is written as it is met, nothing gathered.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::super::function_spec::{FunctionSpec, Parameter, ParameterKind};
use super::super::structure::Spec;
use crate::dtype::DType;
use crate::tensor::{Literal, Nest, Shape};

pub(super) fn shape<S: Serializer>(shape: &Shape, serializer: S) -> Result<S::Ok, S::Error> {
    shape.dimensions().serialize(serializer)
}

pub(super) fn dtype<S: Serializer>(dtype: &DType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(dtype.name())
}

pub(super) fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => tagged(serializer, "b64", BASE64_STANDARD.encode(bytes)),
    }
}

pub(super) fn nest<S: Serializer>(nest: &Nest<Spec>, serializer: S) -> Result<S::Ok, S::Error> {
    InForm(nest).serialize(serializer)
}

pub(super) fn parameters<S: Serializer>(spec: &Option<FunctionSpec>, serializer: S) -> Result<S::Ok, S::Error> {
    spec.as_ref().map(InForm).serialize(serializer)
}

/// A value of another module in the form that this module gives it.
struct InForm<T>(T);

/// An object of one entry, which names the kind of its value.
fn tagged<S: Serializer>(serializer: S, kind: &str, value: impl Serialize) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(kind, &value)?;
    map.end()
}

impl Serialize for InForm<&Nest<Spec>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Nest::None => serializer.serialize_none(),
            Nest::Leaf(spec) => InForm(spec).serialize(serializer),
            Nest::List(items) => tagged(serializer, "list", InForm(&items[..])),
            Nest::Tuple(items) => tagged(serializer, "tuple", InForm(&items[..])),
            Nest::Dict(entries) => tagged(serializer, "dict", InForm(entries)),
            Nest::NamedTuple { name, fields } => tagged(serializer, "namedtuple", InForm((name, &fields[..]))),
        }
    }
}

impl Serialize for InForm<&[Nest<Spec>]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(InForm))
    }
}

impl Serialize for InForm<&std::collections::BTreeMap<String, Nest<Spec>>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, item)| (key, InForm(item))))
    }
}

impl Serialize for InForm<(&String, &[(String, Nest<Spec>)])> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, fields) = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("fields", &InForm(fields))?;
        map.end()
    }
}

impl Serialize for InForm<&[(String, Nest<Spec>)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(key, item)| (key, InForm(item))))
    }
}

/// The entries of a tensor-like spec.
#[derive(Serialize)]
struct TensorForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    dtype: &'static str,
    shape: Option<&'a [Option<usize>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ragged_rank: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row_splits_dtype: Option<&'static str>,
}

fn tensor_form<'a>(dtype: DType, shape: &'a Shape) -> TensorForm<'a> {
    let (dtype, shape) = (dtype.name(), shape.dimensions());
    TensorForm { name: None, dtype, shape, ragged_rank: None, row_splits_dtype: None }
}

impl Serialize for InForm<&Spec> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Spec::Tensor(spec) => {
                let form = TensorForm { name: spec.name.as_deref(), ..tensor_form(spec.dtype, &spec.shape) };
                tagged(serializer, "tensor", form)
            }
            Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype } => {
                let form = TensorForm {
                    ragged_rank: Some(*ragged_rank),
                    row_splits_dtype: Some(row_splits_dtype.name()),
                    ..tensor_form(*dtype, shape)
                };
                tagged(serializer, "ragged", form)
            }
            Spec::Sparse { shape, dtype } => tagged(serializer, "sparse", tensor_form(*dtype, shape)),
            Spec::Literal(literal) => tagged(serializer, "literal", InForm(literal)),
            Spec::Value(tensor) => tagged(serializer, "value", tensor.to_json()),
            other => tagged(serializer, "other", other.to_string()),
        }
    }
}

impl Serialize for InForm<&Literal> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Literal::Bool(value) => serializer.serialize_bool(*value),
            Literal::Int(value) => serializer.serialize_i64(*value),
            Literal::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Literal::Float(value) => serializer.collect_str(&value),
            Literal::String(text) => serializer.serialize_str(text),
        }
    }
}

impl Serialize for InForm<&FunctionSpec> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("parameters", &InForm(&self.0.parameters[..]))?;
        for (key, name) in [("varargs", &self.0.varargs), ("varkw", &self.0.varkw)] {
            if let Some(name) = name {
                map.serialize_entry(key, name)?;
            }
        }
        map.end()
    }
}

impl Serialize for InForm<&[Parameter]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for parameter in self.0 {
            list.serialize_element(&InForm(parameter))?;
        }
        list.end()
    }
}

impl Serialize for InForm<&Parameter> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.0.name)?;
        if self.0.kind == ParameterKind::KeywordOnly {
            map.serialize_entry("keyword_only", &true)?;
        }
        if let Some(default) = &self.0.default {
            map.serialize_entry("default", &InForm(default))?;
        }
        map.end()
    }
}
