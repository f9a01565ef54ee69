//! The ends of TF1 signatures: tensors of the graph under keys, and the specs of what they make up.
//!
//! As in `load_v2`, a sparse input `k` is passed as `k_indices`, `k_values` and `k_dense_shape`, another composite as
//! `k_component_0` and so on; results are put together again. A result that is an operation is `None`, and runs.

use std::collections::BTreeMap;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::saved_model::proto::{SignatureDef, StructuredValue, StructuredValueKind, TensorInfo, TensorInfoEncoding};
use crate::saved_model::{ConcreteFunction, Spec, TensorSpec, shape, structure};
use crate::tensor::{Nest, Shape};

/// The numbers of reference types are those of the plain ones and this; what is fed and fetched is plain.
const REFERENCE: i32 = 100;

/// One input or output as the model's author sees it: a tensor, or a composite of some.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) key: String,
    pub(super) spec: Nest<Spec>,
    /// The tensors in the graph that it is made of, each with what it is called.
    pub(super) tensors: Vec<(String, String)>,
    /// The operation that it is, where it is no tensor.
    pub(super) operation: Option<String>,
}

/// What a signature feeds, fetches and runs, by the names in the graph.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The inputs by key, composites whole.
    pub(super) inputs: Vec<Whole>,
    /// The outputs by key, composites whole.
    pub(super) outputs: Vec<Whole>,
    /// The tensors to feed, by the names of the inputs.
    pub(super) feeds: BTreeMap<String, String>,
    /// The tensors to fetch, in the order of the results.
    pub(super) fetches: Vec<String>,
    /// The operations to run.
    pub(super) targets: Vec<String>,
}

/// One end, taken apart.
struct End {
    spec: Nest<Spec>,
    /// The tensors, each with what its name adds to that of an input.
    tensors: Vec<(String, String, TensorSpec)>,
    operation: Option<String>,
}

/// The ends of a signature, and the trace that it is.
pub(super) fn read(signature: &SignatureDef) -> Result<(Ends, ConcreteFunction)> {
    let mut ends = Ends::default();
    let mut arguments = BTreeMap::new();
    for (key, info) in &signature.inputs {
        let End { spec, tensors, operation } = end(key, info)?;
        if operation.is_some() {
            return Err(Error::structure(format!("the input `{key}` of a signature is an operation")));
        }
        ends.inputs.push(whole(key, spec, &tensors, None));
        for (suffix, tensor, mut spec) in tensors {
            let name = format!("{key}{suffix}");
            spec.name = Some(name.clone());
            ends.feeds.insert(name.clone(), tensor);
            arguments.insert(name, Nest::Leaf(Spec::Tensor(spec)));
        }
    }
    let mut outputs = BTreeMap::new();
    for (key, info) in &signature.outputs {
        let End { spec, tensors, operation } = end(key, info)?;
        ends.outputs.push(whole(key, spec.clone(), &tensors, operation.clone()));
        ends.fetches.extend(tensors.into_iter().map(|(_, tensor, _)| tensor));
        ends.targets.extend(operation);
        outputs.insert(key.clone(), spec);
    }
    let trace = ConcreteFunction {
        arguments: Nest::Tuple(vec![Nest::Tuple(Vec::new()), Nest::Dict(arguments)]),
        outputs: Nest::Dict(outputs),
        bound_inputs: Vec::new(),
    };
    Ok((ends, trace))
}

fn whole(key: &str, spec: Nest<Spec>, tensors: &[(String, String, TensorSpec)], operation: Option<String>) -> Whole {
    let tensors = tensors.iter().map(|(suffix, tensor, _)| (format!("{key}{suffix}"), tensor.clone()));
    Whole { key: key.to_owned(), spec, tensors: tensors.collect(), operation }
}

fn end(key: &str, info: &TensorInfo) -> Result<End> {
    match &info.encoding {
        Some(TensorInfoEncoding::Name(name)) if !name.contains(':') => {
            Ok(End { spec: Nest::None, tensors: Vec::new(), operation: Some(name.clone()) })
        }
        Some(TensorInfoEncoding::Name(name)) => {
            let spec = TensorSpec { name: Some(key.to_owned()), ..tensor_spec(key, info)? };
            let tensors = vec![(String::new(), name.clone(), spec.clone())];
            Ok(End { spec: Nest::Leaf(Spec::Tensor(spec)), tensors, operation: None })
        }
        Some(TensorInfoEncoding::CooSparse(sparse)) => {
            let TensorSpec { shape, dtype, .. } = tensor_spec(key, info)?;
            let spec = Spec::Sparse { shape, dtype };
            let names = [&sparse.indices_tensor_name, &sparse.values_tensor_name, &sparse.dense_shape_tensor_name];
            let suffixes = ["_indices", "_values", "_dense_shape"].map(str::to_owned);
            Ok(composite(spec, &names, suffixes.into()))
        }
        Some(TensorInfoEncoding::CompositeTensor(encoded)) => {
            let spec = encoded.type_spec.clone().map(|spec| StructuredValueKind::TypeSpecValue(Box::new(spec)));
            let Nest::Leaf(spec) = structure::decode(&StructuredValue { kind: spec })? else {
                return Err(Error::structure(format!("the composite `{key}` of a signature is a nest")));
            };
            let names: Vec<_> = encoded
                .components
                .iter()
                .map(|component| match &component.encoding {
                    Some(TensorInfoEncoding::Name(name)) => Ok(name),
                    _ => Err(Error::structure(format!("a part of the composite `{key}` is no tensor"))),
                })
                .collect::<Result<_>>()?;
            let suffixes = (0..names.len()).map(|index| format!("_component_{index}")).collect();
            let end = composite(spec, &names, suffixes);
            match end.tensors.len() == names.len() {
                true => Ok(end),
                false => Err(Error::Unsupported { what: format!("the composite tensor `{key}` of a signature") }),
            }
        }
        None => Err(Error::structure(format!("the end `{key}` of a signature names no tensor"))),
    }
}

/// A composite of these tensors; none of them where the parts of its kind are not known.
fn composite(spec: Spec, names: &[&String], suffixes: Vec<String>) -> End {
    let parts = spec.parts().unwrap_or_default();
    let tensors =
        suffixes.into_iter().zip(names).zip(parts).map(|((suffix, name), part)| (suffix, (*name).clone(), part));
    End { tensors: tensors.collect(), spec: Nest::Leaf(spec), operation: None }
}

fn tensor_spec(key: &str, info: &TensorInfo) -> Result<TensorSpec> {
    let dtype = DType::from_number(info.dtype % REFERENCE)
        .ok_or_else(|| Error::structure(format!("`{key}` of a signature has the element type {}", info.dtype)))?;
    let shape = info.tensor_shape.as_ref().map_or(Ok(Shape::unknown()), shape::decode)?;
    Ok(TensorSpec { name: None, shape, dtype })
}
