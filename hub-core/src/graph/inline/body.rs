//! A function body on its way into a graph: its nodes in order, each behind what it needs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::attributes::{list_length, resolve};
use super::loops::has_loop;
use super::reference::Reference;
use super::{Inlined, LEFT_BEHIND, MOST_NESTED, MOST_NODES, Task, resources};
use crate::engine::ops::op_def;
use crate::error::{Error, Result};
use crate::graph::operation::OperationBuilder;
use crate::graph::{Node, Operation, Scope};
use crate::saved_model::proto::{AttrValue, FunctionDef, NodeDef, OpDef};

/// A node of the body, as it stands in the graph.
pub(super) struct Placed<'g> {
    /// Its outputs, by the name of the output argument.
    pub(super) outputs: HashMap<String, Vec<Node<'g>>>,
    /// What `^node` waits for.
    pub(super) control: Operation<'g>,
}

/// One function body on its way into the graph.
pub(super) struct Body<'g, 'f> {
    pub(super) scope: &'g Scope,
    pub(super) name: &'f str,
    pub(super) function: &'f FunctionDef,
    pub(super) signature: &'f OpDef,
    pub(super) attributes: BTreeMap<String, AttrValue>,
    pub(super) depth: usize,
    pub(super) arguments: HashMap<&'f str, Vec<Node<'g>>>,
    pub(super) placed: HashMap<&'f str, Placed<'g>>,
    /// What the nodes without inputs wait for.
    pub(super) start: Option<Operation<'g>>,
    pub(super) task: &'f Task,
}

impl<'g, 'f> Body<'g, 'f> {
    pub(super) fn new(
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

    pub(super) fn place(mut self, inputs: &[Node<'g>], start: Option<Operation<'g>>) -> Result<Inlined<'g>> {
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
        self.find_captured();
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
        self.note_gradient(node, operation);
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

    pub(super) fn refuse(&self, why: String) -> Error {
        Error::structure(format!("function `{}`: {why}", self.name))
    }
}
