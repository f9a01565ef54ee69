//! Any part of a TF1 graph as a function: `prune(feeds, fetches)` of what `load_v2` returns.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use super::super::loaded_model::LoadedModel;
use super::super::prepared::apart;
use super::node;
use crate::error::{Error, Result};
use crate::graph::PreparedCall;
use crate::saved_model::proto::{GraphDef, NodeDef};
use crate::tensor::Tensor;

/// A part of a model's graph, from some of its tensors to others.
///
/// Made by [`LoadedModel::prune`].
#[derive(Clone)]
pub struct Pruned {
    model: LoadedModel,
    feeds: Vec<String>,
    fetches: Vec<String>,
    call: PreparedCall,
}

impl LoadedModel {
    /// The part of the graph that computes `fetches` from `feeds`, both tensors by name (`dense/kernel:0`). For models in
    /// TF1's format; what it computes may have nothing to do with the signatures.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a TF2 model, [`Error::ModelStructure`] for names that are not in the graph, and
    /// [`Error::Arguments`] where a placeholder that is needed is not fed.
    pub fn prune<'t>(
        &self,
        feeds: impl IntoIterator<Item = &'t str>,
        fetches: impl IntoIterator<Item = &'t str>,
    ) -> Result<Pruned> {
        let Some(tf1) = &self.description().tf1 else {
            return Err(Error::Unsupported { what: "`prune` of a TF2 model, which has functions instead,".into() });
        };
        let feeds: Vec<String> = feeds.into_iter().map(str::to_owned).collect();
        let fetches: Vec<String> = fetches.into_iter().map(str::to_owned).collect();
        if let Some(placeholder) = Needs::of(&tf1.graph).unfed(&fetches, &feeds) {
            let why = format!("the placeholder `{placeholder}` is needed and not fed");
            return Err(Error::Arguments { function: "prune".into(), why });
        }
        let _growing = self.growing();
        let nodes =
            |names: &[String]| names.iter().map(|name| node(self.program().scope(), name)).collect::<Result<Vec<_>>>();
        let (from, to) = (nodes(&feeds)?, nodes(&fetches)?);
        let call = self.program().prepare(&from, &apart(&from, to), &[])?;
        Ok(Pruned { model: self.clone(), feeds, fetches, call })
    }
}

impl Pruned {
    /// Runs the part on a tensor for each feed; gives one for each fetch.
    ///
    /// # Errors
    /// [`Error::Arguments`] for another number of inputs, [`Error::DTypeMismatch`] and [`Error::ShapeMismatch`] for
    /// inputs that do not fit, [`Error::Engine`] where the run fails.
    pub fn call(&self, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let _changing = self.model.changing();
        self.model.program().run(&self.call, inputs)
    }
}

impl fmt::Debug for Pruned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pruned({} -> {})", self.feeds.join(", "), self.fetches.join(", "))
    }
}

/// What the nodes of a graph need.
pub(super) struct Needs<'g>(HashMap<&'g str, &'g NodeDef>);

impl<'g> Needs<'g> {
    pub(super) fn of(graph: &'g GraphDef) -> Needs<'g> {
        Needs(graph.node.iter().map(|node| (node.name.as_str(), node)).collect())
    }

    /// A placeholder that some of `outputs` (nodes or tensors) need and that is not among the tensors `fed`.
    pub(super) fn unfed<'n>(
        &self,
        outputs: impl IntoIterator<Item = &'n String>,
        fed: impl IntoIterator<Item = &'n String>,
    ) -> Option<&'g str> {
        let fed: BTreeSet<(&str, &str)> = fed.into_iter().map(|name| tensor(name)).collect();
        let mut seen = BTreeSet::new();
        let mut queue: Vec<&str> = outputs.into_iter().map(String::as_str).collect();
        while let Some(name) = queue.pop() {
            let (node, output) = tensor(name);
            if fed.contains(&(node, output)) || !seen.insert(node) {
                continue;
            }
            let Some(definition) = self.0.get(node) else { continue };
            if matches!(definition.op.as_str(), "Placeholder" | "PlaceholderV2") {
                return Some(&definition.name);
            }
            queue.extend(definition.input.iter().map(String::as_str));
        }
        None
    }
}

/// Node and output of a tensor's name; `^node` is the node.
fn tensor(name: &str) -> (&str, &str) {
    let name = name.strip_prefix('^').unwrap_or(name);
    name.split_once(':').unwrap_or((name, "0"))
}
