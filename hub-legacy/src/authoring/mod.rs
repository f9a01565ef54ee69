//! New modules: `hub.create_module_spec` over the graph DSL.
//!
//! A function writes the module's graph, once for each variant; what it calls variables, signatures and attachments comes
//! into the spec. The values that variables have at first go along until the spec is exported.
//!
//! | file | holds |
//! |---|---|
//! | `graph` | [`ModuleGraph`]: what the function writes into |
//! | `checks` | what a module may not do |
//! | `meta_graph` | the graph as TF1 writes it: collections, signatures |
//! | `export` | [`ModuleExportOptions`]: specs and modules as directories |
//! | `latest` | [`LatestModuleExporter`]: exports with a time stamp, of which the last are kept |

mod checks;
mod export;
mod graph;
mod latest;
mod meta_graph;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use export::{CheckpointValues, ModuleExportOptions};
pub use graph::ModuleGraph;
use hub_core::Tensor;
use hub_core::graph::Scope;
use hub_core::saved_model::{SavedModel, proto};
pub use latest::{LatestModuleExporter, ModuleExports};
use prost::Message;

use crate::error::{Error, Result};
use crate::spec::ModuleSpec;

/// What a spec that was written here has beside its graphs.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The first values of the variables.
    pub(crate) values: BTreeMap<String, Tensor>,
    /// The files by the names that they get.
    pub(crate) assets: BTreeMap<String, PathBuf>,
}

/// A spec of one variant, without tags: `hub.create_module_spec(module_fn)`.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::{DType, Tensor};
/// use hub_legacy::{Module, ModuleOptions, create_module_spec};
/// let spec = create_module_spec(|module| {
///     let s = module.scope();
///     let x = s.placeholder("x", DType::F32, [None, Some(2)]);
///     let w = s.variable("w", &Tensor::from([[2.0_f32], [3.0]]))?;
///     module.add_signature("default", [("default", x)], [("default", x.matmul(w))])
/// })?;
/// let module = Module::new(&spec, ModuleOptions::new())?;
/// let y = module.call([[1.0_f32, 1.0]])?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [5.0]);
/// let directory = tempfile::tempdir().unwrap();
/// let path = directory.path().join("module");
/// module.export(&path)?; // what Python's tensorflow_hub 0.15 loads
/// assert_eq!(Module::load(path.to_str().unwrap())?.variables().len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`create_module_spec_with`].
pub fn create_module_spec(write: impl Fn(&mut ModuleGraph<'_>) -> Result<()>) -> Result<ModuleSpec> {
    create_module_spec_with([(Vec::<String>::new(), ())], &[], |module, ()| write(module))
}

/// A spec of several variants: for each tag set and its arguments the function writes one graph. Variables of one name
/// are one variable. Collections that are no part of the format are left out where `drop_collections` names them.
///
/// # Errors
/// Those of `write`; [`Error::NoSignatures`], [`Error::RepeatedTags`], [`Error::UnsupportedCollections`] and
/// [`Error::Colocated`] for what is no module; [`Error::Core`] where TensorFlow refuses a node.
pub fn create_module_spec_with<A, T: Into<String>>(
    tags_and_arguments: impl IntoIterator<Item = (Vec<T>, A)>,
    drop_collections: &[&str],
    write: impl Fn(&mut ModuleGraph<'_>, A) -> Result<()>,
) -> Result<ModuleSpec> {
    let mut seen = BTreeSet::new();
    let mut written = Written::default();
    let mut meta_graphs = Vec::new();
    for (tags, arguments) in tags_and_arguments {
        let tags: Vec<String> = tags.into_iter().map(Into::into).collect();
        if !seen.insert(tags.iter().cloned().collect::<BTreeSet<String>>()) {
            return Err(Error::RepeatedTags { tags });
        }
        let scope = Scope::new()?;
        let mut graph = ModuleGraph::new(&scope);
        write(&mut graph, arguments)?;
        scope.check()?;
        checks::check(&graph, drop_collections)?;
        meta_graphs.push(meta_graph::of(&graph, tags, drop_collections, &mut written)?);
    }
    let message = proto::SavedModel { saved_model_schema_version: 1, meta_graphs };
    let model = SavedModel::from_bytes(Path::new("a module that was written here"), &message.encode_to_vec())?;
    ModuleSpec::written(model, written)
}
