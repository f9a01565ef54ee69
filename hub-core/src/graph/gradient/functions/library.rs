//! The functions that another graph needs to call some of these.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::Result;
use crate::graph::gradient::custom::{Captured, CustomGradient};
use crate::graph::library::GRADIENT;
use crate::graph::scope::Scope;
use crate::saved_model::proto::{AttrMap, AttrValueValue, FunctionDef, FunctionDefLibrary};

/// The functions and all that they call.
pub(super) fn with_called(scope: &Scope, functions: &[Arc<FunctionDef>]) -> Vec<Arc<FunctionDef>> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut open = functions.to_vec();
    while let Some(function) = open.pop() {
        if !seen.insert(function.name().to_owned()) {
            continue;
        }
        open.extend(names(scope, &function).iter().filter_map(|name| scope.library_function(name)));
        found.push(function);
    }
    found
}

/// Takes the functions, all that they call, and their gradients from one graph into another.
pub(super) fn take_over(from: &Scope, to: &Scope, functions: &[Arc<FunctionDef>]) -> Result<()> {
    let functions = with_called(from, functions);
    for asked in functions.iter().flat_map(|function| gradients(function)) {
        if let Some(gradient) = from.custom_gradients(|all| all.get(&asked)) {
            to.add_custom_gradient(asked, elsewhere(&gradient));
        }
    }
    let function = functions.iter().map(|function| (**function).clone()).collect();
    to.import_library(&FunctionDefLibrary { function, ..FunctionDefLibrary::default() }).map(drop)
}

/// The gradient as it is in another graph, where the nodes of this one are not.
fn elsewhere(gradient: &CustomGradient) -> CustomGradient {
    let captured = gradient.captured.iter().map(|captured| match captured {
        Captured::Node(_) => Captured::Elsewhere,
        other => other.clone(),
    });
    CustomGradient { captured: captured.collect(), ..gradient.clone() }
}

/// All that a function may call by name, the gradients of its operations included.
fn names(scope: &Scope, function: &FunctionDef) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for node in &function.node_def {
        names.push(node.op.clone());
        within(&node.attr, &mut names);
    }
    let custom = |asked: String| scope.custom_gradients(|all| Some(all.get(&asked)?.function.clone()));
    names.extend(gradients(function).filter_map(custom));
    names
}

fn within(attributes: &AttrMap, names: &mut Vec<String>) {
    for value in attributes.values() {
        let functions = match &value.value {
            Some(AttrValueValue::Func(function)) => std::slice::from_ref(&**function),
            Some(AttrValueValue::List(list)) => list.func.as_slice(),
            _ => continue,
        };
        for function in functions {
            names.push(function.name.clone());
            within(&function.attr, names);
        }
    }
}

/// What the function's operations ask for their gradients by.
fn gradients(function: &FunctionDef) -> impl Iterator<Item = String> + '_ {
    function.node_def.iter().filter_map(|node| match node.attr.get(GRADIENT)?.value.as_ref()? {
        AttrValueValue::S(name) => Some(String::from_utf8_lossy(name).into_owned()),
        _ => None,
    })
}

/// A function in a library with all of the graph's functions that it calls, itself first.
pub(super) fn behind(scope: &Scope, function: FunctionDef) -> FunctionDefLibrary {
    FunctionDefLibrary { function: called_by(scope, function), ..FunctionDefLibrary::default() }
}

/// A function with all of the graph's functions that it calls, itself first.
pub(in crate::graph) fn called_by(scope: &Scope, function: FunctionDef) -> Vec<FunctionDef> {
    with_called(scope, &[Arc::new(function)]).into_iter().map(Arc::unwrap_or_clone).collect()
}
