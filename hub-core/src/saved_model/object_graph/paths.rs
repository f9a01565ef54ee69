//! Names for objects: each one's shortest dotted path from the root.

use std::collections::VecDeque;

use super::{ObjectGraph, ObjectKind};
use crate::error::{Error, Result};

/// How many times the length of all child names the paths of all objects may have.
const SIZE_FACTOR: usize = 16;

/// What the paths may take however short the names are.
const SIZE_FLOOR: usize = 1 << 16;

/// The shortest way from the root to each object; of ways of equal length, the first in the file.
#[derive(Debug, Clone)]
pub struct Paths<'a> {
    graph: &'a ObjectGraph,
    /// For each object that can be reached: its parent, the place among the parent's children, the path's length.
    parents: Vec<Option<(usize, usize, usize)>>,
}

/// A function of the object graph under the path that it is called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callable {
    /// The dotted path: that of the object for its `__call__`, so that the root's is empty.
    pub path: String,
    /// The function's node.
    pub node: usize,
}

impl Paths<'_> {
    /// The dotted path to an object; empty for the root, `None` where none leads there.
    pub fn path(&self, node: usize) -> Option<String> {
        let mut names = Vec::new();
        let mut at = node;
        while at != 0 {
            let (parent, child, _) = (*self.parents.get(at)?)?;
            names.push(self.graph.nodes[parent].children[child].0.as_str());
            at = parent;
        }
        names.reverse();
        Some(names.join("."))
    }

    /// Whether another object stands for a function: the one that it is the `__call__` of, or whose trace it is.
    fn is_part(&self, node: usize) -> bool {
        self.parents[node].is_some_and(|(parent, child, _)| {
            self.graph.is_function(parent) || self.graph.nodes[parent].children[child].0 == "__call__"
        })
    }
}

impl ObjectGraph {
    /// The paths to all objects.
    pub fn paths(&self) -> Paths<'_> {
        let mut parents = vec![None; self.nodes.len()];
        let mut queue = VecDeque::from([(0, 0)]);
        while let Some((node, length)) = queue.pop_front() {
            for (index, (name, child)) in self.nodes[node].children.iter().enumerate() {
                if *child != 0 && parents[*child].is_none() {
                    let length = length + name.len() + 1;
                    parents[*child] = Some((node, index, length));
                    queue.push_back((*child, length));
                }
            }
        }
        Paths { graph: self, parents }
    }

    /// The objects that can be reached from one, itself and what optimizers keep included, in the order of the file.
    pub fn reached_from(&self, node: usize) -> Vec<usize> {
        let mut reached = vec![false; self.nodes.len()];
        let mut queue = vec![node];
        while let Some(node) = queue.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                queue.extend(self.nodes[node].children.iter().map(|(_, child)| *child));
                queue.extend(self.nodes[node].slot_variables.iter().map(|slot| slot.slot));
            }
        }
        (0..self.nodes.len()).filter(|node| reached[*node]).collect()
    }

    /// Every function that can be called, in the order of the file.
    ///
    /// An object with a `__call__` is listed under its own path, every other function under its shortest one. The single
    /// traces that hang below a function are left out.
    pub fn functions(&self) -> Vec<Callable> {
        let paths = self.paths();
        let callable = |node: usize| {
            let called = self.child(node, "__call__").filter(|child| self.is_function(*child));
            let own = || Some(node).filter(|node| self.is_function(*node) && !paths.is_part(*node));
            Some(Callable { path: paths.path(node)?, node: called.or_else(own)? })
        };
        (0..self.nodes.len()).filter_map(callable).collect()
    }

    /// Whether a node can be called.
    pub fn is_function(&self, node: usize) -> bool {
        matches!(
            self.nodes.get(node).map(|object| &object.kind),
            Some(ObjectKind::Function(_) | ObjectKind::BareFunction { .. })
        )
    }
}

/// Refuses a graph whose paths would be far longer than its names, as those of a long chain of objects are.
pub(super) fn check_size(graph: &ObjectGraph) -> Result<()> {
    let names: usize = graph.nodes.iter().flat_map(|object| &object.children).map(|(name, _)| name.len() + 1).sum();
    let limit = names.saturating_mul(SIZE_FACTOR).max(SIZE_FLOOR);
    let paths: usize = graph.paths().parents.iter().flatten().map(|(_, _, length)| length).sum();
    if paths > limit {
        return Err(Error::structure(format!("the full names of its objects would take {paths} bytes")));
    }
    Ok(())
}
