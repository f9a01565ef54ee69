//! Specs and modules as directories: what Python's tensorflow_hub 0.15 loads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hub_core::Tensor;
use hub_core::saved_model::checkpoint::MODEL_PREFIX;
use hub_core::saved_model::collections::{SAVED_VARIABLES, variables};
use hub_core::saved_model::proto::{ModuleDef, SaveSliceInfoDef};
use hub_core::saved_model::{Checkpoint, CheckpointWriter, write};
use prost::Message;

use crate::error::{Error, Result};
use crate::module::Module;
use crate::spec::ModuleSpec;

/// The only format that there is.
const FORMAT_V3: i32 = 3;

/// How a module is exported.
#[derive(Debug, Clone, Default)]
pub struct ModuleExportOptions {
    overwrite: bool,
}

impl ModuleExportOptions {
    /// Into a place that is free.
    pub fn new() -> ModuleExportOptions {
        ModuleExportOptions::default()
    }

    /// Whether a module or model that is there is replaced; `false` unless set.
    pub fn overwrite(mut self, overwrite: bool) -> ModuleExportOptions {
        self.overwrite = overwrite;
        self
    }
}

/// The values of a checkpoint, by the names of a module's variables.
pub struct CheckpointValues<'n> {
    prefix: PathBuf,
    transform: Box<dyn Fn(&str) -> String + 'n>,
}

impl<'n> CheckpointValues<'n> {
    /// Those of the checkpoint whose files' names begin with `prefix`.
    pub fn new(prefix: impl Into<PathBuf>) -> CheckpointValues<'n> {
        CheckpointValues { prefix: prefix.into(), transform: Box::new(str::to_owned) }
    }

    /// What a variable of the module is called in the checkpoint: Python's `name_transform_fn`.
    pub fn name_transform(mut self, transform: impl Fn(&str) -> String + 'n) -> CheckpointValues<'n> {
        self.transform = Box::new(transform);
        self
    }
}

impl ModuleSpec {
    /// Exports the module with values of a checkpoint: `ModuleSpec.export(path, checkpoint_path, name_transform_fn)`.
    ///
    /// # Errors
    /// [`Error::NotInCheckpoint`] and [`Error::CheckpointShape`] for variables that the checkpoint does not have so; those
    /// of [`write::publish`].
    pub fn export(
        &self,
        path: impl AsRef<Path>,
        values: &CheckpointValues<'_>,
        options: &ModuleExportOptions,
    ) -> Result<()> {
        let checkpoint = Checkpoint::open_at(&values.prefix)?;
        let mut found = BTreeMap::new();
        for (name, shape) in self.variable_shapes()? {
            let key = (values.transform)(&name);
            let entry = checkpoint.entries().get(&key);
            let entry = entry.ok_or_else(|| Error::NotInCheckpoint {
                variable: name.clone(),
                key: key.clone(),
                checkpoint: values.prefix.clone(),
            })?;
            if !shape.accepts(&entry.shape) {
                let found = hub_core::Shape::known(&entry.shape).to_string();
                return Err(Error::CheckpointShape { variable: name, expected: shape.to_string(), key, found });
            }
            found.insert(name, checkpoint.read_tensor(&key)?);
        }
        self.publish(path.as_ref(), &found, options)
    }

    /// The names of the variables in checkpoints and their shapes; those in parts as a whole.
    fn variable_shapes(&self) -> Result<BTreeMap<String, hub_core::Shape>> {
        let mut shapes = BTreeMap::new();
        for meta_graph in self.saved_model().meta_graphs() {
            let nodes = meta_graph.graph_def.iter().flat_map(|graph| &graph.node);
            let nodes: BTreeMap<&str, _> = nodes.map(|node| (node.name.as_str(), node)).collect();
            for variable in variables(meta_graph, SAVED_VARIABLES)? {
                let name = variable.variable_name.split(':').next().unwrap_or_default();
                if let Some(slice) = &variable.save_slice_info_def {
                    let sizes = slice.full_shape.iter().map(|size| usize::try_from(*size).ok());
                    shapes.insert(slice.full_name.clone(), sizes.collect::<Vec<_>>().into());
                    continue;
                }
                let attribute = nodes.get(name).and_then(|node| node.attr.get("shape"));
                let shape = match attribute.and_then(|value| value.value.as_ref()) {
                    Some(hub_core::saved_model::proto::AttrValueValue::Shape(shape)) => {
                        hub_core::saved_model::shape::decode(shape)?
                    }
                    _ => hub_core::Shape::unknown(),
                };
                shapes.insert(name.to_owned(), shape);
            }
        }
        Ok(shapes)
    }

    /// Writes the module's directory; `values` are by the names in checkpoints.
    pub(crate) fn publish(
        &self,
        path: &Path,
        values: &BTreeMap<String, Tensor>,
        options: &ModuleExportOptions,
    ) -> Result<()> {
        let assets = self.asset_files();
        let bytes = self.saved_model().to_bytes();
        let mark = ModuleDef { format: FORMAT_V3, required_features: Vec::new() }.encode_to_vec();
        let write = |staging: &Path| {
            let failed = |path: &Path| {
                let path = path.to_owned();
                move |why| hub_core::Error::io("write", &path, why)
            };
            for (name, bytes) in [("saved_model.pb", &bytes), ("tfhub_module.pb", &mark)] {
                let file = staging.join(name);
                fs::write(&file, bytes).map_err(failed(&file))?;
            }
            let directory = staging.join("variables");
            fs::create_dir(&directory).map_err(failed(&directory))?;
            if !values.is_empty() {
                let mut writer = CheckpointWriter::create(&staging.join(MODEL_PREFIX))?;
                values.iter().try_for_each(|(name, value)| writer.add(name, value))?;
                writer.finish()?;
            }
            let directory = staging.join("assets");
            if !assets.is_empty() {
                fs::create_dir(&directory).map_err(failed(&directory))?;
            }
            for (name, source) in &assets {
                fs::copy(source, directory.join(name)).map_err(failed(source))?;
            }
            Ok(())
        };
        Ok(write::publish(path, options.overwrite, write)?)
    }
}

impl Module {
    /// Exports the module with the values that its variables have now: `Module.export(path, session)`.
    ///
    /// # Errors
    /// Those of [`Module::export_with`].
    pub fn export(&self, path: impl AsRef<Path>) -> Result<()> {
        self.export_with(path, &ModuleExportOptions::new())
    }

    /// As [`Module::export`], also over what is there.
    ///
    /// # Errors
    /// [`SaveExists`](hub_core::Error::SaveExists) and others of [`write::publish`];
    /// [`Unsupported`](hub_core::Error::Unsupported) for variables in parts along another dimension than the first.
    pub fn export_with(&self, path: impl AsRef<Path>, options: &ModuleExportOptions) -> Result<()> {
        self.spec().publish(path.as_ref(), &self.checkpoint_values()?, options)
    }

    /// The values by the names that they have in a checkpoint.
    fn checkpoint_values(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut parts: BTreeMap<String, Vec<(SaveSliceInfoDef, Tensor)>> = BTreeMap::new();
        let mut values = BTreeMap::new();
        let tags = self.options().wanted_tags();
        let listed = variables(self.spec().variant(&tags)?, SAVED_VARIABLES)?;
        let slices: BTreeMap<&str, _> = listed
            .iter()
            .filter_map(|one| Some((one.variable_name.split(':').next()?, one.save_slice_info_def.clone()?)))
            .collect();
        for variable in self.model().variables() {
            let value = variable.value()?;
            match slices.get(variable.name()) {
                Some(slice) => parts.entry(slice.full_name.clone()).or_default().push((slice.clone(), value)),
                None => drop(values.insert(variable.name().to_owned(), value)),
            }
        }
        for (name, mut parts) in parts {
            parts.sort_by_key(|(slice, _)| slice.var_offset.clone());
            if parts.iter().any(|(slice, _)| slice.var_offset.iter().skip(1).any(|offset| *offset != 0)) {
                let what = format!("the export of `{name}`, which is in parts along another dimension than the first,");
                return Err(hub_core::Error::Unsupported { what }.into());
            }
            let parts: Vec<Tensor> = parts.into_iter().map(|(_, part)| part).collect();
            values.insert(name, Tensor::concatenate(&parts)?);
        }
        Ok(values)
    }
}
