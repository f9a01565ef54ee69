//! Specs and the parameters of functions as structured values: the way back of `structure` and `function_spec`.
//!
//! The builder calls it for what functions take and return.

use super::super::function_spec::{FunctionSpec, ParameterKind};
use super::super::proto::{
    self, DictValue, ListValue, NamedTupleValue, NoneValue, PairValue, StructuredValue, StructuredValueKind as Kind,
    TensorSpecProto, TupleValue, TypeSpecProto,
};
use super::super::structure::{RAGGED_TENSOR_SPEC, SPARSE_TENSOR_SPEC, Spec};
use super::super::{shape, tensor_proto};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Literal, Nest, Shape};

/// The structured value of a nest of specs.
///
/// # Errors
/// [`Error::Unsupported`] for what is known by the name of its class alone.
pub fn encode(nest: &Nest<Spec>) -> Result<StructuredValue> {
    let list = |items: &[Nest<Spec>]| items.iter().map(encode).collect::<Result<Vec<_>>>();
    Ok(value(match nest {
        Nest::None => Kind::NoneValue(NoneValue {}),
        Nest::List(items) => Kind::ListValue(ListValue { values: list(items)? }),
        Nest::Tuple(items) => Kind::TupleValue(TupleValue { values: list(items)? }),
        Nest::Dict(entries) => {
            let fields = entries.iter().map(|(key, item)| Ok((key.clone(), encode(item)?)));
            Kind::DictValue(DictValue { fields: fields.collect::<Result<_>>()? })
        }
        Nest::NamedTuple { name, fields } => {
            let pair =
                |(key, item): &(String, Nest<Spec>)| Ok(PairValue { key: key.clone(), value: Some(encode(item)?) });
            let values = fields.iter().map(pair).collect::<Result<_>>()?;
            Kind::NamedTupleValue(Box::new(NamedTupleValue { name: name.clone(), values }))
        }
        Nest::Leaf(spec) => leaf(spec)?,
    }))
}

fn leaf(spec: &Spec) -> Result<Kind> {
    Ok(match spec {
        Spec::Tensor(spec) => Kind::TensorSpecValue(Box::new(TensorSpecProto {
            name: spec.name.clone().unwrap_or_default(),
            shape: Some(shape::encode(&spec.shape)),
            dtype: spec.dtype.number(),
        })),
        Spec::Sparse { shape, dtype } => {
            type_spec(SPARSE_TENSOR_SPEC, "SparseTensorSpec", 3, vec![dims(shape), type_of(*dtype)])
        }
        Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype } => {
            let rank = value(Kind::Int64Value(*ragged_rank as i64));
            let state = vec![dims(shape), type_of(*dtype), rank, type_of(*row_splits_dtype)];
            type_spec(RAGGED_TENSOR_SPEC, "RaggedTensorSpec", 1 + *ragged_rank as i32, state)
        }
        Spec::Literal(Literal::Bool(flag)) => Kind::BoolValue(*flag),
        Spec::Literal(Literal::Int(number)) => Kind::Int64Value(*number),
        Spec::Literal(Literal::Float(number)) => Kind::Float64Value(*number),
        Spec::Literal(Literal::String(text)) => Kind::StringValue(text.clone()),
        Spec::Value(tensor) => Kind::TensorValue(Box::new(tensor_proto::encode(tensor))),
        Spec::Other { class_name, .. } => {
            return Err(Error::Unsupported { what: format!("writing a {class_name} into a signature") });
        }
    })
}

fn type_spec(class: i32, name: &str, components: i32, state: Vec<StructuredValue>) -> Kind {
    Kind::TypeSpecValue(Box::new(TypeSpecProto {
        type_spec_class: class,
        type_state: Some(Box::new(value(Kind::TupleValue(TupleValue { values: state })))),
        type_spec_class_name: name.into(),
        num_flat_components: components,
    }))
}

fn value(kind: Kind) -> StructuredValue {
    StructuredValue { kind: Some(kind) }
}

fn dims(shape: &Shape) -> StructuredValue {
    value(Kind::TensorShapeValue(Box::new(shape::encode(shape))))
}

fn type_of(dtype: DType) -> StructuredValue {
    value(Kind::TensorDtypeValue(dtype.number()))
}

/// The message of a function's parameters, as a plain function: `self` is not among them.
///
/// # Errors
/// As [`encode`], for defaults.
pub(super) fn encode_function_spec(spec: &FunctionSpec) -> Result<proto::FunctionSpec> {
    let none = || value(Kind::NoneValue(NoneValue {}));
    let text = |text: &String| value(Kind::StringValue(text.clone()));
    let optional = |name: &Option<String>| name.as_ref().map_or_else(none, text);
    let of = |kind| spec.parameters.iter().filter(move |parameter| parameter.kind == kind);
    let names = |kind| value(Kind::ListValue(ListValue { values: of(kind).map(|one| text(&one.name)).collect() }));
    let defaults = of(ParameterKind::Positional).filter_map(|one| one.default.as_ref()).map(encode);
    let defaults: Vec<_> = defaults.collect::<Result<_>>()?;
    let by_name = of(ParameterKind::KeywordOnly).filter_map(|one| Some((one.name.clone(), one.default.as_ref()?)));
    let by_name = by_name.map(|(name, default)| Ok((name, encode(default)?)));
    let by_name = DictValue { fields: by_name.collect::<Result<_>>()? };
    let fields = [
        ("args", names(ParameterKind::Positional)),
        ("varargs", optional(&spec.varargs)),
        ("varkw", optional(&spec.varkw)),
        (
            "defaults",
            if defaults.is_empty() { none() } else { value(Kind::TupleValue(TupleValue { values: defaults })) },
        ),
        ("kwonlyargs", names(ParameterKind::KeywordOnly)),
        ("kwonlydefaults", if by_name.fields.is_empty() { none() } else { value(Kind::DictValue(by_name)) }),
        ("annotations", value(Kind::DictValue(DictValue::default()))),
    ];
    let values = fields.into_iter().map(|(key, field)| PairValue { key: key.into(), value: Some(field) }).collect();
    let full = value(Kind::NamedTupleValue(Box::new(NamedTupleValue { name: "FullArgSpec".into(), values })));
    let input_signature = spec.input_signature.as_ref().map_or_else(|| Ok(none()), encode)?;
    Ok(proto::FunctionSpec {
        fullargspec: Some(full),
        is_method: false,
        input_signature: Some(input_signature),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::function_spec::Parameter;
    use super::super::super::structure::{TensorSpec, decode};
    use super::*;
    use crate::tensor::Tensor;

    #[test]
    fn specs_round_trip() {
        let tensor = TensorSpec { name: Some("x".into()), shape: Shape::from([None, Some(3)]), dtype: DType::F32 };
        let nest = Nest::Tuple(vec![
            Nest::Leaf(Spec::Tensor(tensor)),
            Nest::List(vec![Nest::None, Nest::Leaf(Spec::Literal(Literal::Bool(true)))]),
            Nest::Dict([("a".to_owned(), Nest::Leaf(Spec::Literal(Literal::Int(-3))))].into()),
            Nest::NamedTuple {
                name: "Pair".into(),
                fields: vec![("b".into(), Nest::Leaf(Spec::Literal(Literal::Float(0.5))))],
            },
            Nest::Leaf(Spec::Sparse { shape: Shape::from([None, Some(2)]), dtype: DType::I64 }),
            Nest::Leaf(Spec::Ragged {
                shape: Shape::from([None, None]),
                dtype: DType::String,
                ragged_rank: 1,
                row_splits_dtype: DType::I64,
            }),
            Nest::Leaf(Spec::Literal(Literal::String("s".into()))),
            Nest::Leaf(Spec::Value(Tensor::from([1_i32, 2]))),
        ]);
        assert_eq!(decode(&encode(&nest).unwrap()).unwrap(), nest);
        let other = Spec::Other { class_name: "IndexedSlicesSpec".into(), components: 2 };
        assert!(matches!(encode(&Nest::Leaf(other)), Err(Error::Unsupported { .. })));
    }

    #[test]
    fn function_specs_round_trip() {
        let parameter = |name: &str, kind, default: Option<Literal>| {
            let default = default.map(|literal| Nest::Leaf(Spec::Literal(literal)));
            Parameter { name: name.into(), kind, default }
        };
        let spec = FunctionSpec {
            parameters: vec![
                parameter("x", ParameterKind::Positional, None),
                parameter("training", ParameterKind::Positional, Some(Literal::Bool(false))),
                parameter("scale", ParameterKind::KeywordOnly, Some(Literal::Float(1.0))),
                parameter("other", ParameterKind::KeywordOnly, None),
            ],
            varargs: Some("rest".into()),
            ..FunctionSpec::default()
        };
        assert_eq!(FunctionSpec::decode(&encode_function_spec(&spec).unwrap()).unwrap(), spec);
        let empty = FunctionSpec::default();
        assert_eq!(FunctionSpec::decode(&encode_function_spec(&empty).unwrap()).unwrap(), empty);
    }
}
