//! Data sets of directories against tf_keras's: files, order, labels, split, pixels, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hub_layers::data::{DirectoryDataset, Labels, image_dataset_from_directory, text_dataset_from_directory};
use hub_layers::{DType, Element, Error, Result, Tensor};
use serde_json::Value as Json;

fn folders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/folders")
}

fn cases() -> Vec<Json> {
    let text = fs::read_to_string(folders().join("golden.json")).unwrap();
    let mut golden: Json = serde_json::from_str(&text).unwrap();
    let Json::Array(cases) = golden["cases"].take() else { panic!("cases") };
    cases
}

/// The arguments that both kinds take.
macro_rules! shared_argument {
    ($builder:ident, $name:expr, $value:expr) => {
        match $name {
            "shuffle" => $builder.shuffle($value.as_bool().unwrap()),
            "seed" => $builder.seed($value.as_u64().unwrap()),
            "validation_split" => $builder.validation_split($value.as_f64().unwrap()),
            "subset" if $value == "both" => $builder,
            "subset" => $builder.subset($value.as_str().unwrap()),
            "label_mode" => $builder.label_mode($value.as_str()),
            "batch_size" => $builder.batch_size($value.as_u64().map(|size| size as usize)),
            "labels" => match $value.as_array() {
                None => $builder.labels(Labels::None),
                Some(labels) => {
                    $builder.labels(labels.iter().map(|label| label.as_i64().unwrap() as i32).collect::<Vec<_>>())
                }
            },
            "class_names" => $builder.class_names($value.as_array().unwrap().iter().map(|name| name.as_str().unwrap())),
            other => panic!("{other}"),
        }
    };
}

/// The data sets of a case: one, or both parts.
fn build(case: &Json, threads: usize) -> Result<Vec<DirectoryDataset>> {
    let folder = folders().join(case["folder"].as_str().unwrap());
    let both = case["kwargs"]["subset"] == "both";
    let arguments = case["kwargs"].as_object().unwrap();
    if case["kind"] == "text" {
        let mut builder = text_dataset_from_directory(folder).num_parallel_calls(threads);
        for (name, value) in arguments {
            builder = match name.as_str() {
                "max_length" => builder.max_length(value.as_u64().unwrap() as usize),
                name => shared_argument!(builder, name, value),
            };
        }
        return Ok(vec![builder.build()?]);
    }
    let mut builder = image_dataset_from_directory(folder).num_parallel_calls(threads);
    for (name, value) in arguments {
        let text = || value.as_str().unwrap();
        builder = match name.as_str() {
            "image_size" => {
                builder.image_size((value[0].as_u64().unwrap() as usize, value[1].as_u64().unwrap() as usize))
            }
            "interpolation" => builder.interpolation(text()),
            "color_mode" => builder.color_mode(text()),
            "crop_to_aspect_ratio" => builder.crop_to_aspect_ratio(value.as_bool().unwrap()),
            name => shared_argument!(builder, name, value),
        };
    }
    match both {
        true => builder.build_both().map(|(training, validation)| vec![training, validation]),
        false => Ok(vec![builder.build()?]),
    }
}

fn elements(data: &DirectoryDataset) -> Vec<Element> {
    data.iter().unwrap().map(Result::unwrap).collect()
}

/// Features and labels of an element.
fn tensors(element: &Element) -> Vec<&Tensor> {
    let labels = element.y.iter().flat_map(|labels| labels.leaves());
    element.x.leaves().into_iter().chain(labels).collect()
}

/// Features, or labels, of a pass in one tensor; examples alone get an axis.
fn joined(elements: &[Element], which: usize, batched: bool) -> Tensor {
    let parts: Vec<_> = elements.iter().map(|element| tensors(element)[which].clone()).collect();
    // As the fixture joins images that are not in batches: by their rows.
    match batched || !parts[0].shape().is_empty() {
        true => Tensor::concatenate(&parts).unwrap(),
        false => Tensor::stack(&parts).unwrap(),
    }
}

fn expect_tensor(expected: &Json, found: &Tensor, what: &str) {
    let shape: Vec<usize> =
        expected["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let dtype: DType = expected["dtype"].as_str().unwrap().parse().unwrap();
    let bytes = BASE64_STANDARD.decode(expected["b64"].as_str().unwrap()).unwrap();
    assert_eq!((found.dtype(), found.shape()), (dtype, shape.as_slice()), "{what}");
    assert!(found.bytes().unwrap() == bytes, "{what}: the values are others");
}

fn expect_strings(expected: &Json, found: &Tensor, what: &str) {
    let expected: Vec<_> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|text| BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(found.as_strings().unwrap(), expected, "{what}");
}

/// The number of the class of each file, read from the labels, whatever their form.
fn classes(labels: &Tensor) -> Vec<i64> {
    match labels.dtype() {
        DType::I32 => labels.as_slice::<i32>().unwrap().iter().map(|label| i64::from(*label)).collect(),
        _ if labels.shape()[1] == 1 => labels.as_slice::<f32>().unwrap().iter().map(|label| *label as i64).collect(),
        _ => {
            let hot = |row: &[f32]| row.iter().position(|value| *value == 1.0).map_or(-1, |class| class as i64);
            labels.as_slice::<f32>().unwrap().chunks(labels.shape()[1]).map(hot).collect()
        }
    }
}

fn check(case: &Json, data: &DirectoryDataset) {
    let what = format!("{} {}", case["folder"], case["kwargs"]);
    let folder = folders().join(case["folder"].as_str().unwrap());
    let files: Vec<_> =
        data.file_paths().iter().map(|path| path.strip_prefix(&folder).unwrap().to_str().unwrap()).collect();
    assert_eq!(Json::from(files), case["files"], "{what}");
    // Where there are no labels Python has one class without a name.
    let class_names: Vec<_> =
        case["class_names"].as_array().unwrap().iter().filter(|name| *name != "").cloned().collect();
    let elements = elements(data);
    let has_labels = elements[0].y.is_some();
    if has_labels {
        assert_eq!(Json::from(data.class_names().to_vec()), Json::from(class_names), "{what}");
    }
    let shapes: Vec<Vec<_>> = elements
        .iter()
        .map(|element| tensors(element).iter().map(|tensor| tensor.shape().to_vec()).collect())
        .collect();
    assert_eq!(serde_json::json!(shapes), case["batches"], "{what}");
    let still = case["kwargs"]["shuffle"] == false;
    let batched = !case["kwargs"].get("batch_size").is_some_and(Json::is_null);
    if let Some(expected) = case.get("x") {
        let found = joined(&elements, 0, batched);
        match case["kind"] == "text" {
            true => expect_strings(expected, &found, &what),
            false => expect_tensor(expected, &found, &what),
        }
        assert_eq!(case["y"].is_null(), !has_labels, "{what}");
        if has_labels {
            expect_tensor(&case["y"], &joined(&elements, 1, batched), &what);
        }
    }
    if has_labels {
        let mut found = classes(&joined(&elements, 1, batched));
        let mut expected: Vec<_> =
            case["labels"].as_array().unwrap().iter().map(|label| label.as_i64().unwrap()).collect();
        if !still {
            // The order of a pass is ours; what is in it is not.
            found.sort_unstable();
            expected.sort_unstable();
        }
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn files_labels_splits_and_pixels_are_pythons() {
    let cases = cases();
    assert!(cases.len() > 80);
    for case in &cases {
        match (case.get("error"), case.get("both")) {
            (Some(error), _) => {
                let found = build(case, 2).map(|_| ()).expect_err(&format!("{} {error}", case["kwargs"]));
                assert!(matches!(found, Error::BadConfig { .. }), "{error}: {found}");
            }
            (None, Some(both)) => {
                let found = build(case, 2).unwrap();
                both.as_array().unwrap().iter().zip(&found).for_each(|(part, data)| check(part, data));
            }
            (None, None) => check(case, &build(case, 2).unwrap()[0]),
        }
    }
}

#[test]
fn the_labels_of_a_shuffled_pass_are_those_of_its_images() {
    let mixed = || image_dataset_from_directory(folders().join("mixed")).image_size((3, 3)).batch_size(None);
    let key = |element: &Element| {
        let tensors = tensors(element);
        (tensors[0].bytes().unwrap().to_vec(), tensors[1].item::<i32>().unwrap())
    };
    let mut still: Vec<_> = elements(&mixed().shuffle(false).build().unwrap()).iter().map(key).collect();
    let data = mixed().seed(4).build().unwrap();
    let (one, other): (Vec<_>, Vec<_>) =
        (elements(&data).iter().map(key).collect(), elements(&data).iter().map(key).collect());
    assert_ne!(one, other, "each pass has its order");
    still.sort();
    for mut pass in [one, other] {
        pass.sort();
        assert_eq!(pass, still);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let pass = |threads: usize| {
        let data = image_dataset_from_directory(folders().join("mixed")).image_size((5, 4)).batch_size(3);
        let data = data.seed(9).num_parallel_calls(threads).build().unwrap();
        [elements(&data), elements(&data)]
    };
    let one = pass(1);
    for threads in [2, 3, 16] {
        assert_eq!(pass(threads), one, "{threads} threads");
    }
}

/// Good images, and some that are not.
fn with_broken_ones() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(folders().join("mixed/cats/a.jpg")).unwrap();
    for class in ["one", "two"] {
        fs::create_dir(folder.path().join(class)).unwrap();
        for number in 0..4 {
            fs::write(folder.path().join(class).join(format!("{number}.jpg")), &good).unwrap();
        }
    }
    fs::write(folder.path().join("one/2.jpg"), &good[..good.len() / 2]).unwrap();
    fs::write(folder.path().join("two/0.jpg"), b"").unwrap();
    // A bomb: a header that claims 60,000 by 60,000.
    let mut claims = good.clone();
    let frame = claims.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    claims[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    fs::write(folder.path().join("two/3.jpg"), claims).unwrap();
    folder
}

#[test]
fn a_broken_image_is_an_error_with_its_path() {
    let folder = with_broken_ones();
    let data = image_dataset_from_directory(folder.path()).shuffle(false).batch_size(1).build().unwrap();
    let pass: Vec<_> = data.iter().unwrap().collect();
    assert_eq!(pass.len(), 3, "two images, then the error");
    let Err(Error::BrokenFile { path, .. }) = &pass[2] else { panic!("{:?}", pass[2]) };
    assert_eq!(path, &folder.path().join("one/2.jpg"));
    assert!(data.broken_files().is_empty());
}

#[test]
fn broken_images_are_left_out_and_counted_where_that_is_asked_for() {
    let folder = with_broken_ones();
    let data = image_dataset_from_directory(folder.path()).image_size((8, 8)).shuffle(false).skip_broken(true);
    let data = data.build().unwrap();
    for _ in 0..2 {
        let labels = joined(&elements(&data), 1, true);
        assert_eq!(labels.as_slice::<i32>().unwrap(), [0, 0, 0, 1, 1]);
        let broken = data.broken_files();
        let paths: Vec<_> =
            broken.iter().map(|(path, _)| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(paths, ["one/2.jpg", "two/0.jpg", "two/3.jpg"]);
        assert!(broken[2].1.contains("3600000000"), "{}", broken[2].1);
    }
}

#[test]
#[cfg(unix)]
fn links_are_followed_and_circles_are_errors() {
    use std::os::unix::fs::symlink;
    let folder = with_broken_ones();
    symlink("../two", folder.path().join("one/also")).unwrap();
    let count = |follow_links: bool| {
        let data = image_dataset_from_directory(folder.path()).follow_links(follow_links).build()?;
        Ok::<_, Error>(data.file_paths().len())
    };
    assert_eq!((count(true).unwrap(), count(false).unwrap()), (12, 8));
    symlink("..", folder.path().join("one/up")).unwrap();
    assert!(matches!(count(true), Err(Error::Core(hub_core::Error::Io { .. }))));
    assert_eq!(count(false).unwrap(), 8);
}
