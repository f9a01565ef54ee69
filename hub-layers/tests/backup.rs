//! A training that is broken off, by an error, a signal or a kill, ends with the numbers of an undisturbed one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use hub_core::Tensor;
use hub_layers::callbacks::{
    BackupAndRestore, Callback, EarlyStopping, Logs, ModelCheckpoint, ReduceLROnPlateau, Training, Verbose,
};
use hub_layers::data::Shuffle;
use hub_layers::{Compile, Dataset, Dense, Dropout, Error, Fit, History, InputLayer, Result, Sequential, StopSignal};

const EPOCHS: usize = 12;

/// Says that it is the child, and where it keeps its state.
const DIRECTORY: &str = "BACKUP_TEST_DIRECTORY";

fn data() -> (Tensor, Tensor) {
    let x: Vec<f32> = (0..120).map(|i| (i as f32 * 0.37).sin()).collect();
    let y: Vec<f32> = (0..40).map(|i| (i as f32 * 0.11).cos()).collect();
    (Tensor::new(&[40, 3], x).unwrap(), Tensor::new(&[40, 1], y).unwrap())
}

fn model() -> Sequential {
    let layers = Sequential::new().add(InputLayer::new([3])).add(Dense::new(8).activation("tanh"));
    let mut model = layers.add(Dropout::new(0.3)).add(Dense::new(1)).seed(5).build().unwrap();
    model.compile(Compile::new("adam", "mse").metric("mae")).unwrap();
    model
}

/// Trains; `callback` comes before the one that keeps the state.
fn train<'c>(
    model: &mut Sequential,
    directory: &Path,
    callback: impl Callback + 'c,
    signal: &StopSignal,
) -> Result<History> {
    let fit = Fit::new()
        .epochs(EPOCHS)
        .batch_size(8)
        .seed(1)
        .validation_data(data())
        .verbose(Verbose::Silent)
        .stop_signal(signal)
        .callback(ReduceLROnPlateau::monitor("loss").patience(2).factor(0.5))
        .callback(EarlyStopping::monitor("val_loss").patience(20).restore_best_weights(true))
        .callback(ModelCheckpoint::new(directory.join("best.safetensors")).save_best_only(true).save_weights_only(true))
        .callback(callback)
        .callback(BackupAndRestore::new(directory.join("backup")));
    model.fit(data(), fit)
}

/// Does something at each epoch's end or step.
struct At<F>(F);

impl<F: FnMut(usize, Option<usize>) -> Result<()> + Send> Callback for At<F> {
    fn on_epoch_begin(&mut self, _training: &mut Training<'_>, epoch: usize) -> Result<()> {
        (self.0)(epoch, None)
    }

    fn on_train_batch_end(&mut self, _training: &mut Training<'_>, batch: usize, _logs: &Logs) -> Result<()> {
        (self.0)(usize::MAX, Some(batch))
    }
}

fn nothing() -> impl Callback {
    At(|_, _| Ok(()))
}

fn undisturbed() -> (History, Vec<Tensor>) {
    let (mut model, directory) = (model(), tempfile::tempdir().unwrap());
    let history = train(&mut model, directory.path(), nothing(), &StopSignal::new()).unwrap();
    (history, model.get_weights().unwrap())
}

#[test]
fn an_error_in_an_epoch_costs_that_epoch() {
    let expected = undisturbed();
    let directory = tempfile::tempdir().unwrap();
    // The same process and the same model, then new ones.
    let mut same = model();
    for failing in [3, 7] {
        let fails = At(|epoch, _| if epoch == failing { Err(Error::data_source("broken off")) } else { Ok(()) });
        assert!(train(&mut same, directory.path(), fails, &StopSignal::new()).is_err());
    }
    assert!(directory.path().join("backup/training.safetensors").exists());
    let mut new = model();
    let history = train(&mut new, directory.path(), nothing(), &StopSignal::new()).unwrap();
    assert_eq!((history, new.get_weights().unwrap()), expected);
    assert!(!directory.path().join("backup/training.safetensors").exists(), "it has ended by itself");
}

#[test]
fn a_signal_keeps_the_state() {
    let expected = undisturbed();
    let (mut first, directory, signal) = (model(), tempfile::tempdir().unwrap(), &StopSignal::new());
    let mut epoch_now = 0;
    let stops = At(|epoch, batch: Option<usize>| {
        if batch.is_none() {
            epoch_now = epoch;
        }
        if (epoch_now, batch) == (4, Some(2)) {
            signal.stop();
        }
        Ok(())
    });
    train(&mut first, directory.path(), stops, signal).unwrap();
    let mut second = model();
    let history = train(&mut second, directory.path(), nothing(), &StopSignal::new()).unwrap();
    assert_eq!((history, second.get_weights().unwrap()), expected);
}

#[test]
fn a_data_set_goes_on_with_its_order() {
    let dataset = || Dataset::from_tensor_slices(data()).unwrap().shuffle_with(40, Shuffle::new().seed(3)).batch(8);
    let run = |directory: &Path, fails_at: usize, steps: Option<usize>| {
        let mut model = model();
        let fails = At(move |epoch, _| if epoch == fails_at { Err(Error::data_source("no more")) } else { Ok(()) });
        let fit =
            Fit::new().epochs(6).verbose(Verbose::Silent).callback(fails).callback(BackupAndRestore::new(directory));
        let (fit, dataset) = match steps {
            Some(steps) => (fit.steps_per_epoch(steps), dataset().repeat(None)),
            None => (fit, dataset()),
        };
        (model.fit(dataset, fit), model.get_weights().unwrap())
    };
    for steps in [None, Some(3)] {
        let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let expected = run(directories[0].path(), usize::MAX - 1, steps);
        assert!(run(directories[1].path(), 4, steps).0.is_err());
        let found = run(directories[1].path(), usize::MAX - 1, steps);
        assert_eq!((found.0.unwrap(), found.1), (expected.0.unwrap(), expected.1), "{steps:?}");
    }
}

#[test]
fn a_state_of_another_model_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let fails = At(|epoch, _| if epoch == 2 { Err(Error::data_source("broken off")) } else { Ok(()) });
    assert!(train(&mut model(), directory.path(), fails, &StopSignal::new()).is_err());
    let mut other = Sequential::new().add(InputLayer::new([3])).add(Dense::new(1)).seed(5).build().unwrap();
    other.compile(Compile::new("adam", "mse")).unwrap();
    let before = other.get_weights().unwrap();
    let error = train(&mut other, directory.path(), nothing(), &StopSignal::new()).unwrap_err();
    assert!(matches!(error, Error::BadConfig { .. }), "{error}");
    assert_eq!(other.get_weights().unwrap(), before);
    std::fs::write(directory.path().join("backup/training.safetensors"), [7; 100]).unwrap();
    assert!(matches!(train(&mut other, directory.path(), nothing(), &StopSignal::new()), Err(Error::Core(_))));
}

/// What the child does: trains, slowly enough to be killed, and says what it came to.
#[test]
fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let slow = At(|_, _| {
        std::thread::sleep(Duration::from_millis(4));
        Ok(())
    });
    let mut model = model();
    let history = train(&mut model, &directory, slow, &StopSignal::new()).unwrap();
    let text = format!("{history:?} {:?}", model.get_weights().unwrap());
    std::fs::write(directory.join("outcome"), text).unwrap();
}

#[test]
fn kills_change_nothing() {
    let (history, weights) = undisturbed();
    let directory = tempfile::tempdir().unwrap();
    let start = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child"]).env(DIRECTORY, directory.path());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let backup = directory.path().join("backup/training.safetensors");
    // Each is killed some time after the state has changed for the first time, or has ended.
    for delay in [0, 3, 17, 31, 8] {
        let mut child = start();
        let before = std::fs::metadata(&backup).and_then(|file| file.modified()).ok();
        let changed = || std::fs::metadata(&backup).and_then(|file| file.modified()).ok() != before;
        while !changed() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(start().wait().unwrap().success());
    let outcome = std::fs::read_to_string(directory.path().join("outcome")).unwrap();
    assert_eq!(outcome, format!("{history:?} {weights:?}"));
}
