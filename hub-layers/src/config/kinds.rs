//! The kinds of classes (layers, initializers, losses, ...): which are known, and what is made of a config.

use std::sync::Arc;

use serde_json::Value;

use super::argument::At;
use super::custom_objects::{CustomMakers, CustomObjects};
use super::reading::{Reading, class_name};
use super::written::Config;
use crate::choice::{Choice, HasNames};
use crate::constraints::Constraint;
use crate::error::{Error, Result};
use crate::initializers::Initializer;
use crate::layer::Layer;
use crate::losses::Loss;
use crate::metrics::Metric;
use crate::optimizers::Optimizer;
use crate::optimizers::schedules::LearningRateSchedule;
use crate::regularizers::Regularizer;

/// What makes a thing of its config.
pub(crate) type Maker<T> = fn(&mut Reading<'_>) -> Result<Arc<T>>;

/// A kind of class.
pub(crate) trait Kind: 'static {
    /// What one of the kind is called in messages: `layer`.
    const NAME: &'static str;

    /// The classes of this crate.
    fn classes() -> &'static [(&'static str, Maker<Self>)];

    /// The classes of one's own.
    fn custom(custom_objects: &CustomObjects) -> &CustomMakers<Self>;

    /// The config of a thing.
    fn config_of(&self) -> Result<Config>;
}

macro_rules! kinds {
    ($($kind:ident = $name:literal in $makers:ident: $classes:expr;)*) => {$(
        impl Kind for dyn $kind {
            const NAME: &'static str = $name;

            fn classes() -> &'static [(&'static str, Maker<dyn $kind>)] {
                $classes
            }

            fn custom(custom_objects: &CustomObjects) -> &CustomMakers<dyn $kind> {
                &custom_objects.$makers
            }

            fn config_of(&self) -> Result<Config> {
                self.config()
            }
        }
    )*};
}

kinds! {
    Layer = "layer" in layers: crate::layers::CLASSES;
    Initializer = "initializer" in initializers: crate::initializers::CLASSES;
    Regularizer = "regularizer" in regularizers: crate::regularizers::CLASSES;
    Constraint = "constraint" in constraints: crate::constraints::CLASSES;
    Loss = "loss" in losses: crate::losses::CLASSES;
    Metric = "metric" in metrics: crate::metrics::CLASSES;
    Optimizer = "optimizer" in optimizers: crate::optimizers::CLASSES;
    LearningRateSchedule = "learning rate schedule" in schedules: crate::optimizers::schedules::CLASSES;
}

/// Builds a thing of its config.
pub(crate) fn build<T: Kind + ?Sized>(json: &Value, at: At<'_>) -> Result<Arc<T>> {
    let class_name = class_name(json, at)?;
    let mut reading = Reading::new(json, at)?;
    if let Some(make) = T::custom(at.custom_objects).get(class_name) {
        // What a class of one's own does with its arguments is its own affair.
        return make(&mut reading);
    }
    let Some((_, make)) = T::classes().iter().find(|(name, _)| *name == class_name) else {
        let known = T::classes().iter().map(|(name, _)| (*name).to_owned());
        return Err(Error::UnknownClass {
            kind: T::NAME,
            place: at.path.to_owned(),
            found: class_name.to_owned(),
            available: known.chain(T::custom(at.custom_objects).keys().cloned()).collect(),
        });
    };
    let made = make(&mut reading)?;
    reading.finish()?;
    Ok(made)
}

/// A choice as a config: that of the thing, whatever name it was given by.
pub(super) fn write_choice<T: Kind + ?Sized>(choice: &Choice<T>) -> Result<Value> {
    match choice.thing() {
        Ok(thing) => Ok(thing.config_of()?.to_json()),
        Err(name) => Ok(name.into()),
    }
}

/// A name, or a class with its arguments.
pub(super) fn read_choice<T: Kind + HasNames + ?Sized>(json: &Value, at: At<'_>) -> Result<Choice<T>> {
    if let Some(name) = json.as_str() {
        return match T::custom(at.custom_objects).contains_key(name) {
            // Keras makes a class that is named alone without arguments.
            true => build(&serde_json::json!({ "class_name": name, "config": {} }), at).map(Choice::of),
            false => Ok(Choice::named(name)),
        };
    }
    build(json, at).map(Choice::of)
}
