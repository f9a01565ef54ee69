//! Arguments in JSON, fitted to what a function wants: element types, and lists that may be tuples.
//!
//! ```text
//! JSON         where the trace has           becomes
//! [[1, 2]]     a tensor of float32           a float32 tensor [1, 2]
//! [x, y]       a list, or a tuple            that list, or that tuple
//! {"a": x}     a dict, or a named tuple      that dict, or that named tuple
//! anything     something else                what `Structure::from_json` guesses
//! ```
//!
//! A program that reads arguments as text calls this before a call; the choice of the trace stays with the call.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::callable::Callable;
use super::given::given;
use super::matching::match_trace;
use super::signature::Signature;
use crate::error::{Error, Result};
use crate::saved_model::{ConcreteFunction, FunctionSpec, Parameter, ParameterKind, Spec};
use crate::tensor::{Arguments, Literal, Nest, Structure, Tensor};

/// One argument, before it is known what the function wants.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum JsonArgument {
    /// A value whose type is settled.
    Value(Structure),
    /// JSON whose plain values are elements of tensors, of the type that the trace wants.
    Tensors(Json),
    /// JSON whose plain values are Python's: they select a trace.
    Literals(Json),
}

/// The arguments of a call, before it is known what the function wants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonArguments {
    /// By position.
    pub positional: Vec<JsonArgument>,
    /// By name.
    pub keywords: Vec<(String, JsonArgument)>,
}

impl JsonArguments {
    /// The arguments, each fitted to its spec.
    fn fit<'s>(
        &self,
        positional: impl Fn(usize) -> Option<&'s Nest<Spec>>,
        keyword: impl Fn(&str) -> Option<&'s Nest<Spec>>,
    ) -> Result<Arguments> {
        let by_position = self.positional.iter().enumerate().map(|(index, value)| value.fit(positional(index)));
        let by_name = self.keywords.iter().map(|(name, value)| Ok((name.clone(), value.fit(keyword(name.as_str()))?)));
        Ok(Arguments { positional: by_position.collect::<Result<_>>()?, keywords: by_name.collect::<Result<_>>()? })
    }

    /// The arguments as one trace wants them.
    fn fit_trace(&self, trace: &ConcreteFunction, spec: Option<&FunctionSpec>) -> Result<Arguments> {
        let positional = |index| trace.arguments.at(0).and_then(|arguments| arguments.at(index));
        let keyword = |name: &str| {
            let is_own = |parameter: &&Parameter| parameter.kind == ParameterKind::Positional;
            let mut own = spec.into_iter().flat_map(|spec| spec.parameters.iter().filter(is_own));
            match own.position(|parameter| parameter.name == name) {
                Some(index) => positional(index),
                None => trace.arguments.at(1).and_then(|keywords| keywords.get(name)),
            }
        };
        self.fit(positional, keyword)
    }
}

impl Callable {
    /// The arguments as the first trace wants them that takes them; where none does, as the nearest wants them, so
    /// that the call's error shows it.
    ///
    /// # Errors
    /// [`Error::InvalidTensor`] for JSON that is no value whatever the trace, [`Error::Arguments`] where the arguments
    /// do not bind.
    pub fn arguments_from_json(&self, arguments: &JsonArguments) -> Result<Arguments> {
        let spec = self.spec();
        let mut nearest: Option<(usize, Arguments)> = None;
        for rules in self.passes() {
            for trace in self.traces()? {
                let Ok(fitted) = arguments.fit_trace(trace, spec) else { continue };
                let keywords = fitted.keywords.iter().map(|(name, value)| (name.clone(), given(value))).collect();
                let bound = self.bind(fitted.positional.iter().map(given).collect(), keywords, &mut Tensor::clone)?;
                match match_trace(&trace.arguments, &bound, self.parameters(), rules) {
                    Ok(_) => return Ok(fitted),
                    Err(differences) => {
                        if nearest.as_ref().is_none_or(|(count, _)| differences.len() < *count) {
                            nearest = Some((differences.len(), fitted));
                        }
                    }
                }
            }
        }
        match nearest {
            Some((_, fitted)) => Ok(fitted),
            None => arguments.fit(|_| None, |_| None),
        }
    }
}

impl Signature {
    /// The arguments with the element types of the signature's inputs.
    ///
    /// # Errors
    /// [`Error::InvalidTensor`] for JSON that is no value; those of [`Signature::inputs`].
    pub fn arguments_from_json(&self, arguments: &JsonArguments) -> Result<Arguments> {
        let inputs = self.inputs()?.into_iter();
        let inputs: BTreeMap<String, Nest<Spec>> =
            inputs.map(|(name, spec)| (name.to_owned(), Nest::Leaf(Spec::Tensor(spec)))).collect();
        let named = Nest::Dict(inputs.clone());
        let only = match (inputs.len(), arguments.positional.as_slice()) {
            (1, [JsonArgument::Tensors(Json::Object(map)) | JsonArgument::Literals(Json::Object(map))])
                if has_keys(map, inputs.keys()) =>
            {
                &named
            }
            (1, _) => inputs.values().next().unwrap_or(&named),
            _ => &named,
        };
        arguments.fit(|_| Some(only), |name| inputs.get(name))
    }
}

impl JsonArgument {
    fn fit(&self, spec: Option<&Nest<Spec>>) -> Result<Structure> {
        match self {
            JsonArgument::Value(value) => Ok(value.clone()),
            JsonArgument::Tensors(json) => fit(spec, json, &guessed_value),
            JsonArgument::Literals(json) => fit(spec, json, &literal_value),
        }
    }
}

/// What JSON becomes where the spec does not say it.
type Leaf = dyn Fn(Option<&Spec>, &Json) -> Result<Structure>;

/// The value of `json` in the structure that `spec` has, as far as it has one.
fn fit(spec: Option<&Nest<Spec>>, json: &Json, leaf: &Leaf) -> Result<Structure> {
    let items = |specs: &[Nest<Spec>], items: &[Json]| {
        specs.iter().zip(items).map(|(spec, item)| fit(Some(spec), item, leaf)).collect::<Result<Vec<_>>>()
    };
    Ok(match (spec, json) {
        (_, Json::Null) => Nest::None,
        (Some(Nest::List(specs)), Json::Array(values)) if specs.len() == values.len() => {
            Nest::List(items(specs, values)?)
        }
        (Some(Nest::Tuple(specs)), Json::Array(values)) if specs.len() == values.len() => {
            Nest::Tuple(items(specs, values)?)
        }
        (Some(Nest::NamedTuple { name, fields }), Json::Object(map))
            if has_keys(map, fields.iter().map(|(key, _)| key)) =>
        {
            let field = |(key, spec): &(String, Nest<Spec>)| Ok((key.clone(), fit(Some(spec), &map[key], leaf)?));
            Nest::NamedTuple { name: name.clone(), fields: fields.iter().map(field).collect::<Result<_>>()? }
        }
        (Some(Nest::Dict(specs)), Json::Object(map)) if has_keys(map, specs.keys()) || !is_value(map) => {
            let entry = |(key, value): (&String, &Json)| Ok((key.clone(), fit(specs.get(key), value, leaf)?));
            Nest::Dict(map.iter().map(entry).collect::<Result<_>>()?)
        }
        (Some(Nest::Leaf(spec)), _) => leaf(Some(spec), json)?,
        _ => leaf(None, json)?,
    })
}

/// A tensor of the type wanted, or the guess.
fn guessed_value(spec: Option<&Spec>, json: &Json) -> Result<Structure> {
    match spec {
        Some(Spec::Tensor(wanted)) => match Tensor::from_json(json, Some(wanted.dtype)) {
            Ok(tensor) => Ok(tensor.into()),
            Err(_) => Structure::from_json(json),
        },
        _ => Structure::from_json(json),
    }
}

/// Python's value: plain values are literals, objects that describe tensors are tensors.
fn literal_value(_: Option<&Spec>, json: &Json) -> Result<Structure> {
    Ok(match json {
        Json::Null => Nest::None,
        Json::Bool(value) => Literal::Bool(*value).into(),
        Json::String(text) => Literal::String(text.clone()).into(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Literal::Int(whole).into(),
            (None, Some(value)) if !number.is_u64() => Literal::Float(value).into(),
            _ => {
                let why = "a whole number beyond 64 bits with a sign".to_owned();
                return Err(Error::InvalidTensor { text: number.to_string(), why });
            }
        },
        Json::Array(items) => Nest::List(items.iter().map(|item| literal_value(None, item)).collect::<Result<_>>()?),
        Json::Object(map) if is_value(map) => Structure::from_json(json)?,
        Json::Object(map) => {
            let entries = map.iter().map(|(key, item)| Ok((key.clone(), literal_value(None, item)?)));
            Nest::Dict(entries.collect::<Result<_>>()?)
        }
    })
}

/// Whether an object describes one value, not a dict.
fn is_value(map: &Map<String, Json>) -> bool {
    ["values", "b64", "ragged", "sparse"].iter().any(|key| map.contains_key(*key))
}

fn has_keys<'k>(map: &Map<String, Json>, keys: impl ExactSizeIterator<Item = &'k String>) -> bool {
    keys.len() == map.len() && { keys }.all(|key| map.contains_key(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dtype::DType;
    use crate::saved_model::TensorSpec;
    use crate::tensor::Shape;

    fn tensor(dtype: DType) -> Nest<Spec> {
        Nest::Leaf(Spec::Tensor(TensorSpec { name: None, shape: Shape::from([None]), dtype }))
    }

    #[test]
    fn values_take_the_type_and_the_kind_that_the_trace_wants() {
        let pair = vec![("second".to_owned(), tensor(DType::F32)), ("first".to_owned(), tensor(DType::String))];
        let spec = Nest::Tuple(vec![
            tensor(DType::F64),
            Nest::List(vec![tensor(DType::U8), Nest::None]),
            Nest::NamedTuple { name: "Pair".into(), fields: pair },
        ]);
        let json = json!([[1, 2], [[3], null], {"first": ["a"], "second": [0.5]}]);
        let fitted = JsonArgument::Tensors(json).fit(Some(&spec)).unwrap();
        let pair = vec![
            ("second".to_owned(), Structure::from(Tensor::from([0.5_f32]))),
            ("first".to_owned(), Structure::from(Tensor::from(["a"]))),
        ];
        let expected = Nest::Tuple(vec![
            Tensor::from([1.0_f64, 2.0]).into(),
            Nest::List(vec![Tensor::from([3_u8]).into(), Nest::None]),
            Nest::NamedTuple { name: "Pair".into(), fields: pair },
        ]);
        assert_eq!(fitted, expected);
    }

    #[test]
    fn what_does_not_fit_is_guessed() {
        let fitted = |json: Json| JsonArgument::Tensors(json).fit(Some(&tensor(DType::F32)));
        assert_eq!(fitted(json!(["a"])).unwrap(), Structure::from(Tensor::from(["a"])));
        let typed = json!({"dtype": "int64", "shape": [1], "values": [1]});
        assert_eq!(fitted(typed).unwrap(), Structure::from(Tensor::from([1_i64])));
        assert!(matches!(fitted(json!([[1], [2, 3]])), Err(Error::InvalidTensor { .. })));
    }

    #[test]
    fn a_dict_may_have_the_keys_of_a_tensors_form() {
        let spec = Nest::Dict(BTreeMap::from([("values".to_owned(), tensor(DType::F32))]));
        let fitted = JsonArgument::Tensors(json!({"values": [1]})).fit(Some(&spec)).unwrap();
        assert_eq!(fitted, Structure::from([("values", Tensor::from([1.0_f32]))]));
    }

    #[test]
    fn literals_stay_python_values() {
        let json = json!([true, 2, 2.5, "x", null, {"dtype": "float32", "values": [1]}]);
        let fitted = JsonArgument::Literals(json).fit(None).unwrap();
        let expected = Nest::List(vec![
            true.into(),
            2_i64.into(),
            2.5_f64.into(),
            "x".into(),
            Nest::None,
            Tensor::from([1.0_f32]).into(),
        ]);
        assert_eq!(fitted, expected);
        assert!(JsonArgument::Literals(json!(u64::MAX)).fit(None).is_err());
    }
}
