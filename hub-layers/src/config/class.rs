//! [`Class`]: how a class of this crate says what its arguments are: `class!` in its own file.

use super::reading::Reading;
use super::written::Config;
use crate::error::Result;

/// A class that is written and read by a list of its arguments.
pub(crate) trait Class: Sized {
    /// Keras's name of it.
    const CLASS_NAME: &'static str;

    /// The arguments that it has.
    fn write(&self, config: Config) -> Result<Config>;

    /// The thing that these arguments make.
    fn read(reading: &mut Reading<'_>) -> Result<Self>;
}

/// The arguments of a class: what an object begins with, then Keras's name of each argument with the field it is in.
///
/// ```text
/// class! { Dense = "Dense", |config| Dense::new(config.required("units")?);
///     units = units, kernel_initializer = kernel.initializer; with options }
/// ```
///
/// `with` names fields that read and write arguments of their own; `fixed` are arguments of Keras that can have one
/// value only here, `ignored` those that may be anything, with what is written.
macro_rules! class {
    ($class:ty = $class_name:expr, |$config:ident| $start:expr;
        $($argument:ident = $($field:ident).+),* $(,)?
        $(; with $($part:ident),+)? $(; fixed $($fixed:literal = $value:expr),*)?
        $(; ignored $($ignored:literal = $written:expr),*)?) => {
        impl $crate::config::Class for $class {
            const CLASS_NAME: &'static str = $class_name;

            #[allow(clippy::needless_question_mark, reason = "some lists of arguments end without one")]
            fn write(&self, config: $crate::config::Config) -> $crate::Result<$crate::config::Config> {
                $($(let config = self.$part.write(config)?;)+)?
                $(let config = config.with(stringify!($argument), &self.$($field).+)?;)*
                $($(let config = config.with_json($fixed, serde_json::Value::from($value));)*)?
                $($(let config = config.with_json($ignored, serde_json::Value::from($written));)*)?
                Ok(config)
            }

            fn read($config: &mut $crate::config::Reading<'_>) -> $crate::Result<Self> {
                #[allow(unused_mut, reason = "some have no arguments")]
                let mut made: $class = $start;
                $($(made.$part.read($config)?;)+)?
                $(if let Some(value) = $config.optional(stringify!($argument))? {
                    made.$($field).+ = value;
                })*
                $($($config.only($fixed, $value)?;)*)?
                $($($config.ignored($ignored);)*)?
                Ok(made)
            }
        }
    };
}

/// The config of a thing whose class is Keras's.
pub(crate) fn config_of<C: Class>(thing: &C, module: &'static str) -> Result<Config> {
    thing.write(Config::new(C::CLASS_NAME).in_module(module))
}

/// The classes of a kind as a list of names with what makes them.
macro_rules! list_of_classes {
    ($kind:ty: $($class:ty),* $(,)?) => {
        &[$((<$class as $crate::config::Class>::CLASS_NAME, |reading| {
            let made = <$class as $crate::config::Class>::read(reading)?;
            Ok(std::sync::Arc::new(made) as std::sync::Arc<$kind>)
        })),*]
    };
}

pub(crate) use {class, list_of_classes};

/// Arguments that are one of some names: `named_argument! { AucCurve: Roc = "ROC", Pr = "PR" }`; after a semicolon, other
/// names that are read as well.
macro_rules! named_argument {
    ($type:ident: $($variant:ident = $name:literal),+ $(; $($other:ident = $other_name:literal),+)?) => {
        impl $crate::config::Argument for $type {
            fn write(&self) -> $crate::Result<serde_json::Value> {
                Ok(match self { $($type::$variant => $name),+ }.into())
            }

            fn read(json: &serde_json::Value, at: $crate::config::At<'_>) -> $crate::Result<$type> {
                match json.as_str() {
                    $(Some($name) => Ok($type::$variant),)+
                    $($(Some($other_name) => Ok($type::$other),)+)?
                    _ => Err(at.expected(["one of", $(concat!("`", $name, "`")),+].join(" "), json)),
                }
            }
        }
    };
}

pub(crate) use named_argument;
