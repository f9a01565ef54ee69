//! What a module is before it has state: its variants by tags, their signatures and attachments.
//!
//! `module` makes a [`Module`](crate::Module) of it.

mod info;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hub_core::model::{Upgrade, Upgraded};
use hub_core::saved_model::hub_module::{attachments, is_hub_module};
use hub_core::saved_model::proto::{MetaGraphDef, SignatureDef, TensorInfo};
use hub_core::saved_model::{SavedModel, collections};
pub use info::ParsedTensorInfo;
use prost::Message;

use crate::authoring::Written;
use crate::error::{Error, Result};
use crate::format::hub;

/// The signature that counts where none is named.
pub(crate) const DEFAULT: &str = "default";

/// The signature under which TensorFlow hides an initialiser.
const HIDDEN_SIGNATURE: &str = "__saved_model_init_op";

/// A module's variants, signatures and attachments. Cheap to clone.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_modules/several_signatures/module");
/// let spec = hub_legacy::load_module_spec(handle)?;
/// assert!(spec.get_signature_names(&[])?.contains(&"mul".to_owned()));
/// let inputs = spec.get_input_info_dict(Some("mul"), &[])?;
/// assert_eq!(inputs["x"].to_string(), "<hub.ParsedTensorInfo shape=<unknown> dtype=float32 is_sparse=False>");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ModuleSpec {
    model: Arc<SavedModel>,
    /// What a module that was written here has beside its graphs; others have a directory.
    written: Option<Arc<Written>>,
}

/// The spec of the module with this handle: `hub.load_module_spec`.
///
/// # Errors
/// Those of [`Hub::resolve`](hub_core::Hub::resolve) and of [`SavedModel::read`]; [`NotAModel`](hub_core::Error::NotAModel)
/// for a directory without `tfhub_module.pb`, [`Unsupported`](hub_core::Error::Unsupported) for another version of the
/// format and for features that are not known.
pub fn load_module_spec(handle: &str) -> Result<ModuleSpec> {
    ModuleSpec::from_directory(&hub().resolve(handle)?)
}

impl ModuleSpec {
    /// The spec of the module in a directory.
    ///
    /// # Errors
    /// As [`load_module_spec`].
    pub fn from_directory(directory: &Path) -> Result<ModuleSpec> {
        if !is_hub_module(directory)? {
            let why = "it holds no `tfhub_module.pb`, so it is no TF1 Hub module".into();
            return Err(hub_core::Error::NotAModel { path: directory.to_owned(), why }.into());
        }
        ModuleSpec::of(SavedModel::read(directory)?)
    }

    /// The spec of a plain SavedModel of TF1, with its own tag sets and names of signatures:
    /// `hub.create_module_spec_from_saved_model`.
    ///
    /// # Errors
    /// As [`SavedModel::read`]; [`Unsupported`](hub_core::Error::Unsupported) for a model that TF2 saved.
    pub fn from_saved_model(directory: &Path) -> Result<ModuleSpec> {
        ModuleSpec::of(SavedModel::read(directory)?)
    }

    fn of(model: SavedModel) -> Result<ModuleSpec> {
        if model.is_tf2(&model.meta_graphs()[0]) {
            let what = "a model that TF2 saved, which is no TF1 Hub module".into();
            return Err(hub_core::Error::Unsupported { what }.into());
        }
        for meta_graph in model.meta_graphs() {
            attachments(meta_graph)?;
        }
        Ok(ModuleSpec { model: Arc::new(model), written: None })
    }

    /// A spec that was written here.
    pub(crate) fn written(model: SavedModel, written: Written) -> Result<ModuleSpec> {
        Ok(ModuleSpec { written: Some(Arc::new(written)), ..ModuleSpec::of(model)? })
    }

    /// The tags of each variant.
    pub fn get_tags(&self) -> Vec<BTreeSet<String>> {
        self.model.tag_sets().into_iter().map(|tags| tags.into_iter().collect()).collect()
    }

    /// The names of the signatures of a variant.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`].
    pub fn get_signature_names(&self, tags: &[&str]) -> Result<Vec<String>> {
        Ok(signature_names(self.variant(tags)?))
    }

    /// What a signature takes, by name; that of `default` where none is named.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`] and [`Error::NoSuchSignature`].
    pub fn get_input_info_dict(
        &self,
        signature: Option<&str>,
        tags: &[&str],
    ) -> Result<BTreeMap<String, ParsedTensorInfo>> {
        infos(&self.signature(signature, tags)?.inputs)
    }

    /// What a signature gives, by name; that of `default` where none is named.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`] and [`Error::NoSuchSignature`].
    pub fn get_output_info_dict(
        &self,
        signature: Option<&str>,
        tags: &[&str],
    ) -> Result<BTreeMap<String, ParsedTensorInfo>> {
        infos(&self.signature(signature, tags)?.outputs)
    }

    /// The message that is attached to a variant under a key; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`], and [`Error::AttachmentType`] where it is a message of another type.
    pub fn get_attached_message<M: Message + Default>(&self, key: &str, tags: &[&str]) -> Result<Option<M>> {
        let decode = |bytes: Vec<u8>| {
            M::decode(&bytes[..]).map_err(|why| Error::AttachmentType { key: key.to_owned(), why: why.to_string() })
        };
        self.get_attached_bytes(key, tags)?.map(decode).transpose()
    }

    /// The same as an error where there is none: Python's `required=True`.
    ///
    /// # Errors
    /// As [`ModuleSpec::get_attached_message`]; [`Error::NoAttachment`].
    pub fn get_required_message<M: Message + Default>(&self, key: &str, tags: &[&str]) -> Result<M> {
        let available = || attachments(self.variant(tags)?).map(|all| all.into_keys().collect()).map_err(Error::from);
        match self.get_attached_message(key, tags)? {
            Some(message) => Ok(message),
            None => Err(Error::NoAttachment { key: key.to_owned(), available: available()? }),
        }
    }

    /// The bytes of the message that is attached to a variant under a key.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`].
    pub fn get_attached_bytes(&self, key: &str, tags: &[&str]) -> Result<Option<Vec<u8>>> {
        Ok(attachments(self.variant(tags)?)?.remove(key))
    }

    /// The meta graph with just these tags.
    pub(crate) fn variant(&self, tags: &[&str]) -> Result<&MetaGraphDef> {
        let wanted: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let missing = |_| Error::NoSuchVariant { tags: wanted.clone(), available: self.model.tag_sets() };
        self.model.meta_graph(Some(&wanted)).map_err(missing)
    }

    pub(crate) fn signature(&self, name: Option<&str>, tags: &[&str]) -> Result<&SignatureDef> {
        let name = name.unwrap_or(DEFAULT);
        let variant = self.variant(tags)?;
        let found = variant.signature_def.get(name).filter(|_| name != HIDDEN_SIGNATURE);
        found.ok_or_else(|| Error::NoSuchSignature { signature: name.to_owned(), available: signature_names(variant) })
    }

    pub(crate) fn saved_model(&self) -> &SavedModel {
        &self.model
    }

    /// The module with objects and functions.
    pub(crate) fn upgraded(&self, upgrade: &Upgrade) -> Result<Upgraded> {
        let Some(written) = &self.written else { return Ok(upgrade.upgrade(&self.model)?) };
        let value = |name: &str, _: Option<(&[i64], &[i64])>| {
            let missing = || hub_core::Error::VariableNotFound { name: name.to_owned() };
            written.values.get(name).cloned().ok_or_else(missing)
        };
        let file = |name: &str| written.assets.get(name).cloned().unwrap_or_default();
        Ok(upgrade.upgrade_with(&self.model, &value, &file)?)
    }

    /// The files by the names that they have among the assets.
    pub(crate) fn asset_files(&self) -> BTreeMap<String, PathBuf> {
        if let Some(written) = &self.written {
            return written.assets.clone();
        }
        let assets = self.model.meta_graphs().iter().filter_map(|meta_graph| collections::assets(meta_graph).ok());
        let directory = self.model.path().join("assets");
        assets.flatten().map(|asset| (asset.filename.clone(), directory.join(asset.filename))).collect()
    }

    /// How many operations update variables when a variant is trained.
    pub(crate) fn update_count(&self, tags: &[&str]) -> Result<usize> {
        Ok(collections::node_list(self.variant(tags)?, collections::UPDATES).len())
    }
}

fn signature_names(meta_graph: &MetaGraphDef) -> Vec<String> {
    meta_graph.signature_def.keys().filter(|name| *name != HIDDEN_SIGNATURE).cloned().collect()
}

fn infos(ends: &BTreeMap<String, TensorInfo>) -> Result<BTreeMap<String, ParsedTensorInfo>> {
    ends.iter().map(|(name, info)| Ok((name.clone(), ParsedTensorInfo::parse(name, info)?))).collect()
}
