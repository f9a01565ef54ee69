//! Checkpoints made by hand: tensors, lies, keys.

use std::fs;

use super::super::object_graph::ObjectGraph;
use super::super::proto::{
    self, BundleEntryProto, MetaGraphDef, ObjectReference, SavedObject, SavedObjectGraph, SavedObjectKind,
    SavedVariable, SerializedTensor, SlotVariableReference, TrackableObject,
};
use super::super::shape;
use super::slice::Slice;
use super::*;
use crate::dtype::DType;
use crate::tensor::{Shape, Tensor};

/// A checkpoint of one shard under construction.
struct Writer {
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    data: Vec<u8>,
}

impl Writer {
    fn new() -> Writer {
        let header = BundleHeaderProto { num_shards: 1, ..Default::default() };
        Writer { entries: vec![(Vec::new(), header.encode_to_vec())], data: Vec::new() }
    }

    fn add(mut self, key: &str, dtype: DType, dims: &[usize], bytes: &[u8], crc: u32) -> Writer {
        let entry = BundleEntryProto {
            dtype: dtype.number(),
            shape: Some(shape::encode(&Shape::known(dims))),
            offset: self.data.len() as i64,
            size: bytes.len() as i64,
            crc32c: crc,
            ..Default::default()
        };
        self.entries.push((key.into(), entry.encode_to_vec()));
        self.data.extend(bytes);
        self
    }

    fn numbers(self, key: &str, values: &[f32]) -> Writer {
        let bytes = bytemuck::cast_slice(values);
        self.add(key, DType::F32, &[values.len()], bytes, masked_crc(bytes))
    }

    fn strings(self, key: &str, strings: &[&str]) -> Writer {
        let (mut bytes, mut crc) = (Vec::new(), 0);
        for string in strings {
            bytes.push(string.len() as u8);
            crc = crc32c::crc32c_append(crc, &(string.len() as u32).to_le_bytes());
        }
        let stored = mask(crc).to_le_bytes();
        let text = strings.concat();
        bytes.extend(stored);
        bytes.extend(text.as_bytes());
        crc = crc32c::crc32c_append(crc32c::crc32c_append(crc, &stored), text.as_bytes());
        self.add(key, DType::String, &[strings.len()], &bytes, mask(crc))
    }

    fn write(self) -> (tempfile::TempDir, Checkpoint) {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("variables")).unwrap();
        fs::write(directory.path().join(index_name(MODEL_PREFIX)), sorted_table::tests::table(&self.entries)).unwrap();
        fs::write(directory.path().join("variables/variables.data-00000-of-00001"), &self.data).unwrap();
        let checkpoint = Checkpoint::open(directory.path()).unwrap();
        (directory, checkpoint)
    }
}

#[test]
fn tensors_are_read_and_verified() {
    let (directory, checkpoint) = Writer::new().strings("s", &["a", "", "bcd"]).numbers("w", &[1.5, 2.5]).write();
    checkpoint.check_shards().unwrap();
    assert_eq!(checkpoint.entries().keys().collect::<Vec<_>>(), ["s", "w"]);
    assert_eq!(checkpoint.read_tensor("w").unwrap(), Tensor::from([1.5_f32, 2.5]));
    assert_eq!(checkpoint.read_tensor("s").unwrap(), Tensor::from(["a", "", "bcd"]));
    assert!(matches!(checkpoint.read_tensor("v"), Err(Error::MissingVariables { .. })));

    let shard = directory.path().join("variables/variables.data-00000-of-00001");
    let good = fs::read(&shard).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(&shard, bad).unwrap();
        let key = if at < good.len() - 8 { "s" } else { "w" };
        let error = checkpoint.read_tensor(key).unwrap_err();
        assert!(matches!(error, Error::ModelParse { .. }), "byte {at}: {error}");
    }
    fs::write(&shard, &good[..good.len() - 1]).unwrap();
    assert!(matches!(checkpoint.check_shards(), Err(Error::ModelParse { .. })));
    assert!(matches!(checkpoint.read_tensor("w"), Err(Error::ModelParse { .. })));
    fs::remove_file(&shard).unwrap();
    assert!(matches!(checkpoint.check_shards(), Err(Error::MissingVariables { missing, .. }) if missing.len() == 1));
    assert!(matches!(checkpoint.read_tensor("w"), Err(Error::MissingVariables { .. })));
}

#[test]
fn entries_that_lie_are_refused() {
    let refused = |dtype, dims: &[usize], size: usize| {
        let writer = Writer::new().add("w", dtype, dims, &vec![0; size], 0);
        let index = sorted_table::tests::table(&writer.entries);
        let error = Checkpoint::from_index(Path::new("model"), &index).unwrap_err();
        matches!(error, Error::ModelParse { why, .. } if why.contains("`w`"))
    };
    assert!(refused(DType::F32, &[3], 11));
    assert!(refused(DType::F32, &[1 << 40], 4));
    assert!(refused(DType::F32, &[1 << 62, 1 << 62], 4));
    assert!(refused(DType::String, &[1 << 40], 4));
}

#[test]
fn a_directory_without_variables() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Checkpoint::open_optional(directory.path()).unwrap().is_none());
    assert!(matches!(Checkpoint::open(directory.path()), Err(Error::MissingVariables { .. })));
}

fn reference(local_name: &str, node_id: i32) -> ObjectReference {
    ObjectReference { node_id, local_name: local_name.into() }
}

fn slot(original: i32, slot: i32) -> SlotVariableReference {
    SlotVariableReference {
        original_variable_node_id: original,
        slot_name: "momentum".into(),
        slot_variable_node_id: slot,
    }
}

fn variable(name: &str, shape_: impl Into<Shape>) -> SavedObject {
    let variable = SavedVariable {
        dtype: DType::F32.number(),
        shape: Some(shape::encode(&shape_.into())),
        name: name.into(),
        ..Default::default()
    };
    SavedObject { kind: Some(SavedObjectKind::Variable(Box::new(variable))), ..Default::default() }
}

/// A root with a variable `w`, and an optimizer that keeps a momentum beside it.
fn model() -> ObjectGraph {
    let root = SavedObject { children: vec![reference("w", 1), reference("optimizer", 2)], ..Default::default() };
    let optimizer = SavedObject { slot_variables: vec![slot(1, 3)], ..Default::default() };
    let nodes = vec![root, variable("w", [2]), optimizer, variable("w/momentum", [2])];
    let object_graph_def = Some(SavedObjectGraph { nodes, ..Default::default() });
    ObjectGraph::read(&MetaGraphDef { object_graph_def, ..Default::default() }).unwrap()
}

/// The checkpoint's graph of the same, with other numbers.
fn saved() -> proto::TrackableObjectGraph {
    let value = |key: &str| TrackableObject {
        attributes: vec![SerializedTensor {
            name: "VARIABLE_VALUE".into(),
            checkpoint_key: key.into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let root = TrackableObject { children: vec![reference("optimizer", 1), reference("w", 3)], ..Default::default() };
    let optimizer = TrackableObject { slot_variables: vec![slot(3, 2)], ..Default::default() };
    proto::TrackableObjectGraph { nodes: vec![root, optimizer, value("m"), value("w")] }
}

#[test]
fn keys_are_found_by_name_and_slots_by_variable() {
    let graph = model();
    let keys = key_map(&graph, &saved()).unwrap();
    let key = |key: &str| vec![("VARIABLE_VALUE".to_owned(), key.to_owned())];
    assert_eq!(keys, BTreeMap::from([(1, key("w")), (3, key("m"))]));

    let (directory, checkpoint) = Writer::new().numbers("m", &[0.0; 2]).numbers("w", &[1.0; 2]).write();
    let found = check_variables(directory.path(), &graph, Some(&checkpoint), &keys).unwrap();
    assert_eq!(found, BTreeMap::from([(1, "w".to_owned()), (3, "m".to_owned())]));
    let error = check_variables(directory.path(), &graph, None, &keys).unwrap_err();
    assert!(matches!(error, Error::MissingVariables { missing, .. } if missing.len() == 2));
    let (directory, other) = Writer::new().numbers("m", &[0.0; 2]).numbers("w", &[1.0; 3]).write();
    let error = check_variables(directory.path(), &graph, Some(&other), &keys).unwrap_err();
    assert_eq!(error.to_string(), "variable `w`: expected float32 [2], the checkpoint holds float32 [3]");
}

#[test]
fn references_of_the_checkpoint_must_exist() {
    let mut saved = saved();
    saved.nodes[0].children[1].node_id = 4;
    assert!(matches!(key_map(&model(), &saved), Err(Error::ModelStructure { .. })));
    assert!(key_map(&model(), &Default::default()).unwrap().is_empty());
}

/// An index of one tensor `w` of `[4]` bytes in two slices, with what is in the entries given.
fn sliced(extents: &[(i64, i64)], parts: &[(&Slice, BundleEntryProto)]) -> Result<Checkpoint> {
    let header = BundleHeaderProto { num_shards: 1, ..Default::default() };
    let slices = extents.iter().map(|(start, length)| proto::TensorSliceProto {
        extent: vec![proto::Extent {
            start: *start,
            has_length_hack: Some(proto::ExtentHasLengthHack::Length(*length)),
        }],
    });
    let whole = BundleEntryProto { slices: slices.collect(), ..part(4, 0) };
    let parts = parts.iter().map(|(slice, part)| (slice_key::encode(b"w", slice), part.encode_to_vec()));
    let mut entries = vec![(Vec::new(), header.encode_to_vec())];
    entries.extend(parts);
    entries.sort();
    entries.push((b"w".to_vec(), BundleEntryProto { size: 0, ..whole }.encode_to_vec()));
    Checkpoint::from_index(Path::new("nowhere"), &sorted_table::tests::table(&entries))
}

fn part(length: usize, offset: i64) -> BundleEntryProto {
    let shape = Some(shape::encode(&Shape::known(&[length])));
    BundleEntryProto { dtype: DType::U8.number(), shape, offset, size: length as i64, ..Default::default() }
}

fn range(start: usize, length: usize) -> Slice {
    Slice { extents: vec![slice::Extent { start, length, is_full: false }] }
}

#[test]
fn slices_that_lie_are_refused() {
    let why = |extents: &[(i64, i64)], parts: &[(&Slice, BundleEntryProto)]| {
        sliced(extents, parts).unwrap().read_tensor("w").unwrap_err().to_string()
    };
    let (left, right) = (range(0, 2), range(2, 2));
    let (two, other) = (part(2, 0), part(2, 2));
    let parts = [(&left, two.clone()), (&right, other.clone())];
    assert!(why(&[(0, 2), (2, 2)], &parts).contains("lacks variables/variables.data-00000-of-00001"));
    assert!(why(&[(0, 2)], &parts).contains("hold 2 values"));
    assert!(why(&[(0, 2), (2, 3)], &parts).contains("outside"));
    assert!(why(&[(0, 2), (1, 2)], &parts).contains("is not there"));
    let shifted = BundleEntryProto { dtype: DType::I8.number(), ..other };
    assert!(why(&[(0, 2), (2, 2)], &[(&left, two), (&right, shifted)]).contains("int8"));
}

#[test]
fn slices_cover_each_element_once_and_are_in_the_files() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("variables")).unwrap();
    let data = directory.path().join("variables/variables.data-00000-of-00001");
    let read = |extents: &[(i64, i64)], bytes: &[u8]| {
        fs::write(&data, bytes).unwrap();
        let entry = |at: usize| BundleEntryProto { crc32c: masked_crc(&[1, 2]), ..part(2, at as i64) };
        let slices = [range(0, 2), range(1, 2), range(2, 2)];
        let parts: Vec<_> = slices.iter().map(|slice| (slice, entry(0))).collect();
        let checkpoint = Checkpoint { directory: directory.path().to_owned(), ..sliced(extents, &parts).unwrap() };
        let overlap = checkpoint.check_shards().unwrap_err();
        assert!(overlap.to_string().contains("overlap"), "{overlap}");
        checkpoint.read_tensor("w").map_err(|why| why.to_string())
    };
    assert_eq!(read(&[(0, 2), (2, 2)], &[1, 2, 0, 0]).unwrap(), Tensor::from([1_u8, 2, 1, 2]));
    assert!(read(&[(0, 2), (1, 2)], &[1, 2, 0, 0]).unwrap_err().contains("overlap"));
    assert!(read(&[(0, 2), (0, 2)], &[1, 2, 0, 0]).unwrap_err().contains("overlap"));
    assert!(read(&[(0, 2), (2, 2)], &[1, 2, 0]).unwrap_err().contains("larger than the data files"));
    assert!(read(&[(0, 2), (2, 2)], &[2, 1, 0, 0]).unwrap_err().contains("checksum"));
}

#[test]
fn headers_of_others_are_refused() {
    let why = |header: BundleHeaderProto| {
        let table = sorted_table::tests::table(&[(Vec::new(), header.encode_to_vec())]);
        Checkpoint::from_index(Path::new("model"), &table).unwrap_err().to_string()
    };
    assert!(why(BundleHeaderProto { num_shards: 1, endianness: 1, ..Default::default() }).contains("big-endian"));
    let version = Some(proto::VersionDef { min_consumer: 2, ..Default::default() });
    assert!(why(BundleHeaderProto { num_shards: 1, version, ..Default::default() }).contains("version 2"));
    assert!(why(BundleHeaderProto::default()).contains("no header"));
}
