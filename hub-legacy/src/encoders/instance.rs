//! [`DenseFeaturesInstance`]: columns in a graph, with their state made once.

use std::collections::BTreeMap;
use std::fmt;

use hub_core::graph::{Node, Scope, Variable};
use hub_core::model::GraphValue;

use super::column::{ColumnOutput, ColumnState, DenseColumn};
use crate::error::{Error, Result};

/// Columns in a graph: `DenseFeatures` of Python's feature columns. Each application shares the state.
///
/// ```
/// # fn main() -> hub_legacy::Result<()> {
/// use hub_core::DType;
/// use hub_core::graph::Scope;
/// use hub_core::model::GraphValue;
/// use hub_legacy::{DenseFeaturesInstance, text_embedding_column};
/// let module = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/hub_encoders/text/module");
/// let comment = text_embedding_column("comment", module)?.trainable(true);
/// let scope = Scope::new()?;
/// let encoders = DenseFeaturesInstance::new(&scope, &[&comment], true)?;
/// let texts = scope.placeholder("texts", DType::String, [None]);
/// let y = encoders.apply([("comment", GraphValue::Node(texts))], true)?;
/// let loss = y.tensor.square().reduce_sum([0, 1]);
/// let handles: Vec<_> = encoders.trainable_variables().iter().map(|variable| variable.handle()).collect();
/// assert_eq!(scope.gradients(loss, &handles)?.len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct DenseFeaturesInstance<'g, 'c> {
    scope: &'g Scope,
    /// By name.
    columns: BTreeMap<String, Column<'g, 'c>>,
}

struct Column<'g, 'c> {
    column: &'c dyn DenseColumn,
    state: ColumnState<'g>,
    /// How many numbers it gives for one example.
    width: usize,
}

impl<'g, 'c> DenseFeaturesInstance<'g, 'c> {
    /// Makes the state of each column, in the order of their names. With `trainable` false nothing can be trained, whatever
    /// the columns say.
    ///
    /// # Errors
    /// [`Error::NoColumns`] and [`Error::RepeatedColumn`]; those of [`DenseColumn::create_state`] and
    /// [`DenseColumn::variable_shape`]; [`ShapeMismatch`](hub_core::Error::ShapeMismatch) for a column that does not say how
    /// many numbers it gives.
    pub fn new(
        scope: &'g Scope,
        columns: &[&'c dyn DenseColumn],
        trainable: bool,
    ) -> Result<DenseFeaturesInstance<'g, 'c>> {
        let mut sorted: BTreeMap<String, &'c dyn DenseColumn> = BTreeMap::new();
        if columns.is_empty() {
            return Err(Error::NoColumns);
        }
        for column in columns {
            if sorted.insert(column.name(), *column).is_some() {
                return Err(Error::RepeatedColumn { name: column.name() });
            }
        }
        let made = |(name, column): (String, &'c dyn DenseColumn)| {
            let state = scope.with_scope(&name, |scope| column.create_state(scope, trainable))?;
            let width = width(&name, column)?;
            Ok((name, Column { column, state, width }))
        };
        Ok(DenseFeaturesInstance { scope, columns: sorted.into_iter().map(made).collect::<Result<_>>()? })
    }

    /// Writes the columns into the graph, side by side in the order of their names: `[batch, features]`. Features that no
    /// column reads are ignored. With `training`, trainable columns behave as in a step of training.
    ///
    /// # Errors
    /// [`Error::NoSuchFeature`], [`Error::ScalarFeature`], [`Error::InputKind`] and others of
    /// [`DenseColumn::get_dense_tensor`] for features that do not fit; [`Error::BatchSizes`] where it shows in the graph.
    pub fn apply<K: Into<String>>(
        &self,
        features: impl IntoIterator<Item = (K, GraphValue<'g>)>,
        training: bool,
    ) -> Result<ColumnOutput<'g>> {
        let columns = self.apply_by_column(features, training)?;
        check_batches(columns.iter().map(|(name, output)| (name.as_str(), output.tensor.shape().dimension(0))))?;
        let (tensors, updates): (Vec<_>, Vec<_>) =
            columns.into_values().map(|output| (output.tensor, output.updates)).unzip();
        let tensor = match tensors.as_slice() {
            [only] => *only,
            _ => self.scope.op("ConcatV2").input_list(tensors).input(self.scope.constant(1_i32)).build(),
        };
        self.scope.check()?;
        Ok(ColumnOutput { tensor, updates: updates.concat() })
    }

    /// Writes the columns into the graph, each `[batch, features]` by its name: `cols_to_output_tensors`.
    ///
    /// # Errors
    /// As [`DenseFeaturesInstance::apply`].
    pub fn apply_by_column<K: Into<String>>(
        &self,
        features: impl IntoIterator<Item = (K, GraphValue<'g>)>,
        training: bool,
    ) -> Result<BTreeMap<String, ColumnOutput<'g>>> {
        let features: BTreeMap<String, GraphValue<'g>> =
            features.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let output = |(name, column): (&String, &Column<'g, 'c>)| {
            Ok((name.clone(), self.scope.with_scope(name, |_| column.apply(&features, training))?))
        };
        self.columns.iter().map(output).collect()
    }

    /// The trainable variables, column by column.
    pub fn trainable_variables(&self) -> Vec<Variable<'g>> {
        self.columns.values().flat_map(|column| column.state.trainable_variables()).collect()
    }

    /// All variables, as `<column>/<variable>`.
    pub fn variables(&self) -> BTreeMap<String, Variable<'g>> {
        let named = |(name, column): (&String, &Column<'g, 'c>)| {
            let variables = column.state.named_variables().into_iter();
            variables.map(|(own, variable)| (format!("{name}/{own}"), variable)).collect::<Vec<_>>()
        };
        self.columns.iter().flat_map(named).collect()
    }

    /// The losses that trainable columns ask to be added.
    ///
    /// # Errors
    /// Those of [`ColumnState::regularization_losses`].
    pub fn regularization_losses(&self) -> Result<Vec<Node<'g>>> {
        let losses: Result<Vec<_>> = self.columns.values().map(|column| column.state.regularization_losses()).collect();
        Ok(losses?.concat())
    }

    /// The columns in their order.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&String, &'c dyn DenseColumn)> {
        self.columns.iter().map(|(name, column)| (name, column.column))
    }
}

impl<'g> Column<'g, '_> {
    fn apply(&self, features: &BTreeMap<String, GraphValue<'g>>, training: bool) -> Result<ColumnOutput<'g>> {
        let key = self.column.key();
        let missing =
            || Error::NoSuchFeature { feature: key.to_owned(), available: features.keys().cloned().collect() };
        let feature = as_batch(key, features.get(key).ok_or_else(missing)?.clone())?;
        let output = self.column.get_dense_tensor(&self.state, feature, training)?;
        // Where the shape is known already, the batch stays known.
        let tensor = match output.tensor.shape().dimensions() {
            Some([_, Some(width)]) if *width == self.width => output.tensor,
            _ => output.tensor.reshape(&[-1, i32::try_from(self.width).unwrap_or(i32::MAX)]),
        };
        Ok(ColumnOutput { tensor, ..output })
    }
}

/// A feature with a dimension for what is in one example, as Python's feature columns add it.
fn as_batch<'g>(key: &str, feature: GraphValue<'g>) -> Result<GraphValue<'g>> {
    match feature {
        GraphValue::Node(node) => match node.shape().rank() {
            Some(0) => Err(Error::ScalarFeature { feature: key.to_owned() }),
            Some(1) => {
                let axis = node.scope().constant(-1_i32);
                Ok(GraphValue::Node(node.scope().op("ExpandDims").input(node).input(axis).build()))
            }
            _ => Ok(GraphValue::Node(node)),
        },
        GraphValue::Sparse { indices, values, dense_shape } if indices.shape().dimension(1) == Some(1) => {
            let scope = values.scope();
            let (one, axis) = (scope.constant([1_i64]), scope.constant(0_i32));
            let shape = scope.op("ConcatV2").input_list([dense_shape, one]).input(axis).build();
            let reshaped = scope.op("SparseReshape").input(indices).input(dense_shape).input(shape).build_operation();
            Ok(GraphValue::Sparse { indices: reshaped.output(0), values, dense_shape: reshaped.output(1) })
        }
        other => Ok(other),
    }
}

/// Holds the batches of columns, as far as they are known, to one size.
pub(super) fn check_batches<'n>(columns: impl Iterator<Item = (&'n str, Option<usize>)>) -> Result<()> {
    let mut known = columns.filter_map(|(name, size)| Some((name, size?)));
    let Some((one, one_size)) = known.next() else { return Ok(()) };
    match known.find(|(_, size)| *size != one_size) {
        None => Ok(()),
        Some((other, other_size)) => {
            Err(Error::BatchSizes { one: one.to_owned(), one_size, other: other.to_owned(), other_size })
        }
    }
}

/// How many numbers a column gives for one example.
fn width(name: &str, column: &dyn DenseColumn) -> Result<usize> {
    let shape = column.variable_shape()?;
    let count = shape.to_known().map(|sizes| sizes.iter().product());
    let mismatch = || hub_core::Error::ShapeMismatch {
        what: format!("what the column `{name}` gives for one example"),
        expected: "a known number of features".into(),
        found: shape.to_string(),
    };
    Ok(count.ok_or_else(mismatch)?)
}

impl fmt::Debug for DenseFeaturesInstance<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DenseFeaturesInstance({})", self.columns.keys().cloned().collect::<Vec<_>>().join(", "))
    }
}
