//! Callables: functions with traces, called on tensors or written into a graph.

use std::fmt;
use std::sync::Arc;

use super::binding::bind;
use super::description::{FlatCall, Function};
use super::given::{Given, TensorLike, given};
use super::graph_call::{Applied, GraphArguments, apply_trace, graph_given};
use super::instantiate::Instance;
use super::loaded_model::LoadedModel;
use super::matching::{Bound, Flat, Rules, match_trace};
use crate::error::{Error, Result};
use crate::graph::{Node, Scope};
use crate::saved_model::{ConcreteFunction, FunctionSpec, Parameter};
use crate::tensor::{IntoArguments, Nest, Structure, Tensor};

/// A function of a loaded model, or an object of it that has a `__call__`.
#[derive(Clone)]
pub struct Callable {
    model: LoadedModel,
    function: Arc<Function>,
}

impl Callable {
    pub(super) fn new(model: LoadedModel, function: Arc<Function>) -> Callable {
        Callable { model, function }
    }

    /// The dotted path of the function; empty for the model's own `__call__`.
    pub fn path(&self) -> &str {
        &self.function.path
    }

    /// The model that the callable belongs to.
    pub fn model(&self) -> &LoadedModel {
        &self.model
    }

    /// The parameters of the Python function, `self` left out; none where they were not saved.
    pub fn parameters(&self) -> &[Parameter] {
        self.function.spec.as_ref().map_or(&[], |spec| &spec.parameters)
    }

    /// Whether the function has a parameter of this name.
    pub fn takes(&self, parameter: &str) -> bool {
        self.parameters().iter().any(|own| own.name == parameter)
    }

    /// The traces, in the order in which they are tried.
    ///
    /// # Errors
    /// [`Error::ModelStructure`] where the model names a trace that it does not hold.
    pub fn traces(&self) -> Result<Vec<&ConcreteFunction>> {
        self.function.traces.iter().map(|trace| self.model.description().trace(trace)).collect()
    }

    /// The names of the traces, in that order.
    pub(super) fn trace_names(&self) -> &[String] {
        &self.function.traces
    }

    /// Calls the function; the trace is chosen by the arguments as Python chooses it.
    ///
    /// # Errors
    /// [`Error::Arguments`] where the arguments do not bind, [`Error::NoMatchingTrace`] where no trace takes them,
    /// [`Error::Unsupported`] for what cannot be run yet, [`Error::Engine`] where the run fails.
    pub fn call(&self, arguments: impl IntoArguments) -> Result<Structure> {
        let arguments = arguments.into_arguments();
        let positional = arguments.positional.iter().map(given).collect();
        let keywords = arguments.keywords.iter().map(|(name, value)| (name.clone(), given(value))).collect();
        let (trace, flat) = self.fit(positional, keywords, &mut Tensor::clone)?;
        let inputs: Vec<&Tensor> = flat.iter().map(|(Flat::Given(tensor) | Flat::Made(tensor))| tensor).collect();
        self.model.run_trace(trace, &inputs)
    }

    /// Writes the call into `scope`, where `instance` holds the model's state.
    ///
    /// # Errors
    /// As [`Callable::call`], [`Error::Graph`] where TensorFlow refuses a node or the instance is in another graph, and
    /// [`Error::Arguments`] for an instance of another model.
    pub fn apply<'g>(
        &self,
        scope: &'g Scope,
        instance: &Instance,
        arguments: GraphArguments<'g>,
    ) -> Result<Applied<'g>> {
        let positional = arguments.positional.iter().map(graph_given).collect();
        let keywords = arguments.keywords.iter().map(|(name, value)| (name.clone(), graph_given(value))).collect();
        let (trace, flat) = self.fit(positional, keywords, &mut |tensor| scope.constant(tensor))?;
        let inputs: Vec<Node<'g>> = flat
            .iter()
            .map(|flat| match flat {
                Flat::Given(node) => *node,
                Flat::Made(tensor) => scope.constant(tensor),
            })
            .collect();
        apply_trace(&self.model, scope, instance, trace, &inputs)
    }

    /// The function's parameters, where they were saved.
    pub(super) fn spec(&self) -> Option<&FunctionSpec> {
        self.function.spec.as_ref()
    }

    pub(super) fn bind<T: TensorLike>(
        &self,
        positional: Vec<Nest<Given<T>>>,
        keywords: Vec<(String, Nest<Given<T>>)>,
        lift: &mut impl FnMut(&Tensor) -> T,
    ) -> Result<Bound<T>> {
        match &self.function.spec {
            Some(spec) => bind(&self.name(), spec, positional, keywords, lift),
            None => Ok(Bound { positional, keywords: keywords.into_iter().collect() }),
        }
    }

    /// The trace for the arguments, with its flat inputs; a single trace also takes its tensors by name, as Python falls
    /// back to.
    fn fit<T: TensorLike>(
        &self,
        positional: Vec<Nest<Given<T>>>,
        keywords: Vec<(String, Nest<Given<T>>)>,
        lift: &mut impl FnMut(&Tensor) -> T,
    ) -> Result<(&str, Vec<Flat<T>>)> {
        let Some((flat, [trace])) = self.function.flat.as_ref().zip(self.function.traces.get(..1)) else {
            return self.choose(&self.bind(positional, keywords, lift)?);
        };
        let tensors = flat_inputs(flat, &positional, &keywords);
        let structured = match self.model.description().trace(trace)?.arguments.leaves().is_empty() {
            // Saved without structure: there is nothing to fit but the tensors.
            true if !flat.keywords.is_empty() => {
                let why = format!("takes the tensors {}", flat.keywords.join(", "));
                Err(Error::Arguments { function: self.name(), why })
            }
            _ => self.bind(positional, keywords, lift).and_then(|bound| self.choose(&bound)),
        };
        structured.or_else(|error| Ok((trace.as_str(), tensors.ok_or(error)?)))
    }

    /// What each of the two passes over the traces takes.
    pub(super) fn passes(&self) -> [Rules; 2] {
        let part_by_part = self.spec().is_some_and(|spec| spec.input_signature.is_some());
        [false, true].map(|convert| Rules { convert, part_by_part })
    }

    /// The first trace that takes the arguments, with its flat inputs.
    fn choose<T: TensorLike>(&self, bound: &Bound<T>) -> Result<(&str, Vec<Flat<T>>)> {
        let mut nearest: Option<(usize, &ConcreteFunction, String)> = None;
        for rules in self.passes() {
            for trace in &self.function.traces {
                let concrete = self.model.description().trace(trace)?;
                match match_trace(&concrete.arguments, bound, self.parameters(), rules) {
                    Ok(flat) => return Ok((trace, flat)),
                    Err(differences) if rules.convert => {
                        if nearest.as_ref().is_none_or(|(count, ..)| differences.len() < *count) {
                            let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
                            nearest = Some((differences.len(), concrete, texts.join("\n  ")));
                        }
                    }
                    Err(_) => {}
                }
            }
        }
        let (nearest, difference) = match nearest {
            Some((_, concrete, difference)) => (in_words(concrete), difference),
            None => ("none".into(), "the function has no trace at all".into()),
        };
        let options = self.traces()?.into_iter().map(in_words).collect();
        Err(Error::NoMatchingTrace { function: self.name(), got: bound.to_string(), nearest, difference, options })
    }

    fn name(&self) -> String {
        match self.path() {
            "" => "__call__".into(),
            path => path.into(),
        }
    }
}

impl fmt::Debug for Callable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Callable({}, {} traces)", self.name(), self.function.traces.len())
    }
}

/// The tensors of a call by name, where these are what was given, and nothing else.
fn flat_inputs<T: TensorLike>(
    call: &FlatCall,
    positional: &[Nest<Given<T>>],
    keywords: &[(String, Nest<Given<T>>)],
) -> Option<Vec<Flat<T>>> {
    if positional.len() > call.most_positional || positional.len() + keywords.len() != call.keywords.len() {
        return None;
    }
    let named = call.keywords[positional.len()..]
        .iter()
        .map(|name| keywords.iter().find(|(given, _)| given == name).map(|(_, value)| value));
    let tensor = |value: Option<&Nest<Given<T>>>| match value {
        Some(Nest::Leaf(Given::Tensor(tensor))) => Some(Flat::Given(tensor.clone())),
        _ => None,
    };
    positional.iter().map(Some).chain(named).map(tensor).collect()
}

/// A trace's arguments, for messages: `(TensorSpec(...), True, mode='plain')`.
fn in_words(concrete: &ConcreteFunction) -> String {
    let mut parts = Vec::new();
    if let Some(Nest::Tuple(positional) | Nest::List(positional)) = concrete.arguments.at(0) {
        parts.extend(positional.iter().map(ToString::to_string));
    }
    if let Some(Nest::Dict(keywords)) = concrete.arguments.at(1) {
        parts.extend(keywords.iter().map(|(name, value)| format!("{name}={value}")));
    }
    format!("({})", parts.join(", "))
}
