//! [`text_embedding_column_v2`]: texts through any loaded model.

use std::sync::OnceLock;

use hub_core::graph::{Node, Scope, Variable};
use hub_core::model::{Applied, GraphArguments, GraphValue, Instance, ModelVariable};
use hub_core::saved_model::Spec;
use hub_core::{Callable, DType, LoadOptions, LoadedModel, Nest, Shape, Signature};
use serde_json::{Value as Json, json};

use super::checks::of_one_example;
use super::column::{ColumnOutput, ColumnState, DenseColumn, FeatureSpec, dense, embedding_name};
use super::module_source::ColumnConfig;
use super::text::{one_text, texts};
use crate::error::{Error, Result};
use crate::format::{HubFormat, hub};
use crate::rules::{CallableOptions, LoadedObject, RuleError, Selected, check_trainable, select_callable};

/// The name in messages.
const COLUMN: &str = "text_embedding_column_v2";

/// What a column over a loaded model is made of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LoadedSource {
    /// A handle, loaded when the column is first used; a config can name it.
    Handle(String),
    /// A model that is loaded already, also the [`model`](crate::Module::model) of a module.
    Model(LoadedModel),
}

impl From<&str> for LoadedSource {
    fn from(handle: &str) -> LoadedSource {
        LoadedSource::Handle(handle.to_owned())
    }
}

impl From<String> for LoadedSource {
    fn from(handle: String) -> LoadedSource {
        LoadedSource::Handle(handle)
    }
}

impl From<&String> for LoadedSource {
    fn from(handle: &String) -> LoadedSource {
        LoadedSource::Handle(handle.clone())
    }
}

impl From<&LoadedModel> for LoadedSource {
    fn from(model: &LoadedModel) -> LoadedSource {
        LoadedSource::Model(model.clone())
    }
}

impl From<LoadedModel> for LoadedSource {
    fn from(model: LoadedModel) -> LoadedSource {
        LoadedSource::Model(model)
    }
}

/// Texts through a loaded model: made by [`text_embedding_column_v2`].
#[derive(Debug, Clone)]
pub struct TextEmbeddingColumnV2 {
    key: String,
    source: LoadedSource,
    output_key: Option<String>,
    trainable: bool,
    loaded: OnceLock<LoadedModel>,
    shape: OnceLock<Shape>,
}

/// A column of texts, of which a loaded model makes a vector each: `hub.text_embedding_column_v2(key, module_path)`.
///
/// The model is called as [`KerasLayer`](https://www.tensorflow.org/hub/api_docs/python/hub/KerasLayer) does: itself, or in
/// the TF1 Hub format by its signature `default`. As in Python it is loaded and looked at when the column is first used, not
/// when the column is made.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `key` | the feature | |
/// | `module_path` | a handle, or a [`LoadedModel`] | |
/// | `output_key` | the output to take out of a dict of outputs | none |
/// | `trainable` | whether the model is trained along | false |
///
/// # Shapes
/// Feature: strings of any shape, taken one by one; mostly `[batch]` or `[batch, 1]`. Output `[batch, K]`.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::Tensor;
/// use hub_legacy::{input_layer, text_embedding_column_v2};
/// let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_encoders/text_v2_dict/model");
/// let comment = text_embedding_column_v2("comment", model).output_key("outputs");
/// let y = input_layer([("comment", Tensor::from(["hello world"]))], &[&comment])?;
/// assert_eq!(y.as_slice::<f32>()?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok(())
/// # }
/// ```
pub fn text_embedding_column_v2(key: impl Into<String>, module_path: impl Into<LoadedSource>) -> TextEmbeddingColumnV2 {
    TextEmbeddingColumnV2 {
        key: key.into(),
        source: module_path.into(),
        output_key: None,
        trainable: false,
        loaded: OnceLock::new(),
        shape: OnceLock::new(),
    }
}

impl TextEmbeddingColumnV2 {
    /// The output to take out of a dict of outputs.
    pub fn output_key(mut self, output_key: impl Into<String>) -> TextEmbeddingColumnV2 {
        self.output_key = Some(output_key.into());
        self.shape = OnceLock::new();
        self
    }

    /// Whether the model is trained along; `false` unless set.
    pub fn trainable(mut self, trainable: bool) -> TextEmbeddingColumnV2 {
        self.trainable = trainable;
        self
    }

    /// The handle, where it is made of one.
    pub fn module_path(&self) -> Option<&str> {
        match &self.source {
            LoadedSource::Handle(handle) => Some(handle),
            LoadedSource::Model(_) => None,
        }
    }

    /// The column as a config.
    ///
    /// # Errors
    /// [`NoColumnConfig`](Error::NoColumnConfig) for a column that was made of a loaded model.
    pub fn get_config(&self) -> Result<Json> {
        let found = "a loaded model";
        let path = self.module_path().ok_or(Error::NoColumnConfig { column: COLUMN, found })?;
        let (output_key, trainable) = (&self.output_key, self.trainable);
        Ok(json!({ "key": self.key, "module_path": path, "output_key": output_key, "trainable": trainable }))
    }

    /// The column of a config.
    ///
    /// # Errors
    /// [`ColumnConfig`](Error::ColumnConfig) for what is none.
    pub fn from_config(config: &Json) -> Result<TextEmbeddingColumnV2> {
        let config = ColumnConfig::new(COLUMN, config, &["key", "module_path", "output_key", "trainable"])?;
        let column = text_embedding_column_v2(config.text("key")?, config.text("module_path")?);
        let output_key = config.optional_text("output_key")?.map(str::to_owned);
        Ok(TextEmbeddingColumnV2 { output_key, ..column.trainable(config.flag("trainable")?) })
    }

    fn loaded(&self) -> Result<&LoadedModel> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded);
        }
        let loaded = match &self.source {
            LoadedSource::Handle(handle) => hub().load(handle, &LoadOptions::new())?,
            LoadedSource::Model(model) => model.clone(),
        };
        Ok(self.loaded.get_or_init(|| loaded))
    }
}

impl DenseColumn for TextEmbeddingColumnV2 {
    fn key(&self) -> &str {
        &self.key
    }

    fn name(&self) -> String {
        embedding_name(&self.key)
    }

    fn feature_spec(&self) -> Result<FeatureSpec> {
        Ok(one_text())
    }

    fn input(&self) -> Result<Spec> {
        Ok(texts())
    }

    fn variable_shape(&self) -> Result<Shape> {
        if let Some(shape) = self.shape.get() {
            return Ok(shape.clone());
        }
        // Python knows it only once the state has been made, and finds it in the same way.
        let scope = Scope::new()?;
        let state = LoadedState::new(self.loaded()?, &scope, self.output_key.clone(), false)?;
        let texts = scope.placeholder("text", DType::String, [None]);
        let shape = of_one_example(&state.apply(texts, false)?.tensor.shape());
        Ok(self.shape.get_or_init(|| shape).clone())
    }

    fn create_state<'g>(&self, scope: &'g Scope, trainable: bool) -> Result<ColumnState<'g>> {
        LoadedState::new(self.loaded()?, scope, self.output_key.clone(), self.trainable && trainable)
            .map(|state| ColumnState::Loaded(Box::new(state)))
    }

    fn get_dense_tensor<'g>(
        &self,
        state: &ColumnState<'g>,
        feature: GraphValue<'g>,
        training: bool,
    ) -> Result<ColumnOutput<'g>> {
        state.loaded()?.apply(dense(&self.key, &feature)?.reshape(&[-1]), training)
    }
}

/// The state of a loaded model in a graph, and what is called of it.
#[derive(Debug)]
pub struct LoadedState<'g> {
    model: LoadedModel,
    scope: &'g Scope,
    instance: Instance,
    target: Target,
    output_key: Option<String>,
    trainable: bool,
}

#[derive(Debug)]
enum Target {
    Object(Callable),
    Signature(Signature),
}

impl<'g> LoadedState<'g> {
    /// The checks of `KerasLayer`, in its order: what is called, the losses, and whether it may be trained.
    fn new(
        model: &LoadedModel,
        scope: &'g Scope,
        output_key: Option<String>,
        trainable: bool,
    ) -> Result<LoadedState<'g>> {
        let signatures = model.signatures();
        let object = LoadedObject {
            is_hub_format: model.format() == HubFormat::NAME,
            is_callable: model.is_callable(),
            signatures: Some(&signatures.names()),
        };
        let selection = select_callable(&object, &CallableOptions { output_key, ..CallableOptions::default() })?;
        let target = match &selection.callable {
            Selected::Object => Target::Object(model.root()?),
            Selected::Signature(name) => Target::Signature(signatures.get(name)?.clone()),
        };
        losses(model)?;
        if trainable {
            check_trainable(&object, &selection.callable)?;
        }
        let instance = model.instantiate(scope)?;
        Ok(LoadedState { model: model.clone(), scope, instance, target, output_key: selection.output_key, trainable })
    }

    fn apply(&self, texts: Node<'g>, training: bool) -> Result<ColumnOutput<'g>> {
        let applied = self.call(texts, self.trainable && training)?;
        let kind = applied.outputs.kind();
        let output = match (applied.outputs, &self.output_key) {
            (outputs, None) => outputs,
            (Nest::Dict(mut entries), Some(key)) => entries.remove(key).ok_or_else(|| {
                let available = entries.into_keys().collect();
                hub_core::Error::OutputKeyNotFound { key: key.clone(), available }
            })?,
            (_, Some(key)) => {
                let what = format!("`output_key = \"{key}\"`");
                let expected = "a dict of outputs".into();
                return Err(hub_core::Error::StructureMismatch { what, expected, found: kind }.into());
            }
        };
        match output {
            Nest::Leaf(GraphValue::Node(tensor)) => Ok(ColumnOutput { tensor, updates: applied.controls }),
            other => Err(Error::SeveralResults { found: other.kind() }),
        }
    }

    fn call(&self, texts: Node<'g>, training: bool) -> Result<Applied<'g>> {
        Ok(match &self.target {
            Target::Object(callable) => {
                let mut arguments = GraphArguments {
                    positional: vec![Nest::Leaf(GraphValue::Node(texts))],
                    ..GraphArguments::default()
                };
                if callable.takes("training") {
                    let training = GraphValue::Literal(hub_core::Literal::Bool(training));
                    arguments.keywords.push(("training".into(), Nest::Leaf(training)));
                }
                callable.apply(self.scope, &self.instance, arguments)?
            }
            Target::Signature(signature) => {
                let names: Vec<String> = signature.inputs()?.into_iter().map(|(name, _)| name.to_owned()).collect();
                let [only] = names.as_slice() else {
                    let signature = signature.name().to_owned();
                    return Err(Error::SeveralInputs { signature, inputs: names });
                };
                signature.apply(self.scope, &self.instance, &[(only.clone(), texts)].into())?
            }
        })
    }

    pub(super) fn trainable_variables(&self) -> Vec<Variable<'g>> {
        let listed = if self.trainable { self.model.trainable_variables() } else { Vec::new() };
        listed.iter().filter_map(|variable| self.instance.variable(self.scope, variable)).collect()
    }

    pub(super) fn named_variables(&self) -> Vec<(String, Variable<'g>)> {
        // What the model lists: its weights, as `KerasLayer` has them.
        let mut listed = self.model.variables();
        for variable in self.model.trainable_variables() {
            if !listed.iter().any(|known| known.checkpoint_key() == variable.checkpoint_key()) {
                listed.push(variable);
            }
        }
        let there = |variable: &ModelVariable| Some((variable.path(), self.instance.variable(self.scope, variable)?));
        listed.iter().filter_map(there).collect()
    }

    pub(super) fn regularization_losses(&self) -> Result<Vec<Node<'g>>> {
        if !self.trainable {
            return Ok(Vec::new());
        }
        let node = |loss: Callable| match loss.apply(self.scope, &self.instance, GraphArguments::default())?.outputs {
            Nest::Leaf(value) => Ok(value.node()?),
            other => Err(hub_core::Error::structure(format!("a loss is {}", other.kind())).into()),
        };
        losses(&self.model)?.into_iter().map(node).collect()
    }
}

/// The losses that the model lists; what cannot be called is none.
fn losses(model: &LoadedModel) -> Result<Vec<Callable>> {
    let losses = model.regularization_losses().into_iter().enumerate();
    losses.map(|(index, loss)| Ok(loss.ok_or(RuleError::LossNotCallable { index })?)).collect()
}
