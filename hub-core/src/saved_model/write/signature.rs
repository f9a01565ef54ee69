//! Signatures of a model under construction: traces that are called by the names of their tensors.
//!
//! Each gets a function of its own, which takes and gives its tensors in the order of their names, as Python saves it,
//! and calls the trace.

use std::collections::BTreeMap;

use super::super::function_spec::{FunctionSpec, Parameter, ParameterKind};
use super::super::proto::{self, FunctionDef, OpDef, SavedBareConcreteFunction, SavedObjectKind};
use super::super::structure::{Spec, TensorSpec, decode_optional};
use super::builder::{ObjectId, SavedModelBuilder, tensors};
use super::names::Names;
use super::nodes::call;
use super::structured::encode_function_spec;
use crate::error::{Error, Result};
use crate::tensor::Nest;

/// The node of the call in a signature's function.
const CALL: &str = "StatefulPartitionedCall";

/// A signature: what it takes and gives, by name and in order, and the function that does it.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) function: String,
    pub(super) inputs: Vec<(String, TensorSpec)>,
    pub(super) outputs: Vec<(String, TensorSpec)>,
}

/// Tensors by their names, with their places in the trace.
type Named = BTreeMap<String, (usize, TensorSpec)>;

impl SavedModelBuilder {
    /// A signature: a trace whose tensors have these names, those that it takes and those that it gives in their order.
    /// It is called by name, also by those who serve the model.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] for a trace that is not there, for another number of names than tensors, and for names
    /// that are there twice.
    pub fn signature(&mut self, key: &str, trace: &str, inputs: &[&str], outputs: &[&str]) -> Result<()> {
        self.check_trace(trace)?;
        let concrete = &self.concrete_functions[trace];
        let captured: Vec<ObjectId> = concrete.bound_inputs.iter().map(|node| ObjectId(*node as usize)).collect();
        let takes = named(inputs, decoded(concrete.canonicalized_input_signature.as_ref())?)?;
        let gives = named(outputs, decoded(concrete.output_signature.as_ref())?)?;
        let name = self.free_function_name(&format!("__inference_signature_wrapper_{key}"));
        let function = self.wrapper(&name, trace, &takes, &gives, &captured);
        let dict = |specs: &Named| {
            Nest::Dict(
                specs.iter().map(|(name, (_, spec))| (name.clone(), Nest::Leaf(Spec::Tensor(spec.clone())))).collect(),
            )
        };
        let arguments = Nest::Tuple(vec![Nest::Tuple(Vec::new()), dict(&takes)]);
        let function = self.trace(function, &arguments, &dict(&gives), &captured)?;
        let names: Vec<String> = takes.keys().cloned().collect();
        let parameter =
            |name: &String| Parameter { name: name.clone(), kind: ParameterKind::KeywordOnly, default: None };
        let spec = FunctionSpec { parameters: names.iter().map(parameter).collect(), ..FunctionSpec::default() };
        let bare = SavedBareConcreteFunction {
            concrete_function_name: function.clone(),
            allowed_positional_arguments: i64::from(names.len() == 1),
            argument_keywords: names,
            function_spec: Some(encode_function_spec(&spec)?),
        };
        let object = self.add(SavedObjectKind::BareConcreteFunction(Box::new(bare)));
        self.child(self.signature_map, key, object)?;
        let plain = |specs: Named| specs.into_iter().map(|(name, (_, spec))| (name, spec)).collect();
        self.signatures.insert(key.into(), Signature { function, inputs: plain(takes), outputs: plain(gives) });
        Ok(())
    }

    /// A signature that is a trace itself: one that takes nothing but keywords, and gives a dict. Composites are given
    /// whole to those who call it in Python or here, and in their parts to those who serve the model.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] for a trace that is not there, or takes or gives something else.
    pub fn bare_signature(&mut self, key: &str, trace: &str) -> Result<()> {
        self.check_trace(trace)?;
        let concrete = &self.concrete_functions[trace];
        let arguments = decode_optional(concrete.canonicalized_input_signature.as_ref())?;
        let outputs = decode_optional(concrete.output_signature.as_ref())?;
        let odd = || Error::structure(format!("`{trace}` does not take and give its tensors by name"));
        let (Some(Nest::Dict(arguments)), Nest::Dict(outputs)) = (arguments.at(1), &outputs) else { return Err(odd()) };
        let inputs = parts(arguments)?;
        let names: Vec<String> = inputs.iter().map(|(name, _)| name.clone()).collect();
        let signature = Signature { function: trace.to_owned(), inputs, outputs: parts(outputs)? };
        let parameter =
            |name: &String| Parameter { name: name.clone(), kind: ParameterKind::KeywordOnly, default: None };
        let spec = FunctionSpec { parameters: names.iter().map(parameter).collect(), ..FunctionSpec::default() };
        let bare = SavedBareConcreteFunction {
            concrete_function_name: trace.to_owned(),
            allowed_positional_arguments: i64::from(names.len() == 1),
            argument_keywords: names,
            function_spec: Some(encode_function_spec(&spec)?),
        };
        let object = self.add(SavedObjectKind::BareConcreteFunction(Box::new(bare)));
        self.child(self.signature_map, key, object)?;
        self.signatures.insert(key.into(), signature);
        Ok(())
    }

    /// A function that calls a trace, with arguments and results in the order of their names.
    fn wrapper(&self, name: &str, trace: &str, takes: &Named, gives: &Named, captured: &[ObjectId]) -> FunctionDef {
        let mut names = Names::default();
        let argument = |name: String, dtype: i32| proto::ArgDef { name, r#type: dtype, ..Default::default() };
        let mut inputs = Vec::new();
        let mut order = vec![String::new(); takes.len()];
        let mut types = vec![0; takes.len()];
        for (name, (place, spec)) in takes {
            let own = names.unique_argument(name);
            order[*place].clone_from(&own);
            types[*place] = spec.dtype.number();
            inputs.push(argument(own, spec.dtype.number()));
        }
        for object in captured {
            let own = names.unique_argument("captured");
            let dtype = self.captured_type(*object).number();
            order.push(own.clone());
            types.push(dtype);
            inputs.push(argument(own, dtype));
        }
        let mut results = vec![0; gives.len()];
        let (mut output_arg, mut ret) = (Vec::new(), BTreeMap::new());
        for (index, (place, spec)) in gives.values().enumerate() {
            results[*place] = spec.dtype.number();
            output_arg.push(argument(format!("result_{index}"), spec.dtype.number()));
            ret.insert(format!("result_{index}"), format!("{CALL}:output:{place}"));
        }
        let signature = OpDef {
            name: name.into(),
            input_arg: inputs,
            output_arg,
            control_output: vec![CALL.into()],
            is_stateful: true,
            ..OpDef::default()
        };
        FunctionDef {
            signature: Some(signature),
            node_def: vec![call(CALL, trace, order, &types, &results)],
            ret,
            control_ret: [(CALL.to_owned(), CALL.to_owned())].into(),
            ..FunctionDef::default()
        }
    }
}

/// The tensors of a dict, in its order; those of a composite have numbers behind its name.
fn parts(dict: &BTreeMap<String, Nest<Spec>>) -> Result<Vec<(String, TensorSpec)>> {
    let mut named = Vec::new();
    for (name, nest) in dict {
        let specs = tensors(nest)?;
        let is_composite = !matches!(nest, Nest::Leaf(Spec::Tensor(_)));
        for (index, spec) in specs.into_iter().enumerate() {
            let own = if is_composite { format!("{name}_component_{index}") } else { name.clone() };
            named.push((own.clone(), TensorSpec { name: Some(own), ..spec }));
        }
    }
    Ok(named)
}

fn decoded(message: Option<&proto::StructuredValue>) -> Result<Vec<TensorSpec>> {
    tensors(&decode_optional(message)?)
}

/// Tensors by their names, with their places.
fn named(names: &[&str], specs: Vec<TensorSpec>) -> Result<Named> {
    if names.len() != specs.len() {
        return Err(Error::structure(format!("{} names for {} tensors", names.len(), specs.len())));
    }
    let mut named = BTreeMap::new();
    for (place, (name, spec)) in names.iter().zip(specs).enumerate() {
        let spec = TensorSpec { name: Some((*name).to_owned()), ..spec };
        if named.insert((*name).to_owned(), (place, spec)).is_some() {
            return Err(Error::structure(format!("two tensors of a signature have the name `{name}`")));
        }
    }
    Ok(named)
}
