//! `CSVLogger`: the bytes that it writes.

use std::fs;

use super::super::{CSVLogger, Callback, Logs, Training};
use super::{golden, model, number};

#[test]
fn files_are_those_that_python_writes() {
    let (model, folder) = (model(), tempfile::tempdir().unwrap());
    for (index, case) in golden("csv_logger").into_iter().enumerate() {
        let path = folder.path().join(format!("{index}.csv"));
        if let Some(before) = case["before"].as_str() {
            fs::write(&path, before).unwrap();
        }
        let separator = case["arguments"]["separator"].as_str().and_then(|text| text.chars().next());
        let append = case["arguments"]["append"] == true;
        let mut callback = CSVLogger::new(&path).separator(separator.unwrap_or(',')).append(append);
        let mut training = Training::new(&model, 9, None);
        callback.on_train_begin(&mut training).unwrap();
        for (epoch, row) in case["rows"].as_array().unwrap().iter().enumerate() {
            let entries = row.as_array().unwrap().iter();
            let logs: Logs = entries.map(|entry| (entry[0].as_str().unwrap(), number(&entry[1]).unwrap())).collect();
            callback.on_epoch_end(&mut training, epoch, &logs).unwrap();
        }
        callback.on_train_end(&mut training, &Logs::default()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), case["text"].as_str().unwrap(), "{case}");
    }
}

#[test]
fn a_path_that_cannot_be_written_is_an_error_with_the_path() {
    let (model, folder) = (model(), tempfile::tempdir().unwrap());
    let path = folder.path().join("missing").join("log.csv");
    let error = CSVLogger::new(&path).on_train_begin(&mut Training::new(&model, 1, None)).unwrap_err();
    assert!(error.to_string().contains("log.csv"), "{error}");
}
