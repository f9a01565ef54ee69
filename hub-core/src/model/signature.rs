//! Signatures: traces with named tensors in and out.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

use super::description::NamedTrace;
use super::graph_call::{Applied, apply_trace};
use super::instantiate::Instance;
use super::loaded_model::LoadedModel;
use super::matching::convert;
use crate::error::{Error, Result};
use crate::graph::{Node, Scope};
use crate::saved_model::{Spec, TensorSpec};
use crate::tensor::{IntoArguments, Nest, Structure, Tensor, Value};

/// The signatures of a loaded model, by name.
#[derive(Debug, Clone)]
pub struct Signatures(BTreeMap<String, Signature>);

impl Signatures {
    pub(super) fn new(model: &LoadedModel) -> Signatures {
        let signature =
            |(name, named): (String, NamedTrace)| (name.clone(), Signature { model: model.clone(), name, named });
        Signatures(model.description().signatures(model.object_node()).into_iter().map(signature).collect())
    }

    /// The names, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The signature of this name.
    ///
    /// # Errors
    /// [`Error::SignatureNotFound`] with the names that there are.
    pub fn get(&self, name: &str) -> Result<&Signature> {
        self.0.get(name).ok_or_else(|| Error::SignatureNotFound {
            name: name.to_owned(),
            available: self.0.keys().cloned().collect(),
        })
    }
}

impl Index<&str> for Signatures {
    type Output = Signature;

    /// The signature of this name.
    ///
    /// # Panics
    /// Where there is no such signature; [`Signatures::get`] gives a `Result`.
    fn index(&self, name: &str) -> &Signature {
        match self.get(name) {
            Ok(signature) => signature,
            Err(error) => panic!("{error}"),
        }
    }
}

/// One signature of a loaded model.
#[derive(Clone)]
pub struct Signature {
    model: LoadedModel,
    name: String,
    named: NamedTrace,
}

impl Signature {
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model that the signature belongs to.
    pub fn model(&self) -> &LoadedModel {
        &self.model
    }

    /// Names and types of the inputs, in the order of the trace.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for inputs that are no plain tensors.
    pub fn inputs(&self) -> Result<Vec<(&str, TensorSpec)>> {
        let trace = &self.named.trace;
        let arguments = &self.model.description().trace(trace)?.arguments;
        let specs = self.model.description().input_specs(trace)?;
        // The flat inputs go by sorted keyword, as the dict of keywords does; their own names say which is which.
        let names: Vec<&str> = match arguments.at(1).map(Nest::keys) {
            Some(keys) if keys.len() == specs.len() => keys,
            _ => self.named.inputs.iter().map(String::as_str).collect(),
        };
        match names.len() == specs.len() {
            true => Ok(names.into_iter().zip(specs).collect()),
            false => Err(Error::structure(format!(
                "the signature `{}` has {} names for {} inputs",
                self.name,
                names.len(),
                specs.len()
            ))),
        }
    }

    /// Names and types of the outputs.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the model names a trace that it does not hold.
    pub fn outputs(&self) -> Result<&Nest<Spec>> {
        Ok(&self.model.description().trace(&self.named.trace)?.outputs)
    }

    /// Calls the signature with tensors by name (`[("x1", &a), ("x2", &b)]` or `args![x1 = a]`), or with one tensor
    /// where there is just one input; a sparse tensor for an input `k` that is taken as `k_indices`, `k_values` and
    /// `k_dense_shape`, a ragged one for one that is taken as `k_component_0` and so on. Gives a dict of every output.
    ///
    /// # Errors
    /// [`Error::Arguments`] for missing and unknown inputs, [`Error::DTypeMismatch`] and [`Error::ShapeMismatch`] for
    /// tensors that do not fit, [`Error::Engine`] where the run fails.
    pub fn call(&self, inputs: impl IntoArguments) -> Result<Structure> {
        let arguments = inputs.into_arguments();
        let mut given: BTreeMap<String, Structure> = BTreeMap::new();
        let specs = self.inputs()?;
        match (arguments.positional.as_slice(), specs.as_slice()) {
            ([], _) => {}
            ([Nest::Dict(entries)], _) => given.extend(entries.clone()),
            ([only @ Nest::Leaf(_)], [(name, _)]) => {
                given.insert((*name).to_owned(), only.clone());
            }
            _ => return Err(self.refuse("takes its inputs by name".into())),
        }
        for (name, value) in arguments.keywords {
            if given.insert(name.clone(), value).is_some() {
                return Err(self.refuse(format!("got the input `{name}` twice")));
            }
        }
        let given = apart(given, &specs);
        let tensors: BTreeMap<String, Tensor> = given
            .iter()
            .map(|(name, value)| Ok((name.clone(), tensor_of(name, value, &specs)?)))
            .collect::<Result<_>>()?;
        let flat = self.in_order(&specs, &tensors)?;
        self.model.run_trace(&self.named.trace, &flat)
    }

    /// Writes the call into `scope`, where `instance` holds the model's state.
    ///
    /// # Errors
    /// As [`Signature::call`], [`Error::Graph`] where TensorFlow refuses a node or the instance is in another graph, and
    /// [`Error::Arguments`] for an instance of another model.
    pub fn apply<'g>(
        &self,
        scope: &'g Scope,
        instance: &Instance,
        inputs: &BTreeMap<String, Node<'g>>,
    ) -> Result<Applied<'g>> {
        let specs = self.inputs()?;
        let flat = self.in_order(&specs, inputs)?;
        for ((name, spec), node) in specs.iter().zip(&flat) {
            if node.dtype() != spec.dtype {
                let what = format!("input `{name}` of the signature `{}`", self.name);
                return Err(Error::DTypeMismatch { what, expected: spec.dtype, found: node.dtype() });
            }
            if !spec.shape.is_compatible_with(&node.shape()) {
                return Err(Error::ShapeMismatch {
                    what: format!("input `{name}` of the signature `{}`", self.name),
                    expected: spec.shape.to_string(),
                    found: node.shape().to_string(),
                });
            }
        }
        let flat: Vec<Node<'g>> = flat.into_iter().copied().collect();
        apply_trace(&self.model, scope, instance, &self.named.trace, &flat)
    }

    /// The given inputs in the order of the trace; each must be there, and no other.
    fn in_order<'i, T>(&self, specs: &[(&str, TensorSpec)], given: &'i BTreeMap<String, T>) -> Result<Vec<&'i T>> {
        let known = || specs.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        if let Some(unknown) = given.keys().find(|name| !specs.iter().any(|(own, _)| own == name)) {
            return Err(self.refuse(format!("no input `{unknown}` (inputs: {})", known())));
        }
        specs
            .iter()
            .map(|(name, _)| {
                given
                    .get(*name)
                    .ok_or_else(|| self.refuse(format!("the input `{name}` is missing (inputs: {})", known())))
            })
            .collect()
    }

    fn refuse(&self, why: String) -> Error {
        Error::Arguments { function: format!("signature {}", self.name), why }
    }
}

/// Sparse and ragged tensors in the parts that a signature takes them in, where it takes `k_indices` and so on, or
/// `k_component_0` and so on, for `k`.
fn apart(given: BTreeMap<String, Structure>, specs: &[(&str, TensorSpec)]) -> BTreeMap<String, Structure> {
    let takes = |name: &str| specs.iter().any(|(own, _)| *own == name);
    let mut parts = BTreeMap::new();
    for (name, value) in given {
        match &value {
            Nest::Leaf(Value::Sparse(sparse)) if !takes(&name) && takes(&format!("{name}_values")) => {
                parts.insert(format!("{name}_indices"), sparse.indices().into());
                parts.insert(format!("{name}_values"), sparse.values().into());
                parts.insert(format!("{name}_dense_shape"), sparse.dense_shape().into());
            }
            Nest::Leaf(Value::Ragged(ragged)) if !takes(&name) && takes(&format!("{name}_component_0")) => {
                let tensors = std::iter::once(ragged.flat_values()).chain(ragged.row_splits()).enumerate();
                parts.extend(tensors.map(|(index, part)| (format!("{name}_component_{index}"), part.into())));
            }
            _ => {
                parts.insert(name, value);
            }
        }
    }
    parts
}

/// The tensor of an input; literals, single or in lists, become one of the input's type.
fn tensor_of(name: &str, value: &Structure, specs: &[(&str, TensorSpec)]) -> Result<Tensor> {
    if let Some((_, spec)) = specs.iter().find(|(own, _)| *own == name)
        && let Some(tensor) = convert(value, spec.dtype)
    {
        return Ok(tensor);
    }
    value.tensor().cloned().map_err(|_| Error::StructureMismatch {
        what: format!("input `{name}`"),
        expected: "a tensor".into(),
        found: value.kind(),
    })
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}: {})", self.name, self.named.inputs.join(", "))
    }
}
