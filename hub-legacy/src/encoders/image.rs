//! [`image_embedding_column`]: images through a module.

use hub_core::graph::Scope;
use hub_core::model::GraphValue;
use hub_core::saved_model::{Spec, TensorSpec};
use hub_core::{DType, Shape};
use serde_json::{Value as Json, json};

use super::checks::{check_module_is_image_embedding, variable_shape};
use super::column::{ColumnOutput, ColumnState, DenseColumn, FeatureSpec, dense, embedding_name};
use super::module_source::{ColumnConfig, ModuleSource};
use super::text::apply;
use crate::error::Result;
use crate::module::{Module, ModuleOptions};
use crate::spec::ModuleSpec;

/// The name in messages.
const COLUMN: &str = "image_embedding_column";

/// Images have red, green and blue here, whatever the module says: as in Python.
const CHANNELS: usize = 3;

/// Images through a module: made by [`image_embedding_column`].
#[derive(Debug, Clone)]
pub struct ImageEmbeddingColumn {
    key: String,
    source: ModuleSource,
    spec: ModuleSpec,
    image_size: Option<[usize; 2]>,
}

/// A column of images, of which a module makes a vector each:
/// `hub.image_embedding_column(key, module_spec, image_size=None)`.
///
/// The module is given by its handle or as a [`ModuleSpec`]; it is never trained. `image_size` is height and width, where
/// the module does not say them or takes others too.
///
/// # Shapes
/// Feature: float32 `[batch, height, width, 3]` from 0 to 1. Output `[batch, K]`.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::Tensor;
/// use hub_legacy::{get_expected_image_size, image_embedding_column, input_layer};
/// let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_encoders/image/module");
/// let image = image_embedding_column("image", module, None)?;
/// let [height, width] = get_expected_image_size(image.module_spec())?;
/// let white = Tensor::new(&[1, height, width, 3], vec![1.0_f32; height * width * 3])?;
/// let y = input_layer([("image", white)], &[&image])?;
/// assert_eq!(y.as_slice::<f32>()?, [2.0, 2.0, 2.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`load_module_spec`](crate::load_module_spec);
/// [`NotImageEmbedding`](crate::Error::NotImageEmbedding) for a module of another kind.
pub fn image_embedding_column(
    key: impl Into<String>,
    module_spec: impl Into<ModuleSource>,
    image_size: Option<[usize; 2]>,
) -> Result<ImageEmbeddingColumn> {
    let source = module_spec.into();
    let spec = source.spec()?;
    check_module_is_image_embedding(&spec, image_size.is_none())?;
    Ok(ImageEmbeddingColumn { key: key.into(), source, spec, image_size })
}

impl ImageEmbeddingColumn {
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
        Ok(json!({ "key": self.key, "module_spec_path": module_spec_path, "image_size": self.image_size }))
    }

    /// The column of a config.
    ///
    /// # Errors
    /// [`ColumnConfig`](crate::Error::ColumnConfig) for what is none; those of [`image_embedding_column`].
    pub fn from_config(config: &Json) -> Result<ImageEmbeddingColumn> {
        let config = ColumnConfig::new(COLUMN, config, &["key", "module_spec_path", "image_size"])?;
        image_embedding_column(config.text("key")?, config.text("module_spec_path")?, config.size("image_size")?)
    }

    fn size(&self) -> Result<[usize; 2]> {
        self.image_size.map_or_else(|| self.spec.get_expected_image_size(None, None, &[]), Ok)
    }
}

impl DenseColumn for ImageEmbeddingColumn {
    fn key(&self) -> &str {
        &self.key
    }

    fn name(&self) -> String {
        embedding_name(&self.key)
    }

    fn feature_spec(&self) -> Result<FeatureSpec> {
        let [height, width] = self.size()?;
        Ok(FeatureSpec::FixedLen { shape: vec![height, width, CHANNELS], dtype: DType::F32 })
    }

    fn input(&self) -> Result<Spec> {
        let inputs = self.spec.get_input_info_dict(None, &[])?;
        let shape = inputs.get("images").map_or_else(Shape::unknown, |images| images.get_shape());
        Ok(Spec::Tensor(TensorSpec { name: None, shape, dtype: DType::F32 }))
    }

    fn variable_shape(&self) -> Result<Shape> {
        variable_shape(&self.spec)
    }

    fn create_state<'g>(&self, scope: &'g Scope, _trainable: bool) -> Result<ColumnState<'g>> {
        Ok(ColumnState::Module(Module::new(&self.spec, ModuleOptions::new())?.instantiate(scope)?))
    }

    fn get_dense_tensor<'g>(
        &self,
        state: &ColumnState<'g>,
        feature: GraphValue<'g>,
        _training: bool,
    ) -> Result<ColumnOutput<'g>> {
        apply(state.module()?, dense(&self.key, &feature)?)
    }
}
