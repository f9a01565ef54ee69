//! Functions that stay calls: loops of TF1's control flow cannot be written out, only TensorFlow's executor follows them.

use super::Inlined;
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::{Node, Scope};
use crate::saved_model::proto::{AttrValue, AttrValueValue, FunctionDef, NameAttrList};

impl Scope {
    /// A call of a function of the library, its body left where it is.
    pub(super) fn call_function<'g>(&'g self, function: &FunctionDef, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let signature = function.signature.as_ref();
        let types = signature.iter().flat_map(|signature| &signature.output_arg);
        let types: Vec<DType> = types.filter_map(|argument| DType::from_number(argument.r#type)).collect();
        let call = self
            .op("StatefulPartitionedCall")
            .name(signature.map_or("call", |signature| &signature.name))
            .input_list(inputs.iter().copied())
            .attr("Tin", inputs.iter().map(|input| input.dtype()).collect::<Vec<_>>())
            .attr("Tout", types)
            .attr("f", function_value(function.name()))
            .build_operation();
        self.check()?;
        Ok(Inlined { outputs: call.outputs(), controls: vec![call] })
    }
}

/// An attribute that names a function.
fn function_value(name: &str) -> AttrValue {
    let function = NameAttrList { name: name.to_owned(), ..NameAttrList::default() };
    AttrValue { value: Some(AttrValueValue::Func(Box::new(function))) }
}

/// Whether a function has loops of TF1's control flow, which only TensorFlow's executor can follow.
pub(super) fn has_loop(function: &FunctionDef) -> bool {
    function.node_def.iter().any(|node| matches!(node.op.as_str(), "NextIteration" | "RefNextIteration"))
}
