//! [`text_embedding_column`]: texts through a module.

use hub_core::graph::Scope;
use hub_core::model::GraphValue;
use hub_core::saved_model::{Spec, TensorSpec};
use hub_core::{DType, Nest, Shape};
use serde_json::{Value as Json, json};

use super::checks::{check_module_is_text_embedding, variable_shape};
use super::column::{ColumnOutput, ColumnState, DenseColumn, FeatureSpec, dense, embedding_name};
use super::module_source::{ColumnConfig, ModuleSource};
use crate::error::Result;
use crate::module::{Module, ModuleInstance, ModuleOptions};
use crate::spec::ModuleSpec;

/// The name in messages.
const COLUMN: &str = "text_embedding_column";

/// Texts through a module: made by [`text_embedding_column`].
#[derive(Debug, Clone)]
pub struct TextEmbeddingColumn {
    key: String,
    source: ModuleSource,
    spec: ModuleSpec,
    trainable: bool,
}

/// A column of texts, of which a module makes a vector each: `hub.text_embedding_column(key, module_spec)`.
///
/// The module is given by its handle or as a [`ModuleSpec`]. Not trainable, unless [`TextEmbeddingColumn::trainable`] says
/// so.
///
/// # Shapes
/// Feature: strings of any shape, taken one by one; mostly `[batch]` or `[batch, 1]`. Output `[batch, K]`.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::Tensor;
/// use hub_legacy::{input_layer, text_embedding_column};
/// let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_encoders/text/module");
/// let comment = text_embedding_column("comment", module)?;
/// let y = input_layer([("comment", Tensor::from(["hello world", "not known"]))], &[&comment])?;
/// assert_eq!(y.as_slice::<f32>()?, [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`load_module_spec`](crate::load_module_spec);
/// [`NotTextEmbedding`](crate::Error::NotTextEmbedding) for a module of another kind.
pub fn text_embedding_column(
    key: impl Into<String>,
    module_spec: impl Into<ModuleSource>,
) -> Result<TextEmbeddingColumn> {
    let source = module_spec.into();
    let spec = source.spec()?;
    check_module_is_text_embedding(&spec)?;
    Ok(TextEmbeddingColumn { key: key.into(), source, spec, trainable: false })
}

impl TextEmbeddingColumn {
    /// Whether the module is trained along; `false` unless set.
    pub fn trainable(mut self, trainable: bool) -> TextEmbeddingColumn {
        self.trainable = trainable;
        self
    }

    /// The module's spec.
    pub fn module_spec(&self) -> &ModuleSpec {
        &self.spec
    }

    /// The column as a config.
    ///
    /// # Errors
    /// [`NoColumnConfig`](crate::Error::NoColumnConfig) for a column that was made of a spec.
    pub fn get_config(&self) -> Result<Json> {
        let module_spec_path = self.source.config(COLUMN)?;
        Ok(json!({ "key": self.key, "module_spec_path": module_spec_path, "trainable": self.trainable }))
    }

    /// The column of a config.
    ///
    /// # Errors
    /// [`ColumnConfig`](crate::Error::ColumnConfig) for what is none; those of [`text_embedding_column`].
    pub fn from_config(config: &Json) -> Result<TextEmbeddingColumn> {
        let config = ColumnConfig::new(COLUMN, config, &["key", "module_spec_path", "trainable"])?;
        let (key, path, trainable) = (config.text("key")?, config.text("module_spec_path")?, config.flag("trainable")?);
        Ok(text_embedding_column(key, path)?.trainable(trainable))
    }
}

impl DenseColumn for TextEmbeddingColumn {
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
        variable_shape(&self.spec)
    }

    fn create_state<'g>(&self, scope: &'g Scope, trainable: bool) -> Result<ColumnState<'g>> {
        let options = ModuleOptions::new().trainable(self.trainable && trainable);
        Ok(ColumnState::Module(Module::new(&self.spec, options)?.instantiate(scope)?))
    }

    fn get_dense_tensor<'g>(
        &self,
        state: &ColumnState<'g>,
        feature: GraphValue<'g>,
        _training: bool,
    ) -> Result<ColumnOutput<'g>> {
        apply(state.module()?, dense(&self.key, &feature)?.reshape(&[-1]))
    }
}

/// A text in each example.
pub(super) fn one_text() -> FeatureSpec {
    FeatureSpec::FixedLen { shape: vec![1], dtype: DType::String }
}

/// Texts in any shape.
pub(super) fn texts() -> Spec {
    Spec::Tensor(TensorSpec { name: None, shape: Shape::unknown(), dtype: DType::String })
}

/// The signature `default` of a module on its only input.
pub(super) fn apply<'g>(module: &ModuleInstance<'g>, input: hub_core::graph::Node<'g>) -> Result<ColumnOutput<'g>> {
    let applied = module.apply(Nest::Leaf(GraphValue::Node(input)))?;
    match applied.outputs {
        Nest::Leaf(value) => Ok(ColumnOutput { tensor: value.node()?, updates: applied.updates }),
        other => Err(crate::Error::SeveralResults { found: other.kind() }),
    }
}
