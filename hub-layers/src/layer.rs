//! What a layer is: the trait, and what a layer is given while a model is built.
//!
//! Implemented by everything in [`layers`](crate::layers) and by users; called by `sequential`. Knows no model.

use std::fmt;
use std::sync::Arc;

use hub_core::graph::{Node, NodeId, Operation, Scope, Variable};
use hub_core::model::ModelVariable;
use hub_core::{DType, LoadedModel, Nest, Shape};

use crate::error::{Error, Result};
use crate::initializers::{InitializerChoice, Seeds};
use crate::instances::{Instance, Instances};

/// One step of a model: makes its weights once, and then writes itself into graphs, as often as asked.
///
/// A layer describes; it holds no graph and no weight values. The model makes its weights by [`Layer::build`] when it
/// knows what comes in, and calls it by [`Layer::call`], once for predicting and again for other uses of the same
/// weights. Floating-point inputs are cast to the layer's [`Layer::dtype`] before either.
///
/// ```
/// use hub_core::graph::Node;
/// use hub_core::{Nest, Tensor};
/// use hub_layers::{Build, Call, Layer, Result, Sequential};
///
/// /// Multiplies each feature by a weight.
/// #[derive(Debug)]
/// struct Scale;
///
/// impl Layer for Scale {
///     fn class_name(&self) -> &str {
///         "Scale"
///     }
///
///     fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
///         let features = build.place().features(inputs)?;
///         build.add_weight("factor", &[features], "ones", true)
///     }
///
///     fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
///         let x = call.place().single(&inputs)?;
///         Ok(Nest::Leaf(x * call.weight("factor")?))
///     }
/// }
///
/// let model = Sequential::new().add(Scale).build()?;
/// let y = model.predict(Tensor::from([[1.0_f32, 2.0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [1.0, 2.0]);
/// assert_eq!(model.summary().trainable_params(), 2);
/// # Ok::<(), hub_layers::Error>(())
/// ```
pub trait Layer: fmt::Debug + Send + Sync {
    /// The kind of layer: `Dense`. The default name is made of it.
    fn class_name(&self) -> &str;

    /// The name that the user gave; without one the model counts: `dense`, `dense_1`, ...
    fn name(&self) -> Option<&str> {
        None
    }

    /// Whether the weights may be trained; otherwise all count as non-trainable.
    fn trainable(&self) -> bool {
        true
    }

    /// The type of the weights and of the computation.
    fn dtype(&self) -> DType {
        DType::F32
    }

    /// What comes into a model that begins with this layer, where the layer knows.
    ///
    /// # Errors
    /// Those of finding out.
    fn input(&self) -> Result<Option<Nest<InputSpec>>> {
        Ok(None)
    }

    /// Makes the weights for inputs like these.
    ///
    /// # Errors
    /// Arguments that make no sense, inputs that do not fit; best made by [`Build::place`].
    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let _ = (build, inputs);
        Ok(())
    }

    /// Writes the layer into the graph, and gives its outputs.
    ///
    /// # Errors
    /// Inputs that do not fit; best made by [`Call::place`].
    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>>;
}

/// One input of a model: element type, and shape with the batch in front.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSpec {
    name: Option<String>,
    dtype: DType,
    shape: Shape,
    exact: bool,
}

impl InputSpec {
    /// An input of this type and shape (the batch's dimension first, usually unknown).
    ///
    /// Numbers of another type are cast to it when the model predicts.
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> InputSpec {
        InputSpec { name: None, dtype, shape: shape.into(), exact: false }
    }

    /// The name of the input: in messages, and as a key where a dict of inputs is given.
    pub fn named(mut self, name: impl Into<String>) -> InputSpec {
        self.name = Some(name.into());
        self
    }

    /// Integers are refused where floating-point numbers are wanted, as a loaded model refuses them.
    pub fn exact(mut self) -> InputSpec {
        self.exact = true;
        self
    }

    /// The name of the input, where it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape, with the batch in front.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether integers are refused where floating-point numbers are wanted.
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

/// Where a layer stands in its model; makes the errors that say so.
#[derive(Debug, Clone)]
pub struct Place {
    index: usize,
    name: String,
}

impl Place {
    pub(crate) fn new(index: usize, name: impl Into<String>) -> Place {
        Place { index, name: name.into() }
    }

    /// The layer's place in the model, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The layer's name in the model.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The only input.
    ///
    /// # Errors
    /// [`Error::InputMismatch`] where there is a dict, list or tuple of inputs.
    pub fn single<'g>(&self, inputs: &Nest<Node<'g>>) -> Result<Node<'g>> {
        match inputs {
            Nest::Leaf(node) => Ok(*node),
            other => Err(self.input_mismatch("one tensor", other.kind())),
        }
    }

    /// The only input, whose elements are numbers or truth values.
    ///
    /// # Errors
    /// [`Error::InputMismatch`] where there is more than one input, or it holds strings or resources.
    pub fn numbers<'g>(&self, inputs: &Nest<Node<'g>>) -> Result<Node<'g>> {
        let node = self.single(inputs)?;
        match node.dtype().size_bytes() {
            Some(_) => Ok(node),
            None => Err(self.input_mismatch("numbers", format!("{} {}", node.dtype(), node.shape()))),
        }
    }

    /// The size of the last axis of the only input.
    ///
    /// # Errors
    /// [`Error::InputMismatch`] where there is more than one input, or the size is unknown.
    pub fn features(&self, inputs: &Nest<Node<'_>>) -> Result<usize> {
        let shape = self.single(inputs)?.shape();
        shape.last().ok_or_else(|| self.input_mismatch("an input whose last dimension is known", shape))
    }

    /// An error: what comes in is not what the layer takes.
    pub fn input_mismatch(&self, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
        let (expected, found) = (expected.to_string(), found.to_string());
        Error::InputMismatch { index: self.index, layer: self.name.clone(), expected, found }
    }

    /// An error: an argument has a value that it cannot have.
    pub fn invalid_argument(&self, argument: &str, expected: impl fmt::Display, found: impl fmt::Display) -> Error {
        Error::InvalidArgument {
            index: self.index,
            layer: self.name.clone(),
            argument: argument.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// An error: an argument names something that does not exist.
    pub fn unknown_name<'a>(&self, argument: &str, found: &str, available: impl IntoIterator<Item = &'a str>) -> Error {
        Error::UnknownName {
            index: self.index,
            layer: self.name.clone(),
            argument: argument.to_owned(),
            found: found.to_owned(),
            available: available.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// One weight of a layer in a built model; its value lives in the model's session.
#[derive(Debug, Clone)]
pub(crate) struct WeightSlot {
    pub(crate) name: String,
    pub(crate) handle: NodeId,
    /// Its value, for reading from outside.
    pub(crate) read: NodeId,
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    pub(crate) trainable: bool,
}

/// What [`Layer::build`] works with: makes weights in the model's graph.
#[derive(Debug)]
pub struct Build<'g> {
    pub(crate) scope: &'g Scope,
    pub(crate) place: Place,
    pub(crate) dtype: DType,
    pub(crate) trainable: bool,
    pub(crate) seeds: &'g mut Seeds,
    pub(crate) weights: Vec<WeightSlot>,
    pub(crate) instances: &'g mut Instances,
    pub(crate) instance: Option<Arc<Instance>>,
}

impl<'g> Build<'g> {
    /// Where the layer stands in its model.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The type of the layer's weights.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Makes a weight of the layer's type: `name` (`kernel`), shape, initial value by name or initializer.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for an initializer that does not exist, [`Error::InvalidArgument`] for one that cannot
    /// make such a weight.
    pub fn add_weight(
        &mut self,
        name: &str,
        shape: &[usize],
        initializer: impl Into<InitializerChoice>,
        trainable: bool,
    ) -> Result<()> {
        let argument = format!("{name}_initializer");
        let initializer = initializer.into().resolve(&self.place, &argument)?;
        let initial = initializer
            .values(shape, self.dtype, self.seeds.next_seed())
            .map_err(|why| self.place.invalid_argument(&argument, "values for the weight", why))?;
        if initial.shape() != shape || initial.dtype() != self.dtype {
            let (expected, found) = (Shape::known(shape), Shape::known(initial.shape()));
            let (expected, found) = (format!("{} {expected}", self.dtype), format!("{} {found}", initial.dtype()));
            return Err(self.place.invalid_argument(&argument, expected, found));
        }
        let scope = self.scope;
        let variable = scope.variable(&format!("{}/{name}", self.place.name), &initial)?;
        self.weights.push(WeightSlot {
            name: format!("{}/{name}", self.place.name),
            handle: variable.handle().id(),
            read: variable.read().id(),
            dtype: self.dtype,
            shape: shape.to_vec(),
            trainable: trainable && self.trainable,
        });
        Ok(())
    }
}

impl Build<'_> {
    /// Makes the state of a loaded model in the graph, shared with other layers over it; `listed` are the weights.
    pub(crate) fn instantiate(&mut self, model: &LoadedModel, listed: &[ModelVariable]) -> Result<()> {
        let instance = self.instances.of(self.scope, model)?;
        for variable in listed {
            let Some(own) = instance.variable(self.scope, variable) else { continue };
            // A variable may be declared without a shape; its value has one.
            let shape = match variable.shape().to_known() {
                Some(shape) => shape,
                None => variable.value()?.shape().to_vec(),
            };
            self.weights.push(WeightSlot {
                name: variable.name().to_owned(),
                handle: own.handle().id(),
                read: own.read().id(),
                dtype: variable.dtype(),
                shape,
                trainable: self.trainable,
            });
        }
        self.instance = Some(instance);
        Ok(())
    }
}

/// What [`Layer::call`] works with: the graph, the layer's weights in it, and what the call is for.
#[derive(Debug)]
pub struct Call<'g> {
    pub(crate) scope: &'g Scope,
    pub(crate) place: Place,
    pub(crate) training: bool,
    pub(crate) weights: Arc<[WeightSlot]>,
    pub(crate) instance: Option<Arc<Instance>>,
    pub(crate) targets: Vec<Operation<'g>>,
}

impl<'g> Call<'g> {
    /// The graph.
    pub fn scope(&self) -> &'g Scope {
        self.scope
    }

    /// Where the layer stands in its model.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the outputs are for training, where some layers do something else.
    pub fn training(&self) -> bool {
        self.training
    }

    /// The variable behind a weight that [`Layer::build`] has made.
    ///
    /// # Errors
    /// [`hub_core::Error::VariableNotFound`] where it has not.
    pub fn variable(&self, name: &str) -> Result<Variable<'g>> {
        let full_name = format!("{}/{name}", self.place.name);
        let found = self.weights.iter().find(|weight| weight.name == full_name);
        let weight = found.ok_or(hub_core::Error::VariableNotFound { name: full_name })?;
        Ok(Variable::from_handle(self.scope.node(weight.handle), weight.dtype))
    }

    /// The value of a weight that [`Layer::build`] has made.
    ///
    /// # Errors
    /// [`hub_core::Error::VariableNotFound`] where it has not.
    pub fn weight(&self, name: &str) -> Result<Node<'g>> {
        self.variable(name).map(Variable::read)
    }

    /// The state of the loaded model that [`Layer::build`] has made.
    pub(crate) fn instance(&self) -> Result<&Instance> {
        self.instance.as_deref().ok_or_else(|| self.place.input_mismatch("a layer that is built", "one that is not"))
    }

    /// The operation runs whenever the layer's outputs are computed, for its effects.
    pub fn add_target(&mut self, operation: Operation<'g>) {
        self.targets.push(operation);
    }
}
