//! The choice of a trace for given arguments, as Python makes it, and the reason where none fits.
//!
//! A trace fits where structure, literals, element types and shapes agree. The first pass takes tensors as they are;
//! the second makes tensors of numbers and texts where the trace wants tensors.

use std::collections::BTreeMap;
use std::fmt;

use super::given::{Given, TensorLike, given, takes, takes_parts};
use super::place::{Part, Place};
use crate::dtype::DType;
use crate::saved_model::{Parameter, ParameterKind, Spec};
use crate::tensor::{Nest, Structure, Tensor};

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
