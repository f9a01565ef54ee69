//! Faults of TF1 Hub modules, by their numbers: 130, 135, 175, 176, and damaged files.
//!
//! `MODULE_MUTATIONS` sets the number of changes to each file; the same number gives the same changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hub_core::saved_model::SavedModel;
use hub_core::saved_model::proto;
use hub_core::{Arguments, Tensor};
use hub_fixtures::folder;
use hub_legacy::{Error, Module, ModuleOptions, load_module_spec};
use prost::Message;

/// Changes to each file, unless the environment says otherwise.
const MUTATIONS: usize = 60;

fn source(name: &str) -> PathBuf {
    folder(&format!("hub_modules/{name}/module"))
}

/// A copy of a module in which a file is another one; without bytes it is gone.
fn with(name: &str, file: &str, bytes: Option<&[u8]>) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    copy(&source(name), directory.path());
    match bytes {
        Some(bytes) => fs::write(directory.path().join(file), bytes).unwrap(),
        None => fs::remove_file(directory.path().join(file)).unwrap(),
    }
    directory
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

fn load(directory: &tempfile::TempDir) -> Result<Module, Error> {
    Module::load(directory.path().to_str().unwrap())
}

/// The module with its message changed.
fn changed(name: &str, change: impl FnOnce(&mut proto::SavedModel)) -> tempfile::TempDir {
    let bytes = SavedModel::read(&source(name)).unwrap().to_bytes();
    let mut message = proto::SavedModel::decode(&bytes[..]).unwrap();
    change(&mut message);
    with(name, "saved_model.pb", Some(&message.encode_to_vec()))
}

#[test]
fn fault_130_tags() {
    let path = source("batch_norm");
    let options = ModuleOptions::new().tags(["serve"]);
    let error = Module::load_with(path.to_str().unwrap(), options).unwrap_err();
    assert!(matches!(&error, Error::NoSuchVariant { available, .. } if available.len() == 2), "{error}");
    let twice = changed("batch_norm", |model| {
        let tags = model.meta_graphs[0].meta_info_def.clone();
        model.meta_graphs[1].meta_info_def = tags;
    });
    assert!(matches!(load(&twice), Err(Error::Core(hub_core::Error::ModelStructure { .. }))));
}

#[test]
fn fault_135_models_of_other_formats() {
    // A TF2 model as a module.
    let affine = folder("affine/model");
    let error = load_module_spec(affine.to_str().unwrap()).unwrap_err();
    let Error::Core(core) = &error else { panic!("{error:?}") };
    assert!(matches!(core, hub_core::Error::NotAModel { why, .. } if why.contains("no TF1 Hub module")), "{error}");
    // One that Python marked as a module all the same (case 270): it is loaded as what it is.
    let directory = tempfile::tempdir().unwrap();
    copy(&affine, directory.path());
    fs::write(directory.path().join("tfhub_module.pb"), b"\x08\x03").unwrap();
    assert!(hub_legacy::load(directory.path().to_str().unwrap()).unwrap().is_callable());
    assert!(matches!(load(&directory), Err(Error::Core(hub_core::Error::Unsupported { .. }))));
    // A module without the crate that knows it.
    let error = hub_core::load(source("affine").to_str().unwrap()).unwrap_err();
    assert!(matches!(&error, hub_core::Error::FormatNotLinked { add: "hub-legacy", .. }), "{error}");
}

#[test]
fn fault_175_marks_attachments_and_checkpoints() {
    let core = |directory: &tempfile::TempDir| match load(directory).unwrap_err() {
        Error::Core(error) => error,
        other => panic!("{other:?}"),
    };
    let gone = core(&with("affine", "tfhub_module.pb", None));
    assert!(matches!(gone, hub_core::Error::NotAModel { .. }), "{gone}");
    for (mark, says) in [(&b"\x08\x04"[..], "the module format 4"), (b"\x08\x03\x12\x10foo-test-missing", "foo-test")] {
        let error = core(&with("affine", "tfhub_module.pb", Some(mark)));
        assert!(error.to_string().contains(says), "case 97: {error}");
    }
    let odd = changed("attachments", |model| {
        let kind = proto::CollectionDefKind::BytesList(proto::BytesList { value: vec![vec![0xff]] });
        let collection = proto::CollectionDef { kind: Some(kind) };
        model.meta_graphs[0].collection_def.insert("hub_module_attachments".into(), collection);
    });
    assert!(matches!(core(&odd), hub_core::Error::ModelStructure { .. }));
    // TF1's first checkpoints had one file and no index.
    let old = with("affine", "variables/variables.index", None);
    fs::rename(old.path().join("variables/variables.data-00000-of-00001"), old.path().join("variables/variables"))
        .unwrap();
    assert!(matches!(core(&old), hub_core::Error::MissingVariables { .. }));
}

#[test]
fn fault_176_state_tables_and_two_applications() {
    // A table that nothing fills: Python's says so when it is asked.
    let empty = changed("tables", |model| {
        model.meta_graphs[0].collection_def.remove("table_initializer");
    });
    let module = load(&empty).unwrap();
    let error = module.call(["a"]).unwrap_err();
    assert!(error.to_string().contains("not initialized"), "{error}");
    // Parts outside of the tensor, and a variable that the checkpoint does not have.
    let outside = changed("many_parts", |model| {
        variables(model, |one| {
            if let Some(slice) = &mut one.save_slice_info_def {
                slice.var_offset[0] += 1000;
            }
        })
    });
    assert!(matches!(load(&outside), Err(Error::Core(hub_core::Error::ModelStructure { .. }))));
    let renamed = changed("many_parts", |model| {
        variables(model, |one| {
            if let Some(slice) = &mut one.save_slice_info_def {
                slice.full_name.push('x');
            }
        })
    });
    assert!(matches!(load(&renamed), Err(Error::Core(hub_core::Error::MissingVariables { .. }))));
    let negative = changed("many_parts", |model| {
        variables(model, |one| {
            if let Some(slice) = &mut one.save_slice_info_def {
                slice.var_shape = vec![-1; 2];
            }
        })
    });
    assert!(load(&negative).is_err());
    // What the collection names is no variable.
    let other = changed("affine", |model| variables(model, |one| one.variable_name = "x:0".into()));
    assert!(load(&other).is_err());
}

fn variables(model: &mut proto::SavedModel, change: impl Fn(&mut proto::VariableDef)) {
    let collection = model.meta_graphs[0].collection_def.get_mut("variables").unwrap();
    let Some(proto::CollectionDefKind::BytesList(list)) = &mut collection.kind else { panic!("no list") };
    for bytes in &mut list.value {
        let mut one = proto::VariableDef::decode(&bytes[..]).unwrap();
        change(&mut one);
        *bytes = one.encode_to_vec();
    }
}

/// A small generator: the same changes each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

#[test]
fn damaged_modules_are_errors_or_answers() {
    let count = std::env::var("MODULE_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(MUTATIONS);
    let inputs: BTreeMap<&str, Tensor> = [
        ("affine_reference", Tensor::from([[1.0_f32, 2.0, 3.0]])),
        ("many_parts", Tensor::from([0_i64, 24])),
        ("loops_of_v1", Tensor::from([1.0_f32])),
        ("text", Tensor::from(["cat dog"])),
    ]
    .into();
    let (mut answered, mut refused) = (0, 0);
    for (name, input) in inputs {
        let bytes = fs::read(source(name).join("saved_model.pb")).unwrap();
        let mut numbers = Numbers(name.len() as u64);
        for _ in 0..count {
            let mut damaged = bytes.clone();
            for _ in 0..=numbers.below(4) {
                let at = numbers.below(damaged.len());
                match numbers.below(3) {
                    0 => damaged[at] = numbers.below(256) as u8,
                    1 => damaged[at] ^= 1 << numbers.below(8),
                    _ => drop(damaged.drain(at..(at + 1 + numbers.below(8)).min(damaged.len()))),
                }
            }
            let directory = with(name, "saved_model.pb", Some(&damaged));
            let found = load(&directory).and_then(|module| {
                let _ = module.get_input_info_dict(None);
                module.call(Arguments::new().positional(&input))
            });
            match found {
                Ok(_) => answered += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 0 && answered > 0, "{answered} answers, {refused} errors");
}
