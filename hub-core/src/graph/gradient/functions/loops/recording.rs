//! The loop once more, with lists of the values that its variables had at the beginning of each iteration.

use std::collections::BTreeSet;

use super::super::super::forward::Forward;
use super::super::bench::Bench;
use super::super::export::{as_function, computing};
use super::super::library::behind;
use super::super::{blocked, dtypes, effects, lowered, reach};
use super::analysis::{Loop, leading};
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::attribute::Attribute;
use crate::graph::node::Node;
use crate::graph::scope::Scope;
use crate::saved_model::proto::FunctionDef;
use crate::tensor::Shape;

/// What the loop leaves.
pub(super) struct Record<'g> {
    /// How many iterations there were, an int32.
    pub(super) count: Node<'g>,
    /// The values of each recorded variable: its number, its type, the list.
    pub(super) lists: Vec<(usize, DType, Node<'g>)>,
}

/// Runs the loop again for the values of these variables.
pub(super) fn record<'g>(at: &Forward<'g>, of: &Loop<'g>, recorded: &[usize]) -> Result<Record<'g>> {
    let bench = Bench::new(at.s(), &of.functions())?;
    let (variables, next) = of.write_body(&bench)?;
    let goes_on = bench.scope().inline(&of.condition, &variables)?.outputs;
    let links = reach::by_value(&variables, &next);
    let mut needed: BTreeSet<usize> = recorded.iter().copied().collect();
    reach::by_value(&variables, &goes_on).into_iter().for_each(|of_condition| needed.extend(of_condition));
    let needed: Vec<usize> = leading(&links, needed).into_iter().collect();
    let again = Again::new(&bench, &variables, &needed, recorded);
    let results = again.results(bench.scope(), &next);
    let stand_ins: Vec<_> = of.inputs.iter().copied().zip(variables.iter().copied()).collect();
    let repeated = computing(&[results.as_slice(), &goes_on].concat());
    blocked(effects::of_repeating(&repeated, of.operation, &stand_ins))?;
    let body = as_function(bench.scope(), &format!("{}_recorded", of.body.name()), &again.inputs(), &results)?;
    let condition =
        as_function(bench.scope(), &format!("{}_recorded", of.condition.name()), &again.inputs(), &goes_on)?;
    run(at, of, &bench, [body, condition], (&needed, recorded))
}

/// The variables of the recording loop, in its body.
struct Again<'b> {
    count: Node<'b>,
    variables: Vec<(usize, Node<'b>)>,
    lists: Vec<(Node<'b>, Node<'b>)>,
}

impl<'b> Again<'b> {
    fn new(bench: &'b Bench, variables: &[Node<'b>], needed: &[usize], recorded: &[usize]) -> Again<'b> {
        let list = |index: &usize| (bench.placeholder(DType::Variant, &Shape::known(&[])), variables[*index]);
        Again {
            count: bench.placeholder(DType::I32, &Shape::known(&[])),
            variables: needed.iter().map(|index| (*index, variables[*index])).collect(),
            lists: recorded.iter().map(list).collect(),
        }
    }

    fn inputs(&self) -> Vec<Node<'b>> {
        let variables = self.variables.iter().map(|(_, node)| *node);
        std::iter::once(self.count).chain(variables).chain(self.lists.iter().map(|(list, _)| *list)).collect()
    }

    fn results(&self, scope: &'b Scope, next: &[Node<'b>]) -> Vec<Node<'b>> {
        let longer = |(list, value): &(Node<'b>, Node<'b>)| {
            scope.op("TensorListPushBack").input(*list).input(*value).attr("element_dtype", value.dtype()).build()
        };
        let variables = self.variables.iter().map(|(index, _)| next[*index]);
        std::iter::once(self.count + 1_i32).chain(variables).chain(self.lists.iter().map(longer)).collect()
    }
}

fn run<'g>(
    at: &Forward<'g>,
    of: &Loop<'g>,
    bench: &Bench,
    functions: [FunctionDef; 2],
    (needed, recorded): (&[usize], &[usize]),
) -> Result<Record<'g>> {
    let mut names = Vec::new();
    for function in functions {
        let library = behind(bench.scope(), function);
        names.push(at.s().import_library(&library)?.name(library.function[0].name()));
    }
    let empty = |index: &usize| {
        let any_shape = at.constant(-1_i32);
        let list = at.s().op("EmptyTensorList").input(any_shape).input(at.constant(-1_i32));
        list.attr("element_dtype", of.inputs[*index].dtype()).build()
    };
    let before: Vec<Node<'g>> = std::iter::once(at.constant(0_i32))
        .chain(needed.iter().map(|index| of.inputs[*index]))
        .chain(recorded.iter().map(empty))
        .collect();
    let again = at.s().op(&of.operation.op()).input_list(before.iter().copied()).attr("T", dtypes(&before));
    let again = again.attr("body", Attribute::function(&*names[0])).attr("cond", Attribute::function(&*names[1]));
    let after = lowered(again).build_outputs();
    at.s().check()?;
    let lists = recorded.iter().zip(&after[1 + needed.len()..]);
    let lists = lists.map(|(index, list)| (*index, of.inputs[*index].dtype(), *list)).collect();
    Ok(Record { count: after[0], lists })
}
