//! Definitions and uses of names in a graph, its inputs and its output.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::{Expr, LitInt, LitStr};

use super::{CheckedLayer, layer, list};
use crate::ast::{Conditional, GraphInput, Node, Statement};
use crate::nearest::nearest;
use crate::report::{self, Report};

/// A graph; where something was wrong, with [`CheckedNode::Wrong`] in its place.
#[derive(Default)]
pub(crate) struct CheckedGraph {
    /// Inputs, tensors and shared layers in the order of their definition.
    pub(crate) definitions: Vec<Definition>,
    /// What comes out.
    pub(crate) output: Option<CheckedNode>,
}

/// What a name stands for.
pub(crate) struct Definition {
    /// The name.
    pub(crate) name: Ident,
    /// What it is.
    pub(crate) what: Defined,
}

/// The things that have names.
pub(crate) enum Defined {
    /// An input of the model, with its element type.
    Input(hub_core::DType, Vec<Option<Expr>>),
    /// A tensor, or several.
    Tensor(CheckedNode),
    /// A layer, to be applied once or more.
    Layer(CheckedLayer),
    /// What has a mistake: a tensor or a layer.
    Wrong,
}

/// What stands for tensors.
pub(crate) enum CheckedNode {
    /// The tensor of this definition.
    Tensor(usize),
    /// A layer applied.
    Apply(Box<CheckedLayer>, Box<CheckedNode>),
    /// The layer of this definition applied; where that is written.
    ApplyShared(usize, Span, Box<CheckedNode>),
    /// The entry of a dict.
    Key(Box<CheckedNode>, LitStr),
    /// The item of a list.
    Index(Box<CheckedNode>, LitInt, usize),
    /// A list.
    List(Vec<CheckedNode>),
    /// A dict.
    Dict(Vec<(Ident, CheckedNode)>),
    /// One of two.
    If(Box<Conditional<CheckedNode>>),
    /// What has a mistake.
    Wrong,
}

/// The names of the element types of inputs, as Rust has them, and the variants of `DType`.
const DTYPES: &[(&str, hub_core::DType)] = &[
    ("f32", hub_core::DType::F32),
    ("f64", hub_core::DType::F64),
    ("f16", hub_core::DType::F16),
    ("bf16", hub_core::DType::BF16),
    ("i8", hub_core::DType::I8),
    ("i16", hub_core::DType::I16),
    ("i32", hub_core::DType::I32),
    ("i64", hub_core::DType::I64),
    ("u8", hub_core::DType::U8),
    ("u16", hub_core::DType::U16),
    ("u32", hub_core::DType::U32),
    ("u64", hub_core::DType::U64),
    ("bool", hub_core::DType::Bool),
    ("String", hub_core::DType::String),
];

/// Checks all statements.
pub(crate) fn graph(statements: Vec<Statement>, report: &mut Report) -> CheckedGraph {
    let place = Span::call_site();
    let mut names = Names::new(&statements);
    let mut graph = CheckedGraph::default();
    let (mut ended, mut unread) = (None, false);
    for statement in statements {
        let start = match &statement {
            Statement::Input(input) => input.name.span(),
            Statement::Let(name, _) => name.span(),
            Statement::Output(place, _) => *place,
            Statement::Unread(_) => place,
        };
        if ended.is_some() && !matches!(statement, Statement::Unread(_)) {
            let again = matches!(statement, Statement::Output(..));
            report.add(start, if again { report::SECOND_OUTPUT } else { report::AFTER_OUTPUT });
            names.unsure = true;
        }
        match statement {
            Statement::Input(input) => {
                let what = input_type(&input, report);
                names.define(&mut graph, input.name, what, report);
            }
            Statement::Let(name, value) => {
                let what = definition(&mut names, &graph, &name, value, report);
                names.define(&mut graph, name, what, report);
            }
            Statement::Output(place, node) => {
                let node = names.node(&graph, node, None, report);
                if ended.replace(place).is_none() {
                    graph.output = Some(node);
                }
            }
            Statement::Unread(name) => {
                unread = true;
                if let Some(name) = name {
                    names.define(&mut graph, name, Defined::Wrong, report);
                }
            }
        }
    }
    whole(&names, &graph, unread, report);
    graph
}

/// Reports what a graph needs or has in vain; not where statements could not be read.
fn whole(names: &Names, graph: &CheckedGraph, unread: bool, report: &mut Report) {
    if unread {
        return;
    }
    if graph.output.is_none() {
        report.add(Span::call_site(), report::NO_OUTPUT);
        return;
    }
    if !graph.definitions.iter().any(|definition| matches!(definition.what, Defined::Input(..) | Defined::Wrong)) {
        report.add(Span::call_site(), report::NO_INPUT);
    }
    for (index, definition) in graph.definitions.iter().enumerate() {
        if !names.unsure && !names.used.contains(&index) && !names.doubtful.contains(&definition.name.to_string()) {
            report.add(definition.name.span(), report::unused(&definition.name.to_string()));
        }
    }
    let mut taken = BTreeSet::new();
    for layer in graph.definitions.iter().filter_map(|definition| match &definition.what {
        Defined::Layer(layer) => Some(layer),
        _ => None,
    }) {
        if let Some((name, place)) = list::name_of(layer)
            && !taken.insert(name.clone())
        {
            report.add(place, report::same_name(&name));
        }
    }
}

fn input_type(input: &GraphInput, report: &mut Report) -> Defined {
    let given = input.dtype.to_string();
    let sizes_fit = input.dimensions.iter().flatten().all(|size| checked_size(size, report));
    match DTYPES.iter().find(|(name, _)| *name == given) {
        Some((_, dtype)) if sizes_fit => Defined::Input(*dtype, input.dimensions.clone()),
        Some(_) => Defined::Wrong,
        None => {
            report.add(input.dtype.span(), unknown_dtype(&given));
            Defined::Wrong
        }
    }
}

fn checked_size(size: &Expr, report: &mut Report) -> bool {
    use crate::literal::{Literal, literal};
    let fits = match literal(size) {
        None => true,
        Some(Literal::Int(size)) => size >= 0,
        Some(_) => false,
    };
    if !fits {
        report.push(syn::Error::new_spanned(size, report::dimension(&report::source(size))));
    }
    fits
}

/// TensorFlow's names are answered with Rust's.
fn unknown_dtype(given: &str) -> String {
    let of_tensorflow = given.parse::<hub_core::DType>().ok();
    let same = of_tensorflow.and_then(|wanted| DTYPES.iter().find(|(_, dtype)| *dtype == wanted));
    let names: Vec<&str> = DTYPES.iter().map(|(name, _)| *name).collect();
    match (same, given) {
        (Some((name, _)), _) => report::dtype_of_rust(given, name),
        (None, "str") => report::dtype_of_rust(given, "String"),
        (None, _) => report::unknown_dtype(given, &names),
    }
}

/// What a `let` defines: a layer where it names one that is not applied, else a tensor.
fn definition(names: &mut Names, graph: &CheckedGraph, name: &Ident, value: Node, report: &mut Report) -> Defined {
    match value {
        Node::Layer(call) => {
            // The name is the layer's, as before a layer in a list.
            let call = crate::ast::LayerCall { name: Some(name.clone()), ..*call };
            layer::layer(call, report).map_or(Defined::Wrong, Defined::Layer)
        }
        value => match names.node(graph, value, Some(name), report) {
            CheckedNode::Wrong => Defined::Wrong,
            node => Defined::Tensor(node),
        },
    }
}

/// The names of a graph, and what is known of them so far.
struct Names {
    /// Of each name, which it uses by its definition.
    uses: BTreeMap<String, Vec<String>>,
    /// Definitions by their names.
    known: BTreeMap<String, usize>,
    /// Definitions that something uses.
    used: BTreeSet<usize>,
    /// Names in places that have mistakes: whether they are used is not known.
    doubtful: BTreeSet<String>,
    /// Whether any name may be what was meant in such a place.
    unsure: bool,
    /// Names in circles that have been reported.
    in_circles: BTreeSet<String>,
}

impl Names {
    fn new(statements: &[Statement]) -> Names {
        let mut uses = BTreeMap::new();
        for statement in statements {
            match statement {
                Statement::Let(name, value) => {
                    let mut names = Vec::new();
                    names_in(value, &mut names);
                    uses.entry(name.to_string()).or_insert(names);
                }
                Statement::Input(GraphInput { name, .. }) | Statement::Unread(Some(name)) => {
                    uses.entry(name.to_string()).or_insert_with(Vec::new);
                }
                Statement::Output(..) | Statement::Unread(None) => {}
            }
        }
        Names {
            uses,
            known: BTreeMap::new(),
            used: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            unsure: false,
            in_circles: BTreeSet::new(),
        }
    }

    fn define(&mut self, graph: &mut CheckedGraph, name: Ident, what: Defined, report: &mut Report) {
        let text = name.to_string();
        if self.known.contains_key(&text) {
            report.add(name.span(), report::defined_twice(&text));
            self.doubtful.insert(text);
            return;
        }
        if text.starts_with(char::is_uppercase) {
            report.add(name.span(), report::capital_name(&text));
            self.doubtful.insert(text.clone());
        }
        self.known.insert(text, graph.definitions.len());
        graph.definitions.push(Definition { name, what });
    }

    /// Checks a node in the definition of `within`, or in the output.
    fn node(&mut self, graph: &CheckedGraph, node: Node, within: Option<&Ident>, report: &mut Report) -> CheckedNode {
        match node {
            Node::Name(name) => match self.look_up(&name, within, report) {
                None => CheckedNode::Wrong,
                Some(index) => match &graph.definitions[index].what {
                    Defined::Layer(_) => {
                        report.add(name.span(), report::layer_for_a_tensor(&name.to_string()));
                        self.unsure = true;
                        CheckedNode::Wrong
                    }
                    Defined::Wrong => CheckedNode::Wrong,
                    _ => CheckedNode::Tensor(index),
                },
            },
            Node::Layer(call) => {
                let (name, place) = class_of(&call.path);
                if layer::layer(*call, report).is_some() {
                    report.add(place, report::not_applied(&name));
                }
                self.unsure = true;
                CheckedNode::Wrong
            }
            Node::Apply(callee, inputs, place) => {
                let inputs = self.node(graph, *inputs, within, report);
                self.apply(graph, *callee, inputs, (within, place), report)
            }
            Node::Key(of, key) => match self.node(graph, *of, within, report) {
                CheckedNode::Wrong => CheckedNode::Wrong,
                of => CheckedNode::Key(Box::new(of), key),
            },
            Node::Index(of, index) => self.index(graph, *of, index, within, report),
            Node::List(items) => {
                CheckedNode::List(items.into_iter().map(|item| self.node(graph, item, within, report)).collect())
            }
            Node::Dict(entries) => self.dict(graph, entries, within, report),
            Node::If(conditional) => {
                let Conditional { condition, then, otherwise, place } = *conditional;
                let then = self.node(graph, then, within, report);
                let otherwise = otherwise.map(|node| self.node(graph, node, within, report));
                CheckedNode::If(Box::new(Conditional { condition, then, otherwise, place }))
            }
        }
    }

    fn apply(
        &mut self,
        graph: &CheckedGraph,
        callee: Node,
        inputs: CheckedNode,
        (within, place): (Option<&Ident>, Span),
        report: &mut Report,
    ) -> CheckedNode {
        match callee {
            Node::Layer(call) => match layer::layer(*call, report) {
                Some(layer) => CheckedNode::Apply(Box::new(layer), Box::new(inputs)),
                None => CheckedNode::Wrong,
            },
            Node::Name(name) => match self.look_up(&name, within, report) {
                None => CheckedNode::Wrong,
                Some(index) => match &graph.definitions[index].what {
                    Defined::Layer(_) => CheckedNode::ApplyShared(index, name.span(), Box::new(inputs)),
                    Defined::Wrong => CheckedNode::Wrong,
                    _ => {
                        report.add(name.span(), report::tensor_for_a_layer(&name.to_string()));
                        CheckedNode::Wrong
                    }
                },
            },
            other => {
                if !matches!(self.node(graph, other, within, report), CheckedNode::Wrong) {
                    report.add(place, report::APPLIED_TWICE);
                }
                CheckedNode::Wrong
            }
        }
    }

    fn index(
        &mut self,
        graph: &CheckedGraph,
        of: Node,
        index: LitInt,
        within: Option<&Ident>,
        report: &mut Report,
    ) -> CheckedNode {
        let of = self.node(graph, of, within, report);
        match (of, index.base10_parse::<usize>()) {
            (CheckedNode::Wrong, _) => CheckedNode::Wrong,
            (of, Ok(number)) => CheckedNode::Index(Box::new(of), index, number),
            (_, Err(_)) => {
                report.add(index.span(), report::KEY_FORM);
                CheckedNode::Wrong
            }
        }
    }

    fn dict(
        &mut self,
        graph: &CheckedGraph,
        entries: Vec<(Ident, Node)>,
        within: Option<&Ident>,
        report: &mut Report,
    ) -> CheckedNode {
        let mut checked: Vec<(Ident, CheckedNode)> = Vec::new();
        for (key, node) in entries {
            if checked.iter().any(|(earlier, _)| *earlier == key) {
                report.add(key.span(), report::given_twice(&key.unraw().to_string()));
            }
            checked.push((key, self.node(graph, node, within, report)));
        }
        CheckedNode::Dict(checked)
    }

    /// The definition that a name leads to; reported where there is none yet.
    fn look_up(&mut self, name: &Ident, within: Option<&Ident>, report: &mut Report) -> Option<usize> {
        let text = name.to_string();
        if let Some(index) = self.known.get(&text) {
            self.used.insert(*index);
            return Some(*index);
        }
        self.doubtful.insert(text.clone());
        if let Some(circle) = within.and_then(|within| self.circle(&within.to_string(), &text)) {
            if !self.in_circles.contains(&text) {
                report.add(name.span(), report::circle(&circle));
            }
            self.in_circles.extend(circle);
            self.unsure = true;
        } else if self.uses.contains_key(&text) {
            report.add(name.span(), report::used_too_early(&text));
        } else {
            let near = nearest(&text, self.uses.keys().map(String::as_str)).map(str::to_owned);
            self.unsure |= near.is_none();
            self.doubtful.extend(near.clone());
            let names = self.uses.keys().map(String::as_str);
            report.add(name.span(), report::undefined(&text, near.as_deref(), names));
        }
        None
    }

    /// The way from a name back to itself, whose next step is `next`.
    fn circle(&self, start: &str, next: &str) -> Option<Vec<String>> {
        let mut ways = vec![vec![start.to_owned(), next.to_owned()]];
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop() {
            let last = way.last()?.clone();
            if last == start {
                return Some(way);
            }
            for used in self.uses.get(&last).filter(|_| seen.insert(last.clone())).into_iter().flatten() {
                ways.push(way.iter().cloned().chain([used.clone()]).collect());
            }
        }
        None
    }
}

fn class_of(path: &syn::ExprPath) -> (String, Span) {
    let last = path.path.segments.last();
    (crate::parse::written(path), last.map_or_else(Span::call_site, |last| last.ident.span()))
}

/// All names in a node.
fn names_in(node: &Node, names: &mut Vec<String>) {
    match node {
        Node::Name(name) => names.push(name.to_string()),
        Node::Layer(_) => {}
        Node::Apply(callee, inputs, _) => {
            names_in(callee, names);
            names_in(inputs, names);
        }
        Node::Key(of, _) | Node::Index(of, _) => names_in(of, names),
        Node::List(items) => items.iter().for_each(|item| names_in(item, names)),
        Node::Dict(entries) => entries.iter().for_each(|(_, item)| names_in(item, names)),
        Node::If(conditional) => {
            names_in(&conditional.then, names);
            conditional.otherwise.iter().for_each(|node| names_in(node, names));
        }
    }
}
