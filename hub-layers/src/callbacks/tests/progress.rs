//! What `Progress` prints.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::super::{Callback, Logs, Progress, Training, Verbose};
use super::model;

/// A place that can be looked at.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What two epochs of three steps print.
fn printed(verbose: Verbose, steps: Option<usize>) -> Vec<String> {
    let (model, page) = (model(), Page::default());
    let mut training = Training::new(&model, 2, steps);
    let mut progress = Progress::to(verbose, page.clone());
    let logs: Logs =
        [("loss", std::f64::consts::LN_2), ("accuracy", 0.5), ("val_loss", 0.000_25)].into_iter().collect();
    progress.on_train_begin(&mut training).unwrap();
    for epoch in 0..2 {
        progress.on_epoch_begin(&mut training, epoch).unwrap();
        for batch in 0..3 {
            progress.on_train_batch_begin(&mut training, batch).unwrap();
            progress.on_train_batch_end(&mut training, batch, &logs).unwrap();
        }
        progress.on_epoch_end(&mut training, epoch, &logs).unwrap();
    }
    progress.on_train_end(&mut training, &logs).unwrap();
    let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_line_for_each_epoch_where_there_is_no_terminal() {
    for verbose in [Verbose::Auto, Verbose::Line] {
        let lines = printed(verbose, Some(3));
        assert_eq!(lines.len(), 2);
        for (line, begin) in lines.iter().zip(["Epoch 1/2 - 0.", "Epoch 2/2 - 0."]) {
            assert!(line.starts_with(begin), "{line}");
            assert!(line.ends_with("s - loss: 0.6931 - accuracy: 0.5000 - val_loss: 2.5000e-4"), "{line}");
        }
    }
}

#[test]
fn a_bar_leaves_its_last_line() {
    for steps in [Some(3), None] {
        let lines = printed(Verbose::Bar, steps);
        assert_eq!(lines.len(), 4);
        assert_eq!([&lines[0], &lines[2]], ["Epoch 1/2", "Epoch 2/2"]);
        assert!(lines[1].starts_with("3/3 [==============================] - 0."), "{}", lines[1]);
        assert!(lines[1].contains("s/step - loss: 0.6931 - accuracy: 0.5000"), "{}", lines[1]);
    }
}

#[test]
fn silence() {
    assert!(printed(Verbose::Silent, Some(3)).is_empty());
}

#[test]
fn a_place_that_cannot_be_written_is_no_error() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let model = model();
    let mut training = Training::new(&model, 1, None);
    let mut progress = Progress::to(Verbose::Line, Closed);
    progress.on_epoch_begin(&mut training, 0).unwrap();
    progress.on_epoch_end(&mut training, 0, &Logs::default()).unwrap();
}
