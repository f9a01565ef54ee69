//! A function that takes the values of variables where it took their handles.

use std::collections::{BTreeMap, BTreeSet};

use super::super::proto::{FunctionDef, NodeDef};
use super::nodes::{constant, dtype};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The function with the arguments of these names, which are handles of variables, as values of these types.
///
/// # Errors
/// [`Error::Unsupported`] for a function that does anything but read a variable, or gives a handle on.
pub fn freeze(mut function: FunctionDef, variables: &BTreeMap<String, DType>) -> Result<FunctionDef> {
    let arguments = function.signature.iter_mut().flat_map(|signature| &mut signature.input_arg);
    for argument in arguments {
        if let Some(of) = variables.get(&argument.name) {
            argument.r#type = of.number();
            argument.handle_data.clear();
        }
    }
    let mut read = BTreeSet::new();
    let mut added = Vec::new();
    for node in &mut function.node_def {
        let Some(of) = node.input.iter().find_map(|input| variables.get(input)) else { continue };
        match node.op.as_str() {
            "ReadVariableOp" => {
                read.insert(node.name.clone());
                become_op(node, "Identity", &[("dtype", "T")]);
            }
            "ResourceGather" => {
                let axis = format!("{}/axis", node.name);
                added.push(constant(&axis, &Tensor::scalar(0_i32)));
                become_op(
                    node,
                    "GatherV2",
                    &[("dtype", "Tparams"), ("Tindices", "Tindices"), ("batch_dims", "batch_dims")],
                );
                node.attr.insert("Taxis".into(), dtype(DType::I32));
                node.input.insert(2, format!("{axis}:output:0"));
            }
            "ResourceGatherNd" => {
                become_op(node, "GatherNd", &[("dtype", "Tparams"), ("Tindices", "Tindices")]);
            }
            "VariableShape" => {
                become_op(node, "Shape", &[("out_type", "out_type")]);
                node.attr.insert("T".into(), dtype(*of));
            }
            other => {
                let what = format!("`{other}` on a variable in a model without variables");
                return Err(Error::Unsupported { what });
            }
        }
    }
    function.node_def.extend(added);
    let rename = |input: &mut String| {
        if let Some(name) = input.strip_suffix(":value:0").filter(|name| read.contains(*name)) {
            *input = format!("{name}:output:0");
        }
    };
    function.node_def.iter_mut().flat_map(|node| &mut node.input).for_each(rename);
    function.ret.values_mut().for_each(rename);
    match function.ret.values().any(|value| variables.contains_key(value)) {
        true => Err(Error::Unsupported { what: "a variable as an output of a model without variables".into() }),
        false => Ok(function),
    }
}

/// Makes another operation of a node, with those of its attributes that have a name there.
fn become_op(node: &mut NodeDef, op: &str, attributes: &[(&str, &str)]) {
    node.op = op.to_owned();
    let old = std::mem::take(&mut node.attr);
    for (from, to) in attributes {
        let value = old.iter().find(|(name, _)| name == from).map(|(_, value)| value.clone());
        if let Some(value) = value {
            node.attr.insert((*to).to_owned(), value);
        }
    }
}
