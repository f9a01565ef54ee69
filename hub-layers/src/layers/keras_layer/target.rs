//! Which function of a loaded thing a `KerasLayer` calls, and how.

use std::collections::BTreeMap;

use hub_core::graph::{Node, Scope};
use hub_core::model::{Applied, GraphArguments, GraphValue, Instance, ModelVariable};
use hub_core::saved_model::{ConcreteFunction, Spec, TensorSpec};
use hub_core::{Arguments, Callable, LoadedModel, Nest, Signature, Structure, Value};
use hub_legacy::{CallableOptions, HubFormat, LoadedObject, Selected, check_trainable, select_callable};

use crate::error::Result;
use crate::layer::InputSpec;

/// A loaded model, or one of its functions or signatures.
#[derive(Debug, Clone)]
pub(super) enum Loaded {
    Model(LoadedModel),
    Callable(Callable),
    Signature(Signature),
}

impl Loaded {
    /// The model that it is, or is part of.
    pub(super) fn model(&self) -> &LoadedModel {
        match self {
            Loaded::Model(model) => model,
            Loaded::Callable(callable) => callable.model(),
            Loaded::Signature(signature) => signature.model(),
        }
    }

    /// The variables that count as the layer's weights, and whether each may be trained: trainable ones first, as
    /// Python has them.
    pub(super) fn listed_variables(&self) -> Vec<(ModelVariable, bool)> {
        // A bare function lists none, in Python too.
        let Loaded::Model(model) = self else { return Vec::new() };
        let trainable = model.trainable_variables();
        let keys: Vec<String> = trainable.iter().map(|variable| variable.checkpoint_key().to_owned()).collect();
        let others = model.variables();
        let others = others.into_iter().filter(|other| !keys.iter().any(|key| key == other.checkpoint_key()));
        trainable.into_iter().map(|own| (own, true)).chain(others.map(|other| (other, false))).collect()
    }

    /// What the options select.
    pub(super) fn target(&self, options: &CallableOptions) -> Result<Target> {
        let signatures = match self {
            Loaded::Model(model) => Some(model.signatures()),
            _ => None,
        };
        let names = signatures.as_ref().map(|signatures| signatures.names());
        let is_callable = match self {
            Loaded::Model(model) => model.is_callable(),
            _ => true,
        };
        let is_hub_format = self.model().format() == HubFormat::NAME;
        let object = LoadedObject { is_hub_format, is_callable, signatures: names.as_deref() };
        let selection = select_callable(&object, options)?;
        let function = match (&selection.callable, self) {
            (Selected::Signature(name), _) => Function::Signature(self.model().signatures().get(name)?.clone()),
            (Selected::Object, Loaded::Model(model)) => Function::Callable(model.root()?),
            (Selected::Object, Loaded::Callable(callable)) => Function::Callable(callable.clone()),
            (Selected::Object, Loaded::Signature(signature)) => Function::Bare(signature.clone()),
        };
        let trainable = check_trainable(&object, &selection.callable);
        Ok(Target { function, output_key: selection.output_key, trainable })
    }
}

/// What a layer calls, and the output that it takes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    function: Function,
    output_key: Option<String>,
    /// Whether training through it is possible; else why it is not.
    trainable: Result<(), hub_legacy::RuleError>,
}

#[derive(Debug, Clone)]
enum Function {
    Callable(Callable),
    /// Chosen by name: a dict of inputs is spread.
    Signature(Signature),
    /// Given as the object to call: takes one tensor, as Python's does.
    Bare(Signature),
}

impl Target {
    pub(super) fn output_key(&self) -> Option<&str> {
        self.output_key.as_deref()
    }

    /// Whether training through it is possible.
    pub(super) fn check_trainable(&self) -> Result<()> {
        Ok(self.trainable.clone()?)
    }

    /// Whether the function has a parameter of this name; signatures have no `training`.
    pub(super) fn takes(&self, parameter: &str) -> bool {
        matches!(&self.function, Function::Callable(callable) if callable.takes(parameter))
    }

    /// What comes in, where it is the same for every trace.
    pub(super) fn input(&self, arguments: &BTreeMap<String, Structure>) -> Result<Option<Nest<InputSpec>>> {
        let named = |signature: &Signature| -> Result<_> {
            let inputs = signature.inputs()?;
            let spec =
                |(name, tensor): &(&str, TensorSpec)| ((*name).to_owned(), Nest::Leaf(input_spec(tensor).named(*name)));
            Ok(inputs.iter().map(spec).collect::<BTreeMap<_, _>>())
        };
        match &self.function {
            Function::Callable(callable) => Ok(common_input(&callable.traces()?)),
            // What the arguments leave open is for the data to say.
            Function::Signature(_) if !arguments.is_empty() => Ok(None),
            Function::Signature(signature) | Function::Bare(signature) => {
                let mut inputs = named(signature)?;
                Ok(match (inputs.len(), &self.function) {
                    (1, _) => inputs.pop_first().map(|(_, only)| only),
                    (_, Function::Bare(_)) => None,
                    _ => Some(Nest::Dict(inputs)),
                })
            }
        }
    }

    /// Calls the function on tensors.
    pub(super) fn call(&self, inputs: Structure, keywords: BTreeMap<String, Structure>) -> Result<Structure> {
        let arguments = Arguments { positional: vec![inputs], keywords: keywords.into_iter().collect() };
        Ok(match &self.function {
            Function::Callable(callable) => callable.call(arguments)?,
            Function::Signature(signature) => signature.call(spread(arguments))?,
            Function::Bare(signature) => signature.call(only_tensor(signature, arguments)?)?,
        })
    }

    /// Writes the call into a graph.
    pub(super) fn apply<'g>(
        &self,
        scope: &'g Scope,
        instance: &Instance,
        arguments: GraphArguments<'g>,
    ) -> Result<Applied<'g>> {
        Ok(match &self.function {
            Function::Callable(callable) => callable.apply(scope, instance, arguments)?,
            Function::Signature(signature) => {
                signature.apply(scope, instance, &named_inputs(scope, signature, arguments)?)?
            }
            Function::Bare(signature) => {
                if matches!(arguments.positional.as_slice(), [Nest::Dict(_)]) {
                    return Err(takes_one_tensor(signature).into());
                }
                signature.apply(scope, instance, &named_inputs(scope, signature, arguments)?)?
            }
        })
    }
}

/// A dict of inputs as keywords; they win over `arguments` of the same name.
fn spread(mut arguments: Arguments) -> Arguments {
    if let [Nest::Dict(_)] = arguments.positional.as_slice()
        && let Some(Nest::Dict(entries)) = arguments.positional.pop()
    {
        arguments.keywords.retain(|(name, _)| !entries.contains_key(name));
        arguments.keywords.extend(entries);
    }
    arguments
}

fn only_tensor(signature: &Signature, arguments: Arguments) -> Result<Arguments> {
    match arguments.positional.as_slice() {
        [Nest::Leaf(Value::Tensor(_))] => Ok(arguments),
        _ => Err(takes_one_tensor(signature).into()),
    }
}

fn takes_one_tensor(signature: &Signature) -> hub_core::Error {
    hub_core::Error::Arguments {
        function: format!("signature {}", signature.name()),
        why: "a signature given as the handle takes one tensor; name it by `signature` to pass a dict".into(),
    }
}

/// The arguments of a signature by name, as nodes.
fn named_inputs<'g>(
    scope: &'g Scope,
    signature: &Signature,
    arguments: GraphArguments<'g>,
) -> Result<BTreeMap<String, Node<'g>>> {
    let refuse = |why: String| hub_core::Error::Arguments { function: format!("signature {}", signature.name()), why };
    let specs = signature.inputs()?;
    let mut given: BTreeMap<String, Nest<GraphValue<'g>>> = arguments.keywords.into_iter().collect();
    for positional in arguments.positional {
        match (positional, specs.as_slice()) {
            (Nest::Dict(entries), _) => given.extend(entries),
            (single, [(name, _)]) => {
                given.insert((*name).to_owned(), single);
            }
            _ => return Err(refuse("takes its inputs by name".into()).into()),
        }
    }
    given
        .into_iter()
        .map(|(name, value)| {
            let node = match &value {
                Nest::Leaf(GraphValue::Node(node)) => Some(*node),
                Nest::Leaf(GraphValue::Literal(literal)) => specs
                    .iter()
                    .find(|(own, _)| *own == name)
                    .and_then(|(_, spec)| literal.to_tensor(spec.dtype))
                    .map(|tensor| scope.constant(tensor)),
                _ => None,
            };
            let node = node.ok_or_else(|| refuse(format!("`{name}` takes one tensor, found {}", value.kind())))?;
            Ok((name, node))
        })
        .collect()
}

fn input_spec(tensor: &TensorSpec) -> InputSpec {
    InputSpec::new(tensor.dtype, tensor.shape.clone()).exact()
}

/// What the first parameter takes, where it is tensors and the same in every trace.
fn common_input(traces: &[&ConcreteFunction]) -> Option<Nest<InputSpec>> {
    let first = |trace: &&ConcreteFunction| trace.arguments.at(0)?.at(0).cloned();
    let input = first(traces.first()?)?;
    if traces[1..].iter().any(|trace| first(trace).is_none_or(|other| !same_tensors(&input, &other))) {
        return None;
    }
    let spec = |spec: &Spec| match spec {
        Spec::Tensor(tensor) => Ok(input_spec(tensor)),
        _ => Err(()),
    };
    input.try_map(&mut { spec }).ok()
}

/// Whether two arguments differ at most in the names of their tensors.
fn same_tensors(one: &Nest<Spec>, other: &Nest<Spec>) -> bool {
    let nameless = |spec: &Spec| {
        Ok::<_, std::convert::Infallible>(match spec {
            Spec::Tensor(tensor) => Spec::Tensor(TensorSpec { name: None, ..tensor.clone() }),
            spec => spec.clone(),
        })
    };
    one.try_map(&mut { nameless }) == other.try_map(&mut { nameless })
}
