//! What custom gradients have captured, found among the nodes of the function that was written out.
//!
//! Saved by name: `node:output` in the outermost function that has the tensor. So each body is asked when it is done,
//! for its own operations and for those of the functions called in it.

use super::body::Body;
use crate::graph::gradient::Unbound;
use crate::graph::library::GRADIENT;
use crate::graph::{Node, Operation};
use crate::saved_model::proto::{AttrValueValue, NodeDef};

impl<'g> Body<'g, '_> {
    /// Keeps what the operation's own gradient has captured, where it has one, until it is found.
    pub(super) fn note_gradient(&self, node: &NodeDef, operation: Operation<'g>) {
        let Some(AttrValueValue::S(name)) = node.attr.get(GRADIENT).and_then(|value| value.value.as_ref()) else {
            return;
        };
        let name = String::from_utf8_lossy(name);
        let unbound = self.scope.custom_gradients(|gradients| gradients.place(operation, &name));
        self.task.unbound.borrow_mut().extend(unbound);
    }

    /// Finds what is of this function.
    pub(super) fn find_captured(&self) {
        let mut unbound = self.task.unbound.borrow_mut();
        unbound.retain(|wanted| match self.captured(wanted) {
            Some(node) => {
                self.scope.custom_gradients(|gradients| gradients.bind(wanted, node));
                false
            }
            None => true,
        });
    }

    fn captured(&self, wanted: &Unbound) -> Option<Node<'g>> {
        if wanted.function != self.name {
            return None;
        }
        let (name, output) = wanted.name.rsplit_once(':')?;
        let output: usize = output.parse().ok()?;
        if let Some(argument) = self.arguments.get(name) {
            return argument.get(output).copied();
        }
        let placed = self.placed.get(name)?;
        match placed.outputs.len() {
            // A call gives all its outputs as one list, and is no operation any more.
            1 => placed.outputs.values().next()?.get(output).copied(),
            _ => Some(placed.control.output(output)).filter(|node| !node.is_missing()),
        }
    }
}
