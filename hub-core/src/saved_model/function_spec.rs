//! The signatures of Python functions, as the object graph keeps them: parameters, defaults.
//!
//! How given arguments bind to parameters is not known here.

use super::proto;
use super::structure::{Spec, decode_optional};
use crate::error::{Error, Result};
use crate::tensor::{Literal, Nest, Structure, Value};

/// How a parameter takes its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// By position or by name.
    Positional,
    /// Only by name.
    KeywordOnly,
}

/// One parameter of a Python function.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// By position or only by name.
    pub kind: ParameterKind,
    /// Its default, where it has one.
    pub default: Option<Nest<Spec>>,
}

impl Parameter {
    /// The default as a value to pass; `None` where there is none, or it is no value (a type, say).
    pub fn default_value(&self) -> Option<Structure> {
        let value = |spec: &Spec| match spec {
            Spec::Literal(literal) => Ok(Value::Literal(literal.clone())),
            Spec::Value(tensor) => Ok(Value::Tensor(tensor.clone())),
            _ => Err(()),
        };
        self.default.as_ref()?.try_map(&mut { value }).ok()
    }
}

/// The signature of a Python function, as its traces were recorded under; `self` is left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FunctionSpec {
    /// The parameters: positional ones first, then those by keyword only.
    pub parameters: Vec<Parameter>,
    /// The name of `*args`, where the function takes them.
    pub varargs: Option<String>,
    /// The name of `**kwargs`, where the function takes them.
    pub varkw: Option<String>,
    /// Whether the function was a method.
    pub is_method: bool,
    /// The signature that the function was fixed to, if it was.
    pub input_signature: Option<Nest<Spec>>,
}

impl FunctionSpec {
    /// Reads the function spec of the object graph.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the full argument spec has not the form that Python gives it.
    pub fn decode(message: &proto::FunctionSpec) -> Result<FunctionSpec> {
        let full = decode_optional(message.fullargspec.as_ref())?;
        let mut positional = names(full.get("args"))?;
        if message.is_method && !positional.is_empty() {
            positional.remove(0);
        }
        let defaults = sequence(full.get("defaults"))?;
        let without = positional.len().saturating_sub(defaults.len());
        let surplus = defaults.len().saturating_sub(positional.len());
        let mut parameters: Vec<Parameter> = positional
            .into_iter()
            .enumerate()
            .map(|(index, name)| {
                let default = index.checked_sub(without).and_then(|index| defaults.get(index + surplus));
                Parameter { name, kind: ParameterKind::Positional, default: default.cloned() }
            })
            .collect();
        let keyword_defaults = full.get("kwonlydefaults");
        parameters.extend(names(full.get("kwonlyargs"))?.into_iter().map(|name| {
            let default = keyword_defaults.and_then(|defaults| defaults.get(&name)).cloned();
            Parameter { name, kind: ParameterKind::KeywordOnly, default }
        }));
        let signature = decode_optional(message.input_signature.as_ref())?;
        Ok(FunctionSpec {
            parameters,
            varargs: name(full.get("varargs"))?,
            varkw: name(full.get("varkw"))?,
            is_method: message.is_method,
            input_signature: Some(signature).filter(|signature| *signature != Nest::None),
        })
    }
}

fn sequence(field: Option<&Nest<Spec>>) -> Result<&[Nest<Spec>]> {
    match field {
        None | Some(Nest::None) => Ok(&[]),
        Some(Nest::List(items) | Nest::Tuple(items)) => Ok(items),
        Some(other) => Err(Error::structure(format!("a function spec with {} for a list", other.kind()))),
    }
}

fn names(field: Option<&Nest<Spec>>) -> Result<Vec<String>> {
    sequence(field)?
        .iter()
        .map(|item| name(Some(item))?.ok_or_else(|| Error::structure("a function spec with None for a name")))
        .collect()
}

fn name(field: Option<&Nest<Spec>>) -> Result<Option<String>> {
    match field {
        None | Some(Nest::None) => Ok(None),
        Some(Nest::Leaf(Spec::Literal(Literal::String(name)))) => Ok(Some(name.clone())),
        Some(other) => Err(Error::structure(format!("a function spec with {} for a name", other.kind()))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::proto::{StructuredValue, StructuredValueKind as Kind};
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

    fn full_argument_spec(fields: Vec<(&str, StructuredValue)>) -> StructuredValue {
        let values =
            fields.into_iter().map(|(key, value)| proto::PairValue { key: key.into(), value: Some(value) }).collect();
        value(Kind::NamedTupleValue(Box::new(proto::NamedTupleValue { name: "FullArgSpec".into(), values })))
    }

    #[test]
    fn parameters_have_their_defaults() {
        let none = || value(Kind::NoneValue(proto::NoneValue {}));
        let fields = BTreeMap::from([("scale".to_owned(), value(Kind::Float64Value(2.0)))]);
        let full = full_argument_spec(vec![
            ("args", list(vec![text("self"), text("x"), text("training"), text("mask")])),
            ("varargs", none()),
            ("varkw", text("others")),
            ("defaults", tuple(vec![value(Kind::BoolValue(false)), none()])),
            ("kwonlyargs", list(vec![text("scale"), text("name")])),
            ("kwonlydefaults", value(Kind::DictValue(proto::DictValue { fields: fields.into_iter().collect() }))),
        ]);
        let message = proto::FunctionSpec { fullargspec: Some(full), is_method: true, ..Default::default() };
        let spec = FunctionSpec::decode(&message).unwrap();
        let defaults: Vec<_> = spec.parameters.iter().map(|p| (p.name.as_str(), p.default_value())).collect();
        assert_eq!(
            defaults,
            [
                ("x", None),
                ("training", Some(Nest::Leaf(Value::Literal(Literal::Bool(false))))),
                ("mask", Some(Nest::None)),
                ("scale", Some(Nest::Leaf(Value::Literal(Literal::Float(2.0))))),
                ("name", None),
            ]
        );
        assert_eq!((spec.varargs, spec.varkw.as_deref()), (None, Some("others")));
    }

    #[test]
    fn absent_specs_are_empty_and_wrong_ones_errors() {
        assert_eq!(FunctionSpec::decode(&proto::FunctionSpec::default()).unwrap(), FunctionSpec::default());
        let wrong = proto::FunctionSpec {
            fullargspec: Some(full_argument_spec(vec![("args", text("x"))])),
            ..Default::default()
        };
        assert!(matches!(FunctionSpec::decode(&wrong), Err(Error::ModelStructure { .. })));
    }
}
