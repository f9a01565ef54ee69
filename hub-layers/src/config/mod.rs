//! Layers, losses, optimizers and the like as configs in Keras's format, and back.
//!
//! A config is a class's name with its arguments. Every piece gives its own (`config`), and is built from one by its
//! class's name: those of this crate are known, others are registered in [`CustomObjects`].
//! [`Model::to_json`](crate::Model::to_json) and [`Compile::config`](crate::Compile::config) are made of them.
//!
//! ```
//! use hub_layers::config::{Config, CustomObjects};
//! use hub_layers::{Dense, Layer};
//!
//! let config = Dense::new(10).activation("relu").config()?;
//! assert_eq!(config.arguments()["units"], 10);
//! let same = CustomObjects::new().build_layer(&config.to_json())?;
//! assert_eq!(same.config()?.to_json(), config.to_json());
//! # Ok::<(), hub_layers::Error>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `written` | [`Config`]: a class and its arguments |
//! | `reading` | [`Reading`]: the arguments, each asked for by its name |
//! | `argument` | [`Argument`]: what an argument can be |
//! | `kinds` | the kinds of classes: which are known, and where Keras has them |
//! | `custom_objects` | [`CustomObjects`]: classes of one's own |
//! | `class` | how a class of this crate says what its arguments are |

mod argument;
mod class;
mod custom_objects;
mod kinds;
mod reading;
mod written;

pub use argument::{Argument, At};
pub(crate) use class::{Class, class, config_of, list_of_classes, named_argument};
pub use custom_objects::CustomObjects;
pub(crate) use kinds::{Maker, build};
pub use reading::Reading;
pub use written::Config;
pub(crate) use written::no_config;
