//! A part of a SavedModel's object graph, with all that it needs: what it holds, its functions, and what those capture.
//!
//! Loading a part of a model and taking one over into another come here. Nothing is checked but that numbers are in range.

use std::collections::{BTreeMap, BTreeSet};

use super::proto::{
    AttrMap, AttrValueValue, FunctionDef, FunctionDefLibrary, SavedObject, SavedObjectGraph, SavedObjectKind as Kind,
};
use crate::error::{Error, Result};

/// The attribute by which an operation asks for a gradient of its own.
const GRADIENT: &str = "_gradient_op_type";

/// A part of a model.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its objects; those asked for come first, in their order.
    pub(crate) objects: SavedObjectGraph,
    pub(crate) library: FunctionDefLibrary,
    /// The number that each object has in the whole.
    pub(crate) nodes: Vec<usize>,
}

impl Part {
    /// The part that these objects need.
    pub(crate) fn of(objects: &SavedObjectGraph, library: &FunctionDefLibrary, roots: &[usize]) -> Result<Part> {
        let functions = library.function.iter().map(|function| (function.name(), function)).collect();
        let mut reach = Reach { objects, library, functions, nodes: BTreeSet::new(), names: BTreeSet::new() };
        reach.follow(roots)?;
        let mut nodes = roots.to_vec();
        nodes.extend(reach.nodes.iter().copied().filter(|node| !roots.contains(node)));
        let places: BTreeMap<usize, i32> =
            nodes.iter().enumerate().map(|(place, node)| (*node, place as i32)).collect();
        let moved = |id: &mut i32| {
            let place = usize::try_from(*id).ok().and_then(|node| places.get(&node));
            *id = place.copied().unwrap_or_default();
        };
        let mut part = SavedObjectGraph::default();
        for node in &nodes {
            let mut object = objects.nodes[*node].clone();
            references(&mut object).into_iter().for_each(moved);
            part.nodes.push(object);
        }
        for (name, function) in objects.concrete_functions.iter().filter(|(name, _)| reach.names.contains(*name)) {
            let mut function = function.clone();
            function.bound_inputs.iter_mut().for_each(moved);
            part.concrete_functions.insert(name.clone(), function);
        }
        Ok(Part { objects: part, library: reach.kept_library(), nodes })
    }
}

/// All numbers of other objects in an object.
fn references(object: &mut SavedObject) -> Vec<&mut i32> {
    let mut references: Vec<&mut i32> = object.children.iter_mut().map(|child| &mut child.node_id).collect();
    references.extend(object.dependencies.iter_mut().map(|other| &mut other.node_id));
    for slot in &mut object.slot_variables {
        references.extend([&mut slot.original_variable_node_id, &mut slot.slot_variable_node_id]);
    }
    for functions in object.saveable_objects.values_mut() {
        references.extend([&mut functions.save_function, &mut functions.restore_function]);
    }
    references
}

/// What is needed, as it is found.
struct Reach<'m> {
    objects: &'m SavedObjectGraph,
    library: &'m FunctionDefLibrary,
    functions: BTreeMap<&'m str, &'m FunctionDef>,
    nodes: BTreeSet<usize>,
    names: BTreeSet<String>,
}

impl Reach<'_> {
    fn follow(&mut self, roots: &[usize]) -> Result<()> {
        let mut nodes = roots.to_vec();
        let mut names: Vec<String> = Vec::new();
        loop {
            if let Some(node) = nodes.pop() {
                let outside = || Error::structure(format!("there is no object {node}"));
                let mut object = self.objects.nodes.get(node).cloned().ok_or_else(outside)?;
                if self.nodes.insert(node) {
                    let others = references(&mut object).into_iter().map(|id| usize::try_from(*id));
                    nodes.extend(others.map(|id| id.unwrap_or(usize::MAX)));
                    names.extend(traces(&object));
                }
            } else if let Some(name) = names.pop() {
                if self.names.insert(name.clone()) {
                    let captured = self.objects.concrete_functions.get(&name);
                    let captured = captured.into_iter().flat_map(|function| &function.bound_inputs);
                    nodes.extend(captured.map(|id| usize::try_from(*id).unwrap_or(usize::MAX)));
                    names.extend(self.called_by(&name));
                }
            } else {
                return Ok(());
            }
        }
    }

    /// What a function may call, the gradients of its operations included.
    fn called_by(&self, name: &str) -> Vec<String> {
        let Some(function) = self.functions.get(name) else { return Vec::new() };
        let mut called = Vec::new();
        for node in &function.node_def {
            called.push(node.op.clone());
            functions_in(&node.attr, &mut called);
        }
        let gradients = self
            .library
            .registered_gradients
            .iter()
            .filter(|gradient| asks_for(function, &gradient.registered_op_type));
        called.extend(gradients.map(|gradient| gradient.gradient_func.clone()));
        called.retain(|name| self.functions.contains_key(name.as_str()));
        called
    }

    fn kept_library(&self) -> FunctionDefLibrary {
        let kept = |name: &str| self.names.contains(name);
        FunctionDefLibrary {
            function: self.library.function.iter().filter(|function| kept(function.name())).cloned().collect(),
            gradient: self.library.gradient.iter().filter(|own| kept(&own.function_name)).cloned().collect(),
            registered_gradients: self
                .library
                .registered_gradients
                .iter()
                .filter(|gradient| kept(&gradient.gradient_func))
                .cloned()
                .collect(),
        }
    }
}

/// The traces that an object names.
fn traces(object: &SavedObject) -> Vec<String> {
    match &object.kind {
        Some(Kind::Function(function)) => function.concrete_functions.clone(),
        Some(Kind::BareConcreteFunction(function)) => vec![function.concrete_function_name.clone()],
        Some(Kind::CapturedTensor(tensor)) => vec![tensor.concrete_function.clone()],
        _ => Vec::new(),
    }
}

fn asks_for(function: &FunctionDef, gradient: &str) -> bool {
    let asked = |attributes: &AttrMap| match attributes.get(GRADIENT).and_then(|value| value.value.as_ref()) {
        Some(AttrValueValue::S(name)) => name == gradient.as_bytes(),
        _ => false,
    };
    function.node_def.iter().any(|node| asked(&node.attr))
}

/// The functions that attributes name.
fn functions_in(attributes: &AttrMap, found: &mut Vec<String>) {
    for value in attributes.values() {
        let functions = match &value.value {
            Some(AttrValueValue::Func(function)) => std::slice::from_ref(&**function),
            Some(AttrValueValue::List(list)) => &list.func,
            _ => continue,
        };
        for function in functions {
            found.push(function.name.clone());
            functions_in(&function.attr, found);
        }
    }
}
