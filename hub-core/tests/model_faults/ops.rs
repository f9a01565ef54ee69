//! Models that do more than compute: 136 to 142.

use std::path::Path;

use hub_core::saved_model::proto::{AttrList, AttrValueValue, GraphDef, MetaGraphDef, NodeDef};
use hub_core::saved_model::{SavedModel, audit};
use hub_core::{Error, OpPolicy};
use prost::Message;

use super::edit::{
    F32, Model, STRING, attr, constant, function, function_attr, functions, graph, initialiser, node, node_with, text,
    types,
};

/// What is refused, one sentence for each op.
fn refused(model: &Model) -> Vec<String> {
    match model.error() {
        Error::OpNotAllowed { refused } => refused,
        other => panic!("{other:?}"),
    }
}

/// What is refused of the fixture with these nodes in the function that its signature calls.
fn refused_in_a_call(nodes: Vec<NodeDef>) -> Vec<String> {
    refused(&Model::changed("affine", |model| function(model, "call").node_def.extend(nodes)))
}

/// Makes the initialiser of a TF1 model wait for further nodes.
fn add_to_initialiser(model: &mut MetaGraphDef, nodes: Vec<NodeDef>) {
    let name = initialiser(model);
    let last = format!("^{}", nodes.last().unwrap().name);
    graph(model).node.extend(nodes);
    graph(model).node.iter_mut().find(|node| node.name == name).unwrap().input.push(last);
}

/// Nodes that write a file when the graph is run.
fn writing(path: &Path) -> Vec<NodeDef> {
    let write = node("write", "WriteFile", &["write/name", "write/contents"]);
    vec![constant("write/name", path.to_str().unwrap().as_bytes()), constant("write/contents", b"here"), write]
}

#[test]
fn fault_136_a_file_written_while_the_model_is_loaded() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("written");
    let model = Model::changed("tf1_graph", |model| add_to_initialiser(model, writing(&file)));
    for policy in [OpPolicy::Standard, OpPolicy::Strict] {
        let error = model.load_under(policy).unwrap_err();
        assert!(matches!(&error, Error::OpNotAllowed { .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("OpPolicy::Trust"));
        assert!(!file.exists(), "{policy}");
    }
    let refused = refused(&model);
    assert!(refused[0].contains("`WriteFile` writes a file") && refused[0].contains("the initialiser"), "{refused:?}");
    assert!(refused[0].contains(file.to_str().unwrap()), "{refused:?}");
    // A model that is trusted does what it is made for: this is what the others are spared.
    model.load_under(OpPolicy::Trust).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"here");
}

#[test]
fn fault_137_in_nested_functions_loops_and_other_meta_graphs() {
    let nested = Model::changed("affine", |model| {
        let mut inner = function(model, "signature_wrapper").clone();
        inner.signature.as_mut().unwrap().name = "inner".into();
        inner.node_def.push(node("write", "WriteFile", &[]));
        let mut outer = inner.clone();
        outer.signature.as_mut().unwrap().name = "outer".into();
        outer.node_def.pop();
        outer.node_def.push(node_with("to_inner", "NoOp", &[], &[("_hook", function_attr("inner"))]));
        functions(model).extend([inner, outer]);
        function(model, "call").node_def.push(node_with("to_outer", "NoOp", &[], &[("_hook", function_attr("outer"))]));
    });
    let found = refused(&nested).join("\n");
    assert!(found.contains("of function `inner`") && found.contains("→ outer → inner"), "{found}");
    assert!(found.contains("signature serving_default"), "{found}");

    let loops = Model::changed("inlining", |model| {
        let body = functions(model).iter().flat_map(|function| &function.node_def);
        let mut loops = body.filter(|node| node.op.ends_with("While")).filter_map(|node| node.attr.get("body"));
        let Some(Some(AttrValueValue::Func(body))) = loops.next().map(|body| body.value.clone()) else {
            panic!("the fixture has a loop")
        };
        function(model, &body.name).node_def.push(node("write", "WriteFile", &[]));
    });
    let found = refused(&loops).join("\n");
    assert!(found.contains("WriteFile") && found.contains("→"), "{found}");

    let mut second = Model::of("affine");
    let mut other = second.message.meta_graphs[0].clone();
    other.meta_info_def.as_mut().unwrap().tags = vec!["serve".into(), "gpu".into()];
    graph(&mut other).node.push(node("write", "WriteFile", &[]));
    second.message.meta_graphs.push(other);
    let serve = hub_core::LoadOptions::new().tags(["serve"]);
    let error = hub_core::LoadedModel::from_directory(second.write(), &serve).unwrap_err();
    assert!(matches!(&error, Error::OpNotAllowed { refused } if refused[0].contains("tags `serve,gpu`")), "{error:?}");
}

#[test]
fn fault_138_files_that_are_named_in_attributes() {
    let debug_urls = AttrList { s: vec![b"file:///tmp/dump".to_vec()], ..Default::default() };
    let cases = [
        ("ImmutableConst", "memory_region_name", text("/etc/passwd"), "/etc/passwd"),
        ("DebugIdentity", "debug_urls", attr(AttrValueValue::List(Box::new(debug_urls))), "file:///tmp/dump"),
        ("PrintV2", "output_stream", text("file:///tmp/out"), "file:///tmp/out"),
        ("RecordInput", "file_pattern", text("/home/*"), "/home/*"),
        ("FixedUnigramCandidateSampler", "vocab_file", text("/etc/hosts"), "/etc/hosts"),
        ("DumpTensor", "log_dir_path", text("/tmp/dumps"), "/tmp/dumps"),
        ("CalibrationStatisticsSaver", "output_file_path", text("/tmp/saved"), "/tmp/saved"),
        ("DecodeProtoV2", "descriptor_source", text("/etc/shadow"), "/etc/shadow"),
        ("Skipgram", "filename", text("corpus"), "corpus"),
    ];
    for (op, name, value, told) in cases {
        let found = refused_in_a_call(vec![node_with("bad", op, &[], &[(name, value)])]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(&format!("`{op}`")) && found[0].contains(told), "{found:?}");
    }
    // An attribute that the caller is to fill in may be anything.
    let open = node_with("bad", "PrintV2", &[], &[("output_stream", attr(AttrValueValue::Placeholder("s".into())))]);
    assert_eq!(refused_in_a_call(vec![open]).len(), 1);
}

#[test]
fn fault_139_graphs_inside_values() {
    let hidden = GraphDef { node: writing(Path::new("/tmp/hidden")), ..Default::default() }.encode_to_vec();
    let twice = GraphDef {
        node: vec![constant("inner", &hidden), node("run", "DatasetFromGraph", &["inner"])],
        ..Default::default()
    };
    for (bytes, times) in [(hidden.clone(), 2), (twice.encode_to_vec(), 3)] {
        let found =
            refused_in_a_call(vec![constant("graph", &bytes), node("run", "DatasetFromGraph", &["graph:output:0"])]);
        assert_eq!(found.len(), times, "{found:?}");
        assert!(found.iter().any(|it| it.contains("`WriteFile`") && it.contains("hidden in a value of node `graph`")));
    }
    // A graph that nothing runs, in an attribute of an op that is harmless.
    let found =
        refused_in_a_call(vec![node_with("carry", "NoOp", &[], &[("_graph", attr(AttrValueValue::S(hidden)))])]);
    assert!(found[0].contains("WriteFile") && found[0].contains("a value of node `carry`"), "{found:?}");
    let module = node_with("jax", "XlaCallModule", &[], &[("module", text("ML\u{ef}R"))]);
    let found = refused_in_a_call(vec![module]);
    assert!(found[0].contains("runs a graph that is inside a value"), "{found:?}");
}

#[test]
fn fault_140_checkpoints_written_or_read_by_a_call() {
    for op in ["SaveV2", "MergeV2Checkpoints", "RestoreV2", "Restore"] {
        let found = refused_in_a_call(vec![constant("name", b"/tmp/elsewhere"), node("bad", op, &["name:output:0"])]);
        assert!(found[0].contains(op) && found[0].contains("signature serving_default → "), "{found:?}");
    }
    // The saver's own restoring, with another name than the saver's.
    let other = Model::changed("affine", |model| {
        let body = &mut function(model, "traced_restore").node_def;
        body.push(constant("elsewhere", b"/etc/checkpoint"));
        let restore = body.iter_mut().find(|node| node.op == "RestoreV2").unwrap();
        restore.input[0] = "elsewhere:output:0".into();
    });
    let found = refused(&other);
    assert!(found[0].contains("RestoreV2") && found[0].contains("/etc/checkpoint"), "{found:?}");
    // In TF1's format, a signature that waits for the saver.
    let waits = Model::changed("tf1_graph", |model| {
        let save = graph(model).node.iter().find(|node| node.op == "SaveV2").unwrap().name.clone();
        let signature = model.signature_def.values().next().unwrap();
        let output = signature.outputs.values().next().unwrap();
        let Some(hub_core::saved_model::proto::TensorInfoEncoding::Name(tensor)) = &output.encoding else { panic!() };
        let name = tensor.split(':').next().unwrap().to_owned();
        let node = graph(model).node.iter_mut().find(|node| node.name == name).unwrap();
        node.input.push(format!("^{save}"));
    });
    let found = refused(&waits);
    assert!(found.iter().any(|it| it.contains("SaveV2") && it.contains("signature")), "{found:?}");
}

#[test]
fn fault_140_a_table_of_any_file() {
    let model = Model::changed("tables", |model| {
        let body = &mut function(model, "initializer").node_def;
        if body.iter().any(|node| node.op == "InitializeTableFromTextFileV2") {
            body.push(constant("elsewhere", b"/etc/passwd"));
            let table = body.iter_mut().find(|node| node.op == "InitializeTableFromTextFileV2").unwrap();
            table.input[1] = "elsewhere:output:0".into();
        }
        for function in functions(model) {
            if let Some(read) = function.node_def.iter_mut().find(|node| node.op == "ReadFile") {
                read.input[0] = "elsewhere:output:0".into();
                function.node_def.push(constant("elsewhere", b"/etc/shadow"));
            }
        }
    });
    let found = refused(&model).join("\n");
    assert!(found.contains("/etc/shadow"), "{found}");
}

#[test]
fn fault_141_ops_that_end_the_process_run_code_or_open_ports() {
    let typed = |name: &str, op: &str| node_with(name, op, &[], &[("token", text("pyfunc_0")), ("Tin", types(&[F32]))]);
    let found = refused_in_a_call(vec![
        node_with("a", "Abort", &[], &[("error_msg", text("the end"))]),
        typed("b", "PyFunc"),
        node("c", "RpcServer", &[]),
        node("d", "DataServiceDatasetV4", &[]),
    ]);
    assert_eq!(found.len(), 4, "{found:?}");
    let message = Error::OpNotAllowed { refused: found }.to_string();
    for expected in ["ends the process", "runs code of the process that loads it", "talks to other machines", "the end"]
    {
        assert!(message.contains(expected), "{message}");
    }
}

/// The kinds of exports that are ordinary, all of them under both policies.
#[test]
fn fault_142_ordinary_exports_are_accepted() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut ordinary = 0;
    for folder in fixtures.join("ordinary").read_dir().unwrap().map(|folder| folder.unwrap().path()) {
        if !folder.is_dir() {
            continue;
        }
        let model = SavedModel::read(&folder).unwrap();
        assert_eq!(audit::audit(&model), [], "{}", folder.display());
        ordinary += 1;
    }
    assert!(ordinary >= 10, "{ordinary}");
    // The other fixtures load under `Standard`; one reads its own asset, which `Strict` refuses, one with its op library.
    let mut others = 0;
    for folder in fixtures.read_dir().unwrap().map(|folder| folder.unwrap().path().join("model")) {
        let Ok(model) = SavedModel::read(&folder) else { continue };
        audit::check(&model, OpPolicy::Standard, &|op| audit::library_of(op).is_some())
            .unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        others += 1;
    }
    assert!(others >= 10, "{others}");
}

/// What a call may print or read without leaving the model: the console, an asset, a dataset of numbers.
#[test]
fn fault_142_harmless_uses_of_such_ops() {
    let print = node_with("print", "PrintV2", &[], &[("output_stream", text("stderr")), ("end", text("\n"))]);
    let cache = vec![constant("name", b""), node("cache", "CacheDatasetV2", &["x", "name:output:0"])];
    let model = Model::changed("affine", |model| {
        let body = function(model, "call");
        let argument = body.signature.as_ref().unwrap().input_arg[0].name.clone();
        body.node_def.push(print);
        body.node_def.extend(cache);
        body.node_def.last_mut().unwrap().input[0] = argument;
    });
    let read = SavedModel::read(model.write()).unwrap();
    audit::check(&read, OpPolicy::Standard, &|_| false).unwrap();
    let error = audit::check(&read, OpPolicy::Strict, &|_| false).unwrap_err();
    assert!(matches!(&error, Error::OpNotAllowed { refused } if refused.len() == 2), "{error:?}");
    let dtype = attr(AttrValueValue::Type(STRING));
    let tokens = Model::changed("affine", |model| {
        function(model, "call").node_def.push(node_with("t", "TFText>Utf8Binarize", &[], &[("T", dtype)]));
    });
    let read = SavedModel::read(tokens.write()).unwrap();
    let text = |op: &str| audit::library_of(op) == Some("TensorFlow Text");
    audit::check(&read, OpPolicy::Strict, &text).unwrap();
    assert!(matches!(audit::check(&read, OpPolicy::Standard, &|_| false), Err(Error::OpNotRegistered { .. })));
    audit::check(&read, OpPolicy::Trust, &|_| false).unwrap();
}
