//! A callback that the program keeps a hand on, to read it when the training is over.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Callback, CallbackState, Logs, Training};
use crate::error::Result;

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        /// A shared callback is called as it is; it is locked meanwhile.
        ///
        /// ```
        /// use std::sync::{Arc, Mutex};
        /// use hub_layers::callbacks::{Callback, EarlyStopping};
        /// let stopping = Arc::new(Mutex::new(EarlyStopping::new()));
        /// let for_the_training: Box<dyn Callback> = Box::new(stopping.clone());
        /// assert_eq!(stopping.lock().expect("no training has panicked").stopped_epoch(), None);
        /// ```
        impl<C: Callback> Callback for Arc<Mutex<C>> {
            $(fn $name(&mut self, training: &mut Training<'_>, $($argument: $type),*) -> Result<()> {
                self.lock().unwrap_or_else(PoisonError::into_inner).$name(training, $($argument),*)
            })*

            fn reports(&self, training: &Training<'_>) -> Result<Logs> {
                self.lock().unwrap_or_else(PoisonError::into_inner).reports(training)
            }

            fn state(&self) -> CallbackState {
                self.lock().unwrap_or_else(PoisonError::into_inner).state()
            }

            fn restore_state(&mut self, state: &CallbackState) -> Result<()> {
                self.lock().unwrap_or_else(PoisonError::into_inner).restore_state(state)
            }

            fn backup_file(&self) -> Option<PathBuf> {
                self.lock().unwrap_or_else(PoisonError::into_inner).backup_file()
            }
        }
    };
}

passed_on! {
    on_train_begin();
    on_train_end(logs: &Logs);
    on_epoch_begin(epoch: usize);
    on_epoch_end(epoch: usize, logs: &Logs);
    on_train_batch_begin(batch: usize);
    on_train_batch_end(batch: usize, logs: &Logs);
}
