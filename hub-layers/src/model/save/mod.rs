//! Saving a model as a SavedModel, and taking it up again.
//!
//! ```text
//! root ── __call__(inputs, training=False, mask=None)     a trace for each value of `training`
//!      ├─ layer_with_weights-0, layer-0, ...              as Keras names them; a loaded model is at `_func`
//!      ├─ variables, trainable_variables, layers          lists
//!      ├─ regularization_losses                           functions without arguments
//!      ├─ signatures: serving_default
//!      └─ _hub_layers                                     what only this crate reads: configs, the optimizer's state
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`SaveOptions`], [`Model::save`] |
//! | `traces` | the model's graph as functions |
//! | `state` | all values at one moment |
//! | `objects` | layers, variables and loaded models as objects |
//! | `metadata` | what only this crate reads |
//! | `weights_file` | [`WeightsOptions`], [`Model::save_weights`] |
//! | `hub_model` | [`Model::export_hub_model`] |
//! | `inference` | [`Model::export_for_inference`] |
//! | `load` | [`Model::load`] |

mod hub_model;
mod inference;
mod load;
mod metadata;
mod objects;
mod state;
mod traces;
mod weights_file;

use std::path::Path;

use hub_core::saved_model::write::SavedModelBuilder;
use hub_core::saved_model::{FunctionSpec, Parameter, ParameterKind, Spec};
use hub_core::{Literal, Nest};

use self::objects::Objects;
pub(super) use self::traces::Exports;
pub use self::weights_file::WeightsOptions;
use super::Model;
use super::built::Built;
use super::network::is_input;
use crate::error::Result;

/// The child of the root that only this crate looks at.
const OWN: &str = "_hub_layers";

/// How a model is saved.
///
/// ```
/// use hub_layers::SaveOptions;
/// let options = SaveOptions::new().overwrite(true).include_optimizer(false);
/// ```
#[derive(Debug, Clone)]
pub struct SaveOptions {
    overwrite: bool,
    include_optimizer: bool,
}

impl Default for SaveOptions {
    fn default() -> SaveOptions {
        SaveOptions { overwrite: false, include_optimizer: true }
    }
}

impl SaveOptions {
    /// To a new directory, with what the optimizer keeps.
    pub fn new() -> SaveOptions {
        SaveOptions::default()
    }

    /// Whether a model that is there may be replaced, once the new one is whole. Default: false.
    pub fn overwrite(mut self, overwrite: bool) -> SaveOptions {
        self.overwrite = overwrite;
        self
    }

    /// Whether what the model was compiled with, and what its optimizer keeps, is saved too. Default: true.
    pub fn include_optimizer(mut self, include_optimizer: bool) -> SaveOptions {
        self.include_optimizer = include_optimizer;
        self
    }
}

impl Model {
    /// Saves the model to a new directory, as a SavedModel: for [`Model::load`], [`hub_core::load`], Python's
    /// `tf.saved_model.load` and `hub.KerasLayer`, and TensorFlow Serving.
    ///
    /// Loaded models inside are saved whole, with the values that they have in this model. A layer without a config, such as
    /// one of one's own that does not give it, keeps only [`Model::load`] from reading the model.
    ///
    /// ```
    /// use hub_layers::{Dense, InputLayer, Model, Sequential, Tensor};
    /// let model = Sequential::new().add(InputLayer::new([2])).add(Dense::new(3)).build()?;
    /// let directory = tempfile::tempdir().unwrap();
    /// let path = directory.path().join("model");
    /// model.save(&path)?;
    /// let same = Sequential::load(&path)?;
    /// let x = Tensor::from([[1.0_f32, 2.0]]);
    /// assert_eq!(same.predict(&x)?, model.predict(&x)?);
    /// assert_eq!(hub_core::load(path.to_str().unwrap())?.call(&x)?, model.predict(&x)?);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotBuilt`](crate::Error::NotBuilt). [`Error::Core`](crate::Error::Core) with
    /// [`SaveExists`](hub_core::Error::SaveExists) and [`SaveRefused`](hub_core::Error::SaveRefused) for what is in the
    /// way, [`ModelChanged`](hub_core::Error::ModelChanged) where the files of a loaded model inside are other ones by
    /// now, [`DiskFull`](hub_core::Error::DiskFull), [`PermissionDenied`](hub_core::Error::PermissionDenied) and
    /// [`Io`](hub_core::Error::Io) from the disk. What was in the directory is there still.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_with(path, &SaveOptions::new())
    }

    /// As [`Model::save`], with options.
    ///
    /// # Errors
    /// As [`Model::save`].
    pub fn save_with(&self, path: impl AsRef<Path>, options: &SaveOptions) -> Result<()> {
        Ok(self.saved(options)?.save(path.as_ref(), options.overwrite)?)
    }

    /// Saves the model as one file for a server, `.tar.gz`, whose root is the root of the model: what a handle that begins
    /// with `https://` leads to, here and in Python.
    ///
    /// # Errors
    /// As [`Model::save`].
    pub fn save_archive(&self, path: impl AsRef<Path>) -> Result<()> {
        self.save_archive_with(path, &SaveOptions::new())
    }

    /// As [`Model::save_archive`], with options.
    ///
    /// # Errors
    /// As [`Model::save`].
    pub fn save_archive_with(&self, path: impl AsRef<Path>, options: &SaveOptions) -> Result<()> {
        Ok(self.saved(options)?.save_archive(path.as_ref(), options.overwrite)?)
    }

    /// The SavedModel with the values of this moment.
    fn saved(&self, options: &SaveOptions) -> Result<SavedModelBuilder> {
        let built = self.built()?;
        let exports = self.exports(built)?;
        let compiled = self.compiled.as_ref().filter(|_| options.include_optimizer);
        let state = self.saved_state(built, compiled)?;
        let mut objects = Objects::of(self, built, &state)?;
        let names = self.input_names(built);
        let mut traces = Vec::new();
        for (training, trace) in [false, true].into_iter().zip(&exports.traces) {
            let inputs = trace_inputs(built, &names)?;
            let literal = Nest::Leaf(Spec::Literal(Literal::Bool(training)));
            traces.push(objects.trace(trace, vec![inputs, literal, Nest::None])?);
        }
        objects.lists(self, built)?;
        objects.losses(&exports.losses)?;
        objects.own(self.metadata(built, compiled, &state)?, &state)?;
        let mut builder = objects.builder;
        let root = builder.root();
        let call = builder.function(&call_spec(), &traces)?;
        builder.child(root, "__call__", call)?;
        let outputs = unique(built.output_names.clone());
        builder.signature("serving_default", &traces[0], &texts(&names), &texts(&outputs))?;
        Ok(builder)
    }

    /// The name of each input, in flattening order: its own, else that of the first layer.
    fn input_names(&self, built: &Built) -> Vec<String> {
        let first = || {
            let place = self.network.places.first().map_or("inputs", |place| place.name());
            match self.network.layers.first().is_some_and(|layer| is_input(layer.as_ref())) {
                true => place.to_owned(),
                false => format!("{place}_input"),
            }
        };
        unique(built.inputs.leaves().iter().map(|spec| spec.name().map_or_else(first, str::to_owned)).collect())
    }
}

/// What a trace takes for the model's inputs.
fn trace_inputs(built: &Built, names: &[String]) -> Result<Nest<Spec>> {
    let mut names = names.iter();
    built.inputs.try_map(&mut |spec| {
        let (name, shape, dtype) = (names.next().cloned(), spec.shape().clone(), spec.dtype());
        Ok(Spec::Tensor(hub_core::saved_model::TensorSpec { name, shape, dtype }))
    })
}

/// The parameters that Keras gives what it saves.
fn call_spec() -> FunctionSpec {
    let parameter = |name: &str, default| Parameter { name: name.into(), kind: ParameterKind::Positional, default };
    let not_training = Nest::Leaf(Spec::Literal(Literal::Bool(false)));
    let parameters =
        vec![parameter("inputs", None), parameter("training", Some(not_training)), parameter("mask", Some(Nest::None))];
    FunctionSpec { parameters, ..FunctionSpec::default() }
}

/// The names, each once.
fn unique(names: Vec<String>) -> Vec<String> {
    let mut taken = std::collections::HashSet::new();
    let mut once = |name: String| {
        let numbered = (1..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        let free = free.unwrap_or(name.clone());
        taken.insert(free.clone());
        free
    };
    names.into_iter().map(&mut once).collect()
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
