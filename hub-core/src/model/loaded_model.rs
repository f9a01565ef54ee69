//! The loaded model: what `load` returns.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::callable::Callable;
use super::description::{Description, Function};
use super::instantiate::{Instance, ModelId, Source};
use super::prepared::PreparedTrace;
use super::signature::Signatures;
use super::variables::ModelVariable;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{PreparedCall, Program, Scope, Variable};
use crate::saved_model::{ObjectKind, OpPolicy};
use crate::session::SessionOptions;
use crate::tensor::{IntoArguments, Structure, Tensor};

/// How a model is loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    tags: Option<Vec<String>>,
    session: SessionOptions,
    op_policy: OpPolicy,
}

impl LoadOptions {
    /// The only meta graph of the model, and TensorFlow's own settings.
    pub fn new() -> LoadOptions {
        LoadOptions::default()
    }

    /// The meta graph with just these tags.
    pub fn tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> LoadOptions {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// What the model's ops may do; [`OpPolicy::Standard`] where nothing is said.
    ///
    /// ```
    /// use hub_core::{LoadOptions, OpPolicy};
    /// let strict = LoadOptions::new().op_policy(OpPolicy::Strict);
    /// let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model");
    /// hub_core::load_with(model, &strict)?;
    /// # Ok::<(), hub_core::Error>(())
    /// ```
    pub fn op_policy(mut self, policy: OpPolicy) -> LoadOptions {
        self.op_policy = policy;
        self
    }

    /// The settings of the model's session.
    pub fn session(mut self, options: SessionOptions) -> LoadOptions {
        self.session = options;
        self
    }
}

/// A model, loaded and ready to be called.
///
/// Cheap to clone: clones share the model and its state. May be called from many threads at once.
///
/// ```
/// # fn main() -> hub_core::Result<()> {
/// use hub_core::{Tensor, args};
/// let model = hub_core::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model"))?;
/// let images = Tensor::new(&[1, 8, 8, 1], vec![0.5_f32; 64])?;
/// let features = model.call(&images)?; // the model's `__call__`
/// let same = model.call(args![&images, training = false])?; // a literal selects the trace
/// assert_eq!(features.tensor()?.shape(), [1, 32]);
/// let served = model.signatures()["serving_default"].call(&images)?;
/// assert_eq!(served.keys(), ["features"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LoadedModel(Arc<Inner>);

struct Inner {
    id: ModelId,
    description: Description,
    /// The model's own `__call__`, where it has one.
    root: Option<Arc<Function>>,
    program: Program,
    instance: Instance,
    prepared: RwLock<HashMap<String, Arc<PreparedTrace>>>,
    reads: Mutex<HashMap<usize, PreparedCall>>,
    /// Held while the graph grows.
    growing: Mutex<()>,
}

impl LoadedModel {
    /// Loads the SavedModel in a directory.
    ///
    /// # Errors
    /// [`Error::NotAModel`], [`Error::ModelParse`], [`Error::ModelStructure`], [`Error::TagsNotFound`],
    /// [`Error::MissingVariables`] and [`Error::VariableMismatch`] for what is wrong with the model;
    /// [`Error::AssetEscapes`], [`Error::OpNotAllowed`] and [`Error::OpNotRegistered`] for what it may not do; those of
    /// [`engine::start`](crate::engine::start).
    pub fn from_directory(path: &Path, options: &LoadOptions) -> Result<LoadedModel> {
        let description = Description::read(path, options.tags.as_deref(), options.op_policy)?;
        let program = Program::new(&options.session)?;
        let id = ModelId::next();
        let instance = Instance::new(program.scope(), id, &description, &Source::Checkpoint)?;
        program.initialise()?;
        if let Some(tf1) = &description.tf1 {
            tf1.start(path, &program)?;
        }
        Ok(LoadedModel(Arc::new(Inner {
            id,
            root: description.function("", 0).map(Arc::new),
            description,
            program,
            instance,
            prepared: RwLock::default(),
            reads: Mutex::default(),
            growing: Mutex::default(),
        })))
    }

    /// The directory that the model was loaded from.
    pub fn path(&self) -> &Path {
        &self.0.description.path
    }

    /// The release of TensorFlow that saved the model.
    pub fn tensorflow_version(&self) -> &str {
        &self.0.description.tensorflow_version
    }

    /// Whether both are the same loaded model, not only the same files.
    pub fn same_as(&self, other: &LoadedModel) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the model itself can be called; otherwise its signatures can.
    pub fn is_callable(&self) -> bool {
        self.0.root.is_some()
    }

    /// Calls the model.
    ///
    /// # Errors
    /// [`Error::NotCallable`] where it has only signatures; those of [`Callable::call`].
    pub fn call(&self, arguments: impl IntoArguments) -> Result<Structure> {
        self.root()?.call(arguments)
    }

    /// The model's own `__call__`.
    ///
    /// # Errors
    /// [`Error::NotCallable`] where it has only signatures.
    pub fn root(&self) -> Result<Callable> {
        match &self.0.root {
            Some(function) => Ok(Callable::new(self.clone(), function.clone())),
            None => Err(Error::NotCallable { signatures: self.0.description.signatures().into_keys().collect() }),
        }
    }

    /// The function, or the object with a `__call__`, at a dotted path: `encoder`, `parts.0`, `encoder.embed`.
    ///
    /// # Errors
    /// [`Error::FunctionNotFound`] with the paths of all functions.
    pub fn function(&self, path: &str) -> Result<Callable> {
        let description = &self.0.description;
        let function = description.objects.resolve(path).and_then(|node| description.function(path, node));
        match function {
            Some(function) => Ok(Callable::new(self.clone(), Arc::new(function))),
            None => Err(Error::FunctionNotFound {
                name: path.to_owned(),
                available: description
                    .objects
                    .functions()
                    .into_iter()
                    .map(|callable| if callable.path.is_empty() { "__call__".into() } else { callable.path })
                    .collect(),
            }),
        }
    }

    /// The signatures by name; the hidden initialiser is left out.
    pub fn signatures(&self) -> Signatures {
        Signatures::new(self)
    }

    /// The variables that the model lists as `variables`, in its order; none where it has no such list.
    pub fn variables(&self) -> Vec<ModelVariable> {
        self.listed("variables")
    }

    /// The variables that the model lists as `trainable_variables`, in its order.
    pub fn trainable_variables(&self) -> Vec<ModelVariable> {
        self.listed("trainable_variables")
    }

    /// Every variable of the model, listed or not.
    pub fn all_variables(&self) -> Vec<ModelVariable> {
        (0..self.0.description.objects.nodes.len()).filter_map(|node| self.variable_at(node)).collect()
    }

    /// Makes the model's variables and constants in another graph, with the values that they have now.
    ///
    /// # Errors
    /// [`Error::Engine`] where a value cannot be read or the graph refuses the model's functions,
    /// [`Error::Unsupported`] for a model in TF1's format.
    pub fn instantiate(&self, scope: &Scope) -> Result<Instance> {
        if self.0.description.tf1.is_some() {
            return Err(Error::Unsupported { what: "a SavedModel in TF1's format inside another graph".into() });
        }
        let values: BTreeMap<usize, Tensor> = self
            .0
            .description
            .checkpoint_keys
            .keys()
            .filter_map(|node| self.variable_at(*node).map(|variable| (*node, variable)))
            .map(|(node, variable)| Ok((node, variable.value()?)))
            .collect::<Result<_>>()?;
        Instance::new(scope, self.0.id, &self.0.description, &Source::Values(&values))
    }

    pub(super) fn id(&self) -> ModelId {
        self.0.id
    }

    pub(super) fn description(&self) -> &Description {
        &self.0.description
    }

    /// Runs a trace on its flat inputs; the first run writes it into the graph.
    pub(super) fn run_trace(&self, trace: &str, inputs: &[&Tensor]) -> Result<Structure> {
        let known = self.0.prepared.read().unwrap_or_else(PoisonError::into_inner).get(trace).cloned();
        let prepared = match known {
            Some(prepared) => prepared,
            None => self.prepare(trace)?,
        };
        prepared.run(&self.0.program, inputs)
    }

    fn prepare(&self, trace: &str) -> Result<Arc<PreparedTrace>> {
        let _growing = self.0.growing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = self.0.prepared.read().unwrap_or_else(PoisonError::into_inner).get(trace) {
            return Ok(prepared.clone());
        }
        let Inner { program, description, instance, .. } = &*self.0;
        let prepared = Arc::new(PreparedTrace::new(program, description, instance, trace)?);
        self.0.prepared.write().unwrap_or_else(PoisonError::into_inner).insert(trace.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// The value of the variable at a node of the object graph.
    pub(super) fn read_variable(&self, node: usize, dtype: DType) -> Result<Tensor> {
        let run = {
            let _growing = self.0.growing.lock().unwrap_or_else(PoisonError::into_inner);
            let mut reads = self.0.reads.lock().unwrap_or_else(PoisonError::into_inner);
            match reads.get(&node) {
                Some(run) => run.clone(),
                None => {
                    let scope = self.0.program.scope();
                    let handle = self.0.instance.handle(scope, node);
                    let handle = handle.ok_or_else(|| Error::VariableNotFound { name: format!("object {node}") })?;
                    let value = Variable::from_handle(handle, dtype).read();
                    let run = self.0.program.prepare(&[], &[value], &[])?;
                    reads.insert(node, run.clone());
                    run
                }
            }
        };
        let mut values = self.0.program.run(&run, &[])?;
        values.pop().ok_or_else(|| Error::VariableNotFound { name: format!("object {node}") })
    }

    fn listed(&self, list: &str) -> Vec<ModelVariable> {
        self.0.description.list(list).into_iter().filter_map(|node| self.variable_at(node)).collect()
    }

    fn variable_at(&self, node: usize) -> Option<ModelVariable> {
        match &self.0.description.object(node).kind {
            ObjectKind::Variable(spec) => Some(ModelVariable::new(self.clone(), node, spec.clone())),
            _ => None,
        }
    }
}

impl fmt::Debug for LoadedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoadedModel({})", self.path().display())
    }
}
