//! Any operation of TensorFlow's, built input by input and attribute by attribute.

use super::attribute::Attribute;
use super::node::{MISSING, Node, Operation};
use super::scope::{Scope, foreign};

/// One input of an operation under construction.
#[derive(Debug)]
pub(super) enum Input<'g> {
    /// A single tensor.
    One(Node<'g>),
    /// A list of tensors, for an input that takes several.
    List(Vec<Node<'g>>),
}

/// An operation under construction; made by [`Scope::op`].
///
/// Attributes that follow from the inputs (element types, list lengths) and those with defaults may be left out.
#[derive(Debug)]
#[must_use = "an operation is made by `build`"]
pub struct OperationBuilder<'g> {
    pub(super) scope: &'g Scope,
    pub(super) op: String,
    pub(super) name: Option<String>,
    pub(super) inputs: Vec<Input<'g>>,
    pub(super) controls: Vec<Operation<'g>>,
    pub(super) attributes: Vec<(String, Attribute)>,
    pub(super) device: String,
}

impl<'g> OperationBuilder<'g> {
    pub(super) fn new(scope: &'g Scope, op: &str) -> OperationBuilder<'g> {
        OperationBuilder {
            scope,
            op: op.to_owned(),
            name: None,
            inputs: Vec::new(),
            controls: Vec::new(),
            attributes: Vec::new(),
            device: String::new(),
        }
    }

    /// The name, made unique in its scope; by default the op's name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// One more input.
    pub fn input(mut self, node: Node<'g>) -> Self {
        self.inputs.push(Input::One(node));
        self
    }

    /// One more input that takes a list.
    pub fn input_list(mut self, nodes: impl IntoIterator<Item = Node<'g>>) -> Self {
        self.inputs.push(Input::List(nodes.into_iter().collect()));
        self
    }

    /// The operation runs after `operation`.
    pub fn control_input(mut self, operation: Operation<'g>) -> Self {
        self.controls.push(operation);
        self
    }

    /// An attribute.
    pub fn attr(mut self, name: impl Into<String>, value: impl Into<Attribute>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// The device that the operation is to run on.
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = device.into();
        self
    }

    /// Makes the operation and gives its first output.
    ///
    /// For an op without outputs use [`OperationBuilder::build_operation`].
    pub fn build(self) -> Node<'g> {
        self.build_operation().output(0)
    }

    /// Makes the operation and gives all its outputs.
    pub fn build_outputs(self) -> Vec<Node<'g>> {
        self.build_operation().outputs()
    }

    /// Makes the operation.
    pub fn build_operation(self) -> Operation<'g> {
        let scope = self.scope;
        let rests_on_missing = self.sources().any(Operation::is_missing);
        let other = self.sources().find(|source| !std::ptr::eq(source.scope, scope));
        let index = match (rests_on_missing, other) {
            (true, _) => MISSING,
            (false, Some(other)) => {
                scope.keep(foreign(&other.name()));
                MISSING
            }
            (false, None) => scope.add(self),
        };
        Operation { scope, index }
    }

    /// The operations that this one rests on.
    fn sources(&self) -> impl Iterator<Item = Operation<'g>> + '_ {
        let inputs = self.inputs.iter().flat_map(|input| match input {
            Input::One(node) => std::slice::from_ref(node),
            Input::List(nodes) => nodes.as_slice(),
        });
        inputs.map(|node| node.operation()).chain(self.controls.iter().copied())
    }
}
