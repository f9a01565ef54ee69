//! Calls within a body: which function a node calls, and its body in the place of the call.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attributes::list_length;
use super::body::{Body, Placed};
use crate::error::Result;
use crate::graph::{Node, Operation, Scope};
use crate::saved_model::proto::{ArgDef, AttrValue, AttrValueValue, FunctionDef, NodeDef};

/// A function that is called, with the attributes that the call gives it.
pub(super) type Callee = (Arc<FunctionDef>, BTreeMap<String, AttrValue>);

impl<'g> Body<'g, '_> {
    /// The function that a node calls, with the attributes that the call gives it.
    pub(super) fn callee(&self, node: &NodeDef, attributes: &BTreeMap<String, AttrValue>) -> Result<Option<Callee>> {
        if matches!(node.op.as_str(), "PartitionedCall" | "StatefulPartitionedCall") {
            let Some(AttrValueValue::Func(called)) = attributes.get("f").and_then(|value| value.value.clone()) else {
                return Err(self.refuse(format!("the call `{}` names no function", node.name)));
            };
            let function = self.scope.library_function(&called.name).ok_or_else(|| {
                self.refuse(format!(
                    "the call `{}` names the function `{}`, which is not there",
                    node.name, called.name
                ))
            })?;
            return Ok(Some((function, called.attr.into_iter().collect())));
        }
        Ok(self.scope.library_function(&node.op).map(|function| (function, attributes.clone())))
    }

    pub(super) fn place_call(
        &self,
        node: &NodeDef,
        function: &FunctionDef,
        attributes: BTreeMap<String, AttrValue>,
        inputs: &[Node<'g>],
        controls: &[Operation<'g>],
        awaited: bool,
    ) -> Result<Placed<'g>> {
        self.scope.with_scope(&node.name, |scope| {
            let start = (!controls.is_empty()).then(|| no_op(scope, "start", controls));
            let behind = |input: &Node<'g>| match start {
                Some(start) => scope.op("Identity").input(*input).control_input(start).build(),
                None => *input,
            };
            let inputs: Vec<_> = inputs.iter().map(behind).collect();
            let body = Body::new(scope, function, attributes, self.depth + 1, self.task)?;
            let outputs = body.output_lists(&node.op);
            let inlined = body.place(&inputs, start)?;
            let control = match awaited {
                true => {
                    let ends = inlined.controls.iter().copied().chain(inlined.outputs.iter().map(|o| o.operation()));
                    no_op(scope, "end", &ends.chain(start).collect::<Vec<_>>())
                }
                // Nobody waits for it, so any operation does.
                false => inlined.outputs.first().map_or_else(|| no_op(scope, "end", &[]), |node| node.operation()),
            };
            let mut flat = inlined.outputs.into_iter();
            let outputs = outputs.into_iter().map(|(name, count)| (name, flat.by_ref().take(count).collect()));
            Ok(Placed { outputs: outputs.collect(), control })
        })
    }

    /// A call that stays one, because the function's loops cannot be written out.
    pub(super) fn place_loop(
        &self,
        node: &NodeDef,
        function: &FunctionDef,
        attributes: BTreeMap<String, AttrValue>,
        inputs: &[Node<'g>],
        controls: &[Operation<'g>],
    ) -> Result<Placed<'g>> {
        let called = || self.scope.call_function(function, inputs);
        let inlined = self.scope.with_control_dependencies(controls, |_| called())?;
        let body = Body::new(self.scope, function, attributes, self.depth + 1, self.task)?;
        let mut flat = inlined.outputs.into_iter();
        let outputs = body.output_lists(&node.op).into_iter();
        let outputs = outputs.map(|(name, count)| (name, flat.by_ref().take(count).collect())).collect();
        Ok(Placed { outputs, control: inlined.controls[0] })
    }

    /// Names and lengths of the outputs of a call to this function by the op `op`.
    pub(super) fn output_lists(&self, op: &str) -> Vec<(String, usize)> {
        if matches!(op, "PartitionedCall" | "StatefulPartitionedCall") {
            return vec![("output".to_owned(), usize::MAX)];
        }
        let length = |argument: &ArgDef| list_length(argument, &self.attributes).unwrap_or(1);
        self.signature.output_arg.iter().map(|argument| (argument.name.clone(), length(argument))).collect()
    }
}

/// An operation that does nothing but wait for others.
fn no_op<'g>(scope: &'g Scope, name: &str, after: &[Operation<'g>]) -> Operation<'g> {
    let builder = scope.op("NoOp").name(name);
    after.iter().fold(builder, |builder, operation| builder.control_input(*operation)).build_operation()
}
