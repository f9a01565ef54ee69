//! Each regularizer and constraint, on weights of two ranks.

use hub_core::graph::{Node, function};
use serde_json::Value as Json;

use super::{assert_all_near, cases, classes, configs, name, tensor};

fn compare(case: &Json, write: impl for<'g> Fn(Node<'g>) -> Node<'g>) {
    let weight = tensor(&case["weight"]);
    let written = function("on weight", |s| s.output("value", write(s.constant(weight.clone())))).unwrap();
    let out = written.call([]).unwrap();
    assert_all_near(&name(case), out.get("value").unwrap().tensor().unwrap(), &tensor(&case["value"]));
}

#[test]
fn penalties_are_python_s() {
    let cases = cases("regularizers");
    for case in cases.as_array().unwrap() {
        let choice = configs::regularizer(case);
        let regularizer = choice.get("kernel_regularizer").unwrap();
        compare(case, |weight| regularizer.penalty(weight));
    }
    assert_eq!(classes(&cases).len(), 3, "a regularizer has no case");
}

#[test]
fn constrained_weights_are_python_s() {
    let cases = cases("constraints");
    for case in cases.as_array().unwrap() {
        let choice = configs::constraint(case);
        let constraint = choice.get("kernel_constraint").unwrap();
        compare(case, |weight| constraint.apply(weight));
    }
    assert_eq!(classes(&cases).len(), 4, "a constraint has no case");
}
