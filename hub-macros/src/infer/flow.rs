//! What is known of what comes out of a layer, and where it comes from.

use std::fmt;

use hub_core::{DType, Nest, Shape};

/// What is known of one tensor.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct TensorType {
    /// Its element type.
    pub(crate) dtype: Option<DType>,
    /// Its shape, batch included.
    pub(crate) shape: Shape,
}

/// What is known of a tensor or of several; a leaf of which nothing is known may be anything.
pub(crate) type Type = Nest<TensorType>;

/// A type, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    /// What it is.
    pub(crate) what: Type,
    /// What gives it, in words: `` `Dense` ``, ``input `x` ``.
    pub(crate) from: String,
}

impl TensorType {
    /// Of this element type and shape.
    pub(crate) fn new(dtype: impl Into<Option<DType>>, shape: impl Into<Shape>) -> TensorType {
        TensorType { dtype: dtype.into(), shape: shape.into() }
    }

    /// Whether nothing is known.
    pub(crate) fn is_unknown(&self) -> bool {
        self.dtype.is_none() && self.shape.rank().is_none()
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dtype {
            Some(dtype) if self.shape.rank().is_none() => write!(f, "{dtype}"),
            Some(dtype) => write!(f, "{dtype} {}", self.shape),
            None => write!(f, "{}", self.shape),
        }
    }
}

/// A type in words.
pub(crate) fn shown(what: &Type) -> String {
    match what {
        Nest::Leaf(tensor) => tensor.to_string(),
        Nest::Dict(entries) => {
            let entry = |(key, item): (&String, &Type)| format!("{key}: {}", shown(item));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Nest::List(items) | Nest::Tuple(items) => {
            format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        other => other.kind(),
    }
}

impl Flow {
    /// Nothing is known.
    pub(crate) fn unknown() -> Flow {
        Flow { what: Nest::Leaf(TensorType::default()), from: String::new() }
    }

    /// Whether nothing is known.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(&self.what, Nest::Leaf(tensor) if tensor.is_unknown())
    }

    /// What either of two may be.
    pub(crate) fn either(self, other: Flow) -> Flow {
        let from = if self.from == other.from { self.from } else { format!("{} or {}", self.from, other.from) };
        Flow { what: joined(&self.what, &other.what), from }
    }
}

/// What two types have in common.
pub(crate) fn joined(one: &Type, other: &Type) -> Type {
    let lists = |a: &[Type], b: &[Type]| a.iter().zip(b).map(|(a, b)| joined(a, b)).collect();
    match (one, other) {
        (Nest::Leaf(a), Nest::Leaf(b)) => {
            let dtype = if a.dtype == b.dtype { a.dtype } else { None };
            Nest::Leaf(TensorType { dtype, shape: joined_shapes(&a.shape, &b.shape) })
        }
        (Nest::Dict(a), Nest::Dict(b)) if a.keys().eq(b.keys()) => {
            Nest::Dict(a.iter().map(|(key, item)| (key.clone(), joined(item, &b[key]))).collect())
        }
        (Nest::List(a), Nest::List(b)) if a.len() == b.len() => Nest::List(lists(a, b)),
        (Nest::Tuple(a), Nest::Tuple(b)) if a.len() == b.len() => Nest::Tuple(lists(a, b)),
        _ => Nest::Leaf(TensorType::default()),
    }
}

fn joined_shapes(one: &Shape, other: &Shape) -> Shape {
    match (one.dimensions(), other.dimensions()) {
        (Some(a), Some(b)) if a.len() == b.len() => {
            let size = |(a, b): (&Option<usize>, &Option<usize>)| if a == b { *a } else { None };
            a.iter().zip(b).map(size).collect::<Vec<_>>().into()
        }
        _ => Shape::unknown(),
    }
}
