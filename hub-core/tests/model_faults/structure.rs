//! Graphs that are not sound: 119 to 123, 125, 132 to 134.

use std::time::{Duration, Instant};

use hub_core::Error;
use hub_core::saved_model::proto::{
    AttrValueValue, Dim, SignatureDef, TensorInfo, TensorInfoEncoding, TensorProto, TensorShapeProto,
};

use super::edit::{F32, Model, attr, call, function, functions, graph, name_of, node, node_with, types};

#[test]
fn fault_119_a_node_without_a_name_in_a_function() {
    let model = Model::changed("affine", |model| {
        functions(model).iter_mut().find(|it| !it.node_def.is_empty()).unwrap().node_def[0].name.clear();
    });
    assert!(model.unsound().contains("without a name"));
}

#[test]
fn fault_120_a_call_with_another_number_of_outputs() {
    let model = Model::changed("affine", |model| {
        let node = graph(model).node.iter_mut().find(|node| node.op == "StatefulPartitionedCall").unwrap();
        node.attr.insert("Tout".into(), types(&[F32; 7]));
    });
    let why = model.unsound();
    assert!(why.contains("found 7 types"), "{why}");
}

#[test]
fn fault_121_functions_that_call_themselves() {
    let itself = Model::changed("affine", |model| {
        let function = &mut functions(model)[0];
        let again = node("again", name_of(function), &[]);
        function.signature.as_mut().unwrap().input_arg.clear();
        function.node_def = vec![again];
        function.ret.clear();
        function.signature.as_mut().unwrap().output_arg.clear();
        function.control_ret.clear();
        function.signature.as_mut().unwrap().control_output.clear();
    });
    let why = itself.unsound();
    assert!(why.contains("calls itself") || why.contains("expected"), "{why}");
    let three = Model::changed("affine", |model| add_chain(model, 3, true));
    assert!(three.unsound().contains("calls itself, directly or through others"));
}

/// Functions `f0` to `f{length - 1}`, each calling the next; the last one calls the first where they go round.
fn add_chain(model: &mut hub_core::saved_model::proto::MetaGraphDef, length: usize, round: bool) {
    let mut pattern = function(model, "signature_wrapper").clone();
    pattern.attr.clear();
    pattern.arg_attr.clear();
    let signature = pattern.signature.as_mut().unwrap();
    signature.input_arg.truncate(1);
    signature.output_arg.truncate(1);
    signature.control_output.clear();
    pattern.control_ret.clear();
    // As large as ordinary functions are: a flood of tiny ones is refused for its size in memory.
    signature.description = "-".repeat(400);
    let (argument, result) = (signature.input_arg[0].name.clone(), signature.output_arg[0].name.clone());
    for number in 0..length {
        let mut link = pattern.clone();
        link.signature.as_mut().unwrap().name = format!("f{number}");
        let last = number + 1 == length;
        (link.node_def, link.ret) = match last && !round {
            true => (vec![node("n", "Identity", &[&argument])], [(result.clone(), "n:output:0".to_owned())].into()),
            false => {
                let next = format!("f{}", (number + 1) % length);
                (vec![call("n", &next, &[&argument], 1)], [(result.clone(), "n:output:0".to_owned())].into())
            }
        };
        functions(model).push(link);
    }
}

#[test]
fn fault_122_calls_more_than_64_deep() {
    let started = Instant::now();
    let deep = Model::changed("affine", |model| add_chain(model, 3000, false));
    assert!(deep.unsound().contains("more than 64 deep"));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let allowed = Model::changed("affine", |model| add_chain(model, 64, false));
    allowed.load().unwrap();
}

#[test]
fn fault_123_types_that_no_graph_may_name() {
    for number in [0, 24, 30, 101, 120, -1, i32::MAX] {
        let model = Model::changed("affine", |model| {
            let node = graph(model).node.iter_mut().find(|node| node.op == "VarHandleOp").unwrap();
            node.attr.insert("dtype".into(), attr(AttrValueValue::Type(number)));
        });
        let why = model.unsound();
        assert!(why.contains(&format!("the unknown element type {number}")), "{why}");
    }
}

#[test]
fn fault_125_constants_that_lie_about_their_size() {
    let shape = |dims: &[i64]| {
        let dim = dims.iter().map(|size| Dim { size: *size, name: String::new() }).collect();
        Some(TensorShapeProto { dim, unknown_rank: false })
    };
    let float = |dims: &[i64], float_val: Vec<f32>| TensorProto {
        dtype: F32,
        tensor_shape: shape(dims),
        float_val,
        ..Default::default()
    };
    let string = |dims: &[i64], count: usize| TensorProto {
        dtype: 7,
        tensor_shape: shape(dims),
        string_val: vec![b"x".to_vec(); count],
        ..Default::default()
    };
    let lies = [
        float(&[-2], vec![1.0]),
        float(&[1 << 40], vec![1.0]),
        float(&[1 << 31, 1 << 31], vec![1.0]),
        float(&[i64::MAX, i64::MAX, 2], vec![]),
        float(&[2], vec![1.0; 3]),
        TensorProto { tensor_content: vec![0; 7], ..float(&[2], vec![]) },
        string(&[1], 2),
        string(&[1 << 40], 1),
    ];
    for lie in lies {
        let model = Model::changed("affine", |model| {
            let value = attr(AttrValueValue::Tensor(Box::new(lie.clone())));
            let dtype = attr(AttrValueValue::Type(lie.dtype));
            graph(model).node.push(node_with("lie", "Const", &[], &[("dtype", dtype), ("value", value)]));
        });
        let why = model.unsound();
        assert!(why.contains("node `lie`"), "{why}");
    }
}

#[test]
fn fault_132_initialisers_and_savers_that_do_not_exist() {
    let restore = Model::changed("tf1_graph", |model| {
        model.saver_def.as_mut().unwrap().restore_op_name = "elsewhere".into();
    });
    assert!(restore.unsound().contains("there is no node `elsewhere`"));
    let init = Model::changed("tf1_graph", |model| {
        let info = TensorInfo { encoding: Some(TensorInfoEncoding::Name("elsewhere".into())), ..Default::default() };
        let signature =
            SignatureDef { outputs: [("__saved_model_init_op".to_owned(), info)].into(), ..Default::default() };
        model.signature_def.insert("__saved_model_init_op".into(), signature);
    });
    assert!(init.unsound().contains("there is no tensor `elsewhere`"));
    let without = Model::changed("tf1_graph", |model| {
        model.signature_def.insert("__saved_model_init_op".into(), SignatureDef::default());
    });
    assert!(without.unsound().contains("has no output `__saved_model_init_op`"));
}

#[test]
fn fault_133_ops_that_tensorflow_does_not_have() {
    let model = Model::changed("affine", |model| {
        let body = &mut function(model, "call").node_def;
        body.push(node("tokens", "WordpieceTokenizeWithOffsets", &[]));
        body.push(node("more", "TFText>WhitespaceTokenizeWithOffsetsV2", &[]));
        body.push(node("own", "SomebodysOwnOp", &[]));
        body.push(node("own_again", "SomebodysOwnOp", &[]));
    });
    let error = model.error();
    let Error::OpNotRegistered { missing } = &error else { panic!("{error:?}") };
    let found: Vec<_> = missing.iter().map(|missing| (missing.op.as_str(), missing.lives_in)).collect();
    assert_eq!(
        found,
        [
            ("WordpieceTokenizeWithOffsets", Some("TensorFlow Text")),
            ("TFText>WhitespaceTokenizeWithOffsetsV2", Some("TensorFlow Text")),
            ("SomebodysOwnOp", None),
        ]
    );
    assert!(error.to_string().contains("`WordpieceTokenizeWithOffsets` (TensorFlow Text)"), "{error}");
    assert!(error.hint().unwrap().contains("TensorFlow Text"));
}

#[test]
fn fault_134_a_model_of_a_later_tensorflow() {
    let later = Model::changed("affine", |model| {
        graph(model).versions.get_or_insert_default().min_consumer = 9000;
    });
    let why = later.unsound();
    assert!(why.contains("9000") && why.contains("2474") && why.contains("TensorFlow 2.21"), "{why}");
    let attribute = Model::changed("tf1_graph", |model| {
        graph(model).node.iter_mut().for_each(|node| {
            node.attr.insert("of_the_future".into(), attr(AttrValueValue::I(1)));
        });
    });
    // TensorFlow ignores attributes that it does not know, and logs them; so do we.
    attribute.load().unwrap();
}
