//! Function libraries in one graph: the same function once, functions of one name and unlike bodies apart.
//!
//! Python numbers its functions anew in each program, so two models often have different functions of one name. Where
//! a library clashes with what the graph has, all of its functions get a suffix there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::saved_model::proto::{
    AttrValue, AttrValueValue, FunctionDef, FunctionDefLibrary, NodeDef, SavedObjectGraph, SavedObjectKind,
};

/// The attribute by which an operation asks for a gradient of its own.
pub(super) const GRADIENT: &str = "_gradient_op_type";

/// What the functions of a library are called in the graph that took them in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionNames {
    suffix: String,
}

impl FunctionNames {
    /// The names for a library beside the functions that are there, or where something else of it `is_taken`; `number`
    /// makes a suffix that nobody has.
    pub(super) fn beside(
        library: &FunctionDefLibrary,
        present: &BTreeMap<String, Arc<FunctionDef>>,
        is_taken: bool,
        number: usize,
    ) -> FunctionNames {
        let clashes = |function: &FunctionDef| present.get(function.name()).is_some_and(|own| **own != *function);
        match is_taken || library.function.iter().any(clashes) {
            true => FunctionNames::numbered(number),
            false => FunctionNames::default(),
        }
    }

    /// The names with this number behind them.
    pub(crate) fn numbered(number: usize) -> FunctionNames {
        FunctionNames { suffix: format!("__library_{number}") }
    }

    /// The function's name in the graph.
    pub fn name(&self, function: &str) -> String {
        format!("{function}{}", self.suffix)
    }

    /// The library with its functions, and all that names them, under their names in the graph.
    pub(crate) fn apply(&self, library: &FunctionDefLibrary) -> FunctionDefLibrary {
        let mut library = library.clone();
        if self.suffix.is_empty() {
            return library;
        }
        let own: BTreeSet<String> = library.function.iter().map(|function| function.name().to_owned()).collect();
        let gradients = library.registered_gradients.iter().map(|gradient| gradient.registered_op_type.clone());
        let gradients: BTreeSet<String> = gradients.collect();
        let rename = |name: &mut String| {
            if own.contains(name) {
                name.push_str(&self.suffix);
            }
        };
        for function in &mut library.function {
            if let Some(signature) = &mut function.signature {
                rename(&mut signature.name);
            }
            for node in &mut function.node_def {
                rename(&mut node.op);
                node.attr.iter_mut().for_each(|(_, value)| rename_within(value, &rename));
                self.rename_gradient(node, &gradients);
            }
        }
        for gradient in &mut library.gradient {
            rename(&mut gradient.function_name);
            rename(&mut gradient.gradient_func);
        }
        for gradient in &mut library.registered_gradients {
            rename(&mut gradient.gradient_func);
            gradient.registered_op_type.push_str(&self.suffix);
        }
        library
    }

    /// Functions of a graph where `library` has the names `from`, with the names `to`; those of the library are left out.
    pub(crate) fn translate(
        from: &FunctionNames,
        to: &FunctionNames,
        library: &BTreeSet<String>,
        mut functions: Vec<FunctionDef>,
    ) -> Vec<FunctionDef> {
        let own: BTreeSet<String> = library.iter().map(|name| from.name(name)).collect();
        functions.retain(|function| !own.contains(function.name()));
        if from == to {
            return functions;
        }
        let rename = |name: &mut String| {
            if own.contains(name.as_str()) {
                name.truncate(name.len() - from.suffix.len());
                name.push_str(&to.suffix);
            }
        };
        for node in functions.iter_mut().flat_map(|function| &mut function.node_def) {
            rename(&mut node.op);
            node.attr.iter_mut().for_each(|(_, value)| rename_within(value, &rename));
        }
        functions
    }

    /// Renames the functions that objects refer to; `library` is the one that has them, under its own names.
    pub(crate) fn apply_to_objects(&self, objects: &mut SavedObjectGraph, library: &FunctionDefLibrary) {
        let own: BTreeSet<&str> = library.function.iter().map(|function| function.name()).collect();
        let rename = |name: &mut String| {
            if own.contains(name.as_str()) {
                name.push_str(&self.suffix);
            }
        };
        for object in &mut objects.nodes {
            match &mut object.kind {
                Some(SavedObjectKind::Function(function)) => function.concrete_functions.iter_mut().for_each(rename),
                Some(SavedObjectKind::BareConcreteFunction(function)) => rename(&mut function.concrete_function_name),
                Some(SavedObjectKind::CapturedTensor(tensor)) => rename(&mut tensor.concrete_function),
                _ => {}
            }
        }
        let functions = std::mem::take(&mut objects.concrete_functions);
        objects.concrete_functions = functions
            .into_iter()
            .map(|(mut name, function)| {
                rename(&mut name);
                (name, function)
            })
            .collect();
    }

    /// The name by which the operation asks for one of the library's gradients.
    fn rename_gradient(&self, node: &mut NodeDef, gradients: &BTreeSet<String>) {
        if let Some(AttrValueValue::S(name)) = node.attr.get_mut(GRADIENT).and_then(|value| value.value.as_mut())
            && gradients.contains(&*String::from_utf8_lossy(name))
        {
            name.extend_from_slice(self.suffix.as_bytes());
        }
    }
}

/// Renames the functions in an attribute, those in the attributes of functions included.
fn rename_within(value: &mut AttrValue, rename: &impl Fn(&mut String)) {
    match &mut value.value {
        Some(AttrValueValue::Func(function)) => {
            rename(&mut function.name);
            function.attr.iter_mut().for_each(|(_, value)| rename_within(value, rename));
        }
        Some(AttrValueValue::List(list)) => {
            for function in &mut list.func {
                rename(&mut function.name);
                function.attr.iter_mut().for_each(|(_, value)| rename_within(value, rename));
            }
        }
        _ => {}
    }
}
