//! [`BackupAndRestore`]: a training that was broken off goes on where it was.

use std::path::PathBuf;

use super::{Callback, Logs, Training};
use crate::error::Result;

/// Keeps the state of a training after each epoch; a training that finds one goes on after it, as Keras's
/// `BackupAndRestore`.
///
/// Kept are the weights, what the optimizer keeps, the history, and what the other callbacks remember; the file is replaced
/// once the new one is whole. With seeds, the numbers are those that the training would have had: the epoch that was broken
/// off begins anew, on data in the order that it would have had. For that the data set is to be a new one, as in a new
/// process, and the callbacks the same ones in the same order. When the training has ended by itself the file is removed.
///
/// ```
/// use hub_layers::{Compile, Dense, Fit, InputLayer, Sequential, Tensor, callbacks::BackupAndRestore};
/// # let directory = tempfile::tempdir().unwrap();
/// # let backup_dir = directory.path();
/// let mut model = Sequential::new().add(InputLayer::new([1])).add(Dense::new(1)).seed(1).build()?;
/// model.compile(Compile::new("adam", "mse"))?;
/// let (x, y) = (Tensor::from([[1.0_f32], [2.0]]), Tensor::from([[3.0_f32], [5.0]]));
/// let fit = Fit::new().epochs(3).seed(1).callback(BackupAndRestore::new(backup_dir));
/// assert_eq!(model.fit((&x, &y), fit)?.epochs(), [0, 1, 2]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BackupAndRestore {
    backup_dir: PathBuf,
    delete_checkpoint: bool,
}

impl BackupAndRestore {
    /// Keeps the state in this directory, which is made where it is missing.
    pub fn new(backup_dir: impl Into<PathBuf>) -> BackupAndRestore {
        BackupAndRestore { backup_dir: backup_dir.into(), delete_checkpoint: true }
    }

    /// Whether the state is removed when the training has ended by itself. Default: true.
    pub fn delete_checkpoint(mut self, delete: bool) -> BackupAndRestore {
        self.delete_checkpoint = delete;
        self
    }

    fn file(&self) -> PathBuf {
        self.backup_dir.join("training.safetensors")
    }
}

impl Callback for BackupAndRestore {
    fn backup_file(&self) -> Option<PathBuf> {
        Some(self.file())
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, _logs: &Logs) -> Result<()> {
        if !self.delete_checkpoint || training.is_interrupted() {
            return Ok(());
        }
        let path = self.file();
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(hub_core::Error::Io { operation: "remove", path, source }.into())
            }
            _ => Ok(()),
        }
    }
}
