//! The values on the command line: `@file.npy`, JSON, `dtype:JSON`, `py:JSON`.
//!
//! `run` takes them. What JSON becomes depends on the function that is called: see
//! [`JsonArgument`]; here it is only read.

use std::path::PathBuf;
use std::str::FromStr;

use hub_core::model::JsonArgument;
use hub_core::{DType, Tensor};
use serde_json::Value as Json;

use crate::npy;

/// One value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// The array in a `.npy` file.
    File(PathBuf),
    /// Any other form.
    Given(JsonArgument),
}

impl Value {
    /// The value; reads the file where it is one.
    pub(crate) fn read(self) -> hub_core::Result<JsonArgument> {
        match self {
            Value::File(path) => Ok(JsonArgument::Value(npy::read(&path)?.into())),
            Value::Given(value) => Ok(value),
        }
    }
}

impl FromStr for Value {
    type Err = String;

    fn from_str(text: &str) -> Result<Value, String> {
        if let Some(path) = text.strip_prefix('@') {
            return Ok(Value::File(path.into()));
        }
        let given = match prefix(text) {
            Some(("py", rest)) => JsonArgument::Literals(json(rest)?),
            Some((dtype, rest)) => JsonArgument::Value(tensor(dtype, rest)?.into()),
            None => JsonArgument::Tensors(json(text)?),
        };
        Ok(Value::Given(given))
    }
}

/// The word before the first colon; none in JSON, which has quotes, digits or brackets before any colon.
fn prefix(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(':')?;
    let is_word = word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    is_word.then_some((word, rest))
}

fn tensor(dtype: &str, text: &str) -> Result<Tensor, String> {
    let dtype: DType =
        dtype.parse().map_err(|_| format!("`{dtype}` is neither an element type (`int64`, `string`, ...) nor `py`"))?;
    let tensor = Tensor::from_json(&json(text)?, Some(dtype)).map_err(|error| error.to_string())?;
    match tensor.dtype() == dtype {
        true => Ok(tensor),
        false => Err(format!("it is of the type {dtype} and of the type {}", tensor.dtype())),
    }
}

fn json(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|why| {
        let is_plain_text = text.starts_with(|first: char| first.is_alphabetic());
        let hint = if is_plain_text { "; a text is written in double quotes: '\"text\"'" } else { "" };
        format!("not JSON: {why}{hint}")
    })
}

/// A value with the name of its parameter: `NAME=V`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Keyword {
    /// The parameter.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Value,
}

impl FromStr for Keyword {
    type Err = String;

    fn from_str(text: &str) -> Result<Keyword, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Keyword { name: name.to_owned(), value: value.parse()? }),
            _ => Err("expected NAME=V, as in `x=[[1.0, 2.0]]`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(text: &str) -> JsonArgument {
        match text.parse() {
            Ok(Value::Given(value)) => value,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn each_form_is_told_apart() {
        assert_eq!("@a=b:c.npy".parse(), Ok(Value::File("a=b:c.npy".into())));
        assert_eq!(given("[[1.0, 2]]"), JsonArgument::Tensors(json!([[1.0, 2]])));
        assert_eq!(given(r#""int64:[1]""#), JsonArgument::Tensors(json!("int64:[1]")));
        assert_eq!(given(r#"{"a": [1]}"#), JsonArgument::Tensors(json!({"a": [1]})));
        assert_eq!(given("int64:[1, 2]"), JsonArgument::Value(Tensor::from([1_i64, 2]).into()));
        assert_eq!(given(r#"string:["a"]"#), JsonArgument::Value(Tensor::from(["a"]).into()));
        assert_eq!(given("py:true"), JsonArgument::Literals(json!(true)));
    }

    #[test]
    fn keywords_end_at_the_first_equals_sign() {
        let keyword: Keyword = r#"mode=py:"a=b""#.parse().unwrap();
        assert_eq!(keyword.name, "mode");
        assert_eq!(keyword.value, Value::Given(JsonArgument::Literals(json!("a=b"))));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let refused = |text: &str| text.parse::<Value>().unwrap_err();
        assert!(refused("hello").contains("double quotes"));
        assert!(refused("").contains("not JSON"));
        assert!(refused("[1, 2").contains("not JSON"));
        assert!(refused("float:1").contains("`float` is neither"));
        assert!(refused("int64:[1.5]").contains("not every value is of the type int64"));
        assert!(refused(r#"int64:{"dtype": "int32", "values": [1]}"#).contains("int32"));
        assert!("no_value".parse::<Keyword>().is_err());
        assert!("=1".parse::<Keyword>().is_err());
    }
}
