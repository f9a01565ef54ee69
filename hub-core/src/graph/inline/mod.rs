//! Writing the body of a library function into a graph, calls within it included.
//!
//! Gradients, training and fast inference want plain ops, not calls. Functional control flow (`If`, `While`, `Case`)
//! stays as it is: its branches are called from the graph's library; so is a function with loops of TF1's control flow. The
//! rules are those of TensorFlow's own inliner:
//!
//! * `arg` and `node:output:index` name values, `^node` an operation to run after;
//! * a call with control inputs starts with a `NoOp` behind them: its inputs and its nodes without inputs wait for it;
//! * `^call` waits for a `NoOp` behind all that the called function must run (its `control_ret`);
//! * an attribute that is a placeholder takes its value from the calling node.

mod attributes;
mod loops;
mod reference;
mod resources;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use attributes::{list_length, resolve};
use loops::has_loop;
use reference::Reference;

use super::node::{Node, Operation};
use super::operation::OperationBuilder;
use super::scope::Scope;
use crate::engine::ops::op_def;
use crate::error::{Error, Result};
use crate::saved_model::proto::{ArgDef, AttrValue, AttrValueValue, FunctionDef, NodeDef, OpDef};

/// How deep calls may nest; faults beyond it end in the engine's stack.
const MOST_NESTED: usize = 64;

/// Attributes that describe the place of a node in its old graph.
const LEFT_BEHIND: [&str; 3] = ["_output_shapes", "_input_shapes", "_class"];

/// How many nodes one function may be written out to: calls of calls multiply.
const MOST_NODES: usize = 1 << 18;

/// What an inlined function gives back.
#[derive(Debug)]
pub struct Inlined<'g> {
    /// The function's outputs, flat.
    pub outputs: Vec<Node<'g>>,
    /// What must run even where no output needs it: assignments, assertions.
    pub controls: Vec<Operation<'g>>,
}

impl Scope {
    /// Writes a library function's body here. `inputs` are its flat inputs, captures last.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the body does not hang together, [`Error::Graph`] where TensorFlow refuses a
    /// node, [`Error::Unsupported`] for loops of TF1's control flow and unknown ops.
    pub fn inline<'g>(&'g self, function: &FunctionDef, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let task = Task { budget: Cell::new(MOST_NODES), own_resources: false };
        self.place(function, inputs, &task)
    }

    /// The same for a function that makes a resource, by its name in the library: the resource gets a name that no other
    /// of the graph has.
    pub(crate) fn inline_resource<'g>(&'g self, function: &str, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let task = Task { budget: Cell::new(MOST_NODES), own_resources: true };
        self.place(&*self.required_function(function)?, inputs, &task)
    }

    fn place<'g>(&'g self, function: &FunctionDef, inputs: &[Node<'g>], task: &Task) -> Result<Inlined<'g>> {
        let inlined = Body::new(self, function, BTreeMap::new(), 0, task)?.place(inputs, None)?;
        self.check()?;
        Ok(inlined)
    }

    /// The same by the function's name in the graph's library.
    ///
    /// # Errors
    /// As [`Scope::inline`]; [`Error::FunctionNotFound`] for a name that is not in the library.
    pub fn inline_named<'g>(&'g self, function: &str, inputs: &[Node<'g>]) -> Result<Inlined<'g>> {
        let function = self.required_function(function)?;
        match has_loop(&function) {
            false => self.inline(&function, inputs),
            true => self.call_function(&function, inputs),
        }
    }

    fn required_function(&self, name: &str) -> Result<Arc<FunctionDef>> {
        let found = self.library_function(name);
        found.ok_or_else(|| Error::FunctionNotFound { name: name.to_owned(), available: Vec::new() })
    }
}

/// What holds for a whole function and all that is called in it.
struct Task {
    /// How many nodes may still be written.
    budget: Cell<usize>,
    /// Whether what makes a resource makes one of its own.
    own_resources: bool,
}

/// A function that is called, with the attributes that the call gives it.
type Callee = (Arc<FunctionDef>, BTreeMap<String, AttrValue>);

/// A node of the body, as it stands in the graph.
struct Placed<'g> {
    /// Its outputs, by the name of the output argument.
    outputs: HashMap<String, Vec<Node<'g>>>,
    /// What `^node` waits for.
    control: Operation<'g>,
}

/// One function body on its way into the graph.
struct Body<'g, 'f> {
    scope: &'g Scope,
    name: &'f str,
    function: &'f FunctionDef,
    signature: &'f OpDef,
    attributes: BTreeMap<String, AttrValue>,
    depth: usize,
    arguments: HashMap<&'f str, Vec<Node<'g>>>,
    placed: HashMap<&'f str, Placed<'g>>,
    /// What the nodes without inputs wait for.
    start: Option<Operation<'g>>,
    task: &'f Task,
}

impl<'g, 'f> Body<'g, 'f> {
    fn new(
        scope: &'g Scope,
        function: &'f FunctionDef,
        mut attributes: BTreeMap<String, AttrValue>,
        depth: usize,
        task: &'f Task,
    ) -> Result<Body<'g, 'f>> {
        let signature =
            function.signature.as_ref().ok_or_else(|| Error::structure("a library function without a signature"))?;
        if depth > MOST_NESTED {
            let why = format!("calls nest more than {MOST_NESTED} deep at the function `{}`", signature.name);
            return Err(Error::structure(why));
        }
        for attribute in &signature.attr {
            if let Some(default) = &attribute.default_value {
                attributes.entry(attribute.name.clone()).or_insert_with(|| default.clone());
            }
        }
        Ok(Body {
            scope,
            name: &signature.name,
            function,
            signature,
            attributes,
            depth,
            arguments: HashMap::new(),
            placed: HashMap::new(),
            start: None,
            task,
        })
    }

    fn place(mut self, inputs: &[Node<'g>], start: Option<Operation<'g>>) -> Result<Inlined<'g>> {
        self.start = start;
        match self.task.budget.get().checked_sub(self.function.node_def.len()) {
            Some(left) => self.task.budget.set(left),
            None => return Err(self.refuse(format!("written out, its caller has more than {MOST_NODES} nodes"))),
        }
        self.bind_arguments(inputs)?;
        let awaited = self.awaited();
        for index in self.order()? {
            let node = &self.function.node_def[index];
            let placed = self.place_node(node, awaited.contains(node.name.as_str()))?;
            self.placed.insert(&node.name, placed);
        }
        Ok(Inlined { outputs: self.outputs()?, controls: self.controls()? })
    }

    fn bind_arguments(&mut self, inputs: &[Node<'g>]) -> Result<()> {
        let mut rest = inputs;
        for argument in &self.signature.input_arg {
            let count = list_length(argument, &self.attributes).unwrap_or(1);
            let Some((these, others)) = rest.split_at_checked(count) else {
                return Err(self.refuse(format!("{} inputs are too few for its arguments", inputs.len())));
            };
            self.arguments.insert(&argument.name, these.to_vec());
            rest = others;
        }
        match rest {
            [] => Ok(()),
            _ => Err(self.refuse(format!("{} inputs are {} too many", inputs.len(), rest.len()))),
        }
    }

    /// Names of the nodes that others wait for by a control edge.
    fn awaited(&self) -> HashSet<&'f str> {
        let edges = self.function.node_def.iter().flat_map(|node| &node.input).filter_map(|i| i.strip_prefix('^'));
        edges.chain(self.function.control_ret.values().map(String::as_str)).collect()
    }

    /// The nodes in an order in which each comes after all that it needs; ties go by place in the file.
    fn order(&self) -> Result<Vec<usize>> {
        let nodes = &self.function.node_def;
        let by_name: HashMap<&str, usize> = nodes.iter().enumerate().map(|(i, node)| (node.name.as_str(), i)).collect();
        let mut waiting = vec![0_usize; nodes.len()];
        let mut users = vec![Vec::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            for input in &node.input {
                let source = Reference::parse(input).name;
                if let Some(from) = by_name.get(source) {
                    users[*from].push(index);
                    waiting[index] += 1;
                } else if !self.arguments.contains_key(source) {
                    return Err(
                        self.refuse(format!("node `{}` has the input `{input}`, which is not there", node.name))
                    );
                }
            }
        }
        let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|index| waiting[*index] == 0).collect();
        let mut order = Vec::with_capacity(nodes.len());
        while let Some(index) = ready.pop_first() {
            order.push(index);
            for user in &users[index] {
                waiting[*user] -= 1;
                if waiting[*user] == 0 {
                    ready.insert(*user);
                }
            }
        }
        if order.len() < nodes.len() {
            return Err(Error::Unsupported {
                what: format!("a loop of TF1's control flow in the function `{}`", self.name),
            });
        }
        Ok(order)
    }

    fn place_node(&mut self, node: &'f NodeDef, awaited: bool) -> Result<Placed<'g>> {
        let mut inputs = Vec::new();
        let mut controls = Vec::new();
        for input in &node.input {
            let reference = Reference::parse(input);
            match reference.is_control {
                true => controls.extend(self.control(reference.name)),
                false => inputs.push(self.value(&reference, node)?),
            }
        }
        if inputs.is_empty() && controls.is_empty() {
            controls.extend(self.start);
        }
        let attributes = node
            .attr
            .iter()
            .filter(|(key, _)| !LEFT_BEHIND.contains(&key.as_str()))
            .map(|(key, value)| Ok((key.clone(), resolve(value, &self.attributes)?)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        match self.callee(node, &attributes)? {
            Some((function, callee_attributes)) if has_loop(&function) => {
                self.place_loop(node, &function, callee_attributes, &inputs, &controls)
            }
            Some((function, callee_attributes)) => {
                self.place_call(node, &function, callee_attributes, &inputs, &controls, awaited)
            }
            None => self.place_operation(node, attributes, &inputs, &controls),
        }
    }

    /// The function that a node calls, with the attributes that the call gives it.
    fn callee(&self, node: &NodeDef, attributes: &BTreeMap<String, AttrValue>) -> Result<Option<Callee>> {
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

    fn place_call(
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
    fn place_loop(
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
    fn output_lists(&self, op: &str) -> Vec<(String, usize)> {
        if matches!(op, "PartitionedCall" | "StatefulPartitionedCall") {
            return vec![("output".to_owned(), usize::MAX)];
        }
        let length = |argument: &ArgDef| list_length(argument, &self.attributes).unwrap_or(1);
        self.signature.output_arg.iter().map(|argument| (argument.name.clone(), length(argument))).collect()
    }

    fn place_operation(
        &self,
        node: &NodeDef,
        mut attributes: BTreeMap<String, AttrValue>,
        inputs: &[Node<'g>],
        controls: &[Operation<'g>],
    ) -> Result<Placed<'g>> {
        let op = if self.task.own_resources { resources::named(&node.op) } else { &node.op };
        let definition = op_def(op)?;
        if self.task.own_resources {
            resources::own(&definition, &mut attributes, || self.scope.distinct_name(&node.name));
        }
        let mut builder = self.scope.op(op).name(&node.name).device(&node.device);
        let mut rest = inputs;
        for argument in &definition.input_arg {
            let list = list_length(argument, &attributes);
            let Some((these, others)) = rest.split_at_checked(list.unwrap_or(1)) else {
                return Err(self.refuse(format!("node `{}` ({}) has too few inputs", node.name, node.op)));
            };
            builder = match list {
                Some(_) => builder.input_list(these.iter().copied()),
                None => builder.input(these[0]),
            };
            rest = others;
        }
        if !rest.is_empty() {
            return Err(self.refuse(format!("node `{}` ({}) has {} inputs too many", node.name, node.op, rest.len())));
        }
        builder = controls.iter().fold(builder, |builder, control| builder.control_input(*control));
        builder = attributes
            .into_iter()
            .fold(builder, |builder: OperationBuilder<'g>, (key, value)| builder.attr(key, value));
        let operation = builder.build_operation();
        self.scope.check()?;
        let mut outputs = HashMap::new();
        let mut all = operation.outputs().into_iter();
        for argument in &definition.output_arg {
            let count = operation.list_length(&argument.name);
            outputs.insert(argument.name.clone(), all.by_ref().take(count).collect());
        }
        Ok(Placed { outputs, control: operation })
    }

    /// What a control edge from `name` waits for: a node, or what an argument comes from.
    fn control(&self, name: &str) -> Vec<Operation<'g>> {
        match (self.placed.get(name), self.arguments.get(name)) {
            (Some(placed), _) => vec![placed.control],
            (None, Some(argument)) => argument.iter().map(|node| node.operation()).collect(),
            (None, None) => Vec::new(),
        }
    }

    fn value(&self, reference: &Reference<'_>, node: &NodeDef) -> Result<Node<'g>> {
        let found = match reference.output {
            None => self.arguments.get(reference.name),
            Some(output) => self.placed.get(reference.name).and_then(|placed| placed.outputs.get(output)),
        };
        found.and_then(|values| values.get(reference.index)).copied().ok_or_else(|| {
            self.refuse(format!("node `{}` takes `{}`, which has no such output", node.name, reference.name))
        })
    }

    fn outputs(&self) -> Result<Vec<Node<'g>>> {
        let mut outputs = Vec::new();
        for argument in &self.signature.output_arg {
            let named = self.function.ret.get(&argument.name);
            let reference = Reference::parse(named.map_or("", String::as_str));
            let found = match reference.output {
                None => self.arguments.get(reference.name),
                Some(output) => self.placed.get(reference.name).and_then(|placed| placed.outputs.get(output)),
            };
            let count = list_length(argument, &self.attributes).unwrap_or(1);
            let Some(values) = found.and_then(|values| values.get(reference.index..reference.index + count)) else {
                return Err(self.refuse(format!("the output `{}` names nothing that is there", argument.name)));
            };
            outputs.extend_from_slice(values);
        }
        Ok(outputs)
    }

    /// What must run: the nodes that the function names.
    fn controls(&self) -> Result<Vec<Operation<'g>>> {
        let mut controls = Vec::new();
        for output in &self.signature.control_output {
            let Some(name) = self.function.control_ret.get(output) else { continue };
            if !self.placed.contains_key(name.as_str()) {
                return Err(self.refuse(format!("its control output `{name}` is not there")));
            }
            controls.extend(self.control(name));
        }
        Ok(controls)
    }

    fn refuse(&self, why: String) -> Error {
        Error::structure(format!("function `{}`: {why}", self.name))
    }
}

/// An operation that does nothing but wait for others.
fn no_op<'g>(scope: &'g Scope, name: &str, after: &[Operation<'g>]) -> Operation<'g> {
    let builder = scope.op("NoOp").name(name);
    after.iter().fold(builder, |builder, operation| builder.control_input(*operation)).build_operation()
}
