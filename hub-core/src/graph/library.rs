//! Function libraries in one graph: the same function once, functions of one name and unlike bodies apart.
//!
//! Python numbers its functions anew in each program, so two models often have different functions of one name. Where
//! a library clashes with what the graph has, all of its functions get a suffix there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::saved_model::proto::{AttrValue, AttrValueValue, FunctionDef, FunctionDefLibrary};

/// What the functions of a library are called in the graph that took them in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionNames {
    suffix: String,
}

impl FunctionNames {
    /// The names for a library beside the functions that are there; `number` makes a suffix that nobody has.
    pub(super) fn beside(
        library: &FunctionDefLibrary,
        present: &BTreeMap<String, Arc<FunctionDef>>,
        number: usize,
    ) -> FunctionNames {
        let clashes = |function: &FunctionDef| present.get(function.name()).is_some_and(|own| **own != *function);
        match library.function.iter().any(clashes) {
            true => FunctionNames { suffix: format!("__library_{number}") },
            false => FunctionNames::default(),
        }
    }

    /// The function's name in the graph.
    pub fn name(&self, function: &str) -> String {
        format!("{function}{}", self.suffix)
    }

    /// The library with its functions, and all that names them, under their names in the graph.
    pub(super) fn apply(&self, library: &FunctionDefLibrary) -> FunctionDefLibrary {
        let mut library = library.clone();
        if self.suffix.is_empty() {
            return library;
        }
        let own: BTreeSet<String> = library.function.iter().map(|function| function.name().to_owned()).collect();
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
            }
        }
        for gradient in &mut library.gradient {
            rename(&mut gradient.function_name);
            rename(&mut gradient.gradient_func);
        }
        for gradient in &mut library.registered_gradients {
            rename(&mut gradient.gradient_func);
        }
        library
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
