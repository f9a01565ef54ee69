//! What every column is: a name, what it takes, what it gives, and its state where it is used.

use std::collections::BTreeMap;
use std::fmt;

use hub_core::graph::{Node, Operation, Scope, Variable};
use hub_core::model::GraphValue;
use hub_core::saved_model::Spec;
use hub_core::{DType, Shape};

use super::text_v2::LoadedState;
use crate::error::{Error, Result};
use crate::module::ModuleInstance;

/// What a column is in a `tf.Example`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeatureSpec {
    /// As many values in each example: `FixedLenFeature`.
    FixedLen {
        /// The shape of one example.
        shape: Vec<usize>,
        /// The type of its elements.
        dtype: DType,
    },
    /// Any number of values in each example, as a sparse tensor: `VarLenFeature`.
    VarLen {
        /// The type of the values.
        dtype: DType,
    },
}

/// A column of features that becomes a tensor `[batch, ...]`: `DenseColumn` of Python's feature columns.
///
/// Those of this crate take texts and images. One of your own stands beside them:
///
/// ```
/// use hub_core::graph::Scope;
/// use hub_core::model::GraphValue;
/// use hub_core::saved_model::{Spec, TensorSpec};
/// use hub_core::{DType, Shape, Tensor};
/// use hub_legacy::{
///     ColumnOutput, ColumnState, DenseColumn, FeatureSpec, Result, input_layer, text_embedding_column,
/// };
///
/// /// Numbers, as they are.
/// #[derive(Debug)]
/// struct NumericColumn(&'static str);
///
/// impl DenseColumn for NumericColumn {
///     fn key(&self) -> &str {
///         self.0
///     }
///     fn name(&self) -> String {
///         self.0.into()
///     }
///     fn feature_spec(&self) -> Result<FeatureSpec> {
///         Ok(FeatureSpec::FixedLen { shape: vec![1], dtype: DType::F32 })
///     }
///     fn input(&self) -> Result<Spec> {
///         Ok(Spec::Tensor(TensorSpec { name: None, shape: Shape::from([None, Some(1)]), dtype: DType::F32 }))
///     }
///     fn variable_shape(&self) -> Result<Shape> {
///         Ok(Shape::from([1]))
///     }
///     fn create_state<'g>(&self, _: &'g Scope, _: bool) -> Result<ColumnState<'g>> {
///         Ok(ColumnState::Nothing)
///     }
///     fn get_dense_tensor<'g>(
///         &self,
///         _: &ColumnState<'g>,
///         feature: GraphValue<'g>,
///         _: bool,
///     ) -> Result<ColumnOutput<'g>> {
///         Ok(ColumnOutput { tensor: feature.node()?, updates: Vec::new() })
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_encoders/text/module");
/// let comment = text_embedding_column("comment", module)?;
/// let features = [("comment", Tensor::from(["hello world"])), ("upvotes", Tensor::from([20.0_f32]))];
/// let y = input_layer(features, &[&NumericColumn("upvotes"), &comment])?;
/// assert_eq!(y.as_slice::<f32>()?, [1.0, 2.0, 3.0, 4.0, 20.0]);
/// # Ok(())
/// # }
/// ```
pub trait DenseColumn: fmt::Debug + Send + Sync {
    /// The name of the feature that it reads.
    fn key(&self) -> &str;

    /// The column's own name, by which columns are sorted.
    fn name(&self) -> String;

    /// What it reads: the names of features.
    fn parents(&self) -> Vec<String> {
        vec![self.key().to_owned()]
    }

    /// What it reads of a `tf.Example`, under its key.
    ///
    /// # Errors
    /// Where the module does not say it.
    fn feature_spec(&self) -> Result<FeatureSpec>;

    /// A batch of what it reads.
    ///
    /// # Errors
    /// Where the module does not say it.
    fn input(&self) -> Result<Spec>;

    /// The shape of what it gives for one example.
    ///
    /// # Errors
    /// Where the module does not say it.
    fn variable_shape(&self) -> Result<Shape>;

    /// Makes its variables and tables in a graph; `trainable` says whether those that can be trained may be.
    ///
    /// # Errors
    /// Those of loading and of writing into a graph.
    fn create_state<'g>(&self, scope: &'g Scope, trainable: bool) -> Result<ColumnState<'g>>;

    /// The tensor for a batch of its feature; tensors of rank 1 come as `[batch, 1]`. With `training`, a trainable column
    /// behaves as in a step of training.
    ///
    /// # Errors
    /// For features that do not fit.
    fn get_dense_tensor<'g>(
        &self,
        state: &ColumnState<'g>,
        feature: GraphValue<'g>,
        training: bool,
    ) -> Result<ColumnOutput<'g>>;
}

/// The name of a column over a module: `<key>_hub_module_embedding`.
pub(super) fn embedding_name(key: &str) -> String {
    format!("{key}_hub_module_embedding")
}

/// What `tf.io.parse_example` needs to read the features of columns.
///
/// # Errors
/// Those of [`DenseColumn::feature_spec`].
pub fn make_parse_example_spec(columns: &[&dyn DenseColumn]) -> Result<BTreeMap<String, FeatureSpec>> {
    columns.iter().map(|column| Ok((column.key().to_owned(), column.feature_spec()?))).collect()
}

/// What a column gives in a graph.
#[derive(Debug)]
pub struct ColumnOutput<'g> {
    /// The tensor, `[batch, ...]`.
    pub tensor: Node<'g>,
    /// What must run with each step of training.
    pub updates: Vec<Operation<'g>>,
}

/// The state of a column in a graph; each use of the column there shares it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ColumnState<'g> {
    /// None.
    Nothing,
    /// A module.
    Module(ModuleInstance<'g>),
    /// A loaded model.
    Loaded(Box<LoadedState<'g>>),
}

impl<'g> ColumnState<'g> {
    /// The trainable variables there.
    pub fn trainable_variables(&self) -> Vec<Variable<'g>> {
        match self {
            ColumnState::Nothing => Vec::new(),
            ColumnState::Module(module) => module.trainable_variables(),
            ColumnState::Loaded(loaded) => loaded.trainable_variables(),
        }
    }

    /// All variables there.
    pub fn variables(&self) -> Vec<Variable<'g>> {
        self.named_variables().into_iter().map(|(_, variable)| variable).collect()
    }

    /// All variables there with the names that they have in the module.
    pub fn named_variables(&self) -> Vec<(String, Variable<'g>)> {
        match self {
            ColumnState::Nothing => Vec::new(),
            ColumnState::Module(module) => {
                let names = module.module().variables().into_iter().map(|variable| variable.name().to_owned());
                names.zip(module.variables()).collect()
            }
            ColumnState::Loaded(loaded) => loaded.named_variables(),
        }
    }

    /// The losses that a trainable column asks to be added.
    ///
    /// # Errors
    /// Those of [`ModuleInstance::regularization_losses`].
    pub fn regularization_losses(&self) -> Result<Vec<Node<'g>>> {
        match self {
            ColumnState::Nothing => Ok(Vec::new()),
            ColumnState::Module(module) => module.regularization_losses(),
            ColumnState::Loaded(loaded) => loaded.regularization_losses(),
        }
    }

    /// The module of a column over one.
    pub(super) fn module(&self) -> Result<&ModuleInstance<'g>> {
        match self {
            ColumnState::Module(module) => Ok(module),
            _ => Err(Error::OtherColumn),
        }
    }

    /// The loaded model of a column over one.
    pub(super) fn loaded(&self) -> Result<&LoadedState<'g>> {
        match self {
            ColumnState::Loaded(loaded) => Ok(loaded),
            _ => Err(Error::OtherColumn),
        }
    }
}

/// The node of a feature that is to be dense.
pub(super) fn dense<'g>(key: &str, feature: &GraphValue<'g>) -> Result<Node<'g>> {
    match feature {
        GraphValue::Node(node) => Ok(*node),
        other => {
            Err(Error::InputKind { input: key.to_owned(), expected: "Tensor".into(), found: kind(other).to_owned() })
        }
    }
}

/// What a feature is, in Python's word.
pub(super) fn kind(feature: &GraphValue<'_>) -> &'static str {
    match feature {
        GraphValue::Node(_) => "Tensor",
        GraphValue::Ragged { .. } => "RaggedTensor",
        GraphValue::Sparse { .. } => "SparseTensor",
        _ => "a literal",
    }
}
