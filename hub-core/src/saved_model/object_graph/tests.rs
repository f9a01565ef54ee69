//! Object graphs made by hand: paths, references, names.

use super::super::proto::{
    self, AttrValueValue, FunctionDef, GraphDef, MetaGraphDef, NodeDef, ObjectReference, OpDef, SavedConcreteFunction,
    SavedObject, SavedObjectGraph, SavedObjectKind as Kind,
};
use super::super::tensor_proto;
use super::*;

/// A model of these objects, with the constant `c`, the functions `f` and `g` and one asset; only `f` is concrete.
fn model(nodes: Vec<SavedObject>) -> MetaGraphDef {
    let function = |name: &str| FunctionDef {
        signature: Some(OpDef { name: name.into(), ..Default::default() }),
        ..Default::default()
    };
    let value =
        proto::AttrValue { value: Some(AttrValueValue::Tensor(Box::new(tensor_proto::encode(&2.5_f32.into())))) };
    let constant = NodeDef {
        name: "c".into(),
        op: "Const".into(),
        attr: [("value".to_owned(), value)].into_iter().collect(),
        ..Default::default()
    };
    let library = proto::FunctionDefLibrary { function: vec![function("f"), function("g")], ..Default::default() };
    MetaGraphDef {
        graph_def: Some(GraphDef { node: vec![constant], library: Some(library), ..Default::default() }),
        object_graph_def: Some(SavedObjectGraph {
            nodes,
            concrete_functions: [("f".to_owned(), SavedConcreteFunction::default())].into_iter().collect(),
        }),
        asset_file_def: vec![proto::AssetFileDef { filename: "words.txt".into(), tensor_info: None }],
        ..Default::default()
    }
}

fn object(kind: Kind, children: &[(&str, i32)]) -> SavedObject {
    let reference = |(name, id): &(&str, i32)| ObjectReference { node_id: *id, local_name: (*name).to_owned() };
    SavedObject { kind: Some(kind), children: children.iter().map(reference).collect(), ..Default::default() }
}

fn bag(children: &[(&str, i32)]) -> SavedObject {
    object(Kind::UserObject(Box::default()), children)
}

fn function(names: &[&str]) -> SavedObject {
    let function = proto::SavedFunction {
        concrete_functions: names.iter().map(|name| name.to_string()).collect(),
        function_spec: None,
    };
    object(Kind::Function(Box::new(function)), &[])
}

fn constant(operation: &str) -> SavedObject {
    object(Kind::Constant(Box::new(proto::SavedConstant { operation: operation.into() })), &[])
}

fn asset(index: i32) -> SavedObject {
    object(Kind::Asset(proto::SavedAsset { asset_file_def_index: index }), &[])
}

#[test]
fn paths_lead_through_children_and_cycles() {
    let meta_graph = model(vec![
        bag(&[("inner", 1), ("__call__", 3), ("words", 4), ("half", 5), ("a.b", 1)]),
        bag(&[("outer", 0), ("list", 2), ("act", 6)]),
        bag(&[("0", 3), ("1", 1)]),
        function(&["f"]),
        asset(0),
        constant("c"),
        function(&["f", "f"]),
    ]);
    let graph = ObjectGraph::read(&meta_graph).unwrap();
    assert_eq!(graph.resolve("inner.list.0"), Some(3));
    assert_eq!(graph.resolve("inner.outer.inner"), Some(1));
    assert_eq!(graph.resolve("a.b.list"), Some(2));
    assert_eq!(graph.resolve(""), Some(0));
    assert_eq!(graph.resolve("inner.lis"), None);
    let paths = graph.paths();
    let all: Vec<_> = (0..6).map(|node| paths.path(node).unwrap()).collect();
    assert_eq!(all, ["", "inner", "inner.list", "__call__", "words", "half"]);
    let callables: Vec<_> = graph.functions().into_iter().map(|callable| (callable.path, callable.node)).collect();
    assert_eq!(callables, [("".to_owned(), 3), ("inner.act".to_owned(), 6)]);
    assert_eq!(graph.constant(&meta_graph, 5).unwrap().item::<f32>().unwrap(), 2.5);
    assert_eq!(graph.nodes[4].kind, ObjectKind::Asset { file_name: "words.txt".into() });
}

#[test]
fn references_must_exist() {
    let captured = proto::CapturedTensor { name: "x:0".into(), concrete_function: "h".into() };
    for (nodes, part) in [
        (vec![], "no object graph"),
        (vec![bag(&[("x", 1)])], "object 1"),
        (vec![bag(&[("x", -1)])], "object -1"),
        (vec![function(&["g"])], "`g`"),
        (vec![constant("d")], "`d`"),
        (vec![asset(1)], "asset 1"),
        (vec![object(Kind::CapturedTensor(Box::new(captured)), &[])], "`h`"),
        (vec![object(Kind::Variable(Box::default()), &[])], "element type 0"),
    ] {
        let error = ObjectGraph::read(&model(nodes)).unwrap_err();
        assert!(matches!(&error, Error::ModelStructure { why } if why.contains(part)), "{error}");
    }
}

#[test]
fn asset_names_stay_below_assets() {
    for name in ["words.txt", "sub/words.txt", "..words"] {
        assert!(check_asset_name(name).is_ok(), "{name}");
    }
    for name in ["", "/etc/passwd", "../x", "a/../../x", "a\0b", "..\\x", "./x"] {
        assert!(check_asset_name(name).is_err(), "{name}");
    }
}

#[test]
fn a_flood_of_names_is_refused() {
    let mut nodes: Vec<_> = (1..3000).map(|next| bag(&[("a_name_of_some_length", next)])).collect();
    nodes.push(bag(&[]));
    let error = ObjectGraph::read(&model(nodes)).unwrap_err();
    assert!(matches!(&error, Error::ModelStructure { why } if why.contains("names")), "{error}");
}

#[test]
fn children_of_one_name_are_refused() {
    let error = ObjectGraph::read(&model(vec![bag(&[("a", 1), ("b", 1), ("a", 2)]), bag(&[]), bag(&[])])).unwrap_err();
    assert!(
        matches!(&error, Error::ModelStructure { why } if why.contains("two children have the name \"a\"")),
        "{error}"
    );
}
