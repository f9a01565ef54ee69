//! [`LambdaCallback`]: a callback of closures.

use std::fmt;

use super::{Callback, Logs, Training};
use crate::error::Result;

/// A callback of closures, as Keras's `LambdaCallback`.
///
/// ```
/// use hub_layers::callbacks::LambdaCallback;
/// let callback = LambdaCallback::new().on_epoch_end(|_training, epoch, logs| {
///     println!("{epoch}: {logs}");
///     Ok(())
/// });
/// ```
#[derive(Default)]
pub struct LambdaCallback {
    on_train_begin: Option<Plain>,
    on_train_end: Option<WithLogs>,
    on_epoch_begin: Option<Numbered>,
    on_epoch_end: Option<NumberedWithLogs>,
    on_train_batch_begin: Option<Numbered>,
    on_train_batch_end: Option<NumberedWithLogs>,
}

type Plain = Box<dyn FnMut(&mut Training<'_>) -> Result<()> + Send>;
type WithLogs = Box<dyn FnMut(&mut Training<'_>, &Logs) -> Result<()> + Send>;
type Numbered = Box<dyn FnMut(&mut Training<'_>, usize) -> Result<()> + Send>;
type NumberedWithLogs = Box<dyn FnMut(&mut Training<'_>, usize, &Logs) -> Result<()> + Send>;

impl LambdaCallback {
    /// Does nothing yet.
    pub fn new() -> LambdaCallback {
        LambdaCallback::default()
    }
}

macro_rules! closures {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*);)*) => {
        impl LambdaCallback {
            $($(#[$doc])*
            pub fn $name(
                mut self,
                closure: impl FnMut(&mut Training<'_>, $($type),*) -> Result<()> + Send + 'static,
            ) -> LambdaCallback {
                self.$name = Some(Box::new(closure));
                self
            })*
        }

        impl Callback for LambdaCallback {
            $(fn $name(&mut self, training: &mut Training<'_>, $($argument: $type),*) -> Result<()> {
                self.$name.as_mut().map_or(Ok(()), |closure| closure(training, $($argument),*))
            })*
        }
    };
}

closures! {
    /// Called before the first epoch.
    on_train_begin();
    /// Called after the last epoch.
    on_train_end(logs: &Logs);
    /// Called before an epoch.
    on_epoch_begin(epoch: usize);
    /// Called after an epoch.
    on_epoch_end(epoch: usize, logs: &Logs);
    /// Called before a step.
    on_train_batch_begin(batch: usize);
    /// Called after a step.
    on_train_batch_end(batch: usize, logs: &Logs);
}

impl fmt::Debug for LambdaCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LambdaCallback")
    }
}
