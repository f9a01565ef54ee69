//! [`sparse_text_embedding_column`]: bags of tokens through a module.

use hub_core::graph::{Node, Scope};
use hub_core::model::GraphValue;
use hub_core::saved_model::Spec;
use hub_core::{DType, Shape};

use super::checks::{check_module_is_text_embedding, variable_shape};
use super::column::{ColumnOutput, ColumnState, DenseColumn, FeatureSpec, embedding_name, kind};
use super::module_source::ModuleSource;
use super::text::apply;
use crate::error::{Error, Result};
use crate::module::{Module, ModuleOptions};
use crate::spec::ModuleSpec;

/// Bags of tokens through a module: made by [`sparse_text_embedding_column`].
#[derive(Debug, Clone)]
pub struct SparseTextEmbeddingColumn {
    key: String,
    spec: ModuleSpec,
    combiner: Combiner,
    default_value: Option<String>,
    trainable: bool,
}

/// How the vectors of an example's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Combiner {
    Mean,
    SqrtN,
    Sum,
}

/// A column of tokens, any number in each example, of which a module makes a vector each and `combiner` one for the
/// example: `hub.sparse_text_embedding_column(key, module_spec, combiner, default_value)`.
///
/// `combiner` is `mean`, `sqrtn` (the sum, divided by the root of the number) or `sum`. An example without tokens has
/// `default_value` for its only one; with `None` each example must have tokens: zeros then stand for one without, and
/// those behind the last token are missing, as in Python.
///
/// # Shapes
/// Feature: a sparse tensor of strings, `[batch, tokens]`. Output `[batch, K]`.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::{SparseTensor, Tensor};
/// use hub_legacy::{input_layer, sparse_text_embedding_column};
/// let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_encoders/text/module");
/// let comment = sparse_text_embedding_column("comment", module, "mean", Some(""))?;
/// let tokens = SparseTensor::new(
///     Tensor::from([[0_i64, 0], [0, 1]]),
///     Tensor::from(["hello world", "pair-programming"]),
///     Tensor::from([2_i64, 2]),
/// )?;
/// let y = input_layer([("comment", tokens)], &[&comment])?;
/// assert_eq!(y.as_slice::<f32>()?, [3.0, 3.5, 4.0, 4.5, 0.0, 0.0, 0.0, 0.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`load_module_spec`](crate::load_module_spec);
/// [`NotTextEmbedding`](Error::NotTextEmbedding) for a module of another kind, then [`UnknownCombiner`](Error::UnknownCombiner).
pub fn sparse_text_embedding_column(
    key: impl Into<String>,
    module_spec: impl Into<ModuleSource>,
    combiner: &str,
    default_value: Option<&str>,
) -> Result<SparseTextEmbeddingColumn> {
    let spec = module_spec.into().spec()?;
    check_module_is_text_embedding(&spec)?;
    let combiner = match combiner {
        "mean" => Combiner::Mean,
        "sqrtn" => Combiner::SqrtN,
        "sum" => Combiner::Sum,
        other => return Err(Error::UnknownCombiner { combiner: other.to_owned() }),
    };
    let default_value = default_value.map(str::to_owned);
    Ok(SparseTextEmbeddingColumn { key: key.into(), spec, combiner, default_value, trainable: false })
}

impl SparseTextEmbeddingColumn {
    /// Whether the module is trained along; `false` unless set.
    pub fn trainable(mut self, trainable: bool) -> SparseTextEmbeddingColumn {
        self.trainable = trainable;
        self
    }

    /// The module's spec.
    pub fn module_spec(&self) -> &ModuleSpec {
        &self.spec
    }
}

impl DenseColumn for SparseTextEmbeddingColumn {
    fn key(&self) -> &str {
        &self.key
    }

    fn name(&self) -> String {
        embedding_name(&self.key)
    }

    fn feature_spec(&self) -> Result<FeatureSpec> {
        Ok(FeatureSpec::VarLen { dtype: DType::String })
    }

    fn input(&self) -> Result<Spec> {
        Ok(Spec::Sparse { shape: Shape::from([None, None]), dtype: DType::String })
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
        let GraphValue::Sparse { indices, values, dense_shape } = feature else {
            let (expected, found) = ("SparseTensor".into(), kind(&feature).to_owned());
            return Err(Error::InputKind { input: self.key.clone(), expected, found });
        };
        let (indices, tokens) = match &self.default_value {
            Some(default) => fill_empty_rows(indices, values, dense_shape, default),
            None => (indices, values),
        };
        let embedded = apply(state.module()?, tokens)?;
        Ok(ColumnOutput { tensor: self.combiner.combine(embedded.tensor, indices), ..embedded })
    }
}

/// Places and values with one more for each row that has none.
fn fill_empty_rows<'g>(
    indices: Node<'g>,
    values: Node<'g>,
    dense_shape: Node<'g>,
    default: &str,
) -> (Node<'g>, Node<'g>) {
    let default = indices.scope().constant(default);
    let filled = indices.scope().op("SparseFillEmptyRows").input(indices).input(values).input(dense_shape);
    let filled = filled.input(default).build_operation();
    (filled.output(0), filled.output(1))
}

impl Combiner {
    /// One vector for each row of `indices` out of those of its tokens.
    fn combine<'g>(self, embedded: Node<'g>, indices: Node<'g>) -> Node<'g> {
        let scope = embedded.scope();
        let number = |value: i32| scope.constant(value);
        let column = |of: Node<'g>, at: i32, axis: i32| {
            scope.op("GatherV2").input(of).input(number(at)).input(number(axis)).build()
        };
        let rows = column(indices, 0, 1).cast(DType::I32);
        let count = column(indices.shape_of(), 0, 0);
        let each = scope.op("Range").input(number(0)).input(count).input(number(1)).build();
        scope.op(self.op()).input(embedded).input(each).input(rows).build()
    }

    fn op(self) -> &'static str {
        match self {
            Combiner::Mean => "SparseSegmentMean",
            Combiner::SqrtN => "SparseSegmentSqrtN",
            Combiner::Sum => "SparseSegmentSum",
        }
    }
}
