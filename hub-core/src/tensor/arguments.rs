//! The arguments of one call: positional, then by keyword.
//!
//! How they bind to a function's parameters is the model's business, not known here.

use super::value::Structure;

/// Positional and keyword arguments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// The positional arguments, in order.
    pub positional: Vec<Structure>,
    /// The keyword arguments, in the order given.
    pub keywords: Vec<(String, Structure)>,
}

impl Arguments {
    /// No argument at all.
    pub fn new() -> Arguments {
        Arguments::default()
    }

    /// One more positional argument.
    pub fn positional(mut self, value: impl Into<Structure>) -> Arguments {
        self.positional.push(value.into());
        self
    }

    /// One more keyword argument.
    pub fn keyword(mut self, name: impl Into<String>, value: impl Into<Structure>) -> Arguments {
        self.keywords.push((name.into(), value.into()));
        self
    }
}

/// What a call takes: one value as the only positional argument, or whole [`Arguments`] (see [`args!`](crate::args)).
pub trait IntoArguments {
    /// The arguments.
    fn into_arguments(self) -> Arguments;
}

impl IntoArguments for Arguments {
    fn into_arguments(self) -> Arguments {
        self
    }
}

impl<S: Into<Structure>> IntoArguments for S {
    fn into_arguments(self) -> Arguments {
        Arguments::new().positional(self)
    }
}

/// Arguments as Python writes them: positional ones first, then `name = value`.
///
/// ```
/// use hub_core::{Tensor, args};
/// let images = Tensor::from([[0.0_f32, 1.0]]);
/// let arguments = args![images, training = false];
/// assert_eq!(arguments.positional.len(), 1);
/// assert_eq!(arguments.keywords[0].0, "training");
/// ```
#[macro_export]
macro_rules! args {
    (@push $arguments:expr;) => { $arguments };
    (@push $arguments:expr; $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $crate::args!(@push $arguments.keyword(stringify!($name), $value); $($($rest)*)?)
    };
    (@push $arguments:expr; $value:expr $(, $($rest:tt)*)?) => {
        $crate::args!(@push $arguments.positional($value); $($($rest)*)?)
    };
    ($($arguments:tt)*) => { $crate::args!(@push $crate::Arguments::new(); $($arguments)*) };
}
