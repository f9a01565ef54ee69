//! Arguments bound to the parameters of a function, as Python binds them.

use std::collections::BTreeMap;

use super::given::{Given, TensorLike, given};
use super::matching::Bound;
use crate::error::{Error, Result};
use crate::saved_model::{FunctionSpec, ParameterKind};
use crate::tensor::{Nest, Tensor};

/// Positional arguments in the order of the parameters, defaults filled in; keyword-only ones by name.
///
/// `lift` makes a default's tensor into what the call works on.
pub(super) fn bind<T: TensorLike>(
    function: &str,
    spec: &FunctionSpec,
    positional: Vec<Nest<Given<T>>>,
    keywords: Vec<(String, Nest<Given<T>>)>,
    lift: &mut impl FnMut(&Tensor) -> T,
) -> Result<Bound<T>> {
    let refuse = |why: String| Error::Arguments { function: function.to_owned(), why };
    let mut by_name: BTreeMap<String, Nest<Given<T>>> = BTreeMap::new();
    for (name, value) in keywords {
        if by_name.insert(name.clone(), value).is_some() {
            return Err(refuse(format!("got the argument `{name}` twice")));
        }
    }
    let given_count = positional.len();
    let mut rest = positional.into_iter();
    let mut bound = Bound { positional: Vec::new(), keywords: BTreeMap::new() };
    let mut missing = Vec::new();
    for parameter in &spec.parameters {
        let name = &parameter.name;
        let mut from_default = || match (parameter.default_value(), &parameter.default) {
            (Some(default), _) => Some(lift_nest(&given(&default), lift)),
            // A default that is no value (a type, say): no trace has it as an argument that could be given.
            (None, Some(_)) => Some(Nest::None),
            (None, None) => {
                missing.push(format!("`{name}`"));
                None
            }
        };
        match parameter.kind {
            ParameterKind::Positional => match (rest.next(), by_name.remove(name)) {
                (Some(_), Some(_)) => return Err(refuse(format!("got the argument `{name}` twice"))),
                (Some(value), None) | (None, Some(value)) => bound.positional.push(value),
                (None, None) => bound.positional.extend(from_default()),
            },
            ParameterKind::KeywordOnly => {
                let value = by_name.remove(name).or_else(from_default);
                bound.keywords.extend(value.map(|value| (name.clone(), value)));
            }
        }
    }
    if spec.varargs.is_some() {
        bound.positional.extend(rest.by_ref());
    }
    if !missing.is_empty() {
        return Err(refuse(format!("missing the arguments {}", missing.join(", "))));
    }
    if rest.next().is_some() {
        let most = bound.positional.len();
        return Err(refuse(format!("takes {most} positional arguments, {given_count} were given")));
    }
    if spec.varkw.is_some() {
        bound.keywords.append(&mut by_name);
    }
    match by_name.keys().next() {
        None => Ok(bound),
        Some(unknown) => {
            let known: Vec<&str> = spec.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            Err(refuse(format!("got an unknown argument `{unknown}` (parameters: {})", known.join(", "))))
        }
    }
}

fn lift_nest<T: TensorLike>(nest: &Nest<Given<Tensor>>, lift: &mut impl FnMut(&Tensor) -> T) -> Nest<Given<T>> {
    let lifted = nest.try_map(&mut |leaf| {
        Ok::<_, std::convert::Infallible>(match leaf {
            Given::Tensor(tensor) => Given::Tensor(lift(tensor)),
            Given::Literal(literal) => Given::Literal(literal.clone()),
            Given::Composite(composite) => Given::Composite(composite.map(&mut *lift)),
        })
    });
    match lifted {
        Ok(nest) => nest,
        Err(never) => match never {},
    }
}
