//! The choice of a trace for given arguments, as Python makes it, and the reason where none fits.
//!
//! A trace fits where structure, literals, element types and shapes agree. The first pass takes tensors as they are;
//! the second makes tensors of numbers and texts where the trace wants tensors.

use std::collections::BTreeMap;
use std::fmt;

use crate::dtype::DType;
use crate::saved_model::{Parameter, ParameterKind, Spec, TensorSpec};
use crate::tensor::{Literal, Nest, Shape, Structure, Tensor, Value};

/// What matters of a tensor, or of a node that stands for one.
pub(super) trait TensorLike: Clone {
    fn dtype(&self) -> DType;
    fn shape(&self) -> Shape;

    /// The tensor itself, where it is one already.
    fn as_tensor(&self) -> Option<&Tensor> {
        None
    }
}

impl TensorLike for Tensor {
    fn dtype(&self) -> DType {
        Tensor::dtype(self)
    }

    fn shape(&self) -> Shape {
        Shape::known(Tensor::shape(self))
    }

    fn as_tensor(&self) -> Option<&Tensor> {
        Some(self)
    }
}

/// One leaf of an argument.
#[derive(Debug, Clone)]
pub(super) enum Given<T> {
    Tensor(T),
    Literal(Literal),
    Composite(Composite<T>),
}

/// A ragged or a sparse tensor, in the parts that TensorFlow passes it in.
#[derive(Debug, Clone)]
pub(super) enum Composite<T> {
    /// The flat values, then the row splits from the outermost.
    Ragged { flat_values: T, row_splits: Vec<T> },
    /// Indices, values and the dense shape.
    Sparse { indices: T, values: T, dense_shape: T },
}

impl<T> Composite<T> {
    /// The same of what `convert` makes of each part.
    pub(super) fn map<U>(&self, mut convert: impl FnMut(&T) -> U) -> Composite<U> {
        match self {
            Composite::Ragged { flat_values, row_splits } => Composite::Ragged {
                flat_values: convert(flat_values),
                row_splits: row_splits.iter().map(convert).collect(),
            },
            Composite::Sparse { indices, values, dense_shape } => Composite::Sparse {
                indices: convert(indices),
                values: convert(values),
                dense_shape: convert(dense_shape),
            },
        }
    }
}

impl<T: TensorLike> Composite<T> {
    fn parts(&self) -> Vec<&T> {
        match self {
            Composite::Ragged { flat_values, row_splits } => std::iter::once(flat_values).chain(row_splits).collect(),
            Composite::Sparse { indices, values, dense_shape } => vec![indices, values, dense_shape],
        }
    }

    /// What Python calls the spec of the value.
    fn spec(&self) -> Spec {
        match self {
            Composite::Ragged { flat_values, row_splits } => Spec::Ragged {
                shape: ragged_shape(&flat_values.shape(), row_splits),
                dtype: flat_values.dtype(),
                ragged_rank: row_splits.len(),
                row_splits_dtype: row_splits.first().map_or(DType::I64, TensorLike::dtype),
            },
            Composite::Sparse { values, dense_shape, .. } => {
                Spec::Sparse { shape: sparse_shape(dense_shape), dtype: values.dtype() }
            }
        }
    }
}

/// Whether the parts of a composite are of the types and shapes that those of `wanted` have.
fn takes_parts<T: TensorLike>(wanted: &Spec, given: &Composite<T>) -> bool {
    let same_kind = matches!(
        (wanted, given),
        (Spec::Ragged { .. }, Composite::Ragged { .. }) | (Spec::Sparse { .. }, Composite::Sparse { .. })
    );
    let parts = given.parts();
    let fits =
        |(spec, part): (&TensorSpec, &&T)| spec.dtype == part.dtype() && spec.shape.is_compatible_with(&part.shape());
    same_kind && wanted.parts().is_some_and(|specs| specs.len() == parts.len() && specs.iter().zip(&parts).all(fits))
}

/// The shape of a ragged tensor: its rows, an unknown size for each ragged dimension, then the flat values' own.
fn ragged_shape<T: TensorLike>(flat_values: &Shape, row_splits: &[T]) -> Shape {
    let Some(inner) = flat_values.dimensions() else { return Shape::unknown() };
    let splits = row_splits.first().map(TensorLike::shape);
    let rows = splits.as_ref().and_then(Shape::dimensions).and_then(|sizes| sizes.first().copied().flatten());
    let mut dims = vec![rows.map(|splits| splits.saturating_sub(1))];
    dims.extend(row_splits.iter().map(|_| None));
    dims.extend(inner.iter().skip(1).copied());
    Shape::from(dims)
}

/// The dense shape where it is at hand, otherwise as many unknown dimensions as it has.
fn sparse_shape<T: TensorLike>(dense_shape: &T) -> Shape {
    let known = dense_shape.as_tensor().and_then(|tensor| tensor.as_slice::<i64>().ok());
    if let Some(dims) = known {
        return Shape::from(dims.iter().map(|size| usize::try_from(*size).ok()).collect::<Vec<_>>());
    }
    let rank = dense_shape.shape().dimensions().and_then(|sizes| sizes.first().copied().flatten());
    rank.map_or_else(Shape::unknown, |rank| Shape::from(vec![None; rank]))
}

/// Whether a composite of the spec `given` is taken where `wanted` is declared.
fn takes(wanted: &Spec, given: &Spec) -> bool {
    match (wanted, given) {
        (
            Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype },
            Spec::Ragged { shape: own, dtype: own_dtype, ragged_rank: own_rank, row_splits_dtype: own_splits },
        ) => {
            (dtype, ragged_rank, row_splits_dtype) == (own_dtype, own_rank, own_splits) && shape.is_compatible_with(own)
        }
        (Spec::Sparse { shape, dtype }, Spec::Sparse { shape: own, dtype: own_dtype }) => {
            dtype == own_dtype && shape.is_compatible_with(own)
        }
        _ => false,
    }
}

/// A flat input of a trace: a tensor as given, or one made of a literal.
#[derive(Debug, Clone)]
pub(super) enum Flat<T> {
    Given(T),
    Made(Tensor),
}

/// The arguments of a call, in the order and with the names of the function's parameters.
#[derive(Debug, Clone)]
pub(super) struct Bound<T> {
    pub(super) positional: Vec<Nest<Given<T>>>,
    pub(super) keywords: BTreeMap<String, Nest<Given<T>>>,
}

/// A place where arguments and trace differ.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    place: String,
    expected: String,
    found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {}", self.place, self.expected, self.found)
    }
}

/// A structure with its leaves as the matcher sees them.
pub(super) fn given(structure: &Structure) -> Nest<Given<Tensor>> {
    let leaf = |value: &Value| {
        Ok::<_, std::convert::Infallible>(match value {
            Value::Tensor(tensor) => Given::Tensor(tensor.clone()),
            Value::Literal(literal) => Given::Literal(literal.clone()),
            Value::Ragged(ragged) => Given::Composite(Composite::Ragged {
                flat_values: ragged.flat_values().clone(),
                row_splits: ragged.row_splits().to_vec(),
            }),
            Value::Sparse(sparse) => Given::Composite(Composite::Sparse {
                indices: sparse.indices().clone(),
                values: sparse.values().clone(),
                dense_shape: sparse.dense_shape().clone(),
            }),
        })
    };
    match structure.try_map(&mut { leaf }) {
        Ok(nest) => nest,
        Err(never) => match never {},
    }
}

/// Where in the arguments something stands; written out only where it is needed for a message.
struct Place<'p> {
    within: Option<&'p Place<'p>>,
    part: Part<'p>,
}

enum Part<'p> {
    Whole(&'static str),
    Argument(usize, Option<&'p str>),
    Item(usize),
    Field(&'p str),
    Key(&'p str),
}

impl<'p> Place<'p> {
    fn whole(words: &'static str) -> Place<'p> {
        Place { within: None, part: Part::Whole(words) }
    }

    fn part(&'p self, part: Part<'p>) -> Place<'p> {
        Place { within: Some(self), part }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(within) = self.within {
            within.fmt(f)?;
        }
        match self.part {
            Part::Whole(words) => f.write_str(words),
            Part::Argument(_, Some(name)) => write!(f, "`{name}`"),
            Part::Argument(index, None) => write!(f, "argument {index}"),
            Part::Item(index) => write!(f, "[{index}]"),
            Part::Field(name) => write!(f, ".{name}"),
            Part::Key(key) => write!(f, "[\"{key}\"]"),
        }
    }
}

/// What else is taken than what fits as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Tensors are made of numbers and texts where the trace wants tensors.
    pub(super) convert: bool,
    /// Composites are looked at part by part, as Python does where the function was fixed to an input signature: the dense
    /// shape of a sparse tensor may then be any of the rank.
    pub(super) part_by_part: bool,
}

/// The flat inputs of the trace for these arguments, or every place where they differ.
pub(super) fn match_trace<T: TensorLike>(
    arguments: &Nest<Spec>,
    bound: &Bound<T>,
    parameters: &[Parameter],
    rules: Rules,
) -> Result<Vec<Flat<T>>, Vec<Difference>> {
    let mut matcher = Matcher { flat: Vec::new(), differences: Vec::new(), rules };
    let empty = Nest::Tuple(Vec::new());
    let positional = arguments.at(0).unwrap_or(&empty);
    let no_keywords = Nest::Dict(Default::default());
    let keywords = arguments.at(1).unwrap_or(&no_keywords);
    let (Nest::Tuple(positional) | Nest::List(positional)) = positional else {
        matcher.differ(&Place::whole("the trace"), "a tuple of arguments".into(), positional.kind());
        return Err(matcher.differences);
    };
    if positional.len() != bound.positional.len() {
        let count = |n| format!("{n} positional arguments");
        matcher.differ(&Place::whole("the call"), count(positional.len()), count(bound.positional.len()));
    }
    for (index, (spec, given)) in positional.iter().zip(&bound.positional).enumerate() {
        let name =
            parameters.get(index).filter(|own| own.kind == ParameterKind::Positional).map(|own| own.name.as_str());
        matcher.nest(&Place { within: None, part: Part::Argument(index, name) }, spec, given);
    }
    if let Nest::Dict(specs) = keywords {
        matcher.entries(&Place::whole("the keywords"), specs, &bound.keywords);
    }
    if matcher.differences.is_empty() { Ok(matcher.flat) } else { Err(matcher.differences) }
}

struct Matcher<T> {
    flat: Vec<Flat<T>>,
    differences: Vec<Difference>,
    rules: Rules,
}

impl<T: TensorLike> Matcher<T> {
    fn differ(&mut self, place: &Place<'_>, expected: String, found: String) {
        self.differences.push(Difference { place: place.to_string(), expected, found });
    }

    fn nest(&mut self, place: &Place<'_>, spec: &Nest<Spec>, given: &Nest<Given<T>>) {
        match (spec, given) {
            (Nest::None, Nest::None) => {}
            (Nest::Leaf(spec), Nest::Leaf(given)) => self.leaf(place, spec, given),
            (Nest::List(specs), Nest::List(items)) | (Nest::Tuple(specs), Nest::Tuple(items))
                if specs.len() == items.len() =>
            {
                for (index, (spec, item)) in specs.iter().zip(items).enumerate() {
                    self.nest(&place.part(Part::Item(index)), spec, item);
                }
            }
            (Nest::NamedTuple { name, fields: specs }, Nest::NamedTuple { name: own, fields })
                if name == own && specs.iter().map(|(key, _)| key).eq(fields.iter().map(|(key, _)| key)) =>
            {
                for ((key, spec), (_, item)) in specs.iter().zip(fields) {
                    self.nest(&place.part(Part::Field(key)), spec, item);
                }
            }
            (Nest::Dict(specs), Nest::Dict(entries)) => self.entries(place, specs, entries),
            (Nest::Leaf(Spec::Tensor(spec)), Nest::List(_) | Nest::Tuple(_)) if self.rules.convert => {
                match tensor_of_lists(given, spec.dtype) {
                    Some(tensor) if spec.shape.accepts(tensor.shape()) => self.flat.push(Flat::Made(tensor)),
                    _ => self.differ(place, spec.to_string(), given.kind()),
                }
            }
            _ => self.differ(place, spec_in_words(spec), given_in_words(given)),
        }
    }

    fn entries(
        &mut self,
        place: &Place<'_>,
        specs: &BTreeMap<String, Nest<Spec>>,
        entries: &BTreeMap<String, Nest<Given<T>>>,
    ) {
        if !specs.keys().eq(entries.keys()) {
            let keys = |keys: Vec<&String>| format!("the keys {keys:?}");
            self.differ(place, keys(specs.keys().collect()), keys(entries.keys().collect()));
            return;
        }
        for ((key, spec), item) in specs.iter().zip(entries.values()) {
            self.nest(&place.part(Part::Key(key)), spec, item);
        }
    }

    fn leaf(&mut self, place: &Place<'_>, spec: &Spec, given: &Given<T>) {
        match (spec, given) {
            (Spec::Tensor(spec), Given::Tensor(tensor))
                if spec.dtype == tensor.dtype() && spec.shape.is_compatible_with(&tensor.shape()) =>
            {
                self.flat.push(Flat::Given(tensor.clone()));
            }
            (Spec::Tensor(spec), Given::Literal(literal)) if self.rules.convert => {
                match literal.to_tensor(spec.dtype) {
                    Some(tensor) if spec.shape.accepts(&[]) => self.flat.push(Flat::Made(tensor)),
                    _ => self.differ(place, Spec::Tensor(spec.clone()).to_string(), literal.to_string()),
                }
            }
            (Spec::Literal(wanted), Given::Literal(literal)) if wanted.python_eq(literal) => {}
            (_, Given::Composite(composite))
                if takes(spec, &composite.spec()) || self.rules.part_by_part && takes_parts(spec, composite) =>
            {
                self.flat.extend(composite.parts().into_iter().cloned().map(Flat::Given));
            }
            _ => self.differ(place, spec.to_string(), leaf_in_words(given)),
        }
    }
}

/// The tensor that Python makes of literals, single or in lists, where one of `dtype` is wanted.
pub(super) fn convert(structure: &Structure, dtype: DType) -> Option<Tensor> {
    tensor_of_lists(&given(structure), dtype)
}

/// The tensor that Python makes of literals and tensors in lists; `None` for rows of unequal length and unlike things.
fn tensor_of_lists<T: TensorLike>(given: &Nest<Given<T>>, dtype: DType) -> Option<Tensor> {
    match given {
        Nest::Leaf(Given::Literal(literal)) => literal.to_tensor(dtype),
        Nest::Leaf(Given::Tensor(tensor)) => tensor.as_tensor().filter(|tensor| tensor.dtype() == dtype).cloned(),
        Nest::List(items) | Nest::Tuple(items) if items.is_empty() => match dtype.size_bytes() {
            Some(_) => Tensor::from_bytes(dtype, &[0], &[]).ok(),
            None => Tensor::strings(&[0], Vec::<Vec<u8>>::new()).ok().filter(|_| dtype == DType::String),
        },
        Nest::List(items) | Nest::Tuple(items) => {
            let row = |item| {
                let row = tensor_of_lists(item, dtype)?;
                row.reshape(&[&[1], row.shape()].concat()).ok()
            };
            Tensor::concatenate(&items.iter().map(row).collect::<Option<Vec<Tensor>>>()?).ok()
        }
        _ => None,
    }
}

fn spec_in_words(spec: &Nest<Spec>) -> String {
    match spec {
        Nest::Leaf(leaf) => leaf.to_string(),
        other => other.kind(),
    }
}

fn leaf_in_words<T: TensorLike>(given: &Given<T>) -> String {
    match given {
        Given::Tensor(tensor) => format!("{} {}", tensor.dtype(), tensor.shape()),
        Given::Literal(literal) => format!("the literal {literal}"),
        Given::Composite(composite) => composite.spec().to_string(),
    }
}

fn given_in_words<T: TensorLike>(given: &Nest<Given<T>>) -> String {
    match given {
        Nest::Leaf(leaf) => leaf_in_words(leaf),
        other => other.kind(),
    }
}

impl<T: TensorLike> fmt::Display for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.positional.iter().map(given_in_words).collect();
        parts.extend(self.keywords.iter().map(|(name, value)| format!("{name}={}", given_in_words(value))));
        write!(f, "({})", parts.join(", "))
    }
}
