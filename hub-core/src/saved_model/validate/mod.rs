//! Whether what a meta graph describes is sound: the checks that stand between a file and the engine.
//!
//! The engine trusts graphs more than it should: a node without a name, a call with the wrong number of results, a
//! function that calls itself end the process. Whoever loads a model calls [`validate`] first. Which ops a model may use is
//! not decided here, nor what only an op's definition can tell.
//!
//! | file | checks |
//! |---|---|
//! | `nodes` | names, inputs and attributes of the nodes of the graph or of one function |
//! | `order` | that no node needs itself |
//! | `functions` | functions: arguments, results, names |
//! | `calls` | what nodes call: that it exists, takes and gives the same, and does not lead back |
//! | `interface` | signatures, saver, init ops, assets |

mod calls;
mod functions;
mod interface;
mod nodes;
mod order;

use super::proto::{FunctionDef, GraphDef, MetaGraphDef};
use crate::error::{Error, Result};

/// The version of graphs that the latest engine writes and reads, and that engine.
const GRAPH_VERSION: i32 = 2474;
const GRAPH_VERSION_OF: &str = "TensorFlow 2.21";

/// Checks a meta graph: its graph, its function library and what it exposes.
///
/// # Errors
/// [`Error::ModelStructure`] for the first thing that is not sound, with its place, what was expected and what was found;
/// [`Error::AssetEscapes`] where that is the name of an asset.
pub fn validate(meta_graph: &MetaGraphDef) -> Result<()> {
    interface::check_asset_names(meta_graph)?;
    check(meta_graph).map_err(Error::structure)
}

/// What is wrong, in a sentence.
type Check<T = ()> = Result<T, String>;

fn check(meta_graph: &MetaGraphDef) -> Check {
    let graph = meta_graph.graph_def.as_ref().ok_or("it has no graph")?;
    check_version(graph)?;
    let library = graph.library.as_ref();
    let functions: &[FunctionDef] = library.map_or(&[], |library| &library.function);
    let library_index = functions::Library::new(functions)?;
    let names = nodes::Names::of_graph(&graph.node)?;
    for node in &graph.node {
        let within = |why| format!("node `{}`: {why}", node.name);
        nodes::check(node, &names).map_err(within)?;
        calls::check(node, &library_index).map_err(within)?;
    }
    order::check(&graph.node)?;
    for function in functions {
        functions::check(function, &library_index).map_err(|why| format!("function `{}`: {why}", function.name()))?;
    }
    for gradient in library.iter().flat_map(|library| &library.gradient) {
        for name in [&gradient.function_name, &gradient.gradient_func] {
            library_index
                .get(name)
                .ok_or_else(|| format!("a gradient names the function `{name}`, which does not exist"))?;
        }
    }
    calls::check_depth(functions, &library_index)?;
    interface::check(meta_graph, &names)
}

/// Refuses graphs that say that they need a later TensorFlow.
fn check_version(graph: &GraphDef) -> Check {
    let needed = graph.versions.as_ref().map_or(0, |versions| versions.min_consumer);
    if needed > GRAPH_VERSION {
        return Err(format!(
            "it needs a TensorFlow that reads graphs of version {needed}; {GRAPH_VERSION_OF} reads up to {GRAPH_VERSION}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
