//! What becomes of a loaded model's outputs: one is taken by its key, shapes are declared.

use std::collections::BTreeMap;

use hub_core::graph::Node;
use hub_core::{Error, Nest, Shape, Structure};

use crate::error::Result;
use crate::layer::Place;
use crate::layers::options::with_batch;

/// The output of this key, or all of them.
pub(super) fn take<L>(outputs: Nest<L>, key: Option<&str>) -> Result<Nest<L>> {
    let Some(key) = key else { return Ok(outputs) };
    let kind = outputs.kind();
    let Nest::Dict(mut entries) = outputs else {
        let what = format!("`output_key = \"{key}\"`");
        return Err(Error::StructureMismatch { what, expected: "a dict of outputs".into(), found: kind }.into());
    };
    entries.remove(key).ok_or_else(|| {
        Error::OutputKeyNotFound { key: key.to_owned(), available: entries.into_keys().collect() }.into()
    })
}

/// The shape of one example's output, without the batch; a dict of shapes for a dict of outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputShape(pub(super) Nest<Shape>);

impl From<Nest<Shape>> for OutputShape {
    fn from(shapes: Nest<Shape>) -> OutputShape {
        OutputShape(shapes)
    }
}

impl From<Shape> for OutputShape {
    fn from(shape: Shape) -> OutputShape {
        OutputShape(Nest::Leaf(shape))
    }
}

impl<const N: usize> From<[usize; N]> for OutputShape {
    fn from(dimensions: [usize; N]) -> OutputShape {
        Shape::from(dimensions).into()
    }
}

impl<const N: usize> From<[Option<usize>; N]> for OutputShape {
    fn from(dimensions: [Option<usize>; N]) -> OutputShape {
        Shape::from(dimensions).into()
    }
}

impl<const N: usize, S: Into<Shape>> From<[(&str, S); N]> for OutputShape {
    fn from(entries: [(&str, S); N]) -> OutputShape {
        let entry = |(key, shape): (&str, S)| (key.to_owned(), Nest::Leaf(shape.into()));
        OutputShape(Nest::Dict(entries.into_iter().map(entry).collect::<BTreeMap<_, _>>()))
    }
}

impl OutputShape {
    /// The outputs with the declared shapes; TensorFlow holds each run to them.
    pub(super) fn ensure<'g>(&self, place: &Place, outputs: &Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let refuse = |expected: String, found: String| Err(place.invalid_argument("output_shape", expected, found));
        let mut shapes = self.for_each_of(outputs)?.into_iter();
        outputs.try_map(&mut |node| {
            let declared = shapes.next().unwrap_or_default();
            if !declared.is_compatible_with(&node.shape()) {
                return refuse(format!("the model's {}", node.shape()), declared.to_string());
            }
            Ok(node.scope().op("EnsureShape").input(*node).attr("shape", &declared).build())
        })
    }

    /// Holds the results of a call to the declared shapes.
    pub(super) fn check(&self, outputs: &Structure) -> Result<()> {
        let shapes = self.for_each_of(outputs)?;
        for (value, declared) in outputs.leaves().into_iter().zip(shapes) {
            if let hub_core::Value::Tensor(tensor) = value
                && !declared.accepts(tensor.shape())
            {
                let (expected, found) = (declared.to_string(), Shape::known(tensor.shape()).to_string());
                return Err(Error::ShapeMismatch { what: "`output_shape`".into(), expected, found }.into());
            }
        }
        Ok(())
    }

    /// The declared shape of each output, batch in front.
    fn for_each_of<L>(&self, outputs: &Nest<L>) -> Result<Vec<Shape>> {
        if same_nest(&self.0, outputs) {
            return Ok(self.0.leaves().into_iter().map(with_batch).collect());
        }
        let (expected, found) = (outputs.kind(), self.0.kind());
        Err(Error::StructureMismatch { what: "`output_shape`".into(), expected, found }.into())
    }
}

/// Whether two nests are alike but for their leaves.
pub(crate) fn same_nest<A, B>(one: &Nest<A>, other: &Nest<B>) -> bool {
    let alike = |a: &[Nest<A>], b: &[Nest<B>]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_nest(a, b));
    match (one, other) {
        (Nest::None, Nest::None) | (Nest::Leaf(_), Nest::Leaf(_)) => true,
        (Nest::List(a), Nest::List(b)) | (Nest::Tuple(a), Nest::Tuple(b)) => alike(a, b),
        (Nest::NamedTuple { fields: a, .. }, Nest::NamedTuple { fields: b, .. }) => {
            a.len() == b.len() && a.iter().zip(b).all(|((p, a), (q, b))| p == q && same_nest(a, b))
        }
        (Nest::Dict(a), Nest::Dict(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((p, a), (q, b))| p == q && same_nest(a, b))
        }
        _ => false,
    }
}
