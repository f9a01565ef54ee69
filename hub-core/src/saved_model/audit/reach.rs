//! What leads to what: from signatures, initialisers, the saver and recorded functions to nodes and functions.
//!
//! The units are the nodes of the graph and, each as a whole, the functions. A node uses the nodes of its inputs and every
//! function that its attributes name, be it as a function or as a text; a function uses what its nodes name. So more may be
//! found to be reached than is, never less.

use std::collections::{HashMap, HashSet};

use super::super::collections::{INITIALIZERS, node_list};
use super::super::proto::{
    AttrMap, AttrValue, AttrValueValue, FunctionDef, GraphDef, MetaGraphDef, NodeDef, TensorInfo, TensorInfoEncoding,
};
use super::finding::shown;

/// Where a node is: in the graph or in the function of this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Graph,
    Function(usize),
}

/// What may start a computation.
pub(super) struct Root {
    label: String,
    kind: RootKind,
    units: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RootKind {
    Save,
    Restore,
    Signature,
    Other,
}

/// The units of a meta graph and how they hang together.
pub(super) struct Reach<'a> {
    pub(super) nodes: &'a [NodeDef],
    pub(super) functions: &'a [FunctionDef],
    node_numbers: HashMap<&'a str, usize>,
    function_numbers: HashMap<&'a str, usize>,
    uses: Vec<Vec<usize>>,
    /// For each function, the nodes that name it: the place, and the number there.
    pub(super) callers: Vec<Vec<(Place, usize)>>,
    roots: Vec<Root>,
}

/// How many roots of one finding are told.
const ROOTS_TOLD: usize = 16;

impl<'a> Reach<'a> {
    pub(super) fn new(meta_graph: &'a MetaGraphDef, graph: &'a GraphDef) -> Reach<'a> {
        let functions = graph.library.as_ref().map_or(&[][..], |library| &library.function);
        let numbered = |names: &mut dyn Iterator<Item = &'a str>| {
            let mut numbers = HashMap::new();
            names.enumerate().for_each(|(number, name)| {
                numbers.entry(name).or_insert(number);
            });
            numbers
        };
        let mut reach = Reach {
            nodes: &graph.node,
            functions,
            node_numbers: numbered(&mut graph.node.iter().map(|node| node.name.as_str())),
            function_numbers: numbered(&mut functions.iter().map(FunctionDef::name)),
            uses: Vec::with_capacity(graph.node.len() + functions.len()),
            callers: vec![Vec::new(); functions.len()],
            roots: Vec::new(),
        };
        reach.connect(graph);
        reach.roots = reach.roots(meta_graph);
        reach
    }

    /// Notes what every unit uses.
    fn connect(&mut self, graph: &'a GraphDef) {
        for (number, node) in self.nodes.iter().enumerate() {
            let mut used: Vec<usize> = node.input.iter().filter_map(|input| self.node_of(input)).collect();
            used.extend(self.named(Place::Graph, number, node));
            self.uses.push(used);
        }
        for (function, definition) in self.functions.iter().enumerate() {
            let mut used = Vec::new();
            for (number, node) in definition.node_def.iter().enumerate() {
                used.extend(self.named(Place::Function(function), number, node));
            }
            used.sort_unstable();
            used.dedup();
            self.uses.push(used);
        }
        for gradient in graph.library.iter().flat_map(|library| &library.gradient) {
            let ends = [&gradient.function_name, &gradient.gradient_func].map(|name| self.function_number(name));
            if let [Some(function), Some(gradient)] = ends {
                let unit = self.unit(function);
                let gradient = self.unit(gradient);
                self.uses[unit].push(gradient);
            }
        }
    }

    /// The functions that a node names, as units; their callers are noted.
    fn named(&mut self, place: Place, number: usize, node: &'a NodeDef) -> Vec<usize> {
        let mut names = vec![node.op.as_str()];
        texts(&node.attr, &mut |name| names.extend(std::str::from_utf8(name)));
        let mut found: Vec<usize> = names.into_iter().filter_map(|name| self.function_number(name)).collect();
        found.sort_unstable();
        found.dedup();
        found.iter().for_each(|function| self.callers[*function].push((place, number)));
        found.into_iter().map(|function| self.unit(function)).collect()
    }

    /// The node that a tensor or a control input names, in the graph.
    pub(super) fn node_of(&self, tensor: &str) -> Option<usize> {
        let name = tensor.strip_prefix('^').unwrap_or(tensor);
        self.node_numbers.get(name.split(':').next().unwrap_or(name)).copied()
    }

    pub(super) fn function_number(&self, name: &str) -> Option<usize> {
        self.function_numbers.get(name).copied().filter(|_| !name.is_empty())
    }

    fn unit(&self, function: usize) -> usize {
        self.nodes.len() + function
    }

    /// The unit that a node belongs to.
    pub(super) fn unit_of(&self, place: Place, node: usize) -> usize {
        match place {
            Place::Graph => node,
            Place::Function(function) => self.unit(function),
        }
    }

    fn roots(&self, meta_graph: &MetaGraphDef) -> Vec<Root> {
        let mut roots = Vec::new();
        let mut add = |label: String, kind, units: Vec<usize>| roots.push(Root { label, kind, units });
        for (name, signature) in &meta_graph.signature_def {
            let mut tensors = Vec::new();
            signature
                .inputs
                .values()
                .chain(signature.outputs.values())
                .for_each(|info| named_tensors(info, &mut tensors));
            let units = tensors.iter().filter_map(|tensor| self.node_of(tensor)).collect();
            let is_initialiser = name == "__saved_model_init_op";
            let kind = if is_initialiser { RootKind::Other } else { RootKind::Signature };
            add(
                if is_initialiser { "the initialiser".into() } else { format!("signature {}", shown(name)) },
                kind,
                units,
            );
        }
        if let Some(saver) = &meta_graph.saver_def {
            add("the saver".into(), RootKind::Save, self.node_of(&saver.save_tensor_name).into_iter().collect());
            add(
                "the saver's restoring".into(),
                RootKind::Restore,
                self.node_of(&saver.restore_op_name).into_iter().collect(),
            );
        }
        for collection in INITIALIZERS {
            let units = node_list(meta_graph, collection).iter().filter_map(|name| self.node_of(name)).collect();
            add("the initialiser".into(), RootKind::Other, units);
        }
        let traces = meta_graph.object_graph_def.iter().flat_map(|graph| graph.concrete_functions.keys());
        for name in traces {
            if let Some(function) = self.function_number(name) {
                add("a function of the object graph".into(), RootKind::Other, vec![self.unit(function)]);
            }
        }
        roots
    }

    /// The units that the saver restores with, that calls and initialisers lead to, and that signatures lead to.
    pub(super) fn reached(&self) -> Reached {
        Reached {
            by_restore: self.closure(|kind| kind == RootKind::Restore),
            by_others: self.closure(|kind| matches!(kind, RootKind::Signature | RootKind::Other)),
            by_signature: self.closure(|kind| kind == RootKind::Signature),
        }
    }

    fn closure(&self, from: impl Fn(RootKind) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.uses.len()];
        let mut open: Vec<usize> =
            self.roots.iter().filter(|root| from(root.kind)).flat_map(|root| &root.units).copied().collect();
        while let Some(unit) = open.pop() {
            if !std::mem::replace(&mut reached[unit], true) {
                open.extend(self.uses[unit].iter().filter(|used| !reached[**used]));
            }
        }
        reached
    }

    /// What each unit is used by.
    pub(super) fn users(&self) -> Vec<Vec<usize>> {
        let mut users = vec![Vec::new(); self.uses.len()];
        for (unit, used) in self.uses.iter().enumerate() {
            used.iter().for_each(|used| users[*used].push(unit));
        }
        users
    }

    /// The ways from roots to a unit: the root, and the functions on the way.
    pub(super) fn ways(&self, unit: usize, users: &[Vec<usize>]) -> Vec<String> {
        // For each unit on a way, the next one towards the finding.
        let mut next = HashMap::from([(unit, unit)]);
        let mut open = vec![unit];
        while let Some(at) = open.pop() {
            for user in &users[at] {
                next.entry(*user).or_insert_with(|| {
                    open.push(*user);
                    at
                });
            }
        }
        let mut told = HashSet::new();
        let roots = self.roots.iter().filter_map(|root| {
            let start = root.units.iter().find(|start| next.contains_key(start))?;
            let way = self.way(&root.label, *start, unit, &next);
            told.insert(way.clone()).then_some(way)
        });
        roots.take(ROOTS_TOLD).collect()
    }

    fn way(&self, label: &str, start: usize, end: usize, next: &HashMap<usize, usize>) -> String {
        let mut way = label.to_owned();
        let mut at = start;
        loop {
            if let Some(function) = at.checked_sub(self.nodes.len()) {
                way.push_str(" → ");
                way.push_str(&shown(self.functions[function].name()));
            }
            match next.get(&at) {
                Some(following) if at != end => at = *following,
                _ => return way,
            }
        }
    }
}

/// Which units are reached, and from where.
pub(super) struct Reached {
    pub(super) by_restore: Vec<bool>,
    pub(super) by_others: Vec<bool>,
    pub(super) by_signature: Vec<bool>,
}

/// Calls `found` with every text and every name of a function in attributes, those in the attributes of functions included.
pub(super) fn texts<'a>(attributes: &'a AttrMap, found: &mut impl FnMut(&'a [u8])) {
    attributes.values().for_each(|value| texts_of(value, found));
}

fn texts_of<'a>(value: &'a AttrValue, found: &mut impl FnMut(&'a [u8])) {
    let functions = match &value.value {
        Some(AttrValueValue::S(text)) => return found(text),
        Some(AttrValueValue::Func(function)) => std::slice::from_ref(&**function),
        Some(AttrValueValue::List(list)) => {
            list.s.iter().for_each(|text| found(text));
            &list.func
        }
        _ => return,
    };
    for function in functions {
        found(function.name.as_bytes());
        texts(&function.attr, found);
    }
}

/// The tensors that an input or output of a signature is made of.
pub(super) fn named_tensors<'a>(info: &'a TensorInfo, tensors: &mut Vec<&'a str>) {
    match &info.encoding {
        Some(TensorInfoEncoding::Name(name)) => tensors.push(name),
        Some(TensorInfoEncoding::CooSparse(sparse)) => {
            let sparse = &**sparse;
            tensors.extend(
                [&sparse.indices_tensor_name, &sparse.values_tensor_name, &sparse.dense_shape_tensor_name]
                    .map(String::as_str),
            );
        }
        Some(TensorInfoEncoding::CompositeTensor(composite)) => {
            composite.components.iter().for_each(|component| named_tensors(component, tensors));
        }
        None => {}
    }
}
