//! CSV files against `tf.data.experimental.make_csv_dataset`'s batches.

use std::fs;
use std::path::{Path, PathBuf};

use hub_layers::data::{ColumnDefault, CsvFiles, csv_dataset};
use hub_layers::{DType, Dataset, Error, Result, Tensor};
use serde_json::Value as Json;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/csv").join(name)
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn default(json: &Json) -> ColumnDefault {
    match (json.as_str(), json.as_i64()) {
        (Some(text), _) => match text.parse::<DType>() {
            Ok(dtype) => dtype.into(),
            Err(_) => text.into(),
        },
        (None, Some(number)) => (number as i32).into(),
        (None, None) => (json.as_f64().unwrap() as f32).into(),
    }
}

fn builder(case: &Json) -> CsvFiles {
    let mut csv = csv_dataset(texts(&case["files"]).iter().map(|name| fixture(name))).batch_size(2);
    for (name, value) in case["kwargs"].as_object().unwrap() {
        csv = match name.as_str() {
            "label_name" => csv.label_name(value.as_str().unwrap()),
            "batch_size" => csv.batch_size(value.as_u64().unwrap() as usize),
            "select_columns" if value[0].is_number() => csv.select_columns(["count", "length"]),
            "select_columns" => csv.select_columns(texts(value)),
            "column_names" => csv.column_names(texts(value)),
            "column_defaults" => csv.column_defaults(value.as_array().unwrap().iter().map(default)),
            "na_value" => csv.na_value(value.as_str().unwrap()),
            "header" => csv.header(value.as_bool().unwrap()),
            "field_delim" => csv.field_delim(value.as_str().unwrap().as_bytes()[0]),
            "num_rows_for_inference" => csv.num_rows_for_inference(value.as_u64().unwrap() as usize),
            other => panic!("{other}"),
        };
    }
    csv
}

/// A tensor as the golden has it.
fn json(tensor: &Tensor) -> Json {
    let json = tensor.to_json();
    serde_json::json!({"dtype": json["dtype"], "shape": json["shape"], "values": json["values"]})
}

fn batches(data: &Dataset) -> Result<Vec<Json>> {
    data.iter()?
        .map(|batch| {
            let batch = batch?;
            let features = batch.x.keys().into_iter().map(|name| (name.to_owned(), json(batch.x[name].leaves()[0])));
            let features: serde_json::Map<_, _> = features.collect();
            let label = batch.y.as_ref().map_or(Json::Null, |label| json(label.leaves()[0]));
            Ok(serde_json::json!({"x": {"dict": features}, "y": label}))
        })
        .collect()
}

#[test]
fn batches_are_pythons() {
    let golden: Json = serde_json::from_str(&fs::read_to_string(fixture("golden.json")).unwrap()).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let found = builder(case).build().and_then(|data| batches(&data));
        match case.get("error") {
            Some(error) => {
                let found = found.expect_err(error.as_str().unwrap());
                assert!(matches!(found, Error::BadConfig { .. } | Error::BadRow { .. }), "{error}: {found:?}");
            }
            None => {
                let mut expected = case["batches"].as_array().unwrap().clone();
                expected.iter_mut().for_each(|batch| drop(batch.as_object_mut().unwrap().remove("columns")));
                assert_eq!(found.unwrap(), expected, "{} {}", case["files"], case["kwargs"]);
            }
        }
    }
}

#[test]
fn rows_come_one_by_one_and_anew_at_each_pass() {
    let data = csv_dataset([fixture("plain.csv"), fixture("more.csv")]).label_name("count").build().unwrap();
    for _ in 0..2 {
        let labels: Vec<i32> =
            data.iter().unwrap().map(|row| row.unwrap().y.unwrap().leaves()[0].item::<i32>().unwrap()).collect();
        assert_eq!(labels, [4, 1, 2, 3]);
    }
}

#[test]
fn a_row_that_does_not_fit_is_named() {
    let data = csv_dataset([fixture("late.csv")]).num_rows_for_inference(1).batch_size(9).build().unwrap();
    let error = data.iter().unwrap().next().unwrap().unwrap_err();
    assert_eq!(
        error.to_string().replace(&fixture("late.csv").display().to_string(), "late.csv"),
        "`late.csv`: line 4, column `a`: expected int32, found `three`"
    );
}
