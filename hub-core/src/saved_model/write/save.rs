//! The files of a model that has been described: written to a new directory, which then takes its place.

#[cfg(feature = "engine")]
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;

use super::super::checkpoint::{CheckpointWriter, MODEL_PREFIX};
#[cfg(feature = "engine")]
use super::super::proto::MetaGraphDef;
use super::super::proto::{SavedModel, SavedObjectGraph};
use super::super::read::FILE_NAME;
use super::builder::SavedModelBuilder;
#[cfg(feature = "engine")]
use super::embed::AssetSource;
use super::keys::Keys;
use super::publish::publish;
use super::publish_files::publish_files;
use super::serving::meta_graph;
use crate::error::{Error, Result};
#[cfg(feature = "engine")]
use crate::tensor::Tensor;

/// The one version of the form that there is.
const SCHEMA_VERSION: i64 = 1;

/// Protobuf messages end below 2 GiB.
const SIZE_LIMIT: usize = i32::MAX as usize;

/// A model that has been described, ready to be written.
pub(super) struct Finished {
    message: SavedModel,
    keys: Keys,
    builder: SavedModelBuilder,
}

impl Finished {
    /// Writes the files into a directory that is there.
    pub(super) fn write(&self, directory: &Path) -> Result<()> {
        let path = directory.join(FILE_NAME);
        fs::write(&path, self.message.encode_to_vec()).map_err(|why| Error::io("write", &path, why))?;
        create(&directory.join("variables"))?;
        self.builder.write_checkpoint(&directory.join(MODEL_PREFIX), &self.keys)?;
        self.builder.write_assets(directory)
    }
}

/// A model that has been described, as it would be written, in memory.
#[cfg(feature = "engine")]
pub(crate) struct InMemory {
    /// The only meta graph.
    pub(crate) meta_graph: MetaGraphDef,
    /// The key of each variable, by node.
    pub(crate) keys: BTreeMap<usize, String>,
    /// The value of each variable, by node.
    pub(crate) variables: BTreeMap<usize, Tensor>,
    /// The values of each table, by node and attribute.
    pub(crate) tables: BTreeMap<(usize, String), Vec<Tensor>>,
    /// Where the file of each asset is, by node, or what is in it.
    pub(crate) assets: BTreeMap<usize, AssetSource>,
}

impl SavedModelBuilder {
    /// All that would be written.
    ///
    /// # Errors
    /// As [`SavedModelBuilder::save`], but for the disk.
    #[cfg(feature = "engine")]
    pub(crate) fn in_memory(self) -> Result<InMemory> {
        let Finished { mut message, keys, builder } = self.finish()?;
        let values = |values: Vec<(String, Tensor)>| values.into_iter().map(|(_, value)| value).collect();
        Ok(InMemory {
            meta_graph: message.meta_graphs.swap_remove(0),
            keys: keys.variables,
            variables: builder.variables.into_iter().map(|(node, (_, value))| (node, value)).collect(),
            tables: builder.tables.into_iter().map(|(table, own)| (table, values(own))).collect(),
            assets: builder.assets.into_iter().map(|asset| (asset.node, (asset.source, asset.bytes))).collect(),
        })
    }

    /// Writes the model to a new directory; one that is there is replaced where `overwrite` says so.
    ///
    /// # Errors
    /// Those of [`publish`]; [`Error::ModelStructure`] for a variable that is reached from no object, and for functions
    /// that capture what is no tensor; [`Error::Unsupported`] for a graph of 2 GiB and more.
    pub fn save(self, target: &Path, overwrite: bool) -> Result<()> {
        let model = self.finish()?;
        publish(target, overwrite, |staging| model.write(staging))
    }

    /// All that is written.
    pub(super) fn finish(mut self) -> Result<Finished> {
        let keys = Keys::of(&self.nodes)?;
        let mut meta_graph = meta_graph(&mut self, &keys)?;
        meta_graph.object_graph_def = Some(SavedObjectGraph {
            nodes: std::mem::take(&mut self.nodes),
            concrete_functions: std::mem::take(&mut self.concrete_functions),
        });
        let message = SavedModel { saved_model_schema_version: SCHEMA_VERSION, meta_graphs: vec![meta_graph] };
        if message.encoded_len() > SIZE_LIMIT {
            return Err(Error::Unsupported { what: "a model whose graph takes 2 GiB and more".into() });
        }
        Ok(Finished { message, keys, builder: self })
    }

    /// Writes the variables and tables alone, as a checkpoint whose files' names begin with `target`.
    ///
    /// # Errors
    /// [`Error::SaveExists`] and [`Error::SaveRefused`] for what is in the way, [`Error::ModelStructure`] for a variable
    /// that is reached from no object, [`Error::Io`] and its kin from the disk.
    pub fn save_checkpoint(self, target: &Path, overwrite: bool) -> Result<()> {
        let keys = Keys::of(&self.nodes)?;
        publish_files(target, overwrite, |staging| {
            let prefix = staging.join("weights");
            self.write_checkpoint(&prefix, &keys)?;
            let end = |end: &str| (with_end(&prefix, end), with_end(target, end));
            Ok(vec![end(".data-00000-of-00001"), end(".index")])
        })
    }

    fn write_checkpoint(&self, prefix: &Path, keys: &Keys) -> Result<()> {
        let mut writer = CheckpointWriter::create(prefix)?;
        for (node, key) in &keys.variables {
            if let Some((_, value)) = self.variables.get(node) {
                writer.add(key, value)?;
            }
        }
        for (table, values) in &self.tables {
            let Some(key) = keys.tables.get(table) else { continue };
            values.iter().try_for_each(|(end, value)| writer.add(&format!("{key}{end}"), value))?;
        }
        writer.add_object_graph(&keys.graph)?;
        writer.finish()
    }

    fn write_assets(&self, staging: &Path) -> Result<()> {
        let assets = staging.join("assets");
        if !self.assets.is_empty() {
            create(&assets)?;
        }
        for asset in &self.assets {
            let path = assets.join(&asset.name);
            let failed = |why| Error::io("write", &path, why);
            if let Some(bytes) = &asset.bytes {
                fs::write(&path, bytes).map_err(failed)?;
                continue;
            }
            let mut source = fs::File::open(&asset.source).map_err(|why| Error::io("read", &asset.source, why))?;
            std::io::copy(&mut source, &mut fs::File::create_new(&path).map_err(failed)?).map_err(failed)?;
        }
        Ok(())
    }
}

fn with_end(prefix: &Path, end: &str) -> PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(end);
    path.into()
}

fn create(directory: &Path) -> Result<()> {
    fs::create_dir(directory).map_err(|why| Error::io("create", directory, why))
}
