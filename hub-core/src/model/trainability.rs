//! Whether a model can be trained, before anything is: which variables a loss reaches, and what blocks.
//!
//! Asked by users and by layers around models; the same graph as for a training step is looked at, without values.

use std::collections::BTreeSet;
use std::fmt;

use super::callable::Callable;
use super::instantiate::{Instance, Source};
use super::loaded_model::LoadedModel;
use super::variables::ModelVariable;
use crate::error::{Error, Result};
use crate::graph::{Dependence, Node, Scope};
use crate::saved_model::{ConcreteFunction, Parameter, Spec, TensorSpec};
use crate::tensor::{Literal, Nest};

/// How the results of a function depend on the model's trainable variables; each variable by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trainability {
    /// The variables that a loss of the results has a gradient by.
    pub reached: Vec<String>,
    /// The variables that the results do not depend on, or not smoothly.
    pub unreached: Vec<String>,
    /// The operations without a gradient.
    pub blocked: Vec<Blocked>,
}

/// An operation without a gradient on the way from variables to the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The op, with the reason where the op as such has a gradient.
    pub op: String,
    /// The operation's name.
    pub node: String,
    /// The variables that cannot be trained because of it.
    pub variables: Vec<String>,
}

impl Trainability {
    /// Whether nothing blocks.
    pub fn is_free(&self) -> bool {
        self.blocked.is_empty()
    }
}

impl fmt::Display for Trainability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, what: &str, names: &[String]| match names {
            [] => writeln!(f, "{what}: none"),
            names => writeln!(f, "{what}: {}", names.join(", ")),
        };
        list(f, "reached", &self.reached)?;
        list(f, "unreached", &self.unreached)?;
        self.blocked
            .iter()
            .try_for_each(|one| writeln!(f, "blocked by {} (`{}`): {}", one.op, one.node, one.variables.join(", ")))
    }
}

impl LoadedModel {
    /// What a loss of the function's results could train: of the first trace for these literals, `training` say. The
    /// model's own call is `__call__`; a literal that is left out has its default where a trace has it.
    /// The variables are those that the model lists, or all that Python marked where it lists none.
    ///
    /// ```
    /// # fn main() -> hub_core::Result<()> {
    /// use hub_core::Literal;
    /// let model = hub_core::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model"))?;
    /// let trainability = model.trainability("__call__", &[("training", Literal::Bool(true))])?;
    /// assert!(trainability.is_free(), "{trainability}");
    /// assert_eq!(trainability.reached.len(), model.trainable_variables().len());
    /// assert!(trainability.unreached.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::FunctionNotFound`]; [`Error::NoMatchingTrace`] where no trace is for these literals;
    /// [`Error::Unsupported`] for a model in TF1's format.
    pub fn trainability(&self, function: &str, literals: &[(&str, Literal)]) -> Result<Trainability> {
        if self.description().tf1.is_some() {
            return Err(Error::Unsupported { what: "training a SavedModel in TF1's format".into() });
        }
        let callable = match function {
            "" | "__call__" => self.root()?,
            path => self.function(path)?,
        };
        let trace = trace_for(&callable, literals)?;
        let scope = Scope::new()?;
        let instance = Instance::new(&scope, self.id(), self.description(), &Source::Nothing)?;
        let inputs: Vec<Node<'_>> =
            self.description().input_specs(&trace)?.iter().map(|spec| placeholder(&scope, spec)).collect();
        let outputs = instance.place_trace(&scope, self.description(), &trace, &inputs)?.outputs;
        let outputs: Vec<_> = outputs.into_iter().filter(|node| node.dtype().is_floating()).collect();
        let mut variables = self.trainable_variables();
        if variables.is_empty() {
            variables = self.all_variables().into_iter().filter(ModelVariable::is_trainable).collect();
        }
        let handles = variables.iter().filter_map(|own| instance.variable(&scope, own).map(|own| own.handle()));
        let found = Dependence::of(&scope, &outputs, &handles.collect::<Vec<_>>())?;
        Ok(report(&variables, found))
    }
}

fn placeholder<'g>(scope: &'g Scope, spec: &TensorSpec) -> Node<'g> {
    scope.op("Placeholder").attr("dtype", spec.dtype).attr("shape", &spec.shape).build()
}

fn report(variables: &[ModelVariable], found: Dependence) -> Trainability {
    let name = |index: usize| variables[index].name().to_owned();
    let is_on_a_way = |index: &usize| {
        found.reached.contains(index) || found.blocked.iter().any(|(_, _, variables)| variables.contains(index))
    };
    let names = |indices: &BTreeSet<usize>| indices.iter().map(|index| name(*index)).collect();
    Trainability {
        reached: names(&found.reached),
        unreached: (0..variables.len()).filter(|index| !is_on_a_way(index)).map(name).collect(),
        blocked: found
            .blocked
            .iter()
            .map(|(op, node, variables)| Blocked { op: op.clone(), node: node.clone(), variables: names(variables) })
            .collect(),
    }
}

/// The first trace for these literals; before others one that has the defaults of the literals left out.
fn trace_for(callable: &Callable, literals: &[(&str, Literal)]) -> Result<String> {
    let parameters = callable.parameters();
    let mut fitting = Vec::new();
    for (name, trace) in callable.trace_names().iter().zip(callable.traces()?) {
        if literals.iter().all(|(parameter, wanted)| has(trace, parameters, parameter, wanted)) {
            let others = parameters.iter().filter(|own| !literals.iter().any(|(name, _)| *name == own.name));
            let differing = others.filter(|own| differs_from_default(trace, parameters, own)).count();
            fitting.push((differing, name));
        }
    }
    let best = fitting.into_iter().min_by_key(|(differing, _)| *differing);
    best.map(|(_, name)| name.clone()).ok_or_else(|| none_fits(callable, literals))
}

fn none_fits(callable: &Callable, literals: &[(&str, Literal)]) -> Error {
    let got: Vec<String> = literals.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Error::NoMatchingTrace {
        function: callable.path().to_owned(),
        got: format!("({})", got.join(", ")),
        nearest: "none".into(),
        difference: "no trace is for these literals".into(),
        options: callable.traces().unwrap_or_default().iter().map(|trace| trace.arguments.to_string()).collect(),
    }
}

/// What a trace takes for a parameter.
fn argument<'t>(trace: &'t ConcreteFunction, parameters: &[Parameter], name: &str) -> Option<&'t Nest<Spec>> {
    let by_name = match trace.arguments.at(1) {
        Some(Nest::Dict(keywords)) => keywords.get(name),
        _ => None,
    };
    by_name.or_else(|| trace.arguments.at(0)?.at(parameters.iter().position(|own| own.name == name)?))
}

fn has(trace: &ConcreteFunction, parameters: &[Parameter], name: &str, wanted: &Literal) -> bool {
    match argument(trace, parameters, name) {
        Some(Nest::Leaf(Spec::Literal(own))) => own.python_eq(wanted),
        _ => false,
    }
}

fn differs_from_default(trace: &ConcreteFunction, parameters: &[Parameter], parameter: &Parameter) -> bool {
    match (argument(trace, parameters, &parameter.name), &parameter.default) {
        (Some(Nest::Leaf(Spec::Literal(own))), Some(Nest::Leaf(Spec::Literal(default)))) => !own.python_eq(default),
        _ => false,
    }
}
