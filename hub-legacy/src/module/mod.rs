//! The Module view: a TF1 Hub module with its state, as Python's `hub.Module` had it.
//!
//! A module can be called like any model, or put into a graph: [`Module::instantiate`] makes its variables there once, and
//! each application shares them. A trainable one brings updates and losses along.
//!
//! | file | holds |
//! |---|---|
//! | `inputs` | what is given, held against what a signature takes |
//! | `instance` | [`ModuleInstance`]: a module in a graph |
//! | `options` | [`ModuleOptions`]: tags, name, whether it can be trained |
//! | `variables` | [`ModuleVariable`]: variables under their names, parts put together |

mod inputs;
mod instance;
mod options;
mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hub_core::graph::Scope;
use hub_core::model::{Upgrade, Upgraded};
use hub_core::{IntoArguments, LoadedModel, Nest, Signature, Structure, Tensor};
pub(crate) use instance::nodes_of;
pub use instance::{ModuleInstance, ModuleOutputs};
pub use options::ModuleOptions;
pub use variables::ModuleVariable;

use crate::error::{Error, Result};
use crate::spec::{DEFAULT, ModuleSpec, ParsedTensorInfo, load_module_spec};

/// A TF1 Hub module with its state. Cheap to clone: clones share the state.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::Tensor;
/// use hub_legacy::{Module, ModuleOptions};
/// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_modules/affine/module");
/// let module = Module::load_with(handle, ModuleOptions::new().trainable(true))?;
/// assert_eq!(module.trainable_variables().len(), module.variables().len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    spec: ModuleSpec,
    options: ModuleOptions,
    model: LoadedModel,
    /// The signatures that cannot be called, each with why.
    refused: BTreeMap<String, String>,
}

impl Module {
    /// The module with this handle, its variant without tags, not trainable: `hub.Module(handle)`.
    ///
    /// # Errors
    /// Those of [`load_module_spec`] and [`Module::new`].
    pub fn load(handle: &str) -> Result<Module> {
        Module::load_with(handle, ModuleOptions::new())
    }

    /// The module with this handle: `hub.Module(handle, trainable, name, tags)`.
    ///
    /// # Errors
    /// Those of [`load_module_spec`] and [`Module::new`].
    pub fn load_with(handle: &str, options: ModuleOptions) -> Result<Module> {
        Module::new(&load_module_spec(handle)?, options)
    }

    /// A module of a spec, with variables of its own that have the values of the checkpoint.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`]; those of [`Upgrade::upgrade`].
    pub fn new(spec: &ModuleSpec, options: ModuleOptions) -> Result<Module> {
        spec.variant(&options.wanted_tags())?;
        let upgrade =
            Upgrade::new(options.wanted_tags()).trainable(options.is_trainable()).options(options.load_options());
        let upgrade = match options.wanted_training_tags() {
            Some(tags) => {
                spec.variant(&tags)?;
                upgrade.callable(true).training_tags(tags)
            }
            None => upgrade.callable(true),
        };
        let Upgraded { builder, refused } = spec.upgraded(&upgrade)?;
        let path = spec.saved_model().path();
        let model = LoadedModel::from_builder(builder, path, options.load_options().wanted_session())?;
        let refused = refused.into_iter().map(|(name, why)| (name, why.to_string())).collect();
        Ok(Module { inner: Arc::new(Inner { spec: spec.clone(), options, model, refused }) })
    }

    /// Calls the signature `default` on its only input, or on several by name, and gives the output `default`.
    ///
    /// # Errors
    /// Those of [`Module::call_signature`].
    pub fn call(&self, inputs: impl IntoArguments) -> Result<Structure> {
        self.call_signature(DEFAULT, inputs)
    }

    /// The same of another signature: `module(inputs, signature=...)`.
    ///
    /// # Errors
    /// Those of [`Module::call_as_dict`]; [`Error::NoDefaultOutput`] where no output is called `default`.
    pub fn call_signature(&self, signature: &str, inputs: impl IntoArguments) -> Result<Structure> {
        inputs::default_output(self.call_as_dict(signature, inputs)?)
    }

    /// Calls a signature and gives every output by its name: `module(inputs, signature=..., as_dict=True)`.
    ///
    /// # Errors
    /// [`Error::NoSuchSignature`] and [`Error::SignatureRefused`]; [`Error::NoInputsExpected`],
    /// [`Error::SeveralInputs`], [`Error::InputKeys`] and [`Error::InputKind`] for inputs that are none of the
    /// signature's; [`DTypeMismatch`](hub_core::Error::DTypeMismatch) and
    /// [`ShapeMismatch`](hub_core::Error::ShapeMismatch) for tensors that do not fit.
    pub fn call_as_dict(&self, signature: &str, inputs: impl IntoArguments) -> Result<Structure> {
        let infos = self.get_input_info_dict(Some(signature))?;
        let inputs = inputs::named(signature, inputs.into_arguments(), &infos)?;
        inputs::check_kinds(&inputs, &infos)?;
        Ok(self.signature(signature)?.call(Nest::Dict(inputs))?)
    }

    /// Makes the module's variables and tables in a graph, with the values that they have now, under the module's name.
    /// Control dependencies of the moment are not theirs, as in Python.
    ///
    /// # Errors
    /// Those of [`LoadedModel::instantiate`].
    pub fn instantiate<'g>(&self, scope: &'g Scope) -> Result<ModuleInstance<'g>> {
        ModuleInstance::new(self, scope)
    }

    /// The module as a model with objects and functions, which shares its state: what a layer takes.
    pub fn model(&self) -> &LoadedModel {
        &self.inner.model
    }

    /// What the module is made of.
    pub fn spec(&self) -> &ModuleSpec {
        &self.inner.spec
    }

    /// The paths of its files.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = self.inner.spec.asset_files().into_values();
        files.filter_map(|file| file.to_str().map(str::to_owned)).collect()
    }

    /// How it was made.
    pub fn options(&self) -> &ModuleOptions {
        &self.inner.options
    }

    /// The losses that a trainable module asks to be added, with the variables as they are.
    ///
    /// # Errors
    /// Those of [`Callable::call`](hub_core::Callable::call).
    pub fn regularization_losses(&self) -> Result<Vec<Tensor>> {
        let losses = self.model().regularization_losses().into_iter().flatten();
        losses.map(|loss| Ok(loss.call(hub_core::Arguments::new())?.tensor()?.clone())).collect()
    }

    /// How many operations update variables at each application; none where the module is not trainable.
    pub fn update_count(&self) -> Result<usize> {
        match self.inner.options.is_trainable() {
            true => self.inner.spec.update_count(&self.inner.options.wanted_tags()),
            false => Ok(0),
        }
    }

    /// The names of the signatures.
    ///
    /// # Errors
    /// Those of [`ModuleSpec::get_signature_names`].
    pub fn get_signature_names(&self) -> Result<Vec<String>> {
        self.inner.spec.get_signature_names(&self.inner.options.wanted_tags())
    }

    /// What a signature takes, by name.
    ///
    /// # Errors
    /// Those of [`ModuleSpec::get_input_info_dict`].
    pub fn get_input_info_dict(&self, signature: Option<&str>) -> Result<BTreeMap<String, ParsedTensorInfo>> {
        self.inner.spec.get_input_info_dict(signature, &self.inner.options.wanted_tags())
    }

    /// What a signature gives, by name.
    ///
    /// # Errors
    /// Those of [`ModuleSpec::get_output_info_dict`].
    pub fn get_output_info_dict(&self, signature: Option<&str>) -> Result<BTreeMap<String, ParsedTensorInfo>> {
        self.inner.spec.get_output_info_dict(signature, &self.inner.options.wanted_tags())
    }

    /// The message that is attached under a key; `None` where there is none.
    ///
    /// # Errors
    /// Those of [`ModuleSpec::get_attached_message`].
    pub fn get_attached_message<M: prost::Message + Default>(&self, key: &str) -> Result<Option<M>> {
        self.inner.spec.get_attached_message(key, &self.inner.options.wanted_tags())
    }

    /// Height and width of the images that a signature takes.
    ///
    /// # Errors
    /// Those of [`ModuleSpec::get_expected_image_size`].
    pub fn get_expected_image_size(&self, signature: Option<&str>, input_name: Option<&str>) -> Result<[usize; 2]> {
        self.inner.spec.get_expected_image_size(signature, input_name, &self.inner.options.wanted_tags())
    }

    /// The number of channels of the images that a signature takes.
    ///
    /// # Errors
    /// Those of [`ModuleSpec::get_num_image_channels`].
    pub fn get_num_image_channels(&self, signature: Option<&str>, input_name: Option<&str>) -> Result<usize> {
        self.inner.spec.get_num_image_channels(signature, input_name, &self.inner.options.wanted_tags())
    }

    /// A signature as the model has it.
    fn signature(&self, name: &str) -> Result<Signature> {
        if let Some(why) = self.inner.refused.get(name) {
            return Err(Error::SignatureRefused { signature: name.to_owned(), why: why.clone() });
        }
        Ok(self.model().signatures().get(name)?.clone())
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.inner.spec.saved_model().path();
        write!(f, "Module({}, tags {:?})", path.display(), self.inner.options.wanted_tags())
    }
}
