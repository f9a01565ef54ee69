//! [`Choice`]: an argument that takes a name or the thing itself.
//!
//! A name stays a name until it is needed; a wrong one is an error there, with the nearest right one.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::layer::Place;
use crate::names::nearest;

/// A thing, or the name of one: what `kernel_initializer`, `loss`, `optimizer` and their like take.
pub struct Choice<T: ?Sized> {
    thing: Result<Arc<T>, String>,
    /// The name that it was given by.
    name: Option<String>,
}

/// One row of a table of names: Keras's name, the name of the class, and how it is made with all defaults.
#[allow(unreachable_pub, reason = "the hidden method of a public trait gives it")]
pub type Named<T> = (&'static str, &'static str, fn() -> Arc<T>);

/// A kind of thing that has names.
pub trait HasNames: 'static {
    /// Every name.
    #[doc(hidden)]
    fn names() -> &'static [Named<Self>];
}

impl<T: ?Sized> Choice<T> {
    /// The thing itself.
    pub fn of(thing: Arc<T>) -> Choice<T> {
        Choice { thing: Ok(thing), name: None }
    }

    /// The thing, or the name that stands for none.
    pub(crate) fn thing(&self) -> Result<&Arc<T>, &str> {
        self.thing.as_ref().map_err(String::as_str)
    }

    /// The name that it was given by.
    pub(crate) fn given_name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl<T: HasNames + ?Sized> Choice<T> {
    /// What a name stands for; Keras takes the class's name as well.
    pub fn named(name: &str) -> Choice<T> {
        let known = T::names().iter().find(|(snake, class_name, _)| name == *snake || name == *class_name);
        Choice { thing: known.map(|(.., make)| make()).ok_or_else(|| name.to_owned()), name: Some(name.to_owned()) }
    }

    /// The thing, or an error that says which layer it is and names the nearest.
    pub(crate) fn resolve(&self, place: &Place, argument: &str) -> Result<Arc<T>> {
        self.thing
            .clone()
            .map_err(|name| place.unknown_name(argument, &name, T::names().iter().map(|(name, ..)| *name)))
    }

    /// The thing, or an error that names the nearest.
    pub(crate) fn get(&self, argument: &str) -> Result<&Arc<T>> {
        let names = || T::names().iter().map(|(name, ..)| *name);
        self.thing.as_ref().map_err(|name| Error::BadConfig {
            argument: argument.to_owned(),
            expected: match nearest(name, names()) {
                Some(near) => format!("a known name (`{near}` is near)"),
                None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
            },
            found: format!("`{name}`"),
        })
    }
}

impl<T: ?Sized> Clone for Choice<T> {
    fn clone(&self) -> Choice<T> {
        Choice { thing: self.thing.clone(), name: self.name.clone() }
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.thing {
            Ok(thing) => thing.fmt(f),
            Err(name) => write!(f, "{name:?}"),
        }
    }
}

impl<T: ?Sized> From<&Choice<T>> for Choice<T> {
    fn from(choice: &Choice<T>) -> Choice<T> {
        choice.clone()
    }
}

/// Names and things of one kind as [`Choice`] of it.
macro_rules! choices {
    ($kind:ident: $($name:literal => $class:ident = $make:expr;)*) => {
        impl $crate::choice::HasNames for dyn $kind {
            fn names() -> &'static [$crate::choice::Named<dyn $kind>] {
                &[$(($name, stringify!($class), || std::sync::Arc::new($make))),*]
            }
        }

        impl From<&str> for $crate::choice::Choice<dyn $kind> {
            fn from(name: &str) -> Self {
                $crate::choice::Choice::named(name)
            }
        }

        impl From<String> for $crate::choice::Choice<dyn $kind> {
            fn from(name: String) -> Self {
                $crate::choice::Choice::named(&name)
            }
        }

        impl<K: $kind + 'static> From<K> for $crate::choice::Choice<dyn $kind> {
            fn from(thing: K) -> Self {
                $crate::choice::Choice::of(std::sync::Arc::new(thing))
            }
        }
    };
}

pub(crate) use choices;
