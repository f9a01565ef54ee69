//! Functions of the library: names, arguments, bodies, results.

use std::collections::{HashMap, HashSet};

use super::super::proto::{ArgDef, FunctionDef, OpDef};
use super::{Check, calls, nodes, order};

/// The functions by name, numbered in the file's order.
pub(super) struct Library<'a> {
    numbers: HashMap<&'a str, usize>,
    functions: &'a [FunctionDef],
}

impl<'a> Library<'a> {
    pub(super) fn new(functions: &'a [FunctionDef]) -> Check<Library<'a>> {
        let mut numbers = HashMap::with_capacity(functions.len());
        for (number, function) in functions.iter().enumerate() {
            let name = function.name();
            if name.is_empty() {
                return Err("a function without a name".into());
            }
            if numbers.insert(name, number).is_some() {
                return Err(format!("two functions have the name `{name}`"));
            }
        }
        Ok(Library { numbers, functions })
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a OpDef> {
        self.functions[self.number(name)?].signature.as_ref()
    }
}

/// Checks one function.
pub(super) fn check(function: &FunctionDef, library: &Library<'_>) -> Check {
    let signature = function.signature.as_ref().ok_or("it has no signature")?;
    let arguments = arguments(&signature.input_arg)?;
    let results = self::arguments(&signature.output_arg)?;
    nodes::attributes(&function.attr)?;
    let names = nodes::Names::of_function(&function.node_def, arguments)?;
    for node in &function.node_def {
        let within = |why| format!("node `{}`: {why}", node.name);
        nodes::check(node, &names).map_err(within)?;
        calls::check(node, library).map_err(within)?;
    }
    order::check(&function.node_def)?;
    for (name, tensor) in &function.ret {
        if !results.contains(name.as_str()) {
            return Err(format!("a value for the result `{name}`, which it does not have"));
        }
        names.check_tensor(tensor).map_err(|why| format!("its result `{name}`: {why}"))?;
    }
    if let Some(name) = results.iter().find(|name| !function.ret.contains_key(**name)) {
        return Err(format!("its result `{name}` has no value"));
    }
    for (name, node) in &function.control_ret {
        if !names.has_node(node) {
            return Err(format!("its control result `{name}`: there is no node `{node}`"));
        }
    }
    match signature.control_output.iter().find(|name| !function.control_ret.contains_key(*name)) {
        Some(name) => Err(format!("its control result `{name}` has no node")),
        None => Ok(()),
    }
}

/// The names of arguments or results, their types checked.
fn arguments(arguments: &[ArgDef]) -> Check<HashSet<&str>> {
    let mut names = HashSet::with_capacity(arguments.len());
    for argument in arguments {
        let name = argument.name.as_str();
        if name.is_empty() || !names.insert(name) {
            return Err(format!("an argument or result named `{name}` a second time, or not at all"));
        }
        let typed_by_caller = !argument.type_attr.is_empty() || !argument.type_list_attr.is_empty();
        if argument.r#type != 0 || !typed_by_caller {
            nodes::dtype(argument.r#type).map_err(|why| format!("`{name}`: {why}"))?;
        }
        if argument.is_ref {
            return Err(format!("`{name}` is a reference"));
        }
    }
    Ok(names)
}
