//! Gradients against Python's tape: op by op, through a whole model, and what blocks.

#![cfg(feature = "engine")]

use std::collections::BTreeMap;

use hub_core::graph::{Attribute, Function, Gradient, Node, Scope, function};
use hub_core::model::{GraphArguments, GraphValue};
use hub_core::{DType, Error, Literal, Nest, Shape, Tensor, load};
use hub_fixtures::{json, model, nest};
use serde_json::Value as Json;

fn golden() -> Json {
    json("gradients/golden.json")
}

fn tensor(json: &Json) -> Tensor {
    nest(json).tensor().unwrap().clone()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn attribute(json: &Json) -> Attribute {
    match json {
        Json::Bool(value) => (*value).into(),
        Json::String(text) => text.as_str().into(),
        Json::Number(value) => value.as_i64().unwrap().into(),
        Json::Array(texts) if texts.iter().any(Json::is_string) => {
            texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>().into()
        }
        Json::Array(values) => values.iter().map(|value| value.as_i64().unwrap()).collect::<Vec<_>>().into(),
        Json::Object(tagged) => match (tagged.get("float"), tagged.get("dtype")) {
            (Some(value), _) => (value.as_f64().unwrap() as f32).into(),
            (_, Some(name)) => name.as_str().unwrap().parse::<DType>().unwrap().into(),
            _ => {
                let sizes = list(&json["shape"]).iter().map(|size| size.as_u64().unwrap() as usize);
                Shape::known(&sizes.collect::<Vec<_>>()).into()
            }
        },
        Json::Null => panic!("no attribute"),
    }
}

fn doubles(tensor: &Tensor) -> Vec<f64> {
    match tensor.dtype() {
        DType::F64 => tensor.as_slice::<f64>().unwrap().to_vec(),
        _ => tensor.as_slice::<f32>().unwrap().iter().map(|value| f64::from(*value)).collect(),
    }
}

/// How far two gradients are apart, relative to the largest element; too far is told.
fn apart(found: &Tensor, expected: &Tensor, bound: f64) -> Option<String> {
    if found.shape() != expected.shape() || found.dtype() != expected.dtype() {
        return Some(format!("found {} {:?}, expected {:?}", found.dtype(), found.shape(), expected.shape()));
    }
    let (found, expected) = (doubles(found), doubles(expected));
    let largest = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let differs = |(found, expected): (&f64, &f64)| !((found - expected).abs() <= bound * largest || found == expected);
    found.iter().zip(&expected).any(differs).then(|| format!("found {found:?}, expected {expected:?}"))
}

/// What the op of a case is fed with: constants, or placeholders of unknown shape in the second round.
struct Inputs {
    tensors: Vec<(String, Tensor)>,
    are_fed: bool,
}

impl Inputs {
    /// Shapes and axes are constants in any model.
    fn node<'g>(&mut self, s: &'g Scope, json: &Json) -> Node<'g> {
        let tensor = tensor(json);
        if !self.are_fed || !tensor.dtype().is_floating() {
            return s.constant(tensor);
        }
        let name = format!("x{}", self.tensors.len());
        let node = s.placeholder(&name, tensor.dtype(), vec![None; tensor.shape().len()]);
        self.tensors.push((name, tensor));
        node
    }
}

/// An op with its loss and the gradients by the inputs that the golden has one for.
struct Built {
    function: Function,
    /// What is fed.
    inputs: Vec<(String, Tensor)>,
    /// The names of the inputs that have a gradient, where these are fed.
    with_gradient: Vec<String>,
}

impl Built {
    fn run(&self, inputs: &[(String, Tensor)]) -> hub_core::Result<(f64, Vec<Tensor>)> {
        let out = self.function.call(inputs.iter().map(|(name, tensor)| (name.as_str(), tensor)))?;
        let gradient = |index: usize| out[format!("g{index:02}").as_str()].tensor().unwrap().clone();
        let count = out.keys().len() - 1;
        Ok((doubles(out["loss"].tensor()?)[0], (0..count).map(gradient).collect()))
    }
}

fn built(case: &Json, are_fed: bool) -> hub_core::Result<Built> {
    let mut with_gradient = Vec::new();
    let mut inputs = Inputs { tensors: Vec::new(), are_fed };
    let f = function("case", |s| {
        let mut builder = s.op(case["op"].as_str().unwrap());
        let mut nodes = Vec::new();
        for input in list(&case["inputs"]) {
            let many: Option<Vec<_>> =
                input.as_array().map(|many| many.iter().map(|one| inputs.node(s, one)).collect());
            builder = match &many {
                Some(many) => builder.input_list(many.iter().copied()),
                None => {
                    nodes.push(inputs.node(s, input));
                    builder.input(nodes[nodes.len() - 1])
                }
            };
            nodes.extend(many.into_iter().flatten());
        }
        for (name, value) in case["attributes"].as_object().unwrap() {
            builder = builder.attr(name, attribute(value));
        }
        let outputs = builder.build_outputs();
        s.check()?;
        let taken = list(&case["outputs"]).iter().map(|index| outputs[index.as_u64().unwrap() as usize]);
        let parts = taken.zip(list(&case["upstream"])).map(|(node, upstream)| {
            let flat = (node * tensor(upstream)).reshape(&[-1]);
            flat.reduce_sum([0])
        });
        let loss = parts.reduce(|sum, part| sum + part).unwrap();
        let expected = list(&case["gradients"]);
        let wanted: Vec<_> = nodes.iter().zip(expected).filter(|(_, g)| !g.is_null()).map(|(node, _)| *node).collect();
        let name = |node: &Node<'_>| node.operation().name();
        with_gradient = wanted.iter().map(name).collect();
        s.output("loss", loss)?;
        for (index, gradient) in s.gradients(loss, &wanted)?.into_iter().enumerate() {
            let missing = || Error::Arguments { function: "gradients".into(), why: format!("none for input {index}") };
            s.output(&format!("g{index:02}"), gradient.ok_or_else(missing)?.dense())?;
        }
        Ok(())
    })?;
    Ok(Built { function: f, inputs: inputs.tensors, with_gradient })
}

/// The gradients that a case has here.
fn gradients_of(case: &Json, are_fed: bool) -> hub_core::Result<Vec<Tensor>> {
    let built = built(case, are_fed)?;
    Ok(built.run(&built.inputs)?.1)
}

fn check(case: &Json, are_fed: bool) -> Option<String> {
    let expected = list(&case["gradients"]).iter().filter(|gradient| !gradient.is_null()).map(tensor);
    let expected: Vec<_> = expected.collect();
    let found = match gradients_of(case, are_fed) {
        Ok(found) => found,
        Err(error) => return Some(error.to_string()),
    };
    let bound = |tensor: &Tensor| if tensor.dtype() == DType::F64 { 1e-9 } else { 1e-4 };
    let bound = expected
        .iter()
        .chain(&list(&case["upstream"]).iter().map(tensor).collect::<Vec<_>>())
        .map(bound)
        .fold(0.0, f64::max);
    found.iter().zip(&expected).find_map(|(found, expected)| apart(found, expected, bound))
}

#[test]
fn each_op_has_the_gradient_of_pythons_tape() {
    let golden = golden();
    let cases = list(&golden["cases"]);
    assert!(cases.len() > 320, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let needs_known_shapes = case["needs_known_shapes"].as_bool().unwrap();
        for are_fed in [false, true].into_iter().take(if needs_known_shapes { 1 } else { 2 }) {
            if let Some(why) = check(case, are_fed) {
                wrong.push(format!(
                    "case {index} {} {} (shapes known: {}): {why}",
                    case["op"], case["attributes"], !are_fed
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), 2 * cases.len(), wrong.join("\n"));
}

/// Whether the gradient is by convention another than the function's, as Python has it too: of a cast what comes back; at
/// zeros none; of a Cholesky factor that by both triangles; of what an op keeps for its own gradient none by the labels, or
/// by the places of a maximum.
fn is_by_convention(case: &Json) -> bool {
    match case["op"].as_str().unwrap() {
        "Cast" | "DivNoNan" | "Xlogy" | "Xlog1py" | "Xdivy" | "Cholesky" | "MaxPoolGradGrad" => true,
        "SoftmaxCrossEntropyWithLogits" => list(&case["outputs"]).len() == 2,
        _ => false,
    }
}

/// The case with all inputs moved along one direction: how far the loss's change is from what the gradients say.
///
/// `None` at the edge of what the function is defined for, and where the loss is as large as a number can be.
fn distance_from_differences(case: &Json) -> hub_core::Result<Option<(f64, f64)>> {
    let built = built(case, true)?;
    let (_, gradients) = built.run(&built.inputs)?;
    let direction = |index: usize| ((index * 7 + 3) as f64).sin();
    let moved = |by: f64| {
        let moved = built.inputs.iter().map(|(name, tensor)| {
            let is_moved = built.with_gradient.contains(name);
            let values = doubles(tensor).into_iter().enumerate();
            let values = values.map(|(index, value)| if is_moved { value + by * direction(index) } else { value });
            Ok((name.clone(), Tensor::new(tensor.shape(), values.collect::<Vec<f64>>())?))
        });
        built.run(&moved.collect::<hub_core::Result<Vec<_>>>()?).map(|(loss, _)| loss)
    };
    let step = 1e-6;
    let (after, before) = (moved(step)?, moved(-step)?);
    if after.is_nan() || before.is_nan() || after.abs() > 1e100 {
        return Ok(None);
    }
    let found = (after - before) / (2.0 * step);
    let parts = gradients.iter().flat_map(|gradient| doubles(gradient).into_iter().enumerate());
    let parts: Vec<f64> = parts.map(|(index, value)| value * direction(index)).collect();
    let size = parts.iter().fold(1.0_f64, |most, part| most.max(part.abs()));
    Ok(Some(((found - parts.iter().sum::<f64>()).abs() / size, found)))
}

#[test]
fn each_op_has_the_gradient_of_finite_differences() {
    let golden = golden();
    let is_double =
        |tensors: &Json| tensors.to_string().contains("float64") && !tensors.to_string().contains("float32");
    let cases = list(&golden["cases"]).iter().enumerate().filter(|(_, case)| {
        !case["needs_known_shapes"].as_bool().unwrap()
            && is_double(&case["inputs"])
            && is_double(&case["upstream"])
            && !is_by_convention(case)
    });
    let (mut checked, mut at_an_edge, mut wrong) = (0, 0, Vec::new());
    for (index, case) in cases {
        match distance_from_differences(case) {
            Ok(Some((distance, _))) if distance <= 1e-6 => checked += 1,
            Ok(None) => at_an_edge += 1,
            other => wrong.push(format!("case {index} {} {}: {other:?}", case["op"], case["attributes"])),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 280 && at_an_edge <= 3, "{checked} checked, {at_an_edge} at an edge");
}

/// What the loss changes by when one element does.
#[test]
fn smooth_ops_have_the_gradient_of_finite_differences() {
    let at = [0.3_f64, 0.7, -0.4];
    let build = |s: &Scope, with_gradient: bool| -> hub_core::Result<()> {
        let x = s.placeholder("x", DType::F64, [3]);
        let y = (x.sigmoid() * x.exp() + (x.square() + 1.0).log()).softmax();
        let loss = (y.tanh() * x.erf() / (x.softplus() + 0.5)).reduce_sum([0]);
        s.output("loss", loss)?;
        match with_gradient {
            true => s.output("g", s.gradients(loss, &[x])?[0].unwrap().dense()),
            false => Ok(()),
        }
    };
    let both = function("both", |s| build(s, true)).unwrap();
    let loss = function("loss", |s| build(s, false)).unwrap();
    let out = both.call([("x", &Tensor::from(at))]).unwrap();
    let gradient = doubles(out["g"].tensor().unwrap());
    let step = 1e-5;
    for (element, expected) in gradient.iter().enumerate() {
        let moved = |by: f64| {
            let mut at = at;
            at[element] += by;
            let out = loss.call([("x", &Tensor::from(at))]).unwrap();
            out["loss"].tensor().unwrap().item::<f64>().unwrap()
        };
        let found = (moved(step) - moved(-step)) / (2.0 * step);
        assert!((found - expected).abs() < 1e-8, "{found} {expected}");
    }
}

/// The gradients of a model's trainable variables in a graph of their own, by name; none where the loss does not
/// depend on one.
fn model_gradients(case: &Json) -> BTreeMap<String, Option<Tensor>> {
    let loaded = load(&model(case["model"].as_str().unwrap())).unwrap();
    let variables = loaded.trainable_variables();
    let mut found = BTreeMap::new();
    let f = function("step", |s| {
        let instance = loaded.instantiate(s)?;
        let input = tensor(&case["input"]);
        let x = s.placeholder("x", input.dtype(), input.shape().iter().map(|_| None).collect::<Vec<_>>());
        let x = s.op("EnsureShape").input(x).attr("shape", Shape::known(input.shape())).build();
        let training = GraphValue::Literal(Literal::Bool(case["training"].as_bool().unwrap()));
        let arguments = GraphArguments {
            positional: vec![Nest::Leaf(GraphValue::Node(x))],
            keywords: vec![("training".into(), Nest::Leaf(training))],
        };
        let applied = loaded.function("__call__")?.apply(s, &instance, arguments)?;
        let outputs: Vec<_> = applied.outputs.leaves().into_iter().map(|leaf| leaf.node()).collect::<Result<_, _>>()?;
        let parts = outputs.into_iter().filter(|node| node.dtype().is_floating()).zip(list(&case["weights"]));
        let parts = parts.map(|(node, weight)| (node * tensor(weight)).reshape(&[-1]).reduce_sum([0]));
        let loss = parts.reduce(|sum, part| sum + part).unwrap();
        let targets: Vec<_> = variables.iter().map(|own| instance.variable(s, own).unwrap()).collect();
        for (variable, gradient) in variables.iter().zip(s.gradients(loss, &targets)?) {
            found.insert(variable.name().to_owned(), None);
            if let Some(gradient) = gradient {
                s.output(variable.name(), gradient.dense())?;
            }
        }
        Ok(())
    })
    .unwrap();
    let out = f.call([("x", &tensor(&case["input"]))]).unwrap();
    let Nest::Dict(values) = out else { panic!("{out:?}") };
    for (name, value) in values {
        found.insert(name, Some(value.tensor().unwrap().clone()));
    }
    found
}

#[test]
fn saved_models_have_pythons_gradients_with_and_without_training() {
    let golden = golden();
    assert_eq!(list(&golden["models"]).len(), 8);
    for case in list(&golden["models"]) {
        let what = format!("{} {}", case["model"], case["training"]);
        let found = model_gradients(case);
        let expected = case["gradients"].as_object().unwrap();
        assert_eq!(expected.len(), found.len(), "{what}");
        for (name, expected) in expected {
            let found = found[name].as_ref();
            assert_eq!(found.is_none(), expected.is_null(), "{what} {name}");
            let Some(found) = found else { continue };
            // Before a batch norm the gradient of a bias is nothing but rounding.
            let largest = doubles(&tensor(expected)).iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            match largest < 1e-5 {
                true => assert!(doubles(found).iter().all(|value| value.abs() < 1e-5), "{what} {name}"),
                false => assert_eq!(apart(found, &tensor(expected), 1e-4), None, "{what} {name}"),
            }
        }
    }
}

#[test]
fn rows_that_are_looked_up_stay_sparse() {
    let f = function("embedding", |s| {
        let table = s.variable("table", &Tensor::from([[1.0_f32, 2.0], [3.0, 4.0], [5.0, 6.0]]))?;
        let look = |indices: [i32; 2]| {
            let indices = s.constant(Tensor::from(indices));
            s.op("ResourceGather").input(table.handle()).input(indices).attr("dtype", DType::F32).build()
        };
        let loss = (look([2, 0]) * 2.0 + look([2, 2])).reduce_sum([0, 1]);
        let Some(Gradient::Sparse(slices)) = s.gradients(loss, &[table])?[0] else { panic!("not sparse") };
        s.output("indices", slices.indices)?;
        s.output("values", slices.values)?;
        s.output("dense", slices.dense())?;
        // With a dense part beside it, the sum is dense.
        let both = s.gradients(loss + table.read().reduce_sum([0, 1]), &[table])?[0].unwrap();
        assert!(both.sparse().is_none());
        s.output("both", both.dense())
    })
    .unwrap();
    let out = f.call([]).unwrap();
    let dense = |name: &str| out[name].tensor().unwrap().as_slice::<f32>().unwrap().to_vec();
    assert_eq!(out["values"].tensor().unwrap().shape(), [4, 2]);
    let mut indices = out["indices"].tensor().unwrap().as_slice::<i64>().unwrap().to_vec();
    indices.sort_unstable();
    assert_eq!(indices, [0, 2, 2, 2]);
    assert_eq!(dense("dense"), [2.0, 2.0, 0.0, 0.0, 4.0, 4.0]);
    assert_eq!(dense("both"), [3.0, 3.0, 1.0, 1.0, 5.0, 5.0]);
}

#[test]
fn elements_of_a_variable_are_looked_up_by_place() {
    let f = function("elements", |s| {
        let table = s.variable("table", &Tensor::from([[1.0_f64, 2.0], [3.0, 4.0]]))?;
        let places = s.constant(Tensor::from([[1_i64, 0], [0, 1], [1, 0]]));
        let found = s.op("ResourceGatherNd").input(table.handle()).input(places).attr("dtype", DType::F64).build();
        let loss = found.square().reduce_sum([0]);
        s.output("g", s.gradients(loss, &[table])?[0].unwrap().dense())
    })
    .unwrap();
    let out = f.call([]).unwrap();
    assert_eq!(doubles(out["g"].tensor().unwrap()), [0.0, 4.0, 12.0, 0.0]);
}

/// The gradient's own graph is differentiated once more.
#[test]
fn gradients_of_gradients_of_polynomials() {
    let f = function("second", |s| {
        let x = s.placeholder("x", DType::F64, [2]);
        let cube = (x.square() * x).reduce_sum([0]);
        let first = s.gradients(cube, &[x])?[0].unwrap().dense();
        s.output("second", s.gradients(first, &[x])?[0].unwrap().dense())
    })
    .unwrap();
    let out = f.call([("x", &Tensor::from([2.0_f64, -1.0]))]).unwrap();
    assert_eq!(doubles(out["second"].tensor().unwrap()), [12.0, -6.0]);
}

#[test]
fn what_is_not_reached_has_none_and_what_is_a_target_itself_has_one() {
    let f = function("reached", |s| {
        let (x, y) = (s.placeholder("x", DType::F64, [2]), s.placeholder("y", DType::F64, [2]));
        let square = x.square();
        let stopped = s.op("StopGradient").input(y).build();
        let loss = square * stopped;
        let gradients = s.gradients(loss, &[x, y, square, loss])?;
        assert!(gradients[1].is_none());
        s.output("x", gradients[0].unwrap().dense())?;
        s.output("square", gradients[2].unwrap().dense())?;
        s.output("loss", gradients[3].unwrap().dense())
    })
    .unwrap();
    let (x, y) = (Tensor::from([1.0_f64, 2.0]), Tensor::from([3.0_f64, 5.0]));
    let out = f.call([("x", &x), ("y", &y)]).unwrap();
    assert_eq!(doubles(out["x"].tensor().unwrap()), [6.0, 20.0]);
    assert_eq!(doubles(out["square"].tensor().unwrap()), [3.0, 5.0]);
    assert_eq!(doubles(out["loss"].tensor().unwrap()), [1.0, 1.0]);
}

#[test]
fn all_that_blocks_is_named_at_once_and_only_what_is_on_the_way() {
    let error = function("blocked", |s| {
        let x = s.placeholder("x", DType::F32, [2, 2]);
        let other = s.placeholder("other", DType::F32, [2, 2]);
        let a = s.op("PreventGradient").name("prevent").input(x).attr("message", "no").build();
        let b = s.op("MatrixSquareRoot").name("root").input(a).build();
        let aside = s.op("MatrixSquareRoot").name("aside").input(other).build();
        s.gradients((b + aside).reduce_sum([0, 1]), &[x]).map(|_| ())
    })
    .unwrap_err();
    let Error::NotDifferentiable { ops } = &error else { panic!("{error}") };
    let expected = [("PreventGradient", "prevent"), ("MatrixSquareRoot", "root")];
    assert_eq!(ops, &expected.map(|(op, node)| (op.to_owned(), node.to_owned())));
    assert!(error.hint().is_some());
}

#[test]
fn complex_numbers_and_custom_gradients_block() {
    let error = function("blocked", |s| {
        let x = s.placeholder("x", DType::F32, [2]);
        let complex = s.op("Complex").name("complex").input(x).input(x).build();
        let real = s.op("Real").name("real").input(complex).build();
        let custom = s.op("IdentityN").name("custom").input_list([x]).attr("_gradient_op_type", "CustomGradient-1");
        s.gradients((real + custom.build()).reduce_sum([0]), &[x]).map(|_| ())
    })
    .unwrap_err();
    let message = error.to_string();
    for part in ["Complex of complex numbers (`complex`)", "IdentityN with a custom gradient (`custom`)"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_loss_must_be_a_real_number_of_this_graph() {
    let s = Scope::new().unwrap();
    let x = s.placeholder("x", DType::I32, [2]);
    assert!(matches!(s.gradients(x, &[x]), Err(Error::Graph { .. })));
    let elsewhere = Scope::new().unwrap();
    let y = elsewhere.placeholder("y", DType::F32, [2]);
    let found: hub_core::Result<Vec<_>> = s.gradients(s.constant(1.0_f32), &[s.node(y.id())]);
    assert!(found.is_err());
}
