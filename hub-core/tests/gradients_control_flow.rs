//! Gradients through branches, loops, tensor lists and calls: Python's, and what is refused.
//!
//! The model and the goldens are of fixtures/gradients/control_flow.py.

#![cfg(feature = "engine")]

use std::collections::BTreeMap;

use hub_core::graph::{Program, function};
use hub_core::model::{GraphArguments, GraphValue, LoadedModel};
use hub_core::{DType, Error, Nest, Result, SessionOptions, Shape, Tensor, load};
use hub_fixtures::{json, model, nest};
use serde_json::Value as Json;

fn tensor(json: &Json) -> Tensor {
    nest(json).tensor().unwrap().clone()
}

fn doubles(tensor: &Tensor) -> Vec<f64> {
    tensor.as_slice::<f64>().unwrap().to_vec()
}

fn control_flow() -> LoadedModel {
    load(&model("gradients/models/control_flow")).unwrap()
}

/// The gradients of a function, by what they are by, and the counter after the step.
struct Found {
    gradients: BTreeMap<&'static str, Tensor>,
    counter: f64,
}

/// One run of a function of the model with the gradients of the weighted sum of its outputs.
fn gradients(loaded: &LoadedModel, function: &str, inputs: &[Tensor], weights: Option<&[Tensor]>) -> Result<Found> {
    let program = Program::new(&SessionOptions::new())?;
    let s = program.scope();
    let instance = loaded.instantiate(s)?;
    let fed = |(index, tensor): (usize, &Tensor)| {
        let shape: Vec<_> = tensor.shape().iter().map(|_| None).collect();
        s.placeholder(&format!("x{index}"), tensor.dtype(), shape)
    };
    let feeds: Vec<_> = inputs.iter().enumerate().map(fed).collect();
    let positional = feeds.iter().map(|node| Nest::Leaf(GraphValue::Node(*node))).collect();
    let arguments = GraphArguments { positional, ..GraphArguments::default() };
    let applied = loaded.function(function)?.apply(s, &instance, arguments)?;
    let outputs = applied.outputs.leaves().into_iter().map(|leaf| leaf.node()).collect::<Result<Vec<_>>>()?;
    let outputs: Vec<_> = outputs.into_iter().filter(|node| node.dtype() == DType::F64).collect();
    let weighted = outputs.iter().enumerate().map(|(index, node)| match weights {
        Some(weights) => (*node * weights[index].clone()).reshape(&[-1]).reduce_sum([0]),
        None => node.reshape(&[-1]).reduce_sum([0]),
    });
    let loss = weighted.reduce(|sum, part| sum + part).unwrap();
    let handle = |name: &str| instance.variable(s, &loaded.variable(name).unwrap()).unwrap();
    let targets = [feeds[feeds.len() - 1], handle("w").handle(), handle("table").handle()];
    let (mut names, mut fetches) = (Vec::new(), vec![]);
    for (name, gradient) in ["x", "w", "table"].into_iter().zip(s.gradients(loss, &targets)?) {
        if let Some(gradient) = gradient {
            names.push(name);
            fetches.push(gradient.dense());
        }
    }
    let run = program.prepare(&feeds, &fetches, &applied.controls)?;
    let look = program.prepare(&[], &[handle("counter").read()], &[])?;
    let found = program.run(&run, &inputs.iter().collect::<Vec<_>>())?;
    let counter = program.run(&look, &[])?[0].item::<f64>()?;
    Ok(Found { gradients: names.into_iter().zip(found).collect(), counter })
}

#[test]
fn each_function_has_the_gradients_of_pythons_tape() {
    let loaded = control_flow();
    let golden = json("gradients/control_flow.json");
    let mut wrong = Vec::new();
    for case in golden["cases"].as_array().unwrap() {
        let name = case["function"].as_str().unwrap();
        let list = |key: &str| case[key].as_array().unwrap().iter().map(tensor).collect::<Vec<_>>();
        let found = match gradients(&loaded, name, &list("inputs"), Some(&list("weights"))) {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        for (target, expected) in case["gradients"].as_object().unwrap() {
            let found = found.gradients.get(target.as_str());
            if let Some(why) = apart(found, expected) {
                wrong.push(format!("{name} {} by {target}: {why}", case["inputs"][0]["values"]));
            }
        }
        assert_eq!(found.counter, case["counter"].as_f64().unwrap(), "{name} runs its effects once");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Why a gradient is not the one expected. Where Python has none, zeros are one too.
fn apart(found: Option<&Tensor>, expected: &Json) -> Option<String> {
    let (found, expected) = match (found, expected.is_null()) {
        (None, true) => return None,
        (None, false) => return Some("there is none".into()),
        (Some(found), true) => (doubles(found), vec![0.0; found.len()]),
        (Some(found), false) if found.shape() != tensor(expected).shape() => {
            return Some(format!("found {:?}, expected {:?}", found.shape(), tensor(expected).shape()));
        }
        (Some(found), false) => (doubles(found), doubles(&tensor(expected))),
    };
    let largest = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let is_far =
        found.iter().zip(&expected).any(|(found, expected)| !((found - expected).abs() <= 1e-12 + 1e-10 * largest));
    is_far.then(|| format!("found {found:?}, expected {expected:?}"))
}

fn refusal(function: &str) -> Vec<(String, String)> {
    let inputs = [Tensor::scalar(2_i32), Tensor::from([1.0_f64, 2.0, 3.0])];
    match gradients(&control_flow(), function, &inputs, None) {
        Err(Error::NotDifferentiable { ops }) => ops,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{function} has gradients"),
    }
}

#[test]
fn what_blocks_in_a_loop_is_named_with_its_place() {
    let ops = refusal("refused_root");
    assert_eq!(ops.len(), 1, "{ops:?}");
    assert_eq!(ops[0].0, "MatrixSquareRoot");
    assert!(ops[0].1.contains("while/"), "{ops:?}");
}

#[test]
fn what_may_not_run_twice_is_refused() {
    let ops = refusal("refused_random");
    assert!(ops.iter().any(|(op, _)| op == "RandomUniform, which may not run twice,"), "{ops:?}");
}

/// The loop back is a loop as well.
#[test]
fn second_derivatives_go_through_loops() {
    let loaded = control_flow();
    let f = function("second", |s| {
        let instance = loaded.instantiate(s)?;
        let x = s.placeholder("x", DType::F64, Shape::known(&[3]));
        let count = s.constant(3_i32);
        let positional = [count, x].map(|node| Nest::Leaf(GraphValue::Node(node))).to_vec();
        let arguments = GraphArguments { positional, ..GraphArguments::default() };
        let y = loaded.function("loop")?.apply(s, &instance, arguments)?.outputs.leaves()[0].node()?;
        let first = s.gradients(y.reduce_sum([0]), &[x])?[0].unwrap().dense();
        s.output("first", first)?;
        s.output("second", s.gradients(first.reduce_sum([0]), &[x])?[0].unwrap().dense())
    })
    .unwrap();
    let at = |x: [f64; 3], name: &str| doubles(f.call([("x", &Tensor::from(x))]).unwrap()[name].tensor().unwrap());
    let (x, step) = ([0.3, -0.8, 1.1], 1e-5);
    let second = at(x, "second");
    let up = at(x.map(|value| value + step), "first");
    let down = at(x.map(|value| value - step), "first");
    for (index, found) in second.iter().enumerate() {
        let expected = (up[index] - down[index]) / (2.0 * step);
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
    }
}
