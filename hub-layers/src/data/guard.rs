//! A pass that ends at its first error, and takes a panic for one.
//!
//! Stands around every pass that a caller sees, and around the one of the thread that prefetches.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::source::Elements;
use crate::error::{Error, Result};

/// Items up to the end or the first error; what comes after is not asked for.
pub(super) struct Guarded<T>(Option<Elements<T>>);

impl<T> Guarded<T> {
    /// The pass that `begin` makes.
    pub(super) fn begin(begin: impl FnOnce() -> Result<Elements<T>>) -> Result<Guarded<T>> {
        // What a panic leaves behind is dropped and never looked at.
        let items = catch_unwind(AssertUnwindSafe(begin)).unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        Ok(Guarded(Some(items)))
    }
}

impl<T> Iterator for Guarded<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let items = self.0.as_mut()?;
        let item = catch_unwind(AssertUnwindSafe(|| items.next()));
        let item = item.unwrap_or_else(|panic| Some(Err(panicked(&*panic))));
        if !matches!(item, Some(Ok(_))) {
            self.0 = None;
        }
        item
    }
}

/// A panic as an error.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let message = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::DataPanicked { message: message.unwrap_or("no message").to_owned() }
}
