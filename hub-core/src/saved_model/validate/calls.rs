//! Calls: every function that a node names exists, takes and gives what the node says, and never leads back to itself.

use super::super::proto::{ArgDef, AttrMap, AttrValue, AttrValueValue, FunctionDef, NameAttrList, NodeDef, OpDef};
use super::Check;
use super::functions::Library;

/// How deep functions may call each other: the engine's time grows beyond all bounds with it.
const DEPTH_LIMIT: usize = 64;

/// Checks what one node calls.
pub(super) fn check(node: &NodeDef, library: &Library<'_>) -> Check {
    for name in called(&node.attr) {
        if !name.is_empty() && library.number(name).is_none() {
            return Err(format!("it calls the function `{name}`, which does not exist"));
        }
    }
    let call = Call { node, library };
    match node.op.as_str() {
        "PartitionedCall" | "StatefulPartitionedCall" => {
            call.takes("Tin", 0)?;
            call.agrees("f", "Tin", "Tout")
        }
        "If" | "StatelessIf" => {
            call.takes("Tin", 1)?;
            call.agrees("then_branch", "Tin", "Tout")?;
            call.agrees("else_branch", "Tin", "Tout")
        }
        "Case" | "StatelessCase" => {
            call.takes("Tin", 1)?;
            call.list("branches")?.iter().try_for_each(|branch| call.function_agrees(branch, "Tin", "Tout"))
        }
        "While" | "StatelessWhile" => {
            call.takes("T", 0)?;
            call.agrees("body", "T", "T")?;
            let condition = call.function("cond")?;
            call.arguments_agree(condition, "T")?;
            match call.signature(condition)?.output_arg.len() {
                1 => Ok(()),
                count => Err(format!("its condition `{}` has {count} results, expected 1", condition.name)),
            }
        }
        op => library.get(op).map_or(Ok(()), |signature| call.op_agrees(signature)),
    }
}

/// A node that calls functions.
struct Call<'a> {
    node: &'a NodeDef,
    library: &'a Library<'a>,
}

impl<'a> Call<'a> {
    fn value(&self, name: &str) -> Option<&'a AttrValueValue> {
        self.node.attr.get(name)?.value.as_ref()
    }

    fn function(&self, name: &str) -> Check<&'a NameAttrList> {
        match self.value(name) {
            Some(AttrValueValue::Func(function)) => Ok(function),
            _ => Err(format!("its attribute `{name}` is no function")),
        }
    }

    fn list(&self, name: &str) -> Check<&'a [NameAttrList]> {
        match self.value(name) {
            Some(AttrValueValue::List(list)) => Ok(&list.func),
            _ => Err(format!("its attribute `{name}` is no list of functions")),
        }
    }

    fn signature(&self, function: &NameAttrList) -> Check<&'a OpDef> {
        let name = &function.name;
        self.library.get(name).ok_or_else(|| format!("it calls the function `{name}`, which does not exist"))
    }

    /// The list of types in an attribute; `None` where it comes from the calling function.
    fn types(&self, name: &str) -> Check<Option<&'a [i32]>> {
        match self.value(name) {
            Some(AttrValueValue::List(list)) => Ok(Some(&list.r#type)),
            Some(AttrValueValue::Placeholder(_)) => Ok(None),
            _ => Err(format!("its attribute `{name}` is no list of types")),
        }
    }

    /// Whether the node has as many inputs as its types say, after `before` others.
    fn takes(&self, types: &str, before: usize) -> Check {
        match (self.types(types)?, input_count(self.node)) {
            (Some(types), Some(found)) if types.len() + before != found => {
                Err(format!("expected {} inputs, found {found}", types.len() + before))
            }
            _ => Ok(()),
        }
    }

    fn agrees(&self, function: &str, inputs: &str, outputs: &str) -> Check {
        self.function_agrees(self.function(function)?, inputs, outputs)
    }

    fn function_agrees(&self, function: &NameAttrList, inputs: &str, outputs: &str) -> Check {
        self.arguments_agree(function, inputs)?;
        let found = self.types(outputs)?;
        agree(&self.signature(function)?.output_arg, found)
            .map_err(|why| format!("the results of `{}`: {why}", function.name))
    }

    fn arguments_agree(&self, function: &NameAttrList, types: &str) -> Check {
        let found = self.types(types)?;
        agree(&self.signature(function)?.input_arg, found)
            .map_err(|why| format!("the arguments of `{}`: {why}", function.name))
    }

    /// A function that is called by using its name as an op.
    fn op_agrees(&self, signature: &OpDef) -> Check {
        match input_count(self.node) {
            Some(found) if !varies(&signature.input_arg) && found != signature.input_arg.len() => {
                Err(format!("expected {} inputs of `{}`, found {found}", signature.input_arg.len(), signature.name))
            }
            _ => Ok(()),
        }
    }
}

/// The number of data inputs; `None` where one of them stands for a list.
fn input_count(node: &NodeDef) -> Option<usize> {
    let inputs = node.input.iter().filter(|input| !input.starts_with('^'));
    let is_list = |input: &str| {
        input.split_once(':').is_some_and(|(_, tail)| tail.parse::<u32>().is_err() && !tail.contains(':'))
    };
    let mut count = 0;
    for input in inputs {
        if is_list(input) {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// Whether the number of tensors depends on the calling node.
fn varies(arguments: &[ArgDef]) -> bool {
    arguments.iter().any(|argument| !argument.number_attr.is_empty() || !argument.type_list_attr.is_empty())
}

fn agree(arguments: &[ArgDef], types: Option<&[i32]>) -> Check {
    let Some(types) = types.filter(|_| !varies(arguments)) else { return Ok(()) };
    if arguments.len() != types.len() {
        return Err(format!("expected {}, found {} types", arguments.len(), types.len()));
    }
    for (argument, found) in arguments.iter().zip(types) {
        if argument.r#type != 0 && argument.r#type != *found {
            return Err(format!("`{}`: expected element type {}, found {found}", argument.name, argument.r#type));
        }
    }
    Ok(())
}

/// The names of all functions in attributes, those in the attributes of functions included.
fn called(attributes: &AttrMap) -> Vec<&str> {
    fn add<'a>(value: &'a AttrValue, names: &mut Vec<&'a str>) {
        let functions = match &value.value {
            Some(AttrValueValue::Func(function)) => std::slice::from_ref(&**function),
            Some(AttrValueValue::List(list)) => &list.func,
            _ => &[],
        };
        for function in functions {
            names.push(&function.name);
            function.attr.values().for_each(|value| add(value, names));
        }
    }
    let mut names = Vec::new();
    attributes.values().for_each(|value| add(value, &mut names));
    names
}

/// Refuses functions that lead back to themselves, and calls more than 64 deep.
pub(super) fn check_depth(functions: &[FunctionDef], library: &Library<'_>) -> Check {
    let callees: Vec<Vec<usize>> = functions.iter().map(|function| callees(function, library)).collect();
    let mut callers = vec![Vec::new(); functions.len()];
    for (caller, callees) in callees.iter().enumerate() {
        callees.iter().for_each(|callee| callers[*callee].push(caller));
    }
    // From the functions that call nothing upwards: each is settled once all that it calls are.
    let mut open: Vec<usize> = callees.iter().map(Vec::len).collect();
    let mut depths = vec![1; functions.len()];
    let mut settled: Vec<usize> = (0..functions.len()).filter(|function| open[*function] == 0).collect();
    let mut next = 0;
    while let Some(function) = settled.get(next).copied() {
        next += 1;
        if depths[function] > DEPTH_LIMIT {
            let name = functions[function].name();
            return Err(format!("function `{name}` calls others more than {DEPTH_LIMIT} deep"));
        }
        for caller in &callers[function] {
            depths[*caller] = depths[*caller].max(depths[function] + 1);
            open[*caller] -= 1;
            if open[*caller] == 0 {
                settled.push(*caller);
            }
        }
    }
    match open.iter().position(|open| *open > 0) {
        Some(start) => Err(cycle(start, &callees, &open, functions)),
        None => Ok(()),
    }
}

/// The functions that one calls, each once.
fn callees(function: &FunctionDef, library: &Library<'_>) -> Vec<usize> {
    let mut callees = Vec::new();
    for node in &function.node_def {
        callees.extend(library.number(&node.op));
        callees.extend(called(&node.attr).into_iter().filter_map(|name| library.number(name)));
    }
    callees.sort_unstable();
    callees.dedup();
    callees
}

/// The sentence about a cycle that is reached from `start`, by way of functions that are not settled.
fn cycle(start: usize, callees: &[Vec<usize>], open: &[usize], functions: &[FunctionDef]) -> String {
    let mut seen = vec![false; functions.len()];
    let mut at = start;
    while !std::mem::replace(&mut seen[at], true) {
        at = callees[at].iter().copied().find(|callee| open[*callee] > 0).unwrap_or(at);
    }
    format!("function `{}` calls itself, directly or through others", functions[at].name())
}
