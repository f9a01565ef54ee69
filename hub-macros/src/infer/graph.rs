//! From tensor to tensor through a graph.

use hub_core::Nest;
use syn::ext::IdentExt as _;

use super::flow::{Flow, TensorType};
use super::layers;
use crate::check::graph::{CheckedGraph, CheckedNode, Defined};
use crate::contract::Contracts;
use crate::literal;
use crate::nearest::nearest;
use crate::report::{self, Report};

/// Follows a whole graph.
pub(crate) fn graph(graph: &CheckedGraph, contracts: &mut Contracts, report: &mut Report) {
    let mut walk = Walk { graph, flows: Vec::new(), contracts, report };
    for definition in &graph.definitions {
        let flow = match &definition.what {
            Defined::Input(dtype, dimensions) => {
                let size = |size: &Option<syn::Expr>| size.as_ref().and_then(literal::size);
                let shape: Vec<_> = std::iter::once(None).chain(dimensions.iter().map(size)).collect();
                let from = format!("input `{}`", definition.name.unraw());
                Flow { what: Nest::Leaf(TensorType::new(*dtype, shape)), from }
            }
            Defined::Tensor(node) => walk.node(node),
            Defined::Layer(layer) => {
                // What its model says against it shows even where nothing is known of what goes in.
                layers::prepare(layer, walk.contracts, walk.report);
                Flow::unknown()
            }
            Defined::Wrong => Flow::unknown(),
        };
        walk.flows.push(flow);
    }
    if let Some(output) = &graph.output {
        walk.node(output);
    }
}

struct Walk<'a> {
    graph: &'a CheckedGraph,
    flows: Vec<Flow>,
    contracts: &'a mut Contracts,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn node(&mut self, node: &CheckedNode) -> Flow {
        match node {
            CheckedNode::Tensor(index) => self.flows.get(*index).cloned().unwrap_or_else(Flow::unknown),
            CheckedNode::Apply(layer, inputs) => {
                let inputs = self.node(inputs);
                layers::apply(layer, layer.place(), inputs, self.contracts, self.report)
            }
            CheckedNode::ApplyShared(index, place, inputs) => {
                let inputs = self.node(inputs);
                match &self.graph.definitions[*index].what {
                    Defined::Layer(layer) => layers::apply(layer, *place, inputs, self.contracts, self.report),
                    _ => Flow::unknown(),
                }
            }
            CheckedNode::Key(of, key) => {
                let of = self.node(of);
                self.entry(&of, key)
            }
            CheckedNode::Index(of, index, number) => {
                let of = self.node(of);
                self.item(&of, index, *number)
            }
            CheckedNode::List(items) => {
                let flows: Vec<Flow> = items.iter().map(|item| self.node(item)).collect();
                let from = flows.iter().map(|flow| flow.from.clone()).filter(|from| !from.is_empty());
                let from = from.collect::<Vec<_>>().join(" and ");
                Flow { what: Nest::List(flows.into_iter().map(|flow| flow.what).collect()), from }
            }
            CheckedNode::Dict(entries) => {
                let mut from: Vec<String> = Vec::new();
                let mut entry = |(key, item): &(proc_macro2::Ident, CheckedNode)| {
                    let flow = self.node(item);
                    from.extend(Some(flow.from).filter(|from| !from.is_empty()));
                    (key.unraw().to_string(), flow.what)
                };
                let what = Nest::Dict(entries.iter().map(&mut entry).collect());
                Flow { what, from: from.join(" and ") }
            }
            CheckedNode::If(conditional) => {
                let then = self.node(&conditional.then);
                match &conditional.otherwise {
                    Some(otherwise) => then.either(self.node(otherwise)),
                    None => Flow::unknown(),
                }
            }
            CheckedNode::Wrong => Flow::unknown(),
        }
    }

    fn entry(&mut self, of: &Flow, key: &syn::LitStr) -> Flow {
        let name = key.value();
        let message = match &of.what {
            Nest::Dict(entries) => match entries.get(&name) {
                Some(entry) => return Flow { what: entry.clone(), from: of.from.clone() },
                None => {
                    let keys: Vec<&str> = entries.keys().map(String::as_str).collect();
                    report::no_such_key(&of.from, &name, nearest(&name, keys.iter().copied()), &keys)
                }
            },
            Nest::NamedTuple { .. } => return Flow::unknown(),
            _ if of.is_unknown() => return Flow::unknown(),
            other => report::no_dict(&of.from, &super::flow::shown(other)),
        };
        self.report.add(key.span(), message);
        Flow::unknown()
    }

    fn item(&mut self, of: &Flow, index: &syn::LitInt, number: usize) -> Flow {
        let message = match &of.what {
            Nest::List(items) | Nest::Tuple(items) => match items.get(number) {
                Some(item) => return Flow { what: item.clone(), from: of.from.clone() },
                None => report::no_such_item(&of.from, items.len()),
            },
            Nest::NamedTuple { .. } => return Flow::unknown(),
            _ if of.is_unknown() => return Flow::unknown(),
            other => report::no_list(&of.from, &super::flow::shown(other)),
        };
        self.report.add(index.span(), message);
        Flow::unknown()
    }
}
