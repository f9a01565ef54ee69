//! TF1's loops as `While`: the nodes of a frame become two functions and one node.
//!
//! ```text
//! Enter ─ Merge ─┬─ ... ─ LoopCond                         the condition: a function of the merges
//!           │    └─ Switch ─┬─ Exit                        the result
//!           └───────────────┴─ ... ─ NextIteration ─ Merge the body: a function of the switches
//! ```
//!
//! Before the variables go two of Python's own, which its gradient wants: the number of the iteration, and the most there may
//! be (-1: any). TensorFlow's executor runs either form; only the second has a gradient. Inner loops come first: then they are nodes like
//! others. A loop that is built in another way than `tf.while_loop` builds them stays what it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::arrays::as_lists;
use super::state::node_name;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Node, Scope};
use crate::saved_model::proto::{
    AttrList, AttrMap, AttrValue, AttrValueValue, FunctionDef, FunctionDefLibrary, GraphDef, NameAttrList, NodeDef,
};
use crate::saved_model::tensor_proto;
use crate::tensor::{Shape, Tensor};

/// How many loops are turned; each takes a pass over the graph for each.
const MOST_LOOPS: usize = 64;

/// The graph with its loops as nodes, as far as they can be; and with its arrays as lists, where that leaves no loop as it was.
pub(super) fn as_functions(graph: GraphDef) -> GraphDef {
    if let Some(with_lists) = as_lists(&graph) {
        let turned = turned_loops(with_lists);
        if turned.node.iter().all(|node| frame_of(node).is_none()) {
            return turned;
        }
    }
    turned_loops(graph)
}

fn turned_loops(mut graph: GraphDef) -> GraphDef {
    let mut left = BTreeSet::new();
    if graph.node.iter().filter_map(frame_of).collect::<BTreeSet<_>>().len() > MOST_LOOPS {
        return graph;
    }
    for _ in 0..MOST_LOOPS {
        let Some(frame) = innermost(&graph, &left) else { break };
        // What cannot be turned runs as it is; the reason would help nobody.
        match turned(&graph, &frame) {
            Ok(turned) => graph = turned,
            Err(_) => drop(left.insert(frame)),
        }
    }
    graph
}

/// The variables that Python's loops have before their own.
const COUNTERS: [(&str, i32); 2] = [("loop_counter", 0), ("maximum_iterations", -1)];

/// The nodes of a graph by name.
type Nodes<'g> = HashMap<&'g str, &'g NodeDef>;

/// A frame without another in it, that is not among those that stay.
fn innermost(graph: &GraphDef, left: &BTreeSet<String>) -> Option<String> {
    let users = users(graph);
    let frames: BTreeSet<&str> = graph.node.iter().filter_map(frame_of).collect();
    let within = |frame: &str| members(graph, &users, frame);
    let is_innermost = |frame: &&str| {
        let members = within(frame);
        let own = graph.node.iter().filter(|node| members.contains(node.name.as_str()));
        own.filter_map(frame_of).all(|other| other == *frame)
    };
    frames.into_iter().filter(|frame| !left.contains(*frame)).find(is_innermost).map(str::to_owned)
}

/// The name of the frame that a node enters.
fn frame_of(node: &NodeDef) -> Option<&str> {
    match node.attr.get("frame_name")?.value.as_ref()? {
        AttrValueValue::S(name) if node.op == "Enter" => std::str::from_utf8(name).ok(),
        _ => None,
    }
}

/// Who takes what a node gives, or waits for it.
fn users(graph: &GraphDef) -> HashMap<&str, Vec<&NodeDef>> {
    let mut users: HashMap<&str, Vec<&NodeDef>> = HashMap::new();
    for node in &graph.node {
        for input in &node.input {
            users.entry(node_name(input)).or_default().push(node);
        }
    }
    users
}

/// The nodes of a frame: from where it is entered to where it is left, both included.
fn members<'g>(graph: &'g GraphDef, users: &HashMap<&str, Vec<&'g NodeDef>>, frame: &str) -> BTreeSet<&'g str> {
    let entries = graph.node.iter().filter(|node| frame_of(node) == Some(frame));
    let mut open: Vec<&NodeDef> = entries.collect();
    let mut members = BTreeSet::new();
    while let Some(node) = open.pop() {
        if members.insert(node.name.as_str()) && node.op != "Exit" {
            open.extend(users.get(node.name.as_str()).into_iter().flatten());
        }
    }
    members
}

/// One loop, taken apart.
struct Loop<'g> {
    nodes: Nodes<'g>,
    /// The variables: what enters, the merge, the switch, where it is left, what the body gives.
    variables: Vec<Variable<'g>>,
    /// What enters and stays the same.
    invariants: Vec<&'g NodeDef>,
    condition: &'g str,
}

struct Variable<'g> {
    enter: &'g NodeDef,
    merge: &'g str,
    switch: Option<&'g str>,
    exit: Option<&'g str>,
    next: &'g str,
}

fn turned(graph: &GraphDef, frame: &str) -> Result<GraphDef> {
    let users = users(graph);
    let members = members(graph, &users, frame);
    let nodes: Nodes<'_> = graph.node.iter().map(|node| (node.name.as_str(), node)).collect();
    let found = Loop::read(&nodes, &users, &members)?;
    let library = graph.library.clone().unwrap_or_default();
    let taken: BTreeSet<&str> = library.function.iter().map(FunctionDef::name).collect();
    let free = |end: &str| {
        let plain = frame.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let names = (0..).map(|number| format!("{plain}_{end}_{number}"));
        names.into_iter().find(|name| !taken.contains(name.as_str())).unwrap_or_default()
    };
    let (condition, body) = (free("cond"), free("body"));
    let mut functions = found.function(&condition, &library, Side::Condition)?;
    functions.extend(found.function(&body, &library, Side::Body)?);
    let name = names_free(&nodes, &format!("{frame}/while"));
    let whole = found.node(&name, &condition, &body);
    // Whoever took what left the loop takes what the node gives.
    let left = |input: &String| {
        let place = found.variables.iter().position(|variable| variable.exit == Some(node_name(input)));
        match place {
            Some(_) if input.starts_with('^') => format!("^{name}"),
            Some(place) => format!("{name}:{}", COUNTERS.len() + place),
            None => input.clone(),
        }
    };
    let outside = graph.node.iter().filter(|node| !members.contains(node.name.as_str()));
    let mut node: Vec<NodeDef> =
        outside.map(|node| NodeDef { input: node.input.iter().map(left).collect(), ..node.clone() }).collect();
    // Names in signatures and collections still mean where the loop was left.
    node.extend(found.exits(&name));
    node.extend(COUNTERS.map(|(counter, first)| constant(format!("{name}/{counter}"), &Tensor::scalar(first))));
    node.push(whole);
    let known: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    let mut library = library;
    library.function.extend(functions.into_iter().filter(|function| !known.contains(function.name())));
    Ok(GraphDef { node, library: Some(library), ..graph.clone() })
}

/// Which of a loop's two functions.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Condition,
    Body,
}

impl<'g> Loop<'g> {
    fn read(
        nodes: &Nodes<'g>,
        users: &HashMap<&str, Vec<&'g NodeDef>>,
        members: &BTreeSet<&'g str>,
    ) -> Result<Loop<'g>> {
        let odd = |what: &str| Error::structure(format!("a loop of TF1 with {what}"));
        let mut found = Loop { nodes: nodes.clone(), variables: Vec::new(), invariants: Vec::new(), condition: "" };
        let own = || members.iter().filter_map(|name| nodes.get(name).copied());
        let mut conditions = own().filter(|node| node.op == "LoopCond");
        let condition = conditions.next().ok_or_else(|| odd("no condition"))?;
        found.condition = condition.input.first().map(String::as_str).ok_or_else(|| odd("no condition"))?;
        if conditions.next().is_some() {
            return Err(odd("two conditions"));
        }
        let of = |name: &str, op: &str| {
            let mut all = users.get(name).into_iter().flatten().filter(|node| node.op == op);
            (all.next().copied(), all.next().is_some())
        };
        for enter in own().filter(|node| node.op == "Enter") {
            let (merge, several) = of(&enter.name, "Merge");
            let Some(merge) = merge else {
                found.invariants.push(enter);
                continue;
            };
            let back = merge.input.iter().find(|input| node_name(input) != enter.name);
            let back = back.and_then(|input| nodes.get(node_name(input)).copied());
            let next = back.filter(|node| node.op == "NextIteration").and_then(|node| node.input.first());
            let switches = users.get(merge.name.as_str()).into_iter().flatten().filter(|node| node.op == "Switch");
            let mut switches =
                switches.filter(|node| node.input.get(1).is_some_and(|i| node_name(i) == condition.name));
            let (switch, other) = (switches.next().copied(), switches.next());
            let exit = switch.map_or((None, false), |switch| of(&switch.name, "Exit"));
            if several || other.is_some() || exit.1 {
                return Err(odd("a variable that is used in two ways"));
            }
            found.variables.push(Variable {
                enter,
                merge: &merge.name,
                switch: switch.map(|switch| switch.name.as_str()),
                exit: exit.0.map(|exit| exit.name.as_str()),
                next: next.ok_or_else(|| odd("a variable that has no next value"))?,
            });
        }
        // Everything that leaves must be one of these.
        let exits = own().filter(|node| node.op == "Exit").count();
        match exits == found.variables.iter().filter(|variable| variable.exit.is_some()).count() {
            true => Ok(found),
            false => Err(odd("another way out")),
        }
    }

    /// The condition or the body as a function: of the variables, then of what stays the same.
    fn function(&self, name: &str, library: &FunctionDefLibrary, side: Side) -> Result<Vec<FunctionDef>> {
        let mut arguments: BTreeMap<&str, (String, &NodeDef)> = BTreeMap::new();
        for (place, variable) in self.variables.iter().enumerate() {
            let source = if side == Side::Condition { Some(variable.merge) } else { variable.switch };
            if let Some(source) = source {
                arguments.insert(source, (format!("loop_variable_{place}"), variable.enter));
            }
        }
        for (place, invariant) in self.invariants.iter().enumerate() {
            arguments.insert(&invariant.name, (format!("loop_invariant_{place}"), invariant));
        }
        let results: Vec<&str> = match side {
            Side::Condition => vec![self.condition],
            Side::Body => self.variables.iter().map(|variable| variable.next).collect(),
        };
        let node = self.nodes_of(&results, &arguments)?;
        let scope = Scope::new()?;
        scope.import_library(library)?;
        scope.import_graph(&GraphDef { node, ..GraphDef::default() })?;
        let named = |tensor: &str| {
            let tensor = renamed(tensor, &arguments);
            super::super::node(&scope, &tensor)
        };
        let counters = COUNTERS.map(|(name, _)| (name, scope.placeholder(name, DType::I32, Shape::scalar())));
        let fed = |name: String| super::super::node(&scope, &name).map(|node| (name, node));
        let variables = (0..self.variables.len()).map(|place| format!("loop_variable_{place}"));
        let invariants = (0..self.invariants.len()).map(|place| format!("loop_invariant_{place}"));
        let inputs: Vec<(String, Node<'_>)> = variables.chain(invariants).map(fed).collect::<Result<_>>()?;
        let mut outputs: Vec<Node<'_>> = results.into_iter().map(named).collect::<Result<_>>()?;
        if side == Side::Body {
            outputs.extend(inputs[self.variables.len()..].iter().map(|(_, node)| *node));
        }
        let inputs: Vec<(&str, Node<'_>)> =
            counters.into_iter().chain(inputs.iter().map(|(name, node)| (name.as_str(), *node))).collect();
        if side == Side::Body {
            outputs.splice(0..0, [counters[0].1 + 1_i32, counters[1].1]);
        }
        scope.export_function(name, &inputs, &outputs, &[])
    }

    /// The nodes that results rest on, up to the arguments, which are placeholders.
    fn nodes_of(&self, results: &[&str], arguments: &BTreeMap<&str, (String, &NodeDef)>) -> Result<Vec<NodeDef>> {
        let mut placed = Vec::new();
        let placeholder = |name: String, enter: &NodeDef| {
            let mut attr = AttrMap::default();
            attr.insert("dtype".into(), enter.attr.get("T").cloned().unwrap_or_default());
            NodeDef { name, op: "Placeholder".into(), attr, ..NodeDef::default() }
        };
        for (place, variable) in self.variables.iter().enumerate() {
            placed.push(placeholder(format!("loop_variable_{place}"), variable.enter));
        }
        for (place, invariant) in self.invariants.iter().enumerate() {
            placed.push(placeholder(format!("loop_invariant_{place}"), invariant));
        }
        let mut open: Vec<&str> = results.iter().map(|tensor| node_name(tensor)).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if arguments.contains_key(name) || !seen.insert(name) {
                continue;
            }
            let missing = || Error::structure(format!("the node `{name}` of a loop is not there"));
            let node = self.nodes.get(name).copied().ok_or_else(missing)?;
            if matches!(node.op.as_str(), "Merge" | "Enter" | "LoopCond" | "NextIteration" | "Exit")
                && self.is_frame(name)
            {
                return Err(Error::structure(format!("a loop of TF1 that uses `{name}` within")));
            }
            // What an argument is waited for has run before the function does.
            let inputs = node.input.iter().filter(|i| !(i.starts_with('^') && arguments.contains_key(node_name(i))));
            let input = inputs.map(|input| renamed(input, arguments)).collect();
            placed.push(NodeDef { input, ..node.clone() });
            open.extend(node.input.iter().map(|input| node_name(input)));
        }
        Ok(placed)
    }

    /// Whether a node is of the loop's own making, not of what is computed in it.
    fn is_frame(&self, name: &str) -> bool {
        let of_variable = |one: &Variable<'_>| one.merge == name || one.enter.name == name || one.exit == Some(name);
        self.variables.iter().any(of_variable) || self.nodes.get(name).is_some_and(|node| node.op != "Merge")
    }

    /// The `While` itself.
    fn node(&self, name: &str, condition: &str, body: &str) -> NodeDef {
        let enters = || self.variables.iter().map(|variable| variable.enter).chain(self.invariants.iter().copied());
        let counters = COUNTERS.map(|(counter, _)| format!("{name}/{counter}")).into_iter();
        let mut input: Vec<String> =
            counters.chain(enters().filter_map(|enter| enter.input.first().cloned())).collect();
        let controls: BTreeSet<&String> =
            enters().flat_map(|enter| enter.input.iter().skip(1)).filter(|input| input.starts_with('^')).collect();
        input.extend(controls.into_iter().cloned());
        let types = enters().map(|enter| match enter.attr.get("T").and_then(|value| value.value.as_ref()) {
            Some(AttrValueValue::Type(number)) => *number,
            _ => 0,
        });
        let counters = COUNTERS.map(|_| DType::I32.number()).into_iter();
        let types = AttrList { r#type: counters.chain(types).collect(), ..AttrList::default() };
        let function = |name: &str| {
            AttrValueValue::Func(Box::new(NameAttrList { name: name.to_owned(), ..NameAttrList::default() }))
        };
        let attributes = [
            ("T", AttrValueValue::List(Box::new(types))),
            ("cond", function(condition)),
            ("body", function(body)),
            ("_lower_using_switch_merge", AttrValueValue::B(true)),
        ];
        let mut attr = AttrMap::default();
        for (key, value) in attributes {
            attr.insert(key.into(), AttrValue { value: Some(value) });
        }
        NodeDef { name: name.to_owned(), op: "While".into(), input, attr, ..NodeDef::default() }
    }

    /// The places where the loop was left, as copies of what the node gives.
    fn exits(&self, name: &str) -> Vec<NodeDef> {
        let places = self.variables.iter().enumerate();
        let exit = |(place, variable): (usize, &Variable<'_>)| {
            let mut attr = AttrMap::default();
            attr.insert("T".into(), variable.enter.attr.get("T").cloned().unwrap_or_default());
            Some(NodeDef {
                name: variable.exit?.to_owned(),
                op: "Identity".into(),
                input: vec![format!("{name}:{}", COUNTERS.len() + place)],
                attr,
                ..NodeDef::default()
            })
        };
        places.filter_map(exit).collect()
    }
}

/// An input by the name that it has in the function.
fn renamed(input: &str, arguments: &BTreeMap<&str, (String, &NodeDef)>) -> String {
    match arguments.get(node_name(input)) {
        Some((name, _)) if !input.starts_with('^') => name.clone(),
        _ => input.to_owned(),
    }
}

/// Whole numbers as a constant.
pub(super) fn constant(name: String, value: &Tensor) -> NodeDef {
    let mut attr = AttrMap::default();
    let of = |value| AttrValue { value: Some(value) };
    attr.insert("dtype".into(), of(AttrValueValue::Type(DType::I32.number())));
    let value = Box::new(tensor_proto::encode(value));
    attr.insert("value".into(), of(AttrValueValue::Tensor(value)));
    NodeDef { name, op: "Const".into(), attr, ..NodeDef::default() }
}

fn names_free(nodes: &Nodes<'_>, wanted: &str) -> String {
    let numbered = (1..).map(|number| format!("{wanted}_{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| !nodes.contains_key(name.as_str())).unwrap_or_default()
}
