//! The goldens of `fixtures/`: their nests as values, and how near an answer has to be.

#![allow(dead_code, reason = "each test file uses its share")]

use std::path::PathBuf;

use hub_core::{DType, Literal, Nest, Structure, Tensor, Value};
use serde_json::Value as Json;

pub(crate) fn fixture(path: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(path);
    folder.to_str().expect("the path of the fixtures is UTF-8").to_owned()
}

pub(crate) fn read(path: &str) -> Json {
    serde_json::from_str(&std::fs::read_to_string(fixture(path)).unwrap()).unwrap()
}

pub(crate) fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text"))
}

/// A nest of a golden, as `fixtures/README.md` describes it.
pub(crate) fn nest(json: &Json) -> Structure {
    let Some(object) = json.as_object() else {
        assert!(json.is_null(), "{json} is no nest");
        return Nest::None;
    };
    let items = |json: &Json| json.as_array().unwrap().iter().map(nest).collect();
    match object.iter().map(|(key, value)| (key.as_str(), value)).next().unwrap() {
        ("dict", entries) => {
            Nest::Dict(entries.as_object().unwrap().iter().map(|(key, value)| (key.clone(), nest(value))).collect())
        }
        ("list", list) => Nest::List(items(list)),
        ("tuple", tuple) => Nest::Tuple(items(tuple)),
        ("namedtuple", named) => Nest::NamedTuple {
            name: text(&named["name"]).to_owned(),
            fields: named["fields"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (text(&pair[0]).to_owned(), nest(&pair[1])))
                .collect(),
        },
        ("literal", value) => Nest::Leaf(Value::Literal(literal(value))),
        _ => Nest::Leaf(Value::Tensor(Tensor::from_json(json, None).unwrap())),
    }
}

pub(crate) fn literal(json: &Json) -> Literal {
    match json {
        Json::Bool(value) => Literal::Bool(*value),
        Json::String(value) => Literal::String(value.clone()),
        Json::Number(number) => number.as_i64().map_or_else(|| Literal::Float(number.as_f64().unwrap()), Literal::Int),
        other => panic!("{other} is no literal"),
    }
}

/// Equal, or for floating-point numbers within 1e-6 of the largest plus 1e-5 of each (1e-12 for float64).
pub(crate) fn assert_close(name: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!((found.dtype(), found.shape()), (expected.dtype(), expected.shape()), "{name}");
    let (found, expected, of_largest, relative): (Vec<f64>, Vec<f64>, f64, f64) = match expected.dtype() {
        DType::F32 => {
            let wide = |tensor: &Tensor| tensor.as_slice::<f32>().unwrap().iter().copied().map(f64::from).collect();
            (wide(found), wide(expected), 1e-6, 1e-5)
        }
        DType::F64 => {
            let own = |tensor: &Tensor| tensor.as_slice::<f64>().unwrap().to_vec();
            (own(found), own(expected), 1e-12, 1e-12)
        }
        _ => return assert_eq!(found, expected, "{name}"),
    };
    let largest = expected.iter().filter(|value| value.is_finite()).fold(0.0_f64, |a, b| a.max(b.abs()));
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let near = (found.is_nan() && expected.is_nan())
            || found == expected
            || (found - expected).abs() <= of_largest * largest + relative * expected.abs();
        assert!(near, "{name}: element {index}: found {found}, expected {expected}");
    }
}

/// As [`assert_close`], through dicts, lists and tuples.
pub(crate) fn assert_nest_close(name: &str, found: &Structure, expected: &Structure) {
    let kinds = |nest: &Structure| nest.try_map(&mut |leaf| Ok::<_, ()>(matches!(leaf, Value::Literal(_)))).unwrap();
    assert_eq!(kinds(found), kinds(expected), "{name}");
    for (found, expected) in found.leaves().into_iter().zip(expected.leaves()) {
        match (found, expected) {
            (Value::Tensor(found), Value::Tensor(expected)) => assert_close(name, found, expected),
            (found, expected) => assert_eq!(found, expected, "{name}"),
        }
    }
}
