//! A model in TF1's format as TF2 saves models: objects with functions, which capture variables and tables.
//!
//! ```text
//! root ── __call__ (inputs, training) ── the signature `default`, of one meta graph each
//!      ├─ variables, trainable_variables, regularization_losses
//!      ├─ tables, assets
//!      └─ signatures ── one function each
//! ```
//!
//! Each meta graph is imported by itself; what a signature computes becomes a function that takes the handles of the
//! variables it uses. Variables and tables of one name are one in all meta graphs, as TF1 Hub modules mean it. What
//! becomes of it can be a part of larger graphs, trained, saved, and read by Python's TF2.
//!
//! | file | holds |
//! |---|---|
//! | `arrays` | TF1's tensor arrays as lists |
//! | `loops` | TF1's loops as functions |
//! | `references` | reference variables as resource variables |
//! | `state` | the variables, tables and assets as objects, and as nodes of one graph |
//! | `traces` | parts of one graph as functions |

mod arrays;
mod loops;
mod references;
mod state;
mod traces;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use state::State;
use traces::{Variant, legal};

use super::super::description::HIDDEN_SIGNATURE;
use super::super::needed_ops::check_ops;
use super::super::options::LoadOptions;
use super::ends;
use crate::engine;
use crate::error::{Error, Result};
use crate::saved_model::collections::{TRAINABLE_VARIABLES, variables};
use crate::saved_model::proto::MetaGraphDef;
use crate::saved_model::write::{ObjectId, SavedModelBuilder};
use crate::saved_model::{Checkpoint, FunctionSpec, Parameter, ParameterKind, SavedModel, Spec, audit, validate};
use crate::tensor::{Literal, Nest, Tensor};

/// The signature that is called where none is named, and the output that is taken where none is.
const DEFAULT: &str = "default";

/// What becomes of a model in TF1's format.
///
/// ```
/// # fn main() -> hub_core::Result<()> {
/// use std::path::Path;
/// use hub_core::model::{LoadedModel, Upgrade};
/// use hub_core::saved_model::SavedModel;
/// let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/tf1_graph/model"));
/// let upgraded = Upgrade::new(["serve"]).upgrade(&SavedModel::read(path)?)?;
/// assert!(upgraded.refused.is_empty());
/// let model = LoadedModel::from_builder(upgraded.builder, path, &Default::default())?;
/// assert!(!model.all_variables().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Upgrade {
    tags: Vec<String>,
    training_tags: Option<Vec<String>>,
    is_trainable: bool,
    is_callable: bool,
    options: LoadOptions,
}

/// The value of a variable by its name in checkpoints: the whole, or a box of it by start and length.
pub type VariableValues<'v> = &'v dyn Fn(&str, Option<(&[i64], &[i64])>) -> Result<Tensor>;

/// The upgraded model, and what could not be.
#[derive(Debug)]
pub struct Upgraded {
    /// The model.
    pub builder: SavedModelBuilder,
    /// The signatures that are no functions, each with why.
    pub refused: BTreeMap<String, Error>,
}

impl Upgrade {
    /// Of the meta graph with just these tags.
    pub fn new<S: Into<String>>(tags: impl IntoIterator<Item = S>) -> Upgrade {
        Upgrade { tags: tags.into_iter().map(Into::into).collect(), ..Upgrade::default() }
    }

    /// The meta graph with these tags is what is called with `training=True`, and signatures update nothing. Unless set,
    /// there is such an argument only for a trainable model.
    pub fn training_tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> Upgrade {
        self.training_tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Whether variables stay trainable and are updated by the model's own update operations, at each call with
    /// `training=True` and each of a signature; `false` unless set.
    pub fn trainable(mut self, trainable: bool) -> Upgrade {
        self.is_trainable = trainable;
        self
    }

    /// Whether the model can be called itself, by its signature `default`; `false` unless set.
    pub fn callable(mut self, callable: bool) -> Upgrade {
        self.is_callable = callable;
        self
    }

    /// How the model is loaded: what its ops may do, libraries with ops; tags are those given before.
    pub fn options(mut self, options: &LoadOptions) -> Upgrade {
        self.options = options.clone();
        self
    }

    /// Upgrades a model, with the values of its checkpoint.
    ///
    /// # Errors
    /// Those of [`LoadedModel::from_directory`](super::super::LoadedModel::from_directory); [`Error::Unsupported`] for a
    /// TF2 model, and for graphs that use variables in ways that functions have not.
    pub fn upgrade(&self, model: &SavedModel) -> Result<Upgraded> {
        let checkpoint = match self.options.skip_checkpoint {
            true => None,
            false => Checkpoint::open_optional(model.path())?,
        };
        if let Some(checkpoint) = &checkpoint {
            checkpoint.check_shards()?;
        }
        let read = |key: &str, part: Option<(&[i64], &[i64])>| match (&checkpoint, part) {
            (None, _) => {
                Err(Error::MissingVariables { path: model.path().to_owned(), missing: vec!["variables.index".into()] })
            }
            (Some(checkpoint), None) => checkpoint.read_tensor(key),
            (Some(checkpoint), Some((start, length))) => checkpoint.read_box(key, start, length),
        };
        let assets = model.path().join("assets");
        self.upgrade_with(model, &read, &|name| assets.join(name))
    }

    /// The same with other values and files: `file` says where the asset of a name is.
    ///
    /// # Errors
    /// As [`Upgrade::upgrade`], and those of `value`.
    pub fn upgrade_with(
        &self,
        model: &SavedModel,
        value: VariableValues<'_>,
        file: &dyn Fn(&str) -> PathBuf,
    ) -> Result<Upgraded> {
        let meta_graph = model.meta_graph(Some(&self.tags))?;
        let training = self.training_tags.as_ref().map(|tags| model.meta_graph(Some(tags))).transpose()?;
        self.options.op_libraries.load()?;
        audit::check(model, self.options.op_policy, &engine::in_op_library)?;
        for meta_graph in std::iter::once(meta_graph).chain(training) {
            if meta_graph.object_graph_def.is_some() {
                return Err(Error::Unsupported { what: "the upgrade of a model that TF2 saved".into() });
            }
            validate(meta_graph)?;
            check_ops(meta_graph)?;
        }
        let mut builder = SavedModelBuilder::new();
        let mut state = State::new(model, value, file, self.trainable_names(meta_graph, training)?);
        let plain = Variant::new(meta_graph, &mut state, &mut builder, "")?;
        let training = match training {
            Some(training) => Some(Variant::new(training, &mut state, &mut builder, "training_")?),
            None => None,
        };
        let refused = self.signatures(meta_graph, &plain, &mut builder);
        if self.is_callable {
            self.call(&plain, training.as_ref(), &mut builder)?;
        }
        self.losses(training.as_ref().unwrap_or(&plain), &mut builder)?;
        lists(&state, &mut builder)?;
        Ok(Upgraded { builder, refused })
    }

    /// The names of the variables that stay trainable.
    fn trainable_names(&self, plain: &MetaGraphDef, training: Option<&MetaGraphDef>) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for meta_graph in std::iter::once(plain).chain(training).filter(|_| self.is_trainable) {
            let listed = variables(meta_graph, TRAINABLE_VARIABLES)?;
            names.extend(listed.into_iter().map(|one| state::node_name(&one.variable_name).to_owned()));
        }
        Ok(names)
    }

    /// Each signature as a function; those that cannot be are told.
    fn signatures(
        &self,
        meta_graph: &MetaGraphDef,
        plain: &Variant<'_>,
        builder: &mut SavedModelBuilder,
    ) -> BTreeMap<String, Error> {
        let updates = self.is_trainable && self.training_tags.is_none();
        let mut refused = BTreeMap::new();
        for (key, signature) in meta_graph.signature_def.iter().filter(|(key, _)| *key != HIDDEN_SIGNATURE) {
            let made = ends::read(signature).and_then(|(ends, concrete)| {
                let trace = plain.signature(builder, &legal(key), &ends, &concrete, updates)?;
                builder.bare_signature(key, &trace)
            });
            refused.extend(made.err().map(|why| (key.clone(), why)));
        }
        refused
    }

    /// The model's own `__call__`, of the signature `default` where there is one.
    fn call(&self, plain: &Variant<'_>, training: Option<&Variant<'_>>, builder: &mut SavedModelBuilder) -> Result<()> {
        let Some(signature) = plain.meta_graph.signature_def.get(DEFAULT) else { return Ok(()) };
        let ends = ends::read(signature)?.0;
        let mut parameters = Vec::new();
        if !ends.inputs.is_empty() {
            parameters.push(parameter("inputs", None));
        }
        let mut traces = Vec::new();
        // Without a graph of its own, training is a call that also updates.
        match training.or(Some(plain).filter(|_| self.is_trainable)) {
            None => traces.push(plain.call(builder, "call", &ends, None, false)?),
            Some(training) => {
                let of_training = training.meta_graph.signature_def.get(DEFAULT).map(ends::read).transpose()?;
                let no_default = || Error::structure("the meta graph for training has no signature `default`");
                let (of_training, _) = of_training.ok_or_else(no_default)?;
                let literal = |value| Some(Nest::Leaf(Spec::Literal(Literal::Bool(value))));
                parameters.push(parameter("training", literal(false)));
                traces.push(plain.call(builder, "call", &ends, literal(false), false)?);
                traces.push(training.call(builder, "call_training", &of_training, literal(true), self.is_trainable)?);
            }
        }
        let call = builder.function(&FunctionSpec { parameters, ..FunctionSpec::default() }, &traces)?;
        builder.child(builder.root(), "__call__", call)
    }

    /// The losses that the model asks to be added.
    fn losses(&self, variant: &Variant<'_>, builder: &mut SavedModelBuilder) -> Result<()> {
        let mut losses = Vec::new();
        if self.is_trainable {
            for (index, trace) in variant.losses(builder)?.into_iter().enumerate() {
                losses.push((index, builder.function(&FunctionSpec::default(), &[trace])?));
            }
        }
        let losses: Vec<ObjectId> = losses.into_iter().map(|(_, loss)| loss).collect();
        list(builder, "regularization_losses", &losses)
    }
}

/// The variables, tables and files, as lists of the root.
fn lists(state: &State<'_>, builder: &mut SavedModelBuilder) -> Result<()> {
    let all: Vec<ObjectId> = state.variables().map(|(object, _)| object).collect();
    let trainable: Vec<ObjectId> =
        state.variables().filter(|(_, is_trainable)| *is_trainable).map(|(object, _)| object).collect();
    list(builder, "variables", &all)?;
    list(builder, "trainable_variables", &trainable)?;
    list(builder, "tables", &state.tables())?;
    list(builder, "assets", &state.assets())
}

fn list(builder: &mut SavedModelBuilder, name: &str, items: &[ObjectId]) -> Result<()> {
    let list = builder.list(items)?;
    builder.child(builder.root(), name, list)
}

fn parameter(name: &str, default: Option<Nest<Spec>>) -> Parameter {
    Parameter { name: name.into(), kind: ParameterKind::Positional, default }
}
