//! [`Element`]: features, labels and weights that belong together.

use std::sync::Arc;

use hub_core::{Nest, Shape, Structure, Tensor, Value};

use crate::error::Result;
use crate::layers::same_nest;

/// What one item of a data set holds: an example, or a batch of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// What goes into the model.
    pub x: Nest<Tensor>,
    /// What should come out, where it is known.
    pub y: Option<Nest<Tensor>>,
    /// How much each example counts, where they do not count alike.
    pub sample_weight: Option<Nest<Tensor>>,
    /// Tells the examples apart: the same number, the same example. None where that is not known. Just one for a single
    /// example; for a batch they count only where there are as many as rows.
    pub(crate) rows: Option<Arc<[u64]>>,
}

impl Element {
    /// Features alone.
    ///
    /// # Errors
    /// Ragged and sparse tensors and literals among them.
    pub fn new(x: impl Into<Structure>) -> Result<Element> {
        Ok(Element { x: tensors(x.into())?, y: None, sample_weight: None, rows: None })
    }

    /// With other features.
    ///
    /// # Errors
    /// As [`Element::new`].
    pub fn features(mut self, x: impl Into<Structure>) -> Result<Element> {
        self.x = tensors(x.into())?;
        Ok(self)
    }

    /// With labels.
    ///
    /// # Errors
    /// As [`Element::new`].
    pub fn labels(mut self, y: impl Into<Structure>) -> Result<Element> {
        self.y = Some(tensors(y.into())?);
        Ok(self)
    }

    /// With weights of the examples.
    ///
    /// # Errors
    /// As [`Element::new`].
    pub fn weights(mut self, sample_weight: impl Into<Structure>) -> Result<Element> {
        self.sample_weight = Some(tensors(sample_weight.into())?);
        Ok(self)
    }

    /// How many examples there are along the first axis, in which all tensors agree.
    ///
    /// # Errors
    /// Where they do not, for a tensor without any axis, and for no tensor at all.
    pub(crate) fn examples(&self) -> Result<usize> {
        let named = self.named();
        let Some((first, _)) = named.first() else { return Err(nothing("an element").into()) };
        let mut count = None;
        for (name, tensor) in &named {
            let rows = tensor.shape().first().copied();
            if rows.is_none() || count.is_some_and(|count| Some(count) != rows) {
                let expected = count.map(|count| format!("[{count}, ...] like `{first}`"));
                return Err(hub_core::Error::ShapeMismatch {
                    what: format!("examples in `{name}`"),
                    expected: expected.unwrap_or_else(|| "[examples, ...]".into()),
                    found: Shape::known(tensor.shape()).to_string(),
                }
                .into());
            }
            count = rows;
        }
        Ok(count.unwrap_or(0))
    }

    /// One example of several, without their axis.
    pub(crate) fn example(&self, row: usize) -> Result<Element> {
        let example = self.try_map(|tensor| {
            let one = tensor.rows(row..row.saturating_add(1))?;
            one.reshape(one.shape().get(1..).unwrap_or_default())
        })?;
        Ok(Element { rows: self.number(row).map(|number| [number].into()), ..example })
    }

    /// Some examples of several.
    pub(crate) fn gather(&self, rows: &[usize]) -> Result<Element> {
        // What is in one piece is not copied.
        let piece = rows.first().filter(|first| rows.iter().copied().eq(**first..**first + rows.len()));
        let gathered = self.try_map(|tensor| match piece {
            Some(first) => tensor.rows(*first..*first + rows.len()),
            None => tensor.gather(rows),
        })?;
        Ok(Element { rows: rows.iter().map(|row| self.number(*row)).collect(), ..gathered })
    }

    /// The number of an example.
    fn number(&self, row: usize) -> Option<u64> {
        self.rows.as_ref()?.get(row).copied()
    }

    /// Elements of one structure, joined along a new first axis; there must be one.
    ///
    /// # Errors
    /// Where they are unlike the first.
    pub(crate) fn stack(elements: &[Element]) -> Result<Element> {
        let Some(first) = elements.first() else { return Err(nothing("a batch").into()) };
        if let Some(index) = elements.iter().position(|element| !element.is_like(first)) {
            return Err(hub_core::Error::StructureMismatch {
                what: format!("stacking: element {index}"),
                expected: first.names(),
                found: elements[index].names(),
            }
            .into());
        }
        let leaves: Vec<_> = elements.iter().map(Element::tensors).collect();
        let mut leaf = 0..;
        let stacked = first.try_map(|_| {
            let leaf = leaf.next().unwrap_or(0);
            Tensor::stack(&leaves.iter().map(|leaves| leaves[leaf].clone()).collect::<Vec<_>>())
        })?;
        // What has not just one number is not an example.
        let number = |element: &Element| match element.rows.as_deref() {
            Some([number]) => Some(*number),
            _ => None,
        };
        Ok(Element { rows: elements.iter().map(number).collect(), ..stacked })
    }

    /// Whether features, labels and weights are nested alike.
    fn is_like(&self, other: &Element) -> bool {
        let like = |one: &Option<Nest<Tensor>>, other: &Option<Nest<Tensor>>| match (one, other) {
            (Some(one), Some(other)) => same_nest(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_nest(&self.x, &other.x) && like(&self.y, &other.y) && like(&self.sample_weight, &other.sample_weight)
    }

    /// The names of all tensors, for messages.
    fn names(&self) -> String {
        self.named().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    /// All tensors with names for messages: `x`, `y["boxes"]`.
    fn named(&self) -> Vec<(String, &Tensor)> {
        let mut named = Vec::new();
        let nests = [("x", Some(&self.x)), ("y", self.y.as_ref()), ("sample_weight", self.sample_weight.as_ref())];
        for (name, nest) in nests {
            nest.into_iter().for_each(|nest| name_leaves(name.into(), nest, &mut named));
        }
        named
    }

    /// Without the numbers of its examples.
    pub(crate) fn unnumbered(self) -> Element {
        Element { rows: None, ..self }
    }

    /// All tensors: features, labels, weights.
    pub(crate) fn tensors(&self) -> Vec<&Tensor> {
        let nests = [Some(&self.x), self.y.as_ref(), self.sample_weight.as_ref()];
        nests.into_iter().flatten().flat_map(|nest| nest.leaves()).collect()
    }

    /// Each tensor made into another.
    pub(crate) fn try_map<E>(&self, mut convert: impl FnMut(&Tensor) -> Result<Tensor, E>) -> Result<Element, E> {
        Ok(Element {
            x: self.x.try_map(&mut convert)?,
            y: self.y.as_ref().map(|y| y.try_map(&mut convert)).transpose()?,
            sample_weight: self.sample_weight.as_ref().map(|weight| weight.try_map(&mut convert)).transpose()?,
            rows: self.rows.clone(),
        })
    }
}

/// The leaves of a nest, each with its place in it behind the name of the nest.
fn name_leaves<'a>(name: String, nest: &'a Nest<Tensor>, named: &mut Vec<(String, &'a Tensor)>) {
    match nest {
        Nest::Leaf(tensor) => named.push((name, tensor)),
        Nest::List(items) | Nest::Tuple(items) => {
            items.iter().enumerate().for_each(|(index, item)| name_leaves(format!("{name}[{index}]"), item, named));
        }
        Nest::NamedTuple { fields, .. } => {
            fields.iter().for_each(|(key, item)| name_leaves(format!("{name}.{key}"), item, named));
        }
        Nest::Dict(entries) => {
            entries.iter().for_each(|(key, item)| name_leaves(format!("{name}[{key:?}]"), item, named));
        }
        _ => {}
    }
}

fn nothing(what: &str) -> hub_core::Error {
    let (expected, found) = ("at least one tensor".into(), "none".into());
    hub_core::Error::StructureMismatch { what: what.into(), expected, found }
}

/// The plain tensors that a structure holds.
pub(crate) fn tensors(structure: Structure) -> Result<Nest<Tensor>> {
    structure.try_map(&mut |leaf| match leaf {
        Value::Tensor(tensor) => Ok(tensor.clone()),
        other => Err(hub_core::Error::StructureMismatch {
            what: "an input of the model".into(),
            expected: "a tensor".into(),
            found: other.to_string(),
        }
        .into()),
    })
}
