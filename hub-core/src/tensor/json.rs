//! The JSON form of tensors and nests, as the `tfhub` command reads and prints it.
//!
//! ```text
//! tensor      {"dtype": "float32", "shape": [1, 2], "values": [[1.0, 2.0]]}
//! a string    "text" where it is UTF-8, {"b64": "..."} where not
//! complex     [re, im]
//! not finite  "NaN", "Infinity", "-Infinity"
//! ragged      {"ragged": [[1.0], []]}
//! sparse      {"sparse": [indices, values, dense_shape]}
//! dict, list  as JSON has them; tuples are lists
//! ```
//!
//! Plain values (`[[1.0, 2.0]]`) become tensors by [`Tensor::from_json`], with a given element type or a guessed one.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use half::{bf16, f16};
use num_complex::Complex;
use serde_json::{Value as Json, json};

use super::element::Element;
use super::nest::Nest;
use super::tensor::Tensor;
use super::value::{Literal, RaggedTensor, SparseTensor, Structure, Value};
use crate::dtype::DType;
use crate::error::{Error, Result};

impl Tensor {
    /// The tensor in its JSON form.
    pub fn to_json(&self) -> Json {
        let mut elements = scalars(self).into_iter();
        json!({ "dtype": self.dtype().name(), "shape": self.shape(), "values": nested(self.shape(), &mut elements) })
    }

    /// The tensor that a JSON value describes: the whole form with `dtype`, `shape` and `values`, or nested lists of
    /// plain values.
    ///
    /// Without `dtype`, numbers without a fraction become int32 (int64 where one does not fit), others float32,
    /// texts strings, as TensorFlow does.
    ///
    /// # Errors
    /// [`Error::InvalidTensor`] for lists of unequal length and values that are not of the type.
    pub fn from_json(json: &Json, dtype: Option<DType>) -> Result<Tensor> {
        if let Some(values) = json.get("values") {
            let dtype = match json.get("dtype").and_then(Json::as_str) {
                Some(name) => Some(name.parse()?),
                None => dtype,
            };
            let tensor = Tensor::from_json(values, dtype)?;
            let Some(shape) = json.get("shape") else { return Ok(tensor) };
            let shape: Vec<usize> =
                serde_json::from_value(shape.clone()).map_err(|why| invalid(json, &why.to_string()))?;
            return tensor.reshape(&shape);
        }
        let mut shape = Vec::new();
        let mut elements = Vec::new();
        gather(json, 0, &mut shape, &mut elements).map_err(|why| invalid(json, &why))?;
        let dtype = dtype.unwrap_or_else(|| guess(&elements));
        from_scalars(dtype, &shape, &elements)
            .ok_or_else(|| invalid(json, &format!("not every value is of the type {dtype}")))?
    }
}

impl Nest<Value> {
    /// The structure in its JSON form; a literal stands as itself.
    pub fn to_json(&self) -> Json {
        match self {
            Nest::None => Json::Null,
            Nest::Leaf(Value::Tensor(tensor)) => tensor.to_json(),
            Nest::Leaf(Value::Ragged(ragged)) => json!({ "ragged": ragged_rows(ragged) }),
            Nest::Leaf(Value::Sparse(sparse)) => {
                let part = |tensor: &Tensor| tensor.to_json()["values"].take();
                json!({ "sparse": [part(sparse.indices()), part(sparse.values()), part(sparse.dense_shape())] })
            }
            Nest::Leaf(Value::Literal(literal)) => match literal {
                Literal::Bool(value) => json!(value),
                Literal::Int(value) => json!(value),
                Literal::Float(value) => number(*value),
                Literal::String(text) => json!(text),
            },
            Nest::List(items) | Nest::Tuple(items) => items.iter().map(Structure::to_json).collect(),
            Nest::NamedTuple { fields, .. } => {
                Json::Object(fields.iter().map(|(key, item)| (key.clone(), item.to_json())).collect())
            }
            Nest::Dict(entries) => {
                Json::Object(entries.iter().map(|(key, item)| (key.clone(), item.to_json())).collect())
            }
        }
    }

    /// The structure that a JSON value describes. Lists of plain values become tensors, lists that hold objects lists.
    ///
    /// # Errors
    /// [`Error::InvalidTensor`] where a part is not in the form that the module describes.
    pub fn from_json(json: &Json) -> Result<Structure> {
        Ok(match json {
            Json::Null => Nest::None,
            Json::Object(map) if map.contains_key("values") || map.contains_key("b64") => {
                Tensor::from_json(json, None)?.into()
            }
            Json::Object(map) if map.contains_key("ragged") => ragged(&map["ragged"])?.into(),
            Json::Object(map) if map.contains_key("sparse") => {
                let part = |index: usize, dtype| Tensor::from_json(&map["sparse"][index], dtype);
                let (indices, values) = (part(0, Some(DType::I64))?, part(1, None)?);
                SparseTensor::new(indices, values, part(2, Some(DType::I64))?)?.into()
            }
            Json::Object(map) => Nest::Dict(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), Structure::from_json(item)?)))
                    .collect::<Result<BTreeMap<_, _>>>()?,
            ),
            Json::Array(items) if items.iter().any(holds_structure) => {
                Nest::List(items.iter().map(Structure::from_json).collect::<Result<_>>()?)
            }
            _ => Tensor::from_json(json, None)?.into(),
        })
    }
}

/// Whether a JSON value is more than plain values in lists.
fn holds_structure(json: &Json) -> bool {
    match json {
        Json::Object(map) => !map.contains_key("b64"),
        Json::Null => true,
        Json::Array(items) => items.iter().any(holds_structure),
        _ => false,
    }
}

fn invalid(json: &Json, why: &str) -> Error {
    Error::InvalidTensor { text: json.to_string().chars().take(80).collect(), why: why.to_owned() }
}

fn number(value: f64) -> Json {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        json!(value)
    }
}

/// The elements as JSON scalars, in order.
fn scalars(tensor: &Tensor) -> Vec<Json> {
    fn each<T: Element>(tensor: &Tensor, convert: impl Fn(T) -> Json) -> Vec<Json> {
        tensor.as_slice::<T>().map(|slice| slice.iter().map(|value| convert(*value)).collect()).unwrap_or_default()
    }
    // A float32 goes through its shortest decimal text, so that 0.1 prints as 0.1.
    let short = |value: f32| number(value.to_string().parse().unwrap_or(f64::from(value)));
    match tensor.dtype() {
        DType::F32 => each(tensor, short),
        DType::F64 => each(tensor, number),
        DType::F16 => each(tensor, |value: f16| short(value.to_f32())),
        DType::BF16 => each(tensor, |value: bf16| short(value.to_f32())),
        DType::I8 => each(tensor, |value: i8| json!(value)),
        DType::I16 => each(tensor, |value: i16| json!(value)),
        DType::I32 => each(tensor, |value: i32| json!(value)),
        DType::I64 => each(tensor, |value: i64| json!(value)),
        DType::U8 => each(tensor, |value: u8| json!(value)),
        DType::U16 => each(tensor, |value: u16| json!(value)),
        DType::U32 => each(tensor, |value: u32| json!(value)),
        DType::U64 => each(tensor, |value: u64| json!(value)),
        DType::Bool => each(tensor, |value: bool| json!(value)),
        DType::Complex64 => each(tensor, |value: Complex<f32>| json!([short(value.re), short(value.im)])),
        DType::Complex128 => each(tensor, |value: Complex<f64>| json!([number(value.re), number(value.im)])),
        DType::String => tensor.as_strings().map(|all| all.iter().map(|s| string(s)).collect()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn string(bytes: &[u8]) -> Json {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "b64": BASE64_STANDARD.encode(bytes) }),
    }
}

fn nested(shape: &[usize], elements: &mut impl Iterator<Item = Json>) -> Json {
    match shape {
        [] => elements.next().unwrap_or(Json::Null),
        // Without elements the shape alone tells; lists of empty lists could be any number.
        [..] if shape.contains(&0) => Json::Array(Vec::new()),
        [count, rest @ ..] => (0..*count).map(|_| nested(rest, elements)).collect(),
    }
}

/// Finds the shape of nested lists and puts their scalars in a row.
fn gather<'a>(
    json: &'a Json,
    depth: usize,
    shape: &mut Vec<usize>,
    elements: &mut Vec<&'a Json>,
) -> Result<(), String> {
    let Json::Array(items) = json else {
        if depth != shape.len() {
            return Err("lists of unequal depth".into());
        }
        elements.push(json);
        return Ok(());
    };
    if depth == shape.len() {
        if !elements.is_empty() {
            return Err("lists of unequal depth".into());
        }
        shape.push(items.len());
    }
    if shape[depth] != items.len() {
        return Err(format!("lists of unequal length ({} and {})", shape[depth], items.len()));
    }
    items.iter().try_for_each(|item| gather(item, depth + 1, shape, elements))
}

fn guess(elements: &[&Json]) -> DType {
    if elements.iter().any(|e| e.is_object() || (e.is_string() && float(e).is_none())) {
        DType::String
    } else if !elements.is_empty() && elements.iter().all(|e| e.is_boolean()) {
        DType::Bool
    } else if elements.is_empty() || elements.iter().any(|e| e.as_i64().is_none()) {
        DType::F32
    } else if elements.iter().all(|e| e.as_i64().is_some_and(|value| i32::try_from(value).is_ok())) {
        DType::I32
    } else {
        DType::I64
    }
}

fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Number(value) => value.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// The tensor of the scalars, or `None` where one is not of the type.
fn from_scalars(dtype: DType, shape: &[usize], elements: &[&Json]) -> Option<Result<Tensor>> {
    fn each<T: Element>(
        shape: &[usize],
        elements: &[&Json],
        convert: impl Fn(&Json) -> Option<T>,
    ) -> Option<Result<Tensor>> {
        Some(Tensor::new(shape, elements.iter().map(|json| convert(json)).collect::<Option<Vec<T>>>()?))
    }
    fn integer<T: Element + TryFrom<i64>>(shape: &[usize], elements: &[&Json]) -> Option<Result<Tensor>> {
        each(shape, elements, |json| T::try_from(json.as_i64()?).ok())
    }
    /// Complex numbers are pairs, so the innermost list is part of the element.
    fn complex<T: Element>(
        shape: &[usize],
        elements: &[&Json],
        make: impl Fn(f64, f64) -> T,
    ) -> Option<Result<Tensor>> {
        if elements.is_empty() {
            return Some(Tensor::new(shape, Vec::<T>::new())); // no pair says how the innermost list would look
        }
        let (2, outer) = shape.split_last().map(|(last, outer)| (*last, outer))? else { return None };
        let pairs = elements.chunks_exact(2).map(|pair| Some(make(float(pair[0])?, float(pair[1])?)));
        Some(Tensor::new(outer, pairs.collect::<Option<Vec<T>>>()?))
    }
    match dtype {
        DType::F32 => each(shape, elements, |json| float(json).map(|value| value as f32)),
        DType::F64 => each(shape, elements, float),
        DType::F16 => each(shape, elements, |json| float(json).map(f16::from_f64)),
        DType::BF16 => each(shape, elements, |json| float(json).map(bf16::from_f64)),
        DType::I8 => integer::<i8>(shape, elements),
        DType::I16 => integer::<i16>(shape, elements),
        DType::I32 => integer::<i32>(shape, elements),
        DType::I64 => integer::<i64>(shape, elements),
        DType::U8 => integer::<u8>(shape, elements),
        DType::U16 => integer::<u16>(shape, elements),
        DType::U32 => integer::<u32>(shape, elements),
        DType::U64 => each(shape, elements, Json::as_u64),
        DType::Bool => each(shape, elements, Json::as_bool),
        DType::Complex64 => complex(shape, elements, |re, im| Complex::new(re as f32, im as f32)),
        DType::Complex128 => complex(shape, elements, Complex::new),
        DType::String => {
            let strings = elements.iter().map(|json| match json {
                Json::String(text) => Some(text.as_bytes().to_vec()),
                other => BASE64_STANDARD.decode(other.get("b64")?.as_str()?).ok(),
            });
            Some(Tensor::strings(shape, strings.collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

/// The rows of a ragged tensor as nested lists.
fn ragged_rows(ragged: &RaggedTensor) -> Json {
    let mut rows = match ragged.flat_values().to_json()["values"].take() {
        Json::Array(values) => values,
        _ => Vec::new(),
    };
    for splits in ragged.row_splits().iter().rev() {
        let ends: Vec<usize> = scalars(splits).iter().filter_map(|end| end.as_u64()).map(|end| end as usize).collect();
        rows = ends.windows(2).map(|pair| rows.get(pair[0]..pair[1]).unwrap_or_default().into()).collect();
    }
    Json::Array(rows)
}

/// A ragged tensor of one ragged dimension for each level of lists above the plain values.
fn ragged(json: &Json) -> Result<RaggedTensor> {
    let mut level: Vec<&Json> = json.as_array().ok_or_else(|| invalid(json, "not a list of rows"))?.iter().collect();
    let mut row_splits = Vec::new();
    while level.iter().any(|item| item.is_array()) {
        let mut ends = vec![0_i64];
        let mut below = Vec::new();
        for item in &level {
            below.extend(item.as_array().ok_or_else(|| invalid(json, "rows of unequal depth"))?);
            ends.push(below.len() as i64);
        }
        row_splits.push(Tensor::vector(ends));
        level = below;
    }
    let dtype = guess(&level);
    let flat =
        from_scalars(dtype, &[level.len()], &level).ok_or_else(|| invalid(json, "values of unequal kinds"))??;
    RaggedTensor::new(flat, row_splits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_round_trip() {
        let tensors = [
            Tensor::from([[1.5_f32, f32::NAN], [f32::INFINITY, 0.1]]),
            Tensor::scalar(7_i64),
            Tensor::from([u64::MAX]),
            Tensor::from([true, false]),
            Tensor::from([bf16::from_f32(0.5)]),
            Tensor::from([Complex::new(1.0_f64, -2.0)]),
            Tensor::new(&[2, 0], Vec::<Complex<f32>>::new()).unwrap(),
            Tensor::strings(&[2], [vec![0xff, 0], b"text".to_vec()]).unwrap(),
            Tensor::new(&[2, 0], Vec::<f32>::new()).unwrap(),
        ];
        for tensor in tensors {
            let text = tensor.to_json().to_string();
            assert_eq!(Tensor::from_json(&serde_json::from_str(&text).unwrap(), None).unwrap(), tensor, "{text}");
        }
    }

    #[test]
    fn plain_lists_are_guessed_as_tensorflow_does() {
        let dtype = |text: &str| Tensor::from_json(&serde_json::from_str(text).unwrap(), None).map(|t| t.dtype());
        assert_eq!(dtype("[1, 2]").unwrap(), DType::I32);
        assert_eq!(dtype("[1, 3000000000]").unwrap(), DType::I64);
        assert_eq!(dtype("[1, 2.5]").unwrap(), DType::F32);
        assert_eq!(dtype("[\"a\"]").unwrap(), DType::String);
        assert_eq!(dtype("true").unwrap(), DType::Bool);
        for bad in ["[[1], 2]", "[1, [2]]", "[[1], [2, 3]]", "[1, \"a\"]"] {
            assert!(matches!(dtype(bad), Err(Error::InvalidTensor { .. })), "{bad}");
        }
    }

    #[test]
    fn structures_round_trip() {
        for text in [
            r#"{"a": {"dtype": "int32", "shape": [1], "values": [1]}, "b": [{"dtype": "bool", "shape": [], "values": true}]}"#,
            r#"{"ragged": [[1.5, 2.5], [], [3.5]]}"#,
            r#"{"ragged": [[[1], []], []]}"#,
            r#"{"sparse": [[[0, 1]], [2.5], [2, 3]]}"#,
            "null",
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(Structure::from_json(&json).unwrap().to_json(), json);
        }
    }
}
