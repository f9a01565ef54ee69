//! TF1 Hub modules as TF2 SavedModels: what Python's TF2, TensorFlow Serving and `hub_core::load` read, and train.

use std::collections::BTreeMap;
use std::path::Path;

use hub_core::LoadOptions;
use hub_core::model::{Upgrade, Upgraded};

use crate::error::{Error, Result};
use crate::spec::ModuleSpec;

/// The tags of the variant that most modules have for training.
const TRAIN: &str = "train";

/// How a module is converted.
#[derive(Debug, Clone, Default)]
pub struct ConvertOptions {
    tags: Vec<String>,
    training_tags: Option<Vec<String>>,
    overwrite: bool,
    load_options: LoadOptions,
}

impl ConvertOptions {
    /// The variant without tags, and for training the one that is called `train`, where there is one.
    pub fn new() -> ConvertOptions {
        ConvertOptions::default()
    }

    /// The variant with just these tags.
    pub fn tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> ConvertOptions {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// The variant that `training=True` calls; unless set the one called `train`, where there is one.
    pub fn training_tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> ConvertOptions {
        self.training_tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Whether a model that is there is replaced; `false` unless set.
    pub fn overwrite(mut self, overwrite: bool) -> ConvertOptions {
        self.overwrite = overwrite;
        self
    }

    /// What the module's ops may do, and libraries with ops that it needs.
    pub fn loading(mut self, options: LoadOptions) -> ConvertOptions {
        self.load_options = options;
        self
    }
}

/// What came of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The tags of the variant that is called with `training=True`; `None` where there is no such argument.
    pub training_tags: Option<Vec<String>>,
    /// The signatures that could not be converted, each with why.
    pub refused: BTreeMap<String, String>,
}

/// Writes a module, or a plain SavedModel of TF1, as a reusable TF2 SavedModel.
///
/// It can be called by the signature `default` (its only input or a dict; the output `default` or a dict), with a
/// `training` argument where there is something to train, and has `variables`, `trainable_variables`,
/// `regularization_losses`, tables, assets and all signatures.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_legacy::{ConvertOptions, convert_tf1, load_module_spec};
/// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_modules/affine/module");
/// let directory = tempfile::tempdir().unwrap();
/// let target = directory.path().join("affine");
/// convert_tf1(&load_module_spec(handle)?, &target, &ConvertOptions::new())?;
/// let model = hub_core::load(target.to_str().unwrap())?;
/// assert!(model.is_callable() && !model.trainable_variables().is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::NoSuchVariant`]; those of [`Upgrade::upgrade`] and of
/// [`SavedModelBuilder::save`](hub_core::saved_model::write::SavedModelBuilder::save).
pub fn convert_tf1(spec: &ModuleSpec, target: impl AsRef<Path>, options: &ConvertOptions) -> Result<Converted> {
    let texts = |tags: &[String]| spec.variant(&tags.iter().map(String::as_str).collect::<Vec<_>>()).map(drop);
    texts(&options.tags)?;
    let usual = || (options.tags.is_empty() && spec.variant(&[TRAIN]).is_ok()).then(|| vec![TRAIN.to_owned()]);
    let training_tags = options.training_tags.clone().or_else(usual);
    let mut upgrade = Upgrade::new(&options.tags).callable(true).trainable(true).options(&options.load_options);
    if let Some(tags) = &training_tags {
        texts(tags)?;
        upgrade = upgrade.training_tags(tags);
    }
    let Upgraded { builder, refused } = spec.upgraded(&upgrade)?;
    builder.save(target.as_ref(), options.overwrite).map_err(Error::Core)?;
    Ok(Converted { training_tags, refused: refused.into_iter().map(|(name, why)| (name, why.to_string())).collect() })
}
