//! A sound model, and what is said after each change to it.

use std::collections::BTreeMap;

use super::super::proto::{
    ArgDef, AssetFileDef, AttrList, AttrMap, AttrValue, AttrValueValue, CollectionDef, CollectionDefKind, FunctionDef,
    FunctionDefLibrary, GraphDef, MetaGraphDef, NameAttrList, NodeDef, NodeList, OpDef, SaverDef, SignatureDef,
    TensorInfo, TensorInfoEncoding, TensorProto,
};
use super::*;

/// What is expected to be said after a change.
type Case<T> = (&'static str, fn(&mut T));

const F32: i32 = 1;
const I64: i32 = 9;

fn attr(value: AttrValueValue) -> AttrValue {
    AttrValue { value: Some(value) }
}

fn types(types: &[i32]) -> AttrValue {
    attr(AttrValueValue::List(Box::new(AttrList { r#type: types.to_vec(), ..Default::default() })))
}

fn function_attr(name: &str) -> AttrValue {
    attr(AttrValueValue::Func(Box::new(NameAttrList { name: name.into(), ..Default::default() })))
}

fn node(name: &str, op: &str, inputs: &[&str]) -> NodeDef {
    let input = inputs.iter().map(|input| input.to_string()).collect();
    NodeDef { name: name.into(), op: op.into(), input, ..Default::default() }
}

/// A node that calls `function` with as many float inputs and outputs.
fn call(name: &str, function: &str, inputs: &[&str], outputs: usize) -> NodeDef {
    let attr: AttrMap = [
        ("Tin".to_owned(), types(&vec![F32; inputs.len()])),
        ("Tout".to_owned(), types(&vec![F32; outputs])),
        ("f".to_owned(), function_attr(function)),
    ]
    .into();
    NodeDef { attr, ..node(name, "PartitionedCall", inputs) }
}

fn argument(name: &str) -> ArgDef {
    ArgDef { name: name.into(), r#type: F32, ..Default::default() }
}

/// A function of one float `x` to one float `y`.
fn function(name: &str, nodes: Vec<NodeDef>, result: &str) -> FunctionDef {
    let signature = OpDef {
        name: name.into(),
        input_arg: vec![argument("x")],
        output_arg: vec![argument("y")],
        ..Default::default()
    };
    FunctionDef {
        signature: Some(signature),
        node_def: nodes,
        ret: BTreeMap::from([("y".to_owned(), result.to_owned())]),
        ..Default::default()
    }
}

fn tensor_info(name: &str) -> TensorInfo {
    TensorInfo { encoding: Some(TensorInfoEncoding::Name(name.into())), dtype: F32, tensor_shape: None }
}

/// A graph that calls `outer`, which calls `inner`; all sound.
fn sound() -> MetaGraphDef {
    let inner = function("inner", vec![node("relu", "Relu", &["x"])], "relu:activations:0");
    let outer = function("outer", vec![call("call", "inner", &["x"], 1)], "call:output:0");
    let signature = SignatureDef {
        inputs: BTreeMap::from([("x".to_owned(), tensor_info("x:0"))]),
        outputs: BTreeMap::from([("y".to_owned(), tensor_info("call:0"))]),
        ..Default::default()
    };
    MetaGraphDef {
        graph_def: Some(GraphDef {
            node: vec![node("x", "Placeholder", &[]), node("init", "NoOp", &[]), call("call", "outer", &["x"], 1)],
            library: Some(FunctionDefLibrary { function: vec![inner, outer], ..Default::default() }),
            ..Default::default()
        }),
        signature_def: BTreeMap::from([("serving_default".to_owned(), signature)]),
        ..Default::default()
    }
}

fn graph(model: &mut MetaGraphDef) -> &mut GraphDef {
    model.graph_def.as_mut().unwrap()
}

fn functions(model: &mut MetaGraphDef) -> &mut Vec<FunctionDef> {
    &mut graph(model).library.as_mut().unwrap().function
}

/// What is said of the sound model after a change.
fn after(change: impl FnOnce(&mut MetaGraphDef)) -> String {
    let mut model = sound();
    change(&mut model);
    validate(&model).unwrap_err().to_string()
}

#[test]
fn a_sound_model_passes() {
    validate(&sound()).unwrap();
}

#[test]
fn nodes() {
    let cases: [Case<NodeDef>; 8] = [
        ("a node (`Relu`) without a name", |node| node.name.clear()),
        ("function `inner`: node `relu`: it has no op", |node| node.op.clear()),
        ("function `inner`: node `relu`: its input: there is no tensor `z`", |node| node.input = vec!["z".into()]),
        ("its input: there is no tensor `relu`", |node| node.input = vec!["relu".into()]),
        ("its control input `z` does not exist", |node| node.input.push("^z".into())),
        ("its input `x` follows a control input", |node| node.input = vec!["^relu".into(), "x".into()]),
        ("its attribute `T`: the unknown element type 101", |node| {
            node.attr.insert("T".into(), attr(AttrValueValue::Type(101)));
        }),
        ("its attribute `T`: the unknown element type 24", |node| {
            node.attr.insert("T".into(), types(&[F32, 24]));
        }),
    ];
    for (expected, change) in cases {
        let found = after(|model| change(&mut functions(model)[0].node_def[0]));
        assert!(found.contains(expected), "{found}");
    }
    let twice = after(|model| graph(model).node.push(node("x", "Placeholder", &[])));
    assert!(twice.contains("two nodes have the name `x`"), "{twice}");
    let index = after(|model| graph(model).node[2].input[0] = "x:y".into());
    assert!(index.contains("there is no tensor `x:y`"), "{index}");
}

#[test]
fn constants() {
    let constant = |value: TensorProto, dtype| {
        after(|model| {
            let attr: AttrMap = [
                ("value".to_owned(), attr(AttrValueValue::Tensor(Box::new(value)))),
                ("dtype".to_owned(), attr(AttrValueValue::Type(dtype))),
            ]
            .into();
            graph(model).node.push(NodeDef { attr, ..node("c", "Const", &[]) });
        })
    };
    let other = constant(TensorProto { dtype: F32, ..Default::default() }, I64);
    assert!(other.contains("node `c`: expected a value of element type 9, found 1"), "{other}");
    let lie = constant(TensorProto { dtype: F32, float_val: vec![1.0; 2], ..Default::default() }, F32);
    assert!(lie.contains("2 values in a tensor of 1 elements"), "{lie}");
    let empty = after(|model| graph(model).node.push(node("c", "Const", &[])));
    assert!(empty.contains("a constant without a value"), "{empty}");
}

#[test]
fn function_signatures() {
    let cases: [Case<FunctionDef>; 7] = [
        ("a function without a name", |function| function.signature = None),
        ("two functions have the name `outer`", |function| function.signature.as_mut().unwrap().name = "outer".into()),
        ("its result `y`: there is no tensor `relu:activations:z`", |function| {
            function.ret.insert("y".into(), "relu:activations:z".into());
        }),
        ("its result `y` has no value", |function| function.ret.clear()),
        ("a value for the result `z`", |function| {
            function.ret.insert("z".into(), "x".into());
        }),
        ("`x`: the unknown element type 0", |function| {
            function.signature.as_mut().unwrap().input_arg[0].r#type = 0;
        }),
        ("its control result `c` has no node", |function| {
            function.signature.as_mut().unwrap().control_output.push("c".into());
        }),
    ];
    for (expected, change) in cases {
        let found = after(|model| change(&mut functions(model)[0]));
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn calls() {
    let cases: [Case<NodeDef>; 6] = [
        ("it calls the function `other`, which does not exist", |node| {
            node.attr.insert("f".into(), function_attr("other"));
        }),
        ("it calls the function ``, which does not exist", |node| {
            node.attr.insert("f".into(), function_attr(""));
        }),
        ("expected 1 inputs, found 2", |node| node.input.push("x".into())),
        ("the results of `inner`: expected 1, found 2 types", |node| {
            node.attr.insert("Tout".into(), types(&[F32, F32]));
        }),
        ("the arguments of `inner`: `x`: expected element type 1, found 9", |node| {
            node.attr.insert("Tin".into(), types(&[I64]));
        }),
        ("its attribute `f` is no function", |node| {
            node.attr.remove("f");
        }),
    ];
    for (expected, change) in cases {
        let found = after(|model| change(&mut functions(model)[1].node_def[0]));
        assert!(found.contains(&format!("function `outer`: node `call`: {expected}")), "{found}");
    }
    let op = after(|model| functions(model)[1].node_def.push(node("c", "inner", &["x", "x"])));
    assert!(op.contains("expected 1 inputs of `inner`, found 2"), "{op}");
}

/// `outer` calls itself, by a call, by its name as an op, in a list of branches.
#[test]
fn cycles() {
    let direct = after(|model| functions(model)[1].node_def.push(call("again", "outer", &["x"], 1)));
    assert!(direct.contains("function `outer` calls itself"), "{direct}");
    let op = after(|model| functions(model)[0].node_def.push(node("again", "outer", &["x"])));
    assert!(op.contains("calls itself, directly or through others"), "{op}");
}

/// Nodes that need each other, in a body and in the graph; a loop of TF1 is none of those.
#[test]
fn circles() {
    let body = after(|model| {
        functions(model)[0]
            .node_def
            .extend([node("a", "Relu", &["b:activations:0"]), node("b", "Relu", &["a:activations:0"])]);
    });
    assert!(body.contains("function `inner`: node `a` needs itself"), "{body}");
    let graph_itself = after(|model| graph(model).node.push(node("a", "Relu", &["a"])));
    assert!(graph_itself.contains("node `a` needs itself"), "{graph_itself}");
    let mut looped = sound();
    graph(&mut looped).node.extend([node("merge", "Merge", &["x", "next"]), node("next", "NextIteration", &["merge"])]);
    validate(&looped).unwrap();
}

/// A chain of calls of this length.
fn chain(length: usize) -> MetaGraphDef {
    let mut model = sound();
    let link = |number: usize| {
        let next = if number + 1 < length { format!("f{}", number + 1) } else { "inner".into() };
        function(&format!("f{number}"), vec![call("call", &next, &["x"], 1)], "call:output:0")
    };
    functions(&mut model).extend((0..length).map(link));
    model
}

#[test]
fn depth() {
    validate(&chain(63)).unwrap();
    let deep = validate(&chain(100_000)).unwrap_err().to_string();
    assert!(deep.contains("more than 64 deep"), "{deep}");
}

/// Each function calls the next one twice: as many paths as there are atoms, and still one pass.
#[test]
fn many_paths_take_no_time() {
    let mut model = chain(60);
    for function in functions(&mut model) {
        if let [only] = &function.node_def[..]
            && only.op == "PartitionedCall"
        {
            let again = NodeDef { name: "again".into(), ..only.clone() };
            function.node_def.push(again);
        }
    }
    validate(&model).unwrap();
}

#[test]
fn interface() {
    let cases: [Case<MetaGraphDef>; 8] = [
        ("signature `serving_default`: output `y`: there is no tensor `z:0`", |model| {
            model.signature_def.get_mut("serving_default").unwrap().outputs.insert("y".into(), tensor_info("z:0"));
        }),
        ("input `x`: it names no tensor", |model| {
            model.signature_def.get_mut("serving_default").unwrap().inputs.insert("x".into(), TensorInfo::default());
        }),
        ("signature `__saved_model_init_op` has no output", |model| {
            model.signature_def.insert("__saved_model_init_op".into(), SignatureDef::default());
        }),
        ("the saver: there is no node `restore`", |model| {
            model.saver_def = Some(SaverDef { restore_op_name: "restore".into(), ..Default::default() });
        }),
        ("collection `saved_model_main_op`: there is no node `other`", |model| init(model, &["other"])),
        ("collection `saved_model_main_op`: expected one op, found 2", |model| init(model, &["init", "init"])),
        ("the asset name \"../x\" leads out", |model| {
            model.asset_file_def.push(AssetFileDef { filename: "../x".into(), tensor_info: None });
        }),
        ("it has no graph", |model| model.graph_def = None),
    ];
    fn init(model: &mut MetaGraphDef, names: &[&str]) {
        let list = NodeList { value: names.iter().map(|name| name.to_string()).collect() };
        let collection = CollectionDef { kind: Some(CollectionDefKind::NodeList(list)) };
        model.collection_def.insert("saved_model_main_op".into(), collection);
    }
    for (expected, change) in cases {
        let found = after(change);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn assets_of_tf1_models() {
    use prost::Message;

    use super::super::proto::{Any, AnyList};
    let asset = AssetFileDef { filename: "/etc/passwd".into(), tensor_info: Some(tensor_info("x:0")) };
    let any = Any { type_url: String::new(), value: asset.encode_to_vec() };
    let found = after(|model| {
        let kind = Some(CollectionDefKind::AnyList(AnyList { value: vec![any] }));
        model.collection_def.insert("saved_model_assets".into(), CollectionDef { kind });
    });
    assert!(found.contains("\"/etc/passwd\" leads out"), "{found}");
}
