//! Nodes of graphs and functions as messages.

use super::super::proto::{AttrList, AttrMap, AttrValue, AttrValueValue, NameAttrList, NodeDef};
use super::super::{shape, tensor_proto};
use crate::dtype::DType;
use crate::tensor::{Shape, Tensor};

/// A node with its inputs and attributes.
pub(super) fn node(name: &str, op: &str, input: Vec<String>, attributes: Vec<(&str, AttrValue)>) -> NodeDef {
    let attr: AttrMap = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    NodeDef { name: name.into(), op: op.into(), input, attr, ..NodeDef::default() }
}

/// A call of a library function.
pub(super) fn call(name: &str, function: &str, input: Vec<String>, takes: &[i32], gives: &[i32]) -> NodeDef {
    let function = NameAttrList { name: function.into(), attr: AttrMap::new() };
    let function = AttrValue { value: Some(AttrValueValue::Func(Box::new(function))) };
    node(name, "StatefulPartitionedCall", input, vec![("Tin", types(takes)), ("Tout", types(gives)), ("f", function)])
}

/// A constant.
pub(super) fn constant(name: &str, value: &Tensor) -> NodeDef {
    let tensor = AttrValue { value: Some(AttrValueValue::Tensor(Box::new(tensor_proto::encode(value)))) };
    node(name, "Const", Vec::new(), vec![("dtype", dtype(value.dtype())), ("value", tensor)])
}

/// What is fed.
pub(super) fn placeholder(name: &str, of: DType, shape: &Shape) -> NodeDef {
    node(name, "Placeholder", Vec::new(), vec![("dtype", dtype(of)), ("shape", shape_value(shape))])
}

/// The handle of a variable.
pub(super) fn variable_handle(name: &str, of: DType, shape: &Shape) -> NodeDef {
    let shared = AttrValue { value: Some(AttrValueValue::S(name.as_bytes().to_vec())) };
    let attributes = vec![("dtype", dtype(of)), ("shape", shape_value(shape)), ("shared_name", shared)];
    node(name, "VarHandleOp", Vec::new(), attributes)
}

pub(super) fn dtype(dtype: DType) -> AttrValue {
    AttrValue { value: Some(AttrValueValue::Type(dtype.number())) }
}

pub(super) fn types(numbers: &[i32]) -> AttrValue {
    let list = AttrList { r#type: numbers.to_vec(), ..AttrList::default() };
    AttrValue { value: Some(AttrValueValue::List(Box::new(list))) }
}

/// A list of one shape, as arguments of functions have it.
pub(super) fn shapes(shape: &Shape) -> AttrValue {
    let list = AttrList { shape: vec![shape::encode(shape)], ..AttrList::default() };
    AttrValue { value: Some(AttrValueValue::List(Box::new(list))) }
}

pub(super) fn text(text: &str) -> AttrValue {
    AttrValue { value: Some(AttrValueValue::S(text.as_bytes().to_vec())) }
}

fn shape_value(shape: &Shape) -> AttrValue {
    AttrValue { value: Some(AttrValueValue::Shape(Box::new(shape::encode(shape)))) }
}
