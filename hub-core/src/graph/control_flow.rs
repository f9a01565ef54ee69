//! Branches and loops in a graph under construction: `cond` and `while_loop`, as functions that TensorFlow calls.
//!
//! What a branch or a body makes is written into the same graph first; what it takes from outside becomes an argument. So
//! a body can use variables, and whatever else is there. Both have gradients.

use std::collections::HashSet;

use super::attribute::Attribute;
use super::node::{Node, NodeId};
use super::scope::Scope;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::saved_model::proto::{AttrList, AttrValueValue, FunctionDefLibrary};
use crate::saved_model::shape;
use crate::tensor::Shape;

impl Scope {
    /// What `then` gives where the scalar `predicate` holds, else what `otherwise` gives; both give as many nodes of the
    /// same types.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::{DType, Shape, Tensor};
    /// let f = hub_core::graph::function("leaky", |s| {
    ///     let x = s.placeholder("x", DType::F32, Shape::scalar());
    ///     let positive = s.op("Greater").input(x).input(s.constant(0.0_f32)).build();
    ///     let y = s.cond(positive, |_| vec![x * 2.0], |_| vec![x * 0.5])?;
    ///     s.output("y", y[0])
    /// })?;
    /// assert_eq!(f.call([("x", &Tensor::scalar(-4.0_f32))])?["y"].tensor()?.item::<f32>()?, -2.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Graph`] where the two do not give the same, and those kept so far.
    pub fn cond<'g>(
        &'g self,
        predicate: Node<'g>,
        then: impl FnOnce(&'g Scope) -> Vec<Node<'g>>,
        otherwise: impl FnOnce(&'g Scope) -> Vec<Node<'g>>,
    ) -> Result<Vec<Node<'g>>> {
        let then = Part::write(self, &[], |scope, _| then(scope))?;
        let otherwise = Part::write(self, &[], |scope, _| otherwise(scope))?;
        if types(&then.outputs) != types(&otherwise.outputs) {
            return Err(refuse("If", "its branches do not give the same types"));
        }
        let captured = union(&then.captured, &otherwise.captured);
        let names = [then.export(self, "cond_true", &captured)?, otherwise.export(self, "cond_false", &captured)?];
        let shapes = then.outputs.iter().zip(&otherwise.outputs).map(|(one, other)| common(*one, *other));
        let node = self
            .op("If")
            .input(predicate)
            .input_list(captured)
            .attr("Tout", types(&then.outputs))
            .attr("then_branch", Attribute::function(&names[0]))
            .attr("else_branch", Attribute::function(&names[1]))
            .attr("output_shapes", shape_list(shapes))
            .attr("_lower_using_switch_merge", true)
            .build_operation();
        self.check()?;
        Ok(node.outputs())
    }

    /// The variables after a loop: as long as `condition` of them holds, `body` gives the next ones.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::{DType, Shape, Tensor};
    /// let f = hub_core::graph::function("power", |s| {
    ///     let x = s.placeholder("x", DType::F32, Shape::scalar());
    ///     let less = |i| s.op("Less").input(i).input(s.constant(3_i32)).build();
    ///     let first = [s.constant(0_i32), s.constant(1.0_f32)];
    ///     let last = s.while_loop(&first, |_, v| less(v[0]), |_, v| vec![v[0] + 1, v[1] * x])?;
    ///     s.output("y", last[1])
    /// })?;
    /// assert_eq!(f.call([("x", &Tensor::scalar(2.0_f32))])?["y"].tensor()?.item::<f32>()?, 8.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Graph`] where the body does not give what it takes, and those kept so far.
    pub fn while_loop<'g>(
        &'g self,
        variables: &[Node<'g>],
        condition: impl FnOnce(&'g Scope, &[Node<'g>]) -> Node<'g>,
        body: impl FnOnce(&'g Scope, &[Node<'g>]) -> Vec<Node<'g>>,
    ) -> Result<Vec<Node<'g>>> {
        let condition = Part::write(self, variables, |scope, variables| vec![condition(scope, variables)])?;
        let mut body = Part::write(self, variables, body)?;
        if types(&body.outputs) != types(variables) {
            return Err(refuse("While", "its body does not give the types that it takes"));
        }
        let captured = union(&condition.captured, &body.captured);
        let shapes: Vec<Shape> = variables.iter().zip(&body.outputs).map(|(one, other)| common(*one, *other)).collect();
        let others = captured.iter().map(|node| node.shape());
        let shapes = shape_list(shapes.into_iter().chain(others));
        body.outputs.extend(&captured);
        let names = [condition.export(self, "while_cond", &captured)?, body.export(self, "while_body", &captured)?];
        let node = self
            .op("While")
            .input_list(variables.iter().copied().chain(captured))
            .attr("cond", Attribute::function(&names[0]))
            .attr("body", Attribute::function(&names[1]))
            .attr("output_shapes", shapes)
            .attr("_lower_using_switch_merge", true)
            .build_operation();
        self.check()?;
        let mut outputs = node.outputs();
        outputs.truncate(variables.len());
        Ok(outputs)
    }
}

/// A branch, a condition or a body, written into the graph.
struct Part<'g> {
    arguments: Vec<Node<'g>>,
    outputs: Vec<Node<'g>>,
    /// What it takes from outside.
    captured: Vec<Node<'g>>,
}

impl<'g> Part<'g> {
    fn write(
        scope: &'g Scope,
        variables: &[Node<'g>],
        write: impl FnOnce(&'g Scope, &[Node<'g>]) -> Vec<Node<'g>>,
    ) -> Result<Part<'g>> {
        let outside: HashSet<String> = scope.graph_def()?.node.into_iter().map(|node| node.name).collect();
        let argument =
            |node: &Node<'g>| scope.op("Placeholder").attr("dtype", node.dtype()).attr("shape", node.shape()).build();
        let arguments: Vec<Node<'g>> = variables.iter().map(argument).collect();
        let outputs = scope.without_control_dependencies(|scope| write(scope, &arguments));
        scope.check()?;
        let captured = captured(&outputs, &outside);
        Ok(Part { arguments, outputs, captured })
    }

    /// The part as a function of its arguments and of `captured`, in the graph's library; gives its name there.
    fn export(&self, scope: &Scope, name: &str, captured: &[Node<'g>]) -> Result<String> {
        let names: Vec<String> = (0..self.arguments.len() + captured.len()).map(|place| format!("x{place}")).collect();
        let inputs = names.iter().map(String::as_str).zip(self.arguments.iter().chain(captured).copied());
        let name = free_name(scope, name);
        let functions = scope.export_function(&name, &inputs.collect::<Vec<_>>(), &self.outputs, &[])?;
        let library = FunctionDefLibrary { function: functions, ..FunctionDefLibrary::default() };
        Ok(scope.import_library(&library)?.name(&name))
    }
}

/// The nodes outside that these rest on, nearest first.
fn captured<'g>(outputs: &[Node<'g>], outside: &HashSet<String>) -> Vec<Node<'g>> {
    let mut seen: HashSet<NodeId> = HashSet::new();
    let mut open: Vec<Node<'g>> = outputs.to_vec();
    let mut captured = Vec::new();
    while let Some(node) = open.pop() {
        if seen.insert(node.id()) {
            match outside.contains(&node.operation().name()) {
                true => captured.push(node),
                false => open.extend(node.operation().inputs()),
            }
        }
    }
    captured
}

fn union<'g>(one: &[Node<'g>], other: &[Node<'g>]) -> Vec<Node<'g>> {
    let mut seen = HashSet::new();
    one.iter().chain(other).copied().filter(|node| seen.insert(node.id())).collect()
}

fn types(nodes: &[Node<'_>]) -> Vec<DType> {
    nodes.iter().map(|node| node.dtype()).collect()
}

/// The shape of both, or nothing known.
fn common(one: Node<'_>, other: Node<'_>) -> Shape {
    let shape = one.shape();
    if shape == other.shape() { shape } else { Shape::unknown() }
}

fn shape_list(shapes: impl Iterator<Item = Shape>) -> Attribute {
    let shape = shapes.map(|shape| shape::encode(&shape)).collect();
    AttrValueValue::List(Box::new(AttrList { shape, ..AttrList::default() })).into()
}

fn free_name(scope: &Scope, wanted: &str) -> String {
    let numbered = (0..).map(|number| format!("{wanted}_{number}"));
    let mut names = numbered.filter(|name| scope.library_function(name).is_none());
    names.next().unwrap_or_else(|| wanted.to_owned())
}

fn refuse(op: &str, why: &str) -> Error {
    Error::Graph { node: op.to_owned(), op: op.to_owned(), why: why.into() }
}
