//! A loaded model saved again, with the values that it has now.
//!
//! ```text
//! target/
//! ├── saved_model.pb       the bytes that the model was loaded from
//! ├── keras_metadata.pb    likewise, where there is one
//! ├── variables/           new: the values under their old keys; what is no variable's or table's is copied
//! ├── assets/              likewise
//! └── assets.extra/        likewise
//! ```
//!
//! `fingerprint.pb` is left out: it is of the old values. The object graph stays what it was, so that Python and this
//! crate find all that they found before. The layers that train a model export it with values of their own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::description::Description;
use super::loaded_model::LoadedModel;
use super::snapshot::ModelState;
use crate::error::{Error, Result};
use crate::graph::check_input;
use crate::saved_model::checkpoint::{Checkpoint, CheckpointWriter, MODEL_PREFIX, VARIABLE_VALUE, key_map};
use crate::saved_model::write::SavedModelBuilder;
use crate::saved_model::{FILE_NAME, Fingerprint, ObjectKind, write};

/// Directories of assets deeper than this are refused.
const DEEPEST: usize = 64;

const PIECE_BYTES: usize = 1 << 18;

/// How a model is exported.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    overwrite: bool,
}

impl ExportOptions {
    /// To a new directory.
    pub fn new() -> ExportOptions {
        ExportOptions::default()
    }

    /// Whether a model that is there may be replaced, once the new one is whole. `false` unless set.
    pub fn overwrite(mut self, overwrite: bool) -> ExportOptions {
        self.overwrite = overwrite;
        self
    }
}

impl LoadedModel {
    /// Saves the model with the values that it has now to a new directory, for `load` and for Python.
    ///
    /// # Errors
    /// [`Error::SaveExists`] and [`Error::SaveRefused`] for what is in the way; [`Error::ModelChanged`] where the files
    /// that it was loaded from are other ones by now; [`Error::Unsupported`] for a model in TF1's format;
    /// [`Error::DiskFull`], [`Error::PermissionDenied`] and [`Error::Io`] from the disk.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::Tensor;
    /// use hub_core::model::ExportOptions;
    /// let model = hub_core::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/stateful/model"))?;
    /// model.variable("count")?.assign(&Tensor::scalar(7_i64))?;
    /// let directory = tempfile::tempdir().unwrap();
    /// let target = directory.path().join("counted");
    /// model.export(&target, &ExportOptions::new())?;
    /// let again = hub_core::load(target.to_str().unwrap())?;
    /// assert_eq!(again.variable("count")?.value()?, Tensor::scalar(7_i64));
    /// # Ok(())
    /// # }
    /// ```
    pub fn export(&self, target: impl AsRef<Path>, options: &ExportOptions) -> Result<()> {
        self.check_exportable()?;
        self.export_state(target, options, &self.state()?)
    }

    /// Saves the model with other values, those of its copy in another graph, say. What `state` lacks is as it was saved.
    ///
    /// # Errors
    /// Those of [`LoadedModel::export`]; [`Error::DTypeMismatch`] and [`Error::ShapeMismatch`] for values of another model.
    pub fn export_state(&self, target: impl AsRef<Path>, options: &ExportOptions, state: &ModelState) -> Result<()> {
        self.check_exportable()?;
        let description = self.description();
        check_values(description, state)?;
        if description.kept.is_some() {
            return self.export_part(target.as_ref(), options, state);
        }
        write::publish(target.as_ref(), options.overwrite, |staging| {
            copy_model(description, staging)?;
            if let Some(original) = Checkpoint::open_optional(&description.path)? {
                let prefix = staging.join(MODEL_PREFIX);
                let directory = staging.join("variables");
                fs::create_dir(&directory).map_err(|why| Error::io("create", &directory, why))?;
                write_checkpoint(description, &original, state, &prefix)?;
            }
            Ok(())
        })
    }

    /// A part of a larger model, as a model of its own: the files of that one are not its own.
    fn export_part(&self, target: &Path, options: &ExportOptions, state: &ModelState) -> Result<()> {
        let description = self.description();
        let mut builder = SavedModelBuilder::new();
        builder.tensorflow_version(&description.tensorflow_version);
        let embedded = self.embed(&mut builder, state)?;
        let root = builder.root();
        for (name, child) in description.object(0).children.iter().filter(|(name, _)| name != "signatures") {
            if let Some(child) = embedded.object(*child) {
                builder.child(root, name, child)?;
            }
        }
        for (key, signature) in description.signatures(0) {
            let outputs = description.trace(&signature.trace)?.outputs.keys().into_iter().map(str::to_owned);
            let outputs: Vec<String> = outputs.collect();
            let mut inputs = signature.inputs.clone();
            inputs.sort();
            let (inputs, outputs): (Vec<_>, Vec<_>) =
                (inputs.iter().map(String::as_str).collect(), outputs.iter().map(String::as_str).collect());
            builder.signature(&key, &embedded.function_name(&signature.trace), &inputs, &outputs)?;
        }
        builder.save(target, options.overwrite)
    }

    pub(super) fn check_exportable(&self) -> Result<()> {
        match &self.description().tf1 {
            None => Ok(()),
            Some(_) => Err(Error::Unsupported { what: "saving a model in TF1's format".into() }),
        }
    }
}

/// Checks that values are of this model.
fn check_values(description: &Description, state: &ModelState) -> Result<()> {
    for (node, value) in &state.values.variables {
        match description.objects.nodes.get(*node).map(|object| &object.kind) {
            Some(ObjectKind::Variable(spec)) => check_input(&spec.name, value, spec.dtype, &spec.shape)?,
            _ => return Err(Error::VariableNotFound { name: format!("object {node}") }),
        }
    }
    Ok(())
}

/// A checkpoint with the values of `state` under the model's own keys, and all else that the original has.
pub(super) fn write_checkpoint(
    description: &Description,
    original: &Checkpoint,
    state: &ModelState,
    prefix: &Path,
) -> Result<()> {
    let keys = match original.object_graph()? {
        Some(saved) => key_map(&description.objects, &saved)?,
        None => BTreeMap::new(),
    };
    let key = |node: &usize, attribute: &str| {
        keys.get(node)?.iter().find(|(name, _)| name == attribute).map(|(_, key)| key.as_str())
    };
    let mut writer = CheckpointWriter::create(prefix)?;
    for (node, value) in &state.values.variables {
        match key(node, VARIABLE_VALUE) {
            Some(key) => writer.add(key, value)?,
            None => tracing::warn!(node, "a variable that the model's checkpoint never had is not saved"),
        }
    }
    for ((node, attribute), tensors) in &state.values.tables {
        let Some(key) = key(node, attribute) else { continue };
        let names = state.table_names.get(&(*node, attribute.clone())).into_iter().flatten();
        names.zip(tensors).try_for_each(|(end, tensor)| writer.add(&format!("{key}{end}"), tensor))?;
    }
    for key in original.entries().keys() {
        if !writer.contains(key) {
            writer.copy(original, key)?;
        }
    }
    writer.finish()
}

/// Copies what does not depend on values.
fn copy_model(description: &Description, staging: &Path) -> Result<()> {
    let source = &description.path;
    if copy_file(&source.join(FILE_NAME), &staging.join(FILE_NAME))? != description.fingerprint {
        return Err(Error::ModelChanged { path: source.clone() });
    }
    let keras = source.join("keras_metadata.pb");
    if keras.is_file() {
        copy_file(&keras, &staging.join("keras_metadata.pb"))?;
    }
    ["assets", "assets.extra"].into_iter().try_for_each(|name| copy_tree(&source.join(name), &staging.join(name), 0))
}

/// Copies a directory, where there is one. Links to files become files; a directory's link is followed within bounds.
fn copy_tree(from: &Path, to: &Path, depth: usize) -> Result<()> {
    let failed = |why| Error::io("read", from, why);
    let entries = match fs::read_dir(from) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    if depth == DEEPEST {
        return Err(Error::structure(format!("directories of assets more than {DEEPEST} deep")));
    }
    fs::create_dir(to).map_err(|why| Error::io("create", to, why))?;
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let (from, to) = (from.join(&name), to.join(&name));
        match fs::metadata(&from) {
            Ok(found) if found.is_dir() => copy_tree(&from, &to, depth + 1)?,
            Ok(found) if found.is_file() => drop(copy_file(&from, &to)?),
            Ok(_) => tracing::warn!(path = %from.display(), "no file and no directory: it is not copied"),
            Err(why) => return Err(Error::io("read", &from, why)),
        }
    }
    Ok(())
}

/// Copies a file's bytes to a new file; answers with what tells them from others.
fn copy_file(from: &Path, to: &Path) -> Result<Fingerprint> {
    let mut source = File::open(from).map_err(|why| Error::io("read", from, why))?;
    let mut target = File::create_new(to).map_err(|why| Error::io("create", to, why))?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut fingerprint = Fingerprint::default();
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(fingerprint),
            Ok(length) => {
                fingerprint = fingerprint.append(&piece[..length]);
                target.write_all(&piece[..length]).map_err(|why| Error::io("write", to, why))?;
            }
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(Error::io("read", from, why)),
        }
    }
}
