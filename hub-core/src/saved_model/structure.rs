//! What functions take and return: structured values as nests of specs.
//!
//! Read from the object graph by `object_graph`; the parameters of Python functions are in `function_spec`. How given
//! arguments are matched against specs is not known here.

use std::collections::BTreeMap;
use std::fmt;

use super::proto::{self, StructuredValue, StructuredValueKind as Kind, TypeSpecProto};
use super::{shape, tensor_proto};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Literal, Nest, Shape, Tensor};

/// Nests deeper than this are refused.
const DEPTH_LIMIT: usize = 64;

/// Tensors among default values may be larger than what stands in the file by this many bytes.
const FILL_LIMIT: usize = 1 << 14;

/// The type of one tensor argument or result.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorSpec {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its shape, as far as it is known.
    pub shape: Shape,
    /// Its element type.
    pub dtype: DType,
}

impl fmt::Display for TensorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorSpec(shape={}, dtype={}", self.shape, self.dtype)?;
        match &self.name {
            Some(name) => write!(f, ", name='{name}')"),
            None => f.write_str(")"),
        }
    }
}

/// A leaf of a function's arguments or results.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Spec {
    /// A tensor.
    Tensor(TensorSpec),
    /// A ragged tensor.
    Ragged {
        /// Its shape; ragged dimensions are unknown.
        shape: Shape,
        /// The element type of the flat values.
        dtype: DType,
        /// The number of ragged dimensions.
        ragged_rank: usize,
        /// The element type of the row splits.
        row_splits_dtype: DType,
    },
    /// A sparse tensor.
    Sparse {
        /// Its dense shape.
        shape: Shape,
        /// The element type of the values.
        dtype: DType,
    },
    /// A plain value of Python: the trace is for this value only.
    Literal(Literal),
    /// A tensor with its value; only among default values.
    Value(Tensor),
    /// Anything else, by its class; it can be shown, but not given.
    Other {
        /// The class, or the value where that says more: `IndexedSlicesSpec`, `tf.float32`.
        class_name: String,
        /// The number of tensors that it is made of.
        components: usize,
    },
}

impl Spec {
    /// The number of tensors that the leaf is passed as.
    pub fn components(&self) -> usize {
        match self {
            Spec::Tensor(_) => 1,
            Spec::Ragged { ragged_rank, .. } => 1 + ragged_rank,
            Spec::Sparse { .. } => 3,
            Spec::Literal(_) | Spec::Value(_) => 0,
            Spec::Other { components, .. } => *components,
        }
    }

    /// The specs of the tensors that the leaf is passed as; `None` for what this crate cannot make or take.
    pub fn parts(&self) -> Option<Vec<TensorSpec>> {
        let part = |shape: Shape, dtype| TensorSpec { name: None, shape, dtype };
        match self {
            Spec::Tensor(spec) => Some(vec![spec.clone()]),
            Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype } => {
                let inner = shape.dimensions().map(|sizes| sizes.get(ragged_rank + 1..).unwrap_or_default());
                let flat = inner.map_or_else(Shape::unknown, |inner| Shape::from([&[None], inner].concat()));
                // The outermost row splits are one more than the rows, of which the number may be known.
                let rows = shape.dimensions().and_then(|sizes| sizes.first().copied().flatten());
                let ends = |level| if level == 0 { rows.map(|rows| rows + 1) } else { None };
                let splits = (0..*ragged_rank).map(|level| part(Shape::from([ends(level)]), *row_splits_dtype));
                Some(std::iter::once(part(flat, *dtype)).chain(splits).collect())
            }
            Spec::Sparse { shape, dtype } => Some(vec![
                part(Shape::from([None, shape.rank()]), DType::I64),
                part(Shape::from([None]), *dtype),
                part(Shape::from([shape.rank()]), DType::I64),
            ]),
            Spec::Literal(_) | Spec::Value(_) => Some(Vec::new()),
            Spec::Other { .. } => None,
        }
    }

    fn other(class_name: impl Into<String>) -> Spec {
        Spec::Other { class_name: class_name.into(), components: 0 }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Tensor(spec) => spec.fmt(f),
            Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype } => write!(
                f,
                "RaggedTensorSpec(shape={shape}, dtype={dtype}, ragged_rank={ragged_rank}, \
                 row_splits_dtype={row_splits_dtype})"
            ),
            Spec::Sparse { shape, dtype } => write!(f, "SparseTensorSpec(shape={shape}, dtype={dtype})"),
            Spec::Literal(literal) => literal.fmt(f),
            Spec::Value(tensor) => tensor.fmt(f),
            Spec::Other { class_name, .. } => f.write_str(class_name),
        }
    }
}

/// The nest of specs that a structured value describes.
///
/// # Errors
/// [`Error::ModelStructure`] for impossible shapes and tensors, specs without their state, and nests too deep.
pub fn decode(value: &StructuredValue) -> Result<Nest<Spec>> {
    decode_within(value, DEPTH_LIMIT)
}

/// The nest of a value that may be absent, which is `None`.
pub(super) fn decode_optional(value: Option<&StructuredValue>) -> Result<Nest<Spec>> {
    value.map_or(Ok(Nest::None), decode)
}

fn decode_within(value: &StructuredValue, depth: usize) -> Result<Nest<Spec>> {
    let Some(kind) = &value.kind else { return Err(Error::structure("a structured value of no kind")) };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::structure(format!("a structured value nested more than {DEPTH_LIMIT} deep")));
    };
    let list =
        |values: &[StructuredValue]| values.iter().map(|value| decode_within(value, depth)).collect::<Result<_>>();
    Ok(match kind {
        Kind::NoneValue(_) => Nest::None,
        Kind::ListValue(list_value) => Nest::List(list(&list_value.values)?),
        Kind::TupleValue(tuple) => Nest::Tuple(list(&tuple.values)?),
        Kind::DictValue(dict) => Nest::Dict(
            dict.fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), decode_within(value, depth)?)))
                .collect::<Result<BTreeMap<_, _>>>()?,
        ),
        Kind::NamedTupleValue(tuple) => Nest::NamedTuple {
            name: tuple.name.clone(),
            fields: tuple
                .values
                .iter()
                .map(|pair| Ok((pair.key.clone(), decode_within(present(pair)?, depth)?)))
                .collect::<Result<_>>()?,
        },
        leaf => Nest::Leaf(decode_leaf(leaf)?),
    })
}

fn present(pair: &proto::PairValue) -> Result<&StructuredValue> {
    pair.value.as_ref().ok_or_else(|| Error::structure(format!("the field `{}` of a named tuple is empty", pair.key)))
}

fn decode_leaf(kind: &Kind) -> Result<Spec> {
    Ok(match kind {
        Kind::Float64Value(value) => Spec::Literal(Literal::Float(*value)),
        Kind::Int64Value(value) => Spec::Literal(Literal::Int(*value)),
        Kind::StringValue(text) => Spec::Literal(Literal::String(text.clone())),
        Kind::BoolValue(value) => Spec::Literal(Literal::Bool(*value)),
        Kind::TensorShapeValue(message) => Spec::other(format!("TensorShape({})", shape::decode(message)?)),
        Kind::TensorDtypeValue(number) => Spec::other(dtype_name(*number)),
        Kind::TensorSpecValue(spec) => tensor_spec(&spec.name, spec.shape.as_ref(), spec.dtype)?,
        Kind::BoundedTensorSpecValue(spec) => tensor_spec(&spec.name, spec.shape.as_ref(), spec.dtype)?,
        Kind::TypeSpecValue(spec) => type_spec(spec)?,
        Kind::TensorValue(tensor) | Kind::NumpyValue(tensor) => Spec::Value(default_value(tensor)?),
        Kind::NoneValue(_)
        | Kind::ListValue(_)
        | Kind::TupleValue(_)
        | Kind::DictValue(_)
        | Kind::NamedTupleValue(_) => return Err(Error::structure("a nest where a single value is expected")),
    })
}

fn dtype_name(number: i32) -> String {
    DType::from_number(number).map_or_else(|| format!("element type {number}"), |dtype| format!("tf.{dtype}"))
}

/// A tensor's spec; one of a type that no tensor here can have is shown, and cannot be given.
fn tensor_spec(name: &str, shape: Option<&proto::TensorShapeProto>, dtype: i32) -> Result<Spec> {
    let shape = shape::decode_optional(shape)?;
    Ok(match DType::from_number(dtype) {
        Some(dtype) => {
            Spec::Tensor(TensorSpec { name: Some(name.to_owned()).filter(|name| !name.is_empty()), shape, dtype })
        }
        None => {
            Spec::Other { class_name: format!("TensorSpec(shape={shape}, dtype={})", dtype_name(dtype)), components: 1 }
        }
    })
}

/// A tensor among default values, whose memory stays near what it takes in the file.
fn default_value(message: &proto::TensorProto) -> Result<Tensor> {
    let (dtype, shape) = tensor_proto::describe(message)?;
    let size = dtype.size_bytes().unwrap_or(size_of::<Vec<u8>>()) * shape.iter().product::<usize>();
    let given = prost::Message::encoded_len(message).saturating_mul(8);
    if size > given.saturating_add(FILL_LIMIT) {
        return Err(Error::structure(format!("a default value of {size} bytes")));
    }
    tensor_proto::decode(message)
}

/// The numbers of `tensorflow.TypeSpecProto.TypeSpecClass` that have a form of their own here.
pub(super) const SPARSE_TENSOR_SPEC: i32 = 1;
pub(super) const RAGGED_TENSOR_SPEC: i32 = 3;

fn type_spec(spec: &TypeSpecProto) -> Result<Spec> {
    let state = match spec.type_state.as_deref().and_then(|state| state.kind.as_ref()) {
        Some(Kind::TupleValue(tuple)) => tuple.values.iter().map(|value| value.kind.as_ref()).collect(),
        _ => Vec::new(),
    };
    match (spec.type_spec_class, &state[..]) {
        (SPARSE_TENSOR_SPEC, [Some(Kind::TensorShapeValue(dims)), Some(Kind::TensorDtypeValue(dtype))]) => {
            if let Some(dtype) = DType::from_number(*dtype) {
                return Ok(Spec::Sparse { shape: shape::decode(dims)?, dtype });
            }
        }
        (
            RAGGED_TENSOR_SPEC,
            [
                Some(Kind::TensorShapeValue(dims)),
                Some(Kind::TensorDtypeValue(dtype)),
                Some(Kind::Int64Value(ragged_rank)),
                Some(Kind::TensorDtypeValue(row_splits_dtype)),
            ],
        ) => {
            let ragged_rank = usize::try_from(*ragged_rank).ok().filter(|rank| *rank <= DEPTH_LIMIT);
            let ragged_rank = ragged_rank.ok_or_else(|| Error::structure("a ragged tensor of an impossible rank"))?;
            if let (Some(dtype), Some(row_splits_dtype)) =
                (DType::from_number(*dtype), DType::from_number(*row_splits_dtype))
            {
                return Ok(Spec::Ragged { shape: shape::decode(dims)?, dtype, ragged_rank, row_splits_dtype });
            }
        }
        _ => {}
    }
    let components = usize::try_from(spec.num_flat_components).unwrap_or(0);
    Ok(Spec::Other { class_name: spec.type_spec_class_name.clone(), components })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: Kind) -> StructuredValue {
        StructuredValue { kind: Some(kind) }
    }

    fn text(text: &str) -> StructuredValue {
        value(Kind::StringValue(text.into()))
    }

    fn tuple(values: Vec<StructuredValue>) -> StructuredValue {
        value(Kind::TupleValue(proto::TupleValue { values }))
    }

    fn list(values: Vec<StructuredValue>) -> StructuredValue {
        value(Kind::ListValue(proto::ListValue { values }))
    }

    fn dims(shape: Shape) -> Box<proto::TensorShapeProto> {
        Box::new(shape::encode(&shape))
    }

    fn type_spec(class: i32, name: &str, state: Vec<StructuredValue>) -> StructuredValue {
        value(Kind::TypeSpecValue(Box::new(TypeSpecProto {
            type_spec_class: class,
            type_state: Some(Box::new(tuple(state))),
            type_spec_class_name: name.into(),
            num_flat_components: 2,
        })))
    }

    #[test]
    fn specs_print_as_in_python() {
        let shape = dims(Shape::from([None, Some(3)]));
        let tensor = |name: &str, dtype| {
            let spec = proto::TensorSpecProto { name: name.into(), shape: Some(*shape.clone()), dtype };
            value(Kind::TensorSpecValue(Box::new(spec)))
        };
        let dtype = |number| value(Kind::TensorDtypeValue(number));
        let shown = |value: &StructuredValue| decode(value).unwrap().to_string();
        assert_eq!(shown(&tensor("x", 1)), "TensorSpec(shape=[?, 3], dtype=float32, name='x')");
        assert_eq!(shown(&tensor("", 20)), "TensorSpec(shape=[?, 3], dtype=resource)");
        assert_eq!(shown(&tensor("x", 24)), "TensorSpec(shape=[?, 3], dtype=element type 24)");
        let ragged = vec![value(Kind::TensorShapeValue(shape.clone())), dtype(1), value(Kind::Int64Value(1)), dtype(9)];
        assert_eq!(
            shown(&type_spec(3, "RaggedTensorSpec", ragged)),
            "RaggedTensorSpec(shape=[?, 3], dtype=float32, ragged_rank=1, row_splits_dtype=int64)"
        );
        let sparse = vec![value(Kind::TensorShapeValue(shape.clone())), dtype(1)];
        assert_eq!(shown(&type_spec(1, "SparseTensorSpec", sparse)), "SparseTensorSpec(shape=[?, 3], dtype=float32)");
        let other = decode(&type_spec(2, "IndexedSlicesSpec", vec![])).unwrap();
        assert_eq!(other, Nest::Leaf(Spec::Other { class_name: "IndexedSlicesSpec".into(), components: 2 }));
    }

    #[test]
    fn nests_are_bounded() {
        let mut deep = text("x");
        for _ in 0..DEPTH_LIMIT {
            deep = list(vec![deep]);
        }
        assert!(matches!(decode(&deep), Err(Error::ModelStructure { .. })));
        assert!(matches!(decode(&StructuredValue { kind: None }), Err(Error::ModelStructure { .. })));
    }

    #[test]
    fn default_values_stay_small() {
        let tensor = proto::TensorProto {
            dtype: 1,
            tensor_shape: Some(*dims(Shape::from([1 << 20]))),
            float_val: vec![1.0],
            ..Default::default()
        };
        assert!(matches!(decode(&value(Kind::NumpyValue(Box::new(tensor)))), Err(Error::ModelStructure { .. })));
    }
}
