//! A model put together by hand: one weight, a counter that training changes, a call with a trace for each value of
//! `training`, a table filled from an asset, a signature; read by everybody.

use std::path::Path;

use hub_core::graph::{Scope, Variable};
use hub_core::saved_model::write::SavedModelBuilder;
use hub_core::saved_model::{FunctionSpec, Parameter, ParameterKind, Spec, TensorSpec, VariableSpec};
use hub_core::{DType, Literal, Nest, Shape, Tensor, args, load};
use serde_json::json;

use hub_fixtures::Python;

fn tensor(name: &str, dtype: DType, shape: impl Into<Shape>) -> Nest<Spec> {
    Nest::Leaf(Spec::Tensor(TensorSpec { name: Some(name.into()), shape: shape.into(), dtype }))
}

fn literal(value: bool) -> Nest<Spec> {
    Nest::Leaf(Spec::Literal(Literal::Bool(value)))
}

fn arguments(positional: Vec<Nest<Spec>>) -> Nest<Spec> {
    Nest::Tuple(vec![Nest::Tuple(positional), Nest::Dict(Default::default())])
}

fn spec(name: &str, dtype: DType, shape: impl Into<Shape>, trainable: bool) -> VariableSpec {
    VariableSpec { dtype, shape: shape.into(), trainable, name: name.into(), device: String::new() }
}

/// `x·w`, and in training one more, which is counted.
fn save(target: &Path) {
    let scope = Scope::new().unwrap();
    let x = scope.placeholder("x", DType::F32, [None, Some(2)]);
    let w = scope.variable("w", &Tensor::from([[1.0_f32], [2.0]])).unwrap();
    let count = scope.variable("count", &Tensor::scalar(0_i64)).unwrap();
    let product = x.matmul(w);
    let one = scope.constant(Tensor::scalar(1_i64));
    let counted = scope.op("AssignAddVariableOp").attr("dtype", DType::I64).input(count.handle()).input(one);
    let counted = counted.build_operation();
    let more = scope.with_control_dependencies(&[counted], |_| product + 1.0);

    let mut model = SavedModelBuilder::new();
    let root = model.root();
    let w_spec = spec("w", DType::F32, [Some(2), Some(1)], true);
    let w_object = model.variable(&w_spec, Tensor::from([[1.0_f32], [2.0]])).unwrap();
    let count_object =
        model.variable(&spec("count", DType::I64, Shape::scalar(), false), Tensor::scalar(40_i64)).unwrap();
    let handle = |variable: Variable<'_>| variable.handle().id();
    let (w_handle, count_handle) = (scope.node(handle(w)), scope.node(handle(count)));
    let mut traces = Vec::new();
    for (training, output, captured) in [(false, product, false), (true, more, true)] {
        let name = format!("__inference___call___{}", u8::from(training));
        let mut inputs = vec![("x", x), ("w", w_handle)];
        let mut objects = vec![w_object];
        if captured {
            inputs.push(("count", count_handle));
            objects.push(count_object);
        }
        let effects = if captured { vec![counted] } else { Vec::new() };
        let mut functions = scope.export_function(&name, &inputs, &[output], &effects).unwrap().into_iter();
        let function = functions.next().unwrap();
        functions.for_each(|called| model.library_function(called));
        let takes = arguments(vec![tensor("x", DType::F32, [None, Some(2)]), literal(training)]);
        let gives = tensor("output_0", DType::F32, [None, Some(1)]);
        traces.push(model.trace(function, &takes, &gives, &objects).unwrap());
    }
    let parameter = |name: &str, default: Option<bool>| Parameter {
        name: name.into(),
        kind: ParameterKind::Positional,
        default: default.map(literal),
    };
    let parameters = vec![parameter("x", None), parameter("training", Some(false))];
    let call = model.function(&FunctionSpec { parameters, ..FunctionSpec::default() }, &traces).unwrap();
    model.child(root, "w", w_object).unwrap();
    model.child(root, "count", count_object).unwrap();
    model.child(root, "__call__", call).unwrap();
    let variables = model.list(&[w_object, count_object]).unwrap();
    let trainable = model.list(&[w_object]).unwrap();
    model.child(root, "variables", variables).unwrap();
    model.child(root, "trainable_variables", trainable).unwrap();
    let loss = regularisation(&mut model, w_object);
    let losses = model.list(&[loss]).unwrap();
    model.child(root, "regularization_losses", losses).unwrap();
    table(&mut model, target.parent().unwrap());
    model.signature("serving_default", &traces[0], &["x"], &["y"]).unwrap();
    model.save(target, false).unwrap();
}

/// A function without arguments: the sum of the squares of `w`.
fn regularisation(
    model: &mut SavedModelBuilder,
    w: hub_core::saved_model::write::ObjectId,
) -> hub_core::saved_model::write::ObjectId {
    let scope = Scope::new().unwrap();
    let variable = scope.variable("w", &Tensor::from([[1.0_f32], [2.0]])).unwrap();
    let value = variable.read();
    let sum = (value * value).reduce_sum([0, 1]);
    let inputs = [("w", variable.handle())];
    let function = scope.export_function("__inference_loss", &inputs, &[sum], &[]).unwrap().remove(0);
    let trace =
        model.trace(function, &arguments(Vec::new()), &tensor("loss", DType::F32, Shape::scalar()), &[w]).unwrap();
    model.function(&FunctionSpec::default(), &[trace]).unwrap()
}

/// A table from words to the numbers of their lines, and a signature that looks them up.
fn table(model: &mut SavedModelBuilder, directory: &Path) {
    let vocabulary = directory.join("vocabulary.txt");
    std::fs::write(&vocabulary, "zero\none\ntwo\n").unwrap();
    let scope = Scope::new().unwrap();
    let handle = |name: &str| scope.placeholder(name, DType::Resource, Shape::scalar());
    let made = scope.op("HashTableV2").attr("key_dtype", DType::String).attr("value_dtype", DType::I64);
    let made = made.attr("shared_name", "words_of_the_test").build();
    let create = scope.export_function("__inference_create", &[], &[made], &[]).unwrap().remove(0);
    let (table, file) = (handle("table"), scope.placeholder("file", DType::String, Shape::scalar()));
    let filled = scope.op("InitializeTableFromTextFileV2").input(table).input(file);
    let filled = filled.attr("key_index", -2_i64).attr("value_index", -1_i64).build_operation();
    let done = scope.with_control_dependencies(&[filled], |scope| scope.constant(Tensor::scalar(1_i32)));
    let inputs = [("table", table), ("file", file)];
    let initialise = scope.export_function("__inference_initialise", &inputs, &[done], &[filled]).unwrap().remove(0);
    let zero = scope.constant(Tensor::scalar(0_i32));
    let destroy = scope.export_function("__inference_destroy", &[], &[zero], &[]).unwrap().remove(0);
    let words = scope.placeholder("words", DType::String, [None]);
    let absent = scope.placeholder("absent", DType::I64, Shape::scalar());
    let found = scope.op("LookupTableFindV2").input(table).input(words).input(absent).build();
    let inputs = [("words", words), ("table", table), ("absent", absent)];
    let lookup = scope.export_function("__inference_lookup", &inputs, &[found], &[]).unwrap().remove(0);

    let root = model.root();
    let (object, asset) = (model.resource(), model.asset(&vocabulary).unwrap());
    let absent = model.constant(Tensor::scalar(-1_i64));
    let nothing = || arguments(Vec::new());
    let number = || tensor("done", DType::I32, Shape::scalar());
    let function =
        |model: &mut SavedModelBuilder, trace: String| model.function(&FunctionSpec::default(), &[trace]).unwrap();
    let create = model.trace(create, &nothing(), &tensor("handle", DType::Resource, Shape::scalar()), &[]).unwrap();
    let initialise = model.trace(initialise, &nothing(), &number(), &[object, asset]).unwrap();
    let destroy = model.trace(destroy, &nothing(), &number(), &[]).unwrap();
    for (name, trace) in [("_create_resource", create), ("_initialize", initialise), ("_destroy_resource", destroy)] {
        let function = function(model, trace);
        model.child(object, name, function).unwrap();
    }
    model.child(root, "table", object).unwrap();
    model.child(root, "vocabulary", asset).unwrap();
    let takes = arguments(vec![tensor("words", DType::String, [None])]);
    let trace = model.trace(lookup, &takes, &tensor("ids", DType::I64, [None]), &[object, absent]).unwrap();
    model.signature("lookup", &trace, &["words"], &["ids"]).unwrap();
}

#[test]
fn a_built_model_is_read_by_us_by_python_and_by_the_loader_in_c() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("built");
    save(&target);
    let x = Tensor::from([[1.0_f32, 2.0], [0.0, -1.0]]);
    let words = Tensor::from(["two", "three", "zero"]);
    let ids = Tensor::from([2_i64, -1, 0]);
    let (plain, trained) = (Tensor::from([[5.0_f32], [-2.0]]), Tensor::from([[6.0_f32], [-1.0]]));

    let ours = load(target.to_str().unwrap()).unwrap();
    assert_eq!(ours.call(&x).unwrap().tensor().unwrap(), &plain);
    assert_eq!(ours.call(args![&x, training = true]).unwrap().tensor().unwrap(), &trained);
    assert_eq!(ours.variable("count").unwrap().value().unwrap(), Tensor::scalar(41_i64));
    assert_eq!(ours.signatures()["serving_default"].call([("x", &x)]).unwrap()["y"].tensor().unwrap(), &plain);
    assert_eq!(ours.signatures()["lookup"].call([("words", &words)]).unwrap()["ids"].tensor().unwrap(), &ids);
    assert_eq!(ours.trainable_variables().len(), 1);

    in_c(&target, &x, &plain);

    let Some(mut python) = Python::start("saving/check.py") else { return };
    let close = |found: &serde_json::Value, expected: &Tensor, what: &str| {
        hub_fixtures::assert_close(&hub_fixtures::nest(found), &expected.clone().into(), what);
    };
    close(&python.ask(json!({"call": target, "args": [x.to_json(), {"literal": false}]})), &plain, "call");
    close(&python.ask(json!({"call": target, "args": [x.to_json(), {"literal": true}]})), &trained, "training");
    let found = python.ask(json!({"call": target, "args": {"words": words.to_json()}, "signature": "lookup"}));
    close(&found["dict"]["ids"], &ids, "the signature");
    let layer = python.ask(json!({"layer": target, "args": [x.to_json()], "training": true}));
    close(&layer["output"], &trained, "KerasLayer");
    assert_eq!(layer["trainable"], json!(["w:0"]));
    assert_eq!(layer["weights"].as_array().unwrap().len(), 2);
    close(&layer["losses"][0], &Tensor::scalar(5.0_f32), "the regularisation loss");
    // The sum of x over the rows, and twice w from the loss.
    close(&layer["gradients"][0], &Tensor::from([[3.0_f32], [5.0]]), "the gradient");
    let served = python.ask(json!({"session": target, "signature": "serving_default", "feeds": {"x": x.to_json()}}));
    close(&served["y"], &plain, "the serving graph");
    let served = python.ask(json!({"session": target, "signature": "lookup", "feeds": {"words": words.to_json()}}));
    close(&served["ids"], &ids, "the serving graph's table");
    let shown = python.ask(json!({"show": target}));
    let shown = shown.as_str().unwrap();
    assert!(
        shown.contains("signature_def['serving_default']") && shown.contains("Function Name: '__call__'"),
        "{shown}"
    );
}

/// TensorFlow's own loader: it restores the variables and initialises by the serving graph alone.
fn in_c(target: &Path, x: &Tensor, expected: &Tensor) {
    hub_core::engine::start().unwrap();
    let mut graph = tensorflow::Graph::new();
    let options = tensorflow::SessionOptions::new();
    let bundle = tensorflow::SavedModelBundle::load(&options, ["serve"], &mut graph, target).unwrap();
    let signature = bundle.meta_graph_def().get_signature("serving_default").unwrap();
    let place = |name: &tensorflow::OutputName| (graph.operation_by_name_required(&name.name).unwrap(), name.index);
    let fed = tensorflow::Tensor::<f32>::new(&[2, 2]).with_values(x.as_slice().unwrap()).unwrap();
    let mut run = tensorflow::SessionRunArgs::new();
    let (input, index) = place(signature.get_input("x").unwrap().name());
    run.add_feed(&input, index, &fed);
    let (output, index) = place(signature.get_output("y").unwrap().name());
    let token = run.request_fetch(&output, index);
    bundle.session.run(&mut run).unwrap();
    let found: tensorflow::Tensor<f32> = run.fetch(token).unwrap();
    assert_eq!(&found[..], expected.as_slice::<f32>().unwrap());
}
