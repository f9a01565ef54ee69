//! Part of a graph as a library function, effects included: what a saved model's traces are.
//!
//! Saving calls it with the inputs of a trace and the handles that it captures. Unlike the functions that gradients make
//! for themselves, edges of control are kept, so that what is assigned on the way is assigned in the function too.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::gradient::called_by;
use super::node::{Node, Operation};
use super::scope::Scope;
use crate::engine::ops::op_def;
use crate::error::{Error, Result};
use crate::saved_model::proto::{ArgDef, FunctionDef, NodeDef, OpDef};

impl Scope {
    /// The function that computes `outputs` from `inputs` and runs `effects`, and with it all library functions that it
    /// calls, itself first. Every placeholder and every variable's handle that it needs must be among the inputs.
    ///
    /// # Errors
    /// [`Error::Graph`] for what is needed and is no input, or cannot be in a function; the first error kept so far.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::{DType, Tensor};
    /// use hub_core::graph::Scope;
    /// let scope = Scope::new()?;
    /// let x = scope.placeholder("x", DType::F32, [None]);
    /// let w = scope.variable("w", &Tensor::scalar(2.0_f32))?;
    /// let functions = scope.export_function("double", &[("x", x), ("w", w.handle())], &[x * w], &[])?;
    /// assert_eq!(functions[0].name(), "double");
    /// # Ok(())
    /// # }
    /// ```
    pub fn export_function(
        &self,
        name: &str,
        inputs: &[(&str, Node<'_>)],
        outputs: &[Node<'_>],
        effects: &[Operation<'_>],
    ) -> Result<Vec<FunctionDef>> {
        self.export(name, inputs, &[], outputs, effects).map(|(functions, _)| functions)
    }

    /// The same for a function that may capture some nodes: those that it needs follow its inputs. Answers with their
    /// places in `captured` too.
    ///
    /// # Errors
    /// As [`Scope::export_function`].
    pub fn export_trace(
        &self,
        name: &str,
        inputs: &[(&str, Node<'_>)],
        captured: &[Node<'_>],
        outputs: &[Node<'_>],
        effects: &[Operation<'_>],
    ) -> Result<(Vec<FunctionDef>, Vec<usize>)> {
        self.export(name, inputs, captured, outputs, effects)
    }

    fn export(
        &self,
        name: &str,
        inputs: &[(&str, Node<'_>)],
        captured: &[Node<'_>],
        outputs: &[Node<'_>],
        effects: &[Operation<'_>],
    ) -> Result<(Vec<FunctionDef>, Vec<usize>)> {
        self.check()?;
        let graph = self.graph_def()?;
        let mut export = Export {
            scope: self,
            nodes: graph.node.iter().map(|node| (node.name.as_str(), node)).collect(),
            arguments: HashMap::new(),
        };
        let named = captured.iter().enumerate().map(|(place, node)| (format!("captured_{place}"), *node));
        let named: Vec<(String, Node<'_>)> = named.collect();
        let all = inputs.iter().copied().chain(named.iter().map(|(name, node)| (name.as_str(), *node)));
        let mut arguments = export.name_arguments(&all.collect::<Vec<_>>());
        let needed = export.needed(outputs, effects)?;
        let used = export.used(outputs, &needed);
        let taken: Vec<usize> =
            (0..captured.len()).filter(|place| used.contains(&arguments[inputs.len() + place].name)).collect();
        let mut place = 0..;
        arguments
            .retain(|argument| place.next().is_some_and(|place| place < inputs.len()) || used.contains(&argument.name));
        let body: Vec<&NodeDef> = graph.node.iter().filter(|node| needed.contains(node.name.as_str())).collect();
        let is_function = |op: &str| graph.library.iter().flat_map(|all| &all.function).any(|f| f.name() == op);
        let mut is_stateful = false;
        for node in &body {
            is_stateful |= is_function(&node.op) || op_def(&node.op)?.is_stateful;
        }
        let body = body.into_iter().map(|node| export.within(node, &needed)).collect::<Result<_>>()?;
        let mut ret = BTreeMap::new();
        let mut output_arg = Vec::new();
        for (index, output) in outputs.iter().enumerate() {
            let name = format!("identity_{index}");
            ret.insert(name.clone(), export.value(&output.operation().name(), output.output as usize)?);
            output_arg.push(ArgDef { name, r#type: output.dtype().number(), ..ArgDef::default() });
        }
        let control_ret: BTreeMap<String, String> =
            effects.iter().map(|effect| (effect.name(), effect.name())).collect();
        let signature = OpDef {
            name: name.to_owned(),
            input_arg: arguments,
            output_arg,
            control_output: control_ret.keys().cloned().collect(),
            is_stateful,
            ..OpDef::default()
        };
        let function =
            FunctionDef { signature: Some(signature), node_def: body, ret, control_ret, ..FunctionDef::default() };
        Ok((called_by(self, function), taken))
    }
}

/// A part of a graph on its way into a function.
struct Export<'g, 's> {
    scope: &'s Scope,
    nodes: HashMap<&'g str, &'g NodeDef>,
    /// What an argument stands for: the name of the node, and which output.
    arguments: HashMap<(String, usize), String>,
}

impl Export<'_, '_> {
    /// Names for the arguments that no node has.
    fn name_arguments(&mut self, inputs: &[(&str, Node<'_>)]) -> Vec<ArgDef> {
        let mut taken: HashSet<String> = self.nodes.keys().map(|name| (*name).to_owned()).collect();
        let mut arguments = Vec::new();
        for (wanted, node) in inputs {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
            let mut name: String = wanted.chars().map(plain).collect();
            if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
                name.insert_str(0, "argument_");
            }
            while !taken.insert(name.clone()) {
                name.push_str("_arg");
            }
            self.arguments.insert((node.operation().name(), node.output as usize), name.clone());
            arguments.push(ArgDef { name, r#type: node.dtype().number(), ..ArgDef::default() });
        }
        arguments
    }

    /// The names of the nodes that the function consists of.
    fn needed(&self, outputs: &[Node<'_>], effects: &[Operation<'_>]) -> Result<HashSet<String>> {
        let wanted = |node: &Node<'_>| (node.operation().name(), node.output as usize);
        let mut open: Vec<String> = effects.iter().map(|effect| effect.name()).collect();
        let by_value = outputs.iter().map(wanted).filter(|output| !self.arguments.contains_key(output));
        open.extend(by_value.map(|(name, _)| name));
        let mut needed = HashSet::new();
        while let Some(name) = open.pop() {
            let node = self.node(&name)?;
            if matches!(node.op.as_str(), "Placeholder" | "VarHandleOp") {
                let why = "it is needed, and is no input of the function".into();
                return Err(Error::Graph { node: name, op: node.op.clone(), why });
            }
            if !needed.insert(name) {
                continue;
            }
            for input in &node.input {
                match Input::of(input) {
                    // What is an argument of a function has run before it.
                    Input::Control(name) if self.is_argument(name) => {}
                    Input::Value(name, output) if self.arguments.contains_key(&(name.to_owned(), output)) => {}
                    Input::Control(name) | Input::Value(name, _) => open.push(name.to_owned()),
                }
            }
        }
        Ok(needed)
    }

    /// The names of the arguments that the function's nodes and outputs take.
    fn used(&self, outputs: &[Node<'_>], needed: &HashSet<String>) -> HashSet<String> {
        let inputs = needed.iter().filter_map(|name| self.nodes.get(name.as_str())).flat_map(|node| &node.input);
        let values = inputs.filter_map(|input| match Input::of(input) {
            Input::Value(name, output) => Some((name.to_owned(), output)),
            Input::Control(_) => None,
        });
        let results = outputs.iter().map(|node| (node.operation().name(), node.output as usize));
        values.chain(results).filter_map(|value| self.arguments.get(&value).cloned()).collect()
    }

    fn is_argument(&self, name: &str) -> bool {
        let is_fed = self.nodes.get(name).is_some_and(|node| matches!(node.op.as_str(), "Placeholder" | "VarHandleOp"));
        is_fed && self.arguments.keys().any(|(argument, _)| argument == name)
    }

    /// The node as it stands in the function.
    fn within(&self, node: &NodeDef, needed: &HashSet<String>) -> Result<NodeDef> {
        let mut input = Vec::with_capacity(node.input.len());
        for one in &node.input {
            match Input::of(one) {
                Input::Value(name, output) => input.push(self.value(name, output)?),
                Input::Control(name) if needed.contains(name) => input.push(one.clone()),
                Input::Control(_) => {}
            }
        }
        Ok(NodeDef { input, ..node.clone() })
    }

    /// How the function's body names a value.
    fn value(&self, name: &str, output: usize) -> Result<String> {
        if let Some(argument) = self.arguments.get(&(name.to_owned(), output)) {
            return Ok(argument.clone());
        }
        let node = self.node(name)?;
        let missing = || Error::structure(format!("`{name}` has no output {output}"));
        let operation = self.scope.find(name).ok_or_else(missing)?;
        let mut before = 0;
        for argument in &op_def(&node.op)?.output_arg {
            let length = operation.list_length(&argument.name);
            if output < before + length {
                return Ok(format!("{name}:{}:{}", argument.name, output - before));
            }
            before += length;
        }
        Err(missing())
    }

    fn node(&self, name: &str) -> Result<&NodeDef> {
        let why = || Error::structure(format!("the engine's graph lacks its own node `{name}`"));
        self.nodes.get(name).copied().ok_or_else(why)
    }
}

/// An input of a node in a graph's message.
enum Input<'n> {
    Value(&'n str, usize),
    Control(&'n str),
}

impl Input<'_> {
    fn of(input: &str) -> Input<'_> {
        if let Some(name) = input.strip_prefix('^') {
            return Input::Control(name);
        }
        match input.rsplit_once(':') {
            Some((name, output)) if output.bytes().all(|byte| byte.is_ascii_digit()) => {
                Input::Value(name, output.parse().unwrap_or(usize::MAX))
            }
            _ => Input::Value(input, 0),
        }
    }
}
