//! What is computed depends on which targets, and what blocks between them: asked before training.

use std::collections::BTreeSet;

use super::backward::walk;
use super::functions::Reach;
use super::slice::Slice;
use super::value::Gradient;
use crate::error::Error;
use crate::graph::node::Node;
use crate::graph::scope::Scope;

/// How what is computed depends on the targets, by their number.
#[derive(Debug, Default)]
pub(crate) struct Dependence {
    /// Those that have a gradient.
    pub(crate) reached: BTreeSet<usize>,
    /// What blocks: op, name, and the targets on whose way it lies.
    pub(crate) blocked: Vec<(String, String, BTreeSet<usize>)>,
}

impl Dependence {
    /// Looks at the graph; where nothing blocks, the gradients are built to see which targets have one.
    pub(crate) fn of<'g>(scope: &'g Scope, computed: &[Node<'g>], targets: &[Node<'g>]) -> Result<Dependence, Error> {
        scope.check()?;
        let reach = Reach::by_gradient(targets, computed);
        let slice = Slice::find(targets, computed);
        let all: BTreeSet<usize> = computed.iter().flat_map(|node| reach.of(*node)).collect();
        if slice.blocking.is_empty() {
            let seed = |node: &Node<'g>| (*node, Gradient::Dense(scope.op("OnesLike").input(*node).build()));
            let seeds: Vec<_> = computed.iter().map(seed).collect();
            let partials = walk(&slice, &seeds, targets);
            return match scope.check() {
                Ok(()) => {
                    let has_one = |index: &usize| partials[*index].is_some();
                    Ok(Dependence { reached: all.into_iter().filter(has_one).collect(), blocked: Vec::new() })
                }
                // What only building a gradient shows, as effects in a branch.
                Err(Error::NotDifferentiable { ops }) => {
                    let blocked = ops.into_iter().map(|(op, node)| (op, node, all.clone())).collect();
                    Ok(Dependence { reached: BTreeSet::new(), blocked })
                }
                Err(other) => Err(other),
            };
        }
        let on_the_way = |(operation, (op, node))| (op, node, reach.of_operation(operation));
        let blocked: Vec<(String, String, BTreeSet<usize>)> = slice.blocking.into_iter().map(on_the_way).collect();
        let is_free = |index: &usize| !blocked.iter().any(|(_, _, targets)| targets.contains(index));
        Ok(Dependence { reached: all.into_iter().filter(is_free).collect(), blocked })
    }
}
