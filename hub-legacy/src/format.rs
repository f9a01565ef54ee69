//! The TF1 Hub format as a format of the hub: the TF2 view.
//!
//! A module has a graph for each of its tag sets. Loaded, it gives the signatures of one of them; what trains it (which
//! variables, which losses, which updates) is left to the Module view, as in Python.

use std::path::Path;

use hub_core::model::{Upgrade, Upgraded};
use hub_core::saved_model::SavedModel;
use hub_core::saved_model::hub_module::is_hub_module;
use hub_core::{Format, Hub, LoadOptions, LoadedModel};

use crate::error::{Error, Result};

/// The file that marks a directory in this format.
const MARK: &str = "tfhub_module.pb";

/// The TF1 Hub format.
#[derive(Debug, Clone, Copy, Default)]
pub struct HubFormat;

impl HubFormat {
    /// The name that [`LoadedModel::format`] gives for models of this format.
    pub const NAME: &'static str = "TF1 Hub";
}

impl Format for HubFormat {
    fn name(&self) -> &'static str {
        HubFormat::NAME
    }

    /// What is marked, but not what TF2 saved: Python marks some of those too.
    fn recognises(&self, directory: &Path) -> bool {
        directory.join(MARK).exists()
    }

    fn load(&self, directory: &Path, options: &LoadOptions) -> hub_core::Result<LoadedModel> {
        is_hub_module(directory)?;
        let model = SavedModel::read(directory)?;
        if model.is_tf2(&model.meta_graphs()[0]) {
            return LoadedModel::from_directory(directory, options);
        }
        if options.wanted_tags().is_none() && model.meta_graph(Some(&[])).is_err() {
            // As Python, which takes the variant without tags: only that others are there is said.
            return Err(hub_core::Error::TagsNotFound { wanted: None, available: model.tag_sets() });
        }
        let tags = options.wanted_tags().unwrap_or_default().to_vec();
        let Upgraded { builder, refused } = Upgrade::new(tags).options(options).upgrade(&model)?;
        match refused.into_iter().next() {
            Some((_, why)) => Err(why),
            None => LoadedModel::from_builder(builder, directory, options.wanted_session()),
        }
    }
}

/// A hub that knows this format beside those of hub-core, with the settings in the process's environment.
pub fn hub() -> Hub {
    Hub::new().with_format(HubFormat)
}

/// Resolves a handle and loads the model: `hub.load` of Python's tensorflow_hub, TF1 Hub modules included.
///
/// # Errors
/// Those of [`Hub::load`]; of a module without a variant of no tags,
/// [`TagsNotFound`](hub_core::Error::TagsNotFound).
pub fn load(handle: &str) -> Result<LoadedModel> {
    load_with(handle, &LoadOptions::new())
}

/// As [`load`], with tags and session settings.
///
/// # Errors
/// Those of [`load`].
pub fn load_with(handle: &str, options: &LoadOptions) -> Result<LoadedModel> {
    hub().load(handle, options).map_err(Error::Core)
}
