//! TFRecord files: Python's are read here, ours by Python (the interpreter in `TFHUB_PYTHON`; without it that is skipped),
//! and what is broken in whatever way is an error that says how.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hub_layers::data::{
    Compression, Example, ExampleSchema, Feature, RecordFault, RecordReader, RecordWriter, record_dataset,
};
use hub_layers::{DType, Error, Result, Tensor};
use serde_json::{Value as Json, json};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records").join(name)
}

fn golden() -> Json {
    serde_json::from_str(&fs::read_to_string(fixture("golden.json")).unwrap()).unwrap()
}

const COMPRESSIONS: [(&str, Compression); 3] =
    [("", Compression::None), ("GZIP", Compression::Gzip), ("ZLIB", Compression::Zlib)];

fn compression(name: &Json) -> Compression {
    COMPRESSIONS.into_iter().find(|(known, _)| name == known).unwrap().1
}

fn read(path: &Path, compression: Compression) -> Result<Vec<Vec<u8>>> {
    RecordReader::open(path, compression)?.collect()
}

fn write(path: &Path, compression: Compression, records: &[Vec<u8>]) {
    let mut writer = RecordWriter::create(path, compression).unwrap();
    records.iter().for_each(|record| writer.write(record).unwrap());
    writer.finish().unwrap();
}

/// The features of an example, as the golden has them.
fn features(example: &Example) -> Json {
    let values = |feature: &Feature| match feature {
        Feature::Bytes(values) => {
            json!(["bytes_list", values.iter().map(|value| BASE64_STANDARD.encode(value)).collect::<Vec<_>>()])
        }
        Feature::Floats(values) => {
            json!(["float_list", values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>()])
        }
        Feature::Ints(values) => json!(["int64_list", values]),
    };
    example
        .features()
        .map(|(name, feature)| (name.to_owned(), values(feature)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Without the features that have no kind, which count as none.
fn with_kinds(features: &Json) -> Json {
    let kinds = features.as_object().unwrap().iter().filter(|(_, feature)| !feature[0].is_null());
    kinds.map(|(name, feature)| (name.clone(), feature.clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn pythons_records_are_read() {
    for (name, file) in golden()["files"].as_object().unwrap() {
        let expected = file["records"].as_array().unwrap();
        let records = read(&fixture(name), compression(&file["compression"])).unwrap();
        assert_eq!(records.len(), expected.len(), "{name}");
        for (record, expected) in records.iter().zip(expected) {
            assert_eq!(json!(BASE64_STANDARD.encode(record)), expected["b64"], "{name}");
            let example = Example::decode(record).unwrap();
            assert_eq!(features(&example), with_kinds(&expected["features"]), "{name}");
            assert_eq!(Example::decode(&example.encode()).unwrap(), example);
        }
    }
}

#[test]
fn python_reads_ours() {
    let Some(python) = std::env::var_os("TFHUB_PYTHON").filter(|path| !path.is_empty()) else {
        eprintln!("skipped: TFHUB_PYTHON names no interpreter with TensorFlow");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let floats: Vec<f32> = (0..1000).map(|n| n as f32 / 7.0).collect();
    let examples = [
        Example::new().feature("floats", floats).feature("ints", vec![i64::MIN, -1, 0, i64::MAX]),
        Example::new().feature("name", "\u{4e2d}").feature("bytes", vec![vec![0, 255], vec![], b"x".to_vec()]),
        Example::new(),
        Example::new().feature("none", Vec::<i64>::new()).feature("", 1.5_f32),
    ];
    let records: Vec<_> = examples.iter().map(Example::encode).collect();
    for (name, compression) in COMPRESSIONS {
        let path = folder.path().join(format!("ours{name}.tfrecord"));
        write(&path, compression, &records);
        assert_eq!(read(&path, compression).unwrap(), records);
        let output = Command::new(&python).arg(fixture("make.py")).arg(&path).arg(name).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let found: Json = serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"));
        let expected: Vec<_> = examples.iter().map(features).collect();
        let features: Vec<_> = found.as_array().unwrap().iter().map(|record| record["features"].clone()).collect();
        assert_eq!(features, expected, "{name}");
        let bytes: Vec<_> = found.as_array().unwrap().iter().map(|record| record["b64"].clone()).collect();
        assert_eq!(bytes, records.iter().map(|record| json!(BASE64_STANDARD.encode(record))).collect::<Vec<_>>());
    }
}

fn fault(path: &Path, compression: Compression) -> (u64, u64, RecordFault) {
    match read(path, compression) {
        Err(Error::BadRecord { record, offset, fault, .. }) => (record, offset, fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_ends_too_early_is_torn_wherever_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("torn");
    let records = [vec![1_u8; 5], vec![2; 3]];
    for (_, compression) in COMPRESSIONS {
        write(&path, compression, &records);
        let whole = fs::read(&path).unwrap();
        for end in 1..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            if compression == Compression::None && end == 21 {
                assert_eq!(read(&path, compression).unwrap(), records[..1], "between two records");
                continue;
            }
            let (record, _, fault) = fault(&path, compression);
            assert_eq!(fault, RecordFault::Torn, "{compression:?}, {end}");
            assert!(compression != Compression::None || record == u64::from(end > 21), "{end}");
        }
    }
}

#[test]
fn whatever_byte_is_wrong_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong");
    write(&path, Compression::None, &[vec![7_u8; 9], vec![8; 4]]);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs::write(&path, &bytes).unwrap();
        let (within, begin) = if at < 25 { (at, 0) } else { (at - 25, 25) };
        let expected = if within < 12 { RecordFault::LengthChecksum } else { RecordFault::DataChecksum };
        assert_eq!(fault(&path, Compression::None), (u64::from(at >= 25), begin, expected), "{at}");
    }
    let error = read(&path, Compression::Gzip).unwrap_err();
    assert!(matches!(error, Error::BadRecord { fault: RecordFault::Compression, .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("compression"));
}

#[test]
fn a_length_that_lies_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lies");
    // Checksums that are right, as the writer of such a file would make them.
    let masked = |bytes: &[u8]| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    for (length, expected) in [
        (i32::MAX as u64, RecordFault::Torn),
        (u64::MAX, RecordFault::TooLarge { length_bytes: u64::MAX, limit_bytes: i32::MAX as u64 }),
        (u64::MAX - 3, RecordFault::TooLarge { length_bytes: u64::MAX - 3, limit_bytes: i32::MAX as u64 }),
    ] {
        let length = length.to_le_bytes();
        fs::write(&path, [&length[..], &masked(&length), b"short"].concat()).unwrap();
        assert_eq!(fault(&path, Compression::None), (0, 0, expected));
    }
    write(&path, Compression::None, &[vec![0; 100]]);
    let reader = RecordReader::open(&path, Compression::None).unwrap().max_record_bytes(99);
    let first = reader.into_iter().next().unwrap();
    assert!(matches!(first, Err(Error::BadRecord { fault: RecordFault::TooLarge { .. }, .. })));
}

fn schema() -> ExampleSchema {
    let schema = ExampleSchema::new().fixed_len("pixels", &[2, 2], DType::F32).fixed_len("class", &[], DType::I64);
    schema.fixed_len("name", &[1], DType::String)
}

#[test]
fn examples_become_batches() {
    let files = || record_dataset(["examples.tfrecord.gz"; 2].map(fixture)).compression(Compression::Gzip).build();
    let data = files().parse_examples(schema().y("class")).batch(4);
    let batches: Vec<_> = data.iter().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0].x["pixels"].leaves()[0].shape(), [4, 2, 2]);
    let names = batches[0].x["name"].leaves()[0].as_strings().unwrap().to_vec();
    assert_eq!(names, [b"first".to_vec(), "\u{4e2d}".into(), vec![0, 255], b"first".to_vec()]);
    assert_eq!(batches[1].y.as_ref().unwrap().leaves(), [&Tensor::from([i64::MIN, i64::MAX])]);
    let with_default = schema().fixed_len_or("more", vec![7_i64, 8, 9]).x("more");
    let data = files().parse_examples(with_default);
    let more: Vec<_> = data.iter().unwrap().map(|element| element.unwrap().x.leaves()[0].clone()).take(3).collect();
    assert_eq!(more, [Tensor::from([7_i64, 8, 9]), Tensor::from([1_i64, 2, 3]), Tensor::from([7_i64, 8, 9])]);
}

#[test]
fn what_is_not_as_described_is_named() {
    let data = record_dataset([fixture("all.tfrecord")]).build();
    for (schema, feature) in [
        (schema().fixed_len("missing", &[], DType::F32), Some("missing")),
        (ExampleSchema::new().fixed_len("class", &[], DType::F32), Some("class")),
        (ExampleSchema::new().fixed_len("pixels", &[3], DType::F32), Some("pixels")),
        (schema().x("other"), Some("other")),
    ] {
        let first = data.parse_examples(schema).iter().unwrap().next().unwrap();
        let Err(Error::BadExample { feature: found, .. }) = &first else { panic!("{first:?}") };
        assert_eq!(found.as_deref(), feature);
    }
    assert!(matches!(Example::decode(b"\x0a\xff\xff\xff"), Err(Error::BadExample { feature: None, .. })));
    let gone = record_dataset([fixture("gone")]).build();
    assert!(matches!(gone.iter().unwrap().next(), Some(Err(Error::Core(hub_core::Error::Io { .. })))));
}

#[test]
fn broken_rests_are_left_out_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["one", "two"].map(|name| folder.path().join(name));
    let records: Vec<Vec<u8>> = (0..3).map(|n| vec![n; 4]).collect();
    paths.iter().for_each(|path| write(path, Compression::None, &records));
    let mut bytes = fs::read(&paths[0]).unwrap();
    bytes[20 + 13] ^= 1;
    fs::write(&paths[0], bytes).unwrap();
    let whole = record_dataset(&paths).build().iter().unwrap().collect::<Vec<_>>();
    assert!(whole[0].is_ok() && whole[1].is_err() && whole.len() == 2);
    let rest = record_dataset(&paths).skip_broken(true).build().iter().unwrap().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(rest.len(), 4);
}
