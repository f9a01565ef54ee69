//! Each loss: its value for each example, and its gradient by the predictions.

use hub_core::graph::function;
use hub_core::{Shape, Tensor};
use serde_json::Value as Json;

use super::{assert_all_near, assert_near, cases, classes, configs, maybe_tensor, name, tensor};
use crate::choice::HasNames;
use crate::losses::{Loss, SparseCategoricalCrossentropy};

/// The tensor's shape, but for the number of examples.
fn any_batch(tensor: &Tensor) -> Shape {
    let rest = tensor.shape().iter().skip(1).copied().map(Some);
    std::iter::once(None).chain(rest).collect::<Vec<_>>().into()
}

fn run(case: &Json, loss: &dyn Loss, known_shapes: bool) -> (Tensor, Tensor) {
    let (y_true, y_pred) = (tensor(&case["y_true"]), tensor(&case["y_pred"]));
    let shape = |tensor| if known_shapes { Shape::known(Tensor::shape(tensor)) } else { any_batch(tensor) };
    let written = function("loss", |s| {
        let labels = s.placeholder("y_true", y_true.dtype(), shape(&y_true));
        let inputs = s.placeholder("y_pred", y_pred.dtype(), shape(&y_pred));
        let predictions = match case["activation"].as_str() {
            Some("softmax") => inputs.softmax(),
            Some("sigmoid") => inputs.sigmoid(),
            _ => inputs,
        };
        let values = loss.call(labels, predictions).unwrap();
        let gradients = s.gradients(values.reshape(&[-1]).reduce_sum([0]), &[inputs])?;
        s.output("values", values)?;
        s.output("gradient", gradients[0].expect("a loss depends on predictions").dense())
    });
    let out = written.unwrap().call([("y_true", &y_true), ("y_pred", &y_pred)]).unwrap();
    let of = |name: &str| out.get(name).unwrap().tensor().unwrap().clone();
    (of("values"), of("gradient"))
}

#[test]
fn losses_and_their_gradients_are_python_s() {
    let cases = cases("losses");
    for case in cases.as_array().unwrap() {
        let choice = configs::loss(case);
        let loss = choice.get("loss").unwrap();
        loss.check_labels(&tensor(&case["y_true"]), &Shape::known(tensor(&case["y_pred"]).shape())).unwrap();
        for known_shapes in [true, false] {
            let (values, gradient) = run(case, loss.as_ref(), known_shapes);
            assert_all_near(&name(case), &values, &tensor(&case["values"]));
            if let Some(expected) = maybe_tensor(&case["gradient"]) {
                assert_all_near(&format!("gradient of {}", name(case)), &gradient, &expected);
            }
        }
    }
    let all: std::collections::BTreeSet<_> = <dyn Loss as HasNames>::names()
        .iter()
        .filter(|(snake, class_name, _)| snake.contains('_') || *class_name != class_name.to_uppercase())
        .map(|(_, class_name, _)| *class_name)
        .collect();
    assert_eq!(classes(&cases), all, "a loss has no case");
}

#[test]
fn an_ignored_class_is_out_of_the_mean() {
    let case = cases("ignored_class");
    let loss = SparseCategoricalCrossentropy::new().from_logits(true).ignore_class(-1);
    let (values, _) = run(&case, &loss, true);
    let values = values.as_slice::<f64>().unwrap();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert_near("ignore_class", mean, case["loss"].as_f64().unwrap());
}

#[test]
fn arguments_out_of_range_are_named() {
    use crate::losses::{BinaryCrossentropy, CategoricalCrossentropy, Huber};
    let losses: [(&str, Box<dyn Loss>); 4] = [
        (
            "`label_smoothing`: expected a number from 0 to 1, found 1.5",
            Box::new(BinaryCrossentropy::new().label_smoothing(1.5)),
        ),
        (
            "`label_smoothing`: expected a number from 0 to 1, found -1",
            Box::new(CategoricalCrossentropy::new().label_smoothing(-1.0)),
        ),
        ("`delta`: expected a finite number that is not negative, found NaN", Box::new(Huber::new().delta(f64::NAN))),
        ("`delta`: expected a finite number that is not negative, found -1", Box::new(Huber::new().delta(-1.0))),
    ];
    for (message, loss) in losses {
        function("loss", |s| {
            let x = s.placeholder("x", hub_core::DType::F64, [None, Some(2)]);
            assert_eq!(loss.call(x, x).unwrap_err().to_string(), message);
            Ok(())
        })
        .unwrap();
    }
}
