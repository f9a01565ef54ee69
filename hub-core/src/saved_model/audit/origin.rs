//! Where a text comes from: the tensor that takes the checkpoint's name, an asset, or anything else.
//!
//! A tensor is followed backwards through nodes that pass it on, and from an argument to what every caller gives. Of a model
//! with an object graph the graph itself is not run: what it gives to functions counts only where it is the checkpoint's
//! name, and assets come from what the object graph binds.

use std::collections::{HashMap, HashSet};

use super::super::collections;
use super::super::proto::{AttrValueValue, MetaGraphDef, NodeDef, SavedObjectKind};
use super::reach::{Place, Reach, named_tensors};

/// Kinds of origins; a tensor that may come from several has several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Origin {
    checkpoint: bool,
    asset: bool,
    other: bool,
}

impl Origin {
    const CHECKPOINT: Origin = Origin { checkpoint: true, asset: false, other: false };
    const ASSET: Origin = Origin { checkpoint: false, asset: true, other: false };
    const OTHER: Origin = Origin { checkpoint: false, asset: false, other: true };

    /// Whether it is the checkpoint's name and nothing else.
    pub(super) fn is_checkpoint(self) -> bool {
        self == Origin::CHECKPOINT
    }

    /// Whether it is an asset and nothing else.
    pub(super) fn is_asset(self) -> bool {
        self == Origin::ASSET
    }

    fn and(self, other: Origin) -> Origin {
        Origin {
            checkpoint: self.checkpoint || other.checkpoint,
            asset: self.asset || other.asset,
            other: self.other || other.other,
        }
    }
}

/// Follows tensors backwards.
pub(super) struct Origins<'a> {
    reach: &'a Reach<'a>,
    meta_graph: &'a MetaGraphDef,
    /// Whether the graph itself is run, as in models without an object graph.
    runs_graph: bool,
    /// The node that takes the checkpoint's name.
    checkpoint: Option<usize>,
    /// The nodes that take the paths of assets.
    assets: HashSet<usize>,
    /// The nodes of functions by name, for those that were looked into.
    bodies: HashMap<usize, HashMap<&'a str, usize>>,
    arguments: HashMap<(usize, usize), Origin>,
    /// How many calls the present argument has been followed through.
    depth: usize,
}

/// Calls that an argument is followed through; sound models have no deeper ones.
const DEPTH_LIMIT: usize = 64;

impl<'a> Origins<'a> {
    pub(super) fn new(reach: &'a Reach<'a>, meta_graph: &'a MetaGraphDef, runs_graph: bool) -> Origins<'a> {
        let saver = meta_graph.saver_def.as_ref();
        let checkpoint = saver.and_then(|saver| reach.node_of(&saver.filename_tensor_name));
        let listed = collections::assets(meta_graph).unwrap_or_default();
        let mut assets = HashSet::new();
        for asset in &listed {
            let mut tensors = Vec::new();
            asset.tensor_info.iter().for_each(|info| named_tensors(info, &mut tensors));
            assets.extend(tensors.into_iter().filter_map(|tensor| reach.node_of(tensor)));
        }
        Origins {
            reach,
            meta_graph,
            runs_graph,
            checkpoint,
            assets,
            bodies: HashMap::new(),
            arguments: HashMap::new(),
            depth: 0,
        }
    }

    /// Where a data input of a node comes from.
    pub(super) fn of_input(&mut self, place: Place, node: &'a NodeDef, input: usize) -> Origin {
        match data_input(node, input) {
            Some(tensor) => self.of_tensor(place, tensor),
            None => Origin::OTHER,
        }
    }

    /// The constant text that a data input of a node is.
    pub(super) fn constant(&mut self, place: Place, node: &'a NodeDef, input: usize) -> Option<&'a [u8]> {
        let node = self.node(place, data_input(node, input)?)?.1;
        match node.attr.get("value").and_then(|value| value.value.as_ref()) {
            Some(AttrValueValue::Tensor(tensor)) if node.op == "Const" && tensor.string_val.len() == 1 => {
                Some(&tensor.string_val[0])
            }
            _ => None,
        }
    }

    /// The node that gives a tensor.
    fn node(&mut self, place: Place, tensor: &str) -> Option<(usize, &'a NodeDef)> {
        let number = match place {
            Place::Graph => self.reach.node_of(tensor)?,
            Place::Function(function) => {
                let body = self.bodies.entry(function).or_insert_with(|| {
                    let nodes = self.reach.functions[function].node_def.iter().enumerate();
                    nodes.map(|(number, node)| (node.name.as_str(), number)).collect()
                });
                *body.get(tensor.split(':').next()?)?
            }
        };
        let node = match place {
            Place::Graph => &self.reach.nodes[number],
            Place::Function(function) => &self.reach.functions[function].node_def[number],
        };
        Some((number, node))
    }

    fn of_tensor(&mut self, place: Place, tensor: &'a str) -> Origin {
        let mut tensor = tensor;
        let mut seen = HashSet::new();
        loop {
            if let Place::Function(function) = place
                && let Some(argument) = self.argument(function, tensor)
            {
                return self.of_argument(function, argument);
            }
            let Some((number, node)) = self.node(place, tensor) else { return Origin::OTHER };
            if place == Place::Graph && self.checkpoint == Some(number) {
                return Origin::CHECKPOINT;
            }
            if place == Place::Graph && self.assets.contains(&number) && self.runs_graph {
                return Origin::ASSET;
            }
            let passes_on = matches!(node.op.as_str(), "Identity" | "PlaceholderWithDefault");
            match data_input(node, 0) {
                Some(before) if passes_on && seen.insert(number) => tensor = before,
                _ if place == Place::Graph && !self.runs_graph => return Origin::default(),
                _ => return Origin::OTHER,
            }
        }
    }

    /// The number of the argument that a tensor of a function is.
    fn argument(&self, function: usize, tensor: &str) -> Option<usize> {
        let signature = self.reach.functions[function].signature.as_ref()?;
        let name = tensor.split(':').next()?;
        signature.input_arg.iter().position(|argument| argument.name == name)
    }

    /// What all callers give for an argument, and what the object graph binds to it.
    fn of_argument(&mut self, function: usize, argument: usize) -> Origin {
        if let Some(known) = self.arguments.get(&(function, argument)) {
            return *known;
        }
        if self.depth == DEPTH_LIMIT {
            return Origin::OTHER;
        }
        self.depth += 1;
        // A function that leads to itself adds nothing of its own.
        self.arguments.insert((function, argument), Origin::default());
        let mut origin = self.bound(function, argument);
        let reach = self.reach;
        for (place, number) in &reach.callers[function] {
            let node = match place {
                Place::Graph => &reach.nodes[*number],
                Place::Function(caller) => &reach.functions[*caller].node_def[*number],
            };
            origin = origin.and(match self.input_for(node, function, argument) {
                Some(input) => self.of_input(*place, node, input),
                None => Origin::OTHER,
            });
        }
        self.depth -= 1;
        self.arguments.insert((function, argument), origin);
        origin
    }

    /// The input of a calling node that becomes the argument.
    fn input_for(&self, node: &NodeDef, function: usize, argument: usize) -> Option<usize> {
        let definition = &self.reach.functions[function];
        let varies = |argument: &super::super::proto::ArgDef| {
            !argument.number_attr.is_empty() || !argument.type_list_attr.is_empty()
        };
        if definition.signature.as_ref()?.input_arg.iter().any(varies) {
            return None;
        }
        match node.op.as_str() {
            "PartitionedCall" | "StatefulPartitionedCall" => Some(argument),
            "If" | "StatelessIf" | "Case" | "StatelessCase" => Some(argument + 1),
            op if op == definition.name() => Some(argument),
            _ => None,
        }
    }

    /// What the object graph gives for an argument of a recorded function: an asset, something else, or nothing.
    fn bound(&self, function: usize, argument: usize) -> Origin {
        let definition = &self.reach.functions[function];
        let Some(objects) = &self.meta_graph.object_graph_def else { return Origin::default() };
        let Some(recorded) = objects.concrete_functions.get(definition.name()) else {
            return Origin::default();
        };
        let arguments = definition.signature.as_ref().map_or(0, |signature| signature.input_arg.len());
        let given = arguments.saturating_sub(recorded.bound_inputs.len());
        let object = argument.checked_sub(given).and_then(|bound| recorded.bound_inputs.get(bound));
        let object = object.and_then(|node| objects.nodes.get(usize::try_from(*node).ok()?));
        match object.and_then(|object| object.kind.as_ref()) {
            Some(SavedObjectKind::Asset(_)) => Origin::ASSET,
            _ => Origin::OTHER,
        }
    }
}

/// A data input of a node by its number; `None` where there is none, or one before it may stand for several.
fn data_input(node: &NodeDef, input: usize) -> Option<&str> {
    let is_list = |input: &str| {
        input.split_once(':').is_some_and(|(_, tail)| tail.parse::<u32>().is_err() && !tail.contains(':'))
    };
    let before = node.input.get(..=input)?;
    (!before.iter().any(|input| input.starts_with('^') || is_list(input))).then(|| node.input[input].as_str())
}
