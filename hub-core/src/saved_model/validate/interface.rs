//! What a meta graph exposes: signatures, the saver's nodes, init ops, assets.

use super::super::collections::{INITIALIZERS, assets, node_list};
use super::super::object_graph::check_asset_name;
use super::super::proto::{AssetFileDef, MetaGraphDef, SignatureDef, TensorInfo, TensorInfoEncoding};
use super::Check;
use super::nodes::Names;
use crate::dtype::DType;
use crate::error::Result;

/// The signature, and its one output, that names the op to run after loading.
const INIT_OP: &str = "__saved_model_init_op";

/// Reference types, which a signature over a variable may have, are the types after this number.
const REFERENCE: i32 = 100;

/// Refuses assets that are not below the model's `assets`.
pub(super) fn check_asset_names(meta_graph: &MetaGraphDef) -> Result<()> {
    assets(meta_graph)?.iter().try_for_each(|asset| check_asset_name(&asset.filename))
}

pub(super) fn check(meta_graph: &MetaGraphDef, names: &Names<'_>) -> Check {
    for (name, signature) in &meta_graph.signature_def {
        check_signature(signature, names).map_err(|why| format!("signature `{name}`: {why}"))?;
        if name == INIT_OP && !signature.outputs.contains_key(INIT_OP) {
            return Err(format!("signature `{name}` has no output `{INIT_OP}`"));
        }
    }
    if let Some(saver) = &meta_graph.saver_def {
        for tensor in [&saver.filename_tensor_name, &saver.save_tensor_name] {
            if !tensor.is_empty() {
                names.check_tensor(tensor).map_err(|why| format!("the saver: {why}"))?;
            }
        }
        if !saver.restore_op_name.is_empty() && !names.has_node(&saver.restore_op_name) {
            return Err(format!("the saver: there is no node `{}`", saver.restore_op_name));
        }
    }
    INITIALIZERS.iter().try_for_each(|collection| check_init(meta_graph, collection, names))?;
    assets(meta_graph).map_err(|why| why.to_string())?.iter().try_for_each(|asset| check_asset(asset, names))
}

fn check_signature(signature: &SignatureDef, names: &Names<'_>) -> Check {
    for (kind, tensors) in [("input", &signature.inputs), ("output", &signature.outputs)] {
        for (key, info) in tensors {
            check_tensor(info, names).map_err(|why| format!("{kind} `{key}`: {why}"))?;
        }
    }
    Ok(())
}

fn check_tensor(info: &TensorInfo, names: &Names<'_>) -> Check {
    match &info.encoding {
        Some(TensorInfoEncoding::Name(name)) => names.check_tensor(name)?,
        Some(TensorInfoEncoding::CooSparse(sparse)) => {
            names.check_tensor(&sparse.values_tensor_name)?;
            names.check_tensor(&sparse.indices_tensor_name)?;
            names.check_tensor(&sparse.dense_shape_tensor_name)?;
        }
        Some(TensorInfoEncoding::CompositeTensor(composite)) => {
            composite.components.iter().try_for_each(|component| check_tensor(component, names))?;
        }
        None => return Err("it names no tensor".into()),
    }
    // 0 is the type of an output that is an op.
    let known = |number| number == 0 || DType::from_number(number).is_some();
    if !known(info.dtype) && !known(info.dtype - REFERENCE) {
        return Err(format!("the unknown element type {}", info.dtype));
    }
    match &info.tensor_shape {
        Some(dims) => super::super::shape::decode(dims).map(|_| ()).map_err(|why| why.to_string()),
        None => Ok(()),
    }
}

fn check_init(meta_graph: &MetaGraphDef, collection: &str, names: &Names<'_>) -> Check {
    let named = node_list(meta_graph, collection);
    if named.len() > 1 {
        return Err(format!("collection `{collection}`: expected one op, found {}", named.len()));
    }
    match named.iter().find(|name| !names.has_node(name)) {
        Some(name) => Err(format!("collection `{collection}`: there is no node `{name}`")),
        None => Ok(()),
    }
}

fn check_asset(asset: &AssetFileDef, names: &Names<'_>) -> Check {
    match &asset.tensor_info {
        Some(info) => check_tensor(info, names).map_err(|why| format!("asset `{}`: {why}", asset.filename)),
        None => Ok(()),
    }
}
