//! [`KerasLayer`]: a loaded model as a layer, or on its own.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`KerasLayer`]: its arguments, and what it is to a model |
//! | `source` | [`IntoHandle`]: what it can be made of; loading by tags |
//! | `target` | which function of the loaded thing is called, and how |
//! | `standalone` | [`KerasLayer::call`]: on tensors, without a model |
//! | `zero_weights` | the one word about a layer that is to be trained and has nothing to train |
//! | `losses` | the model's regularization losses |
//! | `saved` | the layer in a model that is saved with the loaded model in it |
//! | `config` | the layer as a config, and back |
//! | `outputs` | `output_key`, `output_shape`: what becomes of the results |

mod config;
mod losses;
mod outputs;
mod saved;
mod source;
mod standalone;
mod target;
mod zero_weights;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use hub_core::graph::Node;
use hub_core::model::{GraphArguments, GraphValue};
use hub_core::{LoadOptions, LoadedModel, Nest, Shape, Structure, Value};
use hub_legacy::CallableOptions;

pub use self::outputs::OutputShape;
pub(crate) use self::outputs::same_nest;
use self::source::Source;
pub use self::source::{Handle, IntoHandle};
use self::target::Target;
use self::zero_weights::ZeroWeights;
use super::options::{LayerOptions, with_batch};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::layer::{Build, Call, InputSpec, Layer};

/// A loaded model as a layer: hub.KerasLayer of Python's tensorflow_hub.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `handle` | a handle, a [`LoadedModel`], or one of its functions or signatures | |
/// | `trainable` | whether the model's variables may be trained | false |
/// | `tags` | the tags of the model's meta graph | the only one |
/// | `load_options` | how the model is loaded | as [`hub_core::load`] does |
/// | `arguments` | further arguments of each call, by name | none |
/// | `signature` | the signature to call instead of the model itself | none |
/// | `output_key` | the output to take out of a dict of outputs | none |
/// | `signature_outputs_as_dict` | whether a signature's outputs are wanted as a dict | false |
/// | `output_shape` | the shape of one example's output, where the model does not tell | known from the model |
/// | `name`, `dtype`, `input_shape` | as for every layer | |
///
/// A signature needs either `output_key` or `signature_outputs_as_dict`. Where the function has a parameter `training`,
/// it is true while a layer is trained that is not frozen, whatever `arguments` say. Floating-point inputs are cast to
/// the layer's type, integers are not. What does not fit together is an error when the layer is built or called.
/// Weights: what the model lists as `variables`, trainable ones first.
///
/// # Shapes
/// Those of the loaded model; mostly input `[batch, ...]`, output `[batch, features]`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::layers::KerasLayer;
/// let affine = KerasLayer::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model"))?;
/// let y = affine.call(Tensor::from([[1.0_f32, 2.0, 3.0]]))?;
/// assert_eq!(y.tensor()?.shape(), [1, 2]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KerasLayer {
    source: Source,
    /// Found at first use.
    target: OnceLock<Target>,
    arguments: BTreeMap<String, Structure>,
    callable: CallableOptions,
    output_shape: Option<OutputShape>,
    options: LayerOptions,
    zero_weights: ZeroWeights,
}

impl KerasLayer {
    /// A layer over a model that is loaded now, or has been.
    ///
    /// # Errors
    /// [`Error::Core`] with those of [`hub_core::load`]; but where a model can only be loaded by its tags, those may
    /// still follow.
    pub fn new(handle: impl IntoHandle) -> Result<KerasLayer> {
        Source::new(handle.into_handle()).map(KerasLayer::of)
    }

    fn of(source: Source) -> KerasLayer {
        KerasLayer {
            source,
            target: OnceLock::new(),
            arguments: BTreeMap::new(),
            callable: CallableOptions::default(),
            output_shape: None,
            options: LayerOptions { trainable: false, ..LayerOptions::default() },
            zero_weights: ZeroWeights::default(),
        }
    }

    /// Whether the model's variables may be trained. Default: false. Whether that is possible shows when the layer
    /// is called; a model that the layer is built into can change it later.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.options.trainable = trainable;
        self
    }

    /// One more argument of each call, by name: a tensor, or a literal that selects a trace.
    pub fn argument(mut self, name: impl Into<String>, value: impl Into<Structure>) -> Self {
        self.arguments.insert(name.into(), value.into());
        self
    }

    /// All further arguments of each call, by name. Default: none. `training` is overridden where the function has it.
    pub fn arguments<K: Into<String>, V: Into<Structure>>(
        mut self,
        arguments: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.arguments = arguments.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self
    }

    /// The tags of the model's meta graph. Default: the only one. The model is loaded again with them at first use;
    /// `KerasLayer::new(hub_core::load_with(handle, &options)?)` loads it once.
    pub fn tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> Self {
        self.source.set_tags(tags.into_iter().map(Into::into).collect());
        self.target = OnceLock::new();
        self
    }

    /// How the model is loaded: whether its checkpoint is read, what its ops may do. Default: as
    /// [`hub_core::load`] does. The model is loaded again with them at first use.
    pub fn load_options(mut self, load_options: LoadOptions) -> Self {
        self.source.set_load_options(load_options);
        self.target = OnceLock::new();
        self
    }

    /// The signature to call instead of the model itself.
    pub fn signature(mut self, signature: impl Into<String>) -> Self {
        self.callable.signature = Some(signature.into());
        self.target = OnceLock::new();
        self
    }

    /// The output to take out of a dict of outputs.
    pub fn output_key(mut self, output_key: impl Into<String>) -> Self {
        self.callable.output_key = Some(output_key.into());
        self.target = OnceLock::new();
        self
    }

    /// Whether a signature's outputs are wanted as a dict. Default: false.
    pub fn signature_outputs_as_dict(mut self, as_dict: bool) -> Self {
        self.callable.signature_outputs_as_dict = as_dict;
        self.target = OnceLock::new();
        self
    }

    /// The shape of one example's output, or a dict of them.
    pub fn output_shape(mut self, output_shape: impl Into<OutputShape>) -> Self {
        self.output_shape = Some(output_shape.into());
        self
    }

    /// The layer's name, unique in its model. Default: `keras_layer`, counted.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// The type that floating-point inputs are cast to. Default: float32.
    pub fn dtype(mut self, dtype: hub_core::DType) -> Self {
        self.options.dtype = dtype;
        self
    }

    /// The shape of one example, where the layer is a model's first and the loaded model does not tell.
    pub fn input_shape(mut self, shape: impl Into<hub_core::Shape>) -> Self {
        self.options.input_shape = Some(shape.into());
        self
    }

    /// The loaded model that the layer calls, or whose function or signature it calls: its variables, its objects, its
    /// assets. A model that the layer is built into has variables of its own; they come by
    /// [`Model::resolved_object`](crate::Model::resolved_object).
    ///
    /// # Errors
    /// [`Error::Core`] and [`Error::Callable`] where it is loaded only now, by its tags or options.
    pub fn resolved_object(&self) -> Result<&LoadedModel> {
        Ok(self.source.loaded()?.model())
    }

    /// What `output_shape` declares.
    pub(crate) fn declared_output_shape(&self) -> Option<&Nest<Shape>> {
        self.output_shape.as_ref().map(|declared| &declared.0)
    }

    /// What is called, after all checks.
    fn target(&self) -> Result<&Target> {
        if let Some(target) = self.target.get() {
            return Ok(target);
        }
        let target = self.source.loaded()?.target(&self.callable)?;
        Ok(self.target.get_or_init(|| target))
    }

    /// The arguments by name that go with each call of `target`; where it may be trained, after the checks of that.
    fn keywords(&self, target: &Target, trainable: bool, training: bool) -> Result<BTreeMap<String, Structure>> {
        if trainable {
            target.check_trainable()?;
            self.zero_weights.tell(self.source.loaded()?);
        }
        let mut keywords = self.arguments.clone();
        if target.takes("training") {
            keywords.insert("training".into(), (trainable && training).into());
        }
        Ok(keywords)
    }
}

impl Layer for KerasLayer {
    fn config(&self) -> Result<Config> {
        self.write_config()
    }

    fn class_name(&self) -> &str {
        "KerasLayer"
    }

    fn keras_layer(&self) -> Option<&KerasLayer> {
        Some(self)
    }

    fn name(&self) -> Option<&str> {
        self.options.name.as_deref()
    }

    fn trainable(&self) -> bool {
        self.options.trainable
    }

    fn dtype(&self) -> hub_core::DType {
        self.options.dtype
    }

    fn input(&self) -> Result<Option<Nest<InputSpec>>> {
        match &self.options.input_shape {
            Some(shape) => Ok(Some(Nest::Leaf(InputSpec::new(self.options.dtype, with_batch(shape)).exact()))),
            None => self.target()?.input(&self.arguments),
        }
    }

    fn build<'g>(&self, build: &mut Build<'g>, _inputs: &Nest<Node<'g>>) -> Result<()> {
        self.target()?;
        let loaded = self.source.loaded()?;
        loaded.regularization_losses()?;
        build.instantiate(loaded.model(), &loaded.listed_variables())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let target = self.target()?;
        let keywords = self
            .keywords(target, call.trainable(), call.training())?
            .iter()
            .map(|(name, value)| Ok((name.clone(), value.try_map(&mut |leaf| graph_value(call, leaf))?)))
            .collect::<Result<Vec<_>>>()?;
        let node = |node: &Node<'g>| Ok::<_, Error>(GraphValue::Node(*node));
        let arguments = GraphArguments { positional: vec![inputs.try_map(&mut { node })?], keywords };
        let applied = target.apply(call.scope(), call.instance()?, arguments)?;
        applied.controls.into_iter().for_each(|operation| call.add_target(operation));
        let outputs = outputs::take(applied.outputs, target.output_key())?;
        let outputs = outputs.try_map(&mut |value: &GraphValue<'g>| value.node())?;
        match &self.output_shape {
            Some(declared) => declared.ensure(call.place(), &outputs),
            None => Ok(outputs),
        }
    }

    fn losses<'g>(&self, call: &mut Call<'g>) -> Result<Vec<Node<'g>>> {
        let losses = self.source.loaded()?.regularization_losses()?;
        losses::write(&losses, call.scope(), call.instance()?, call.trainable())
    }
}

/// An argument's leaf in a graph.
fn graph_value<'g>(call: &Call<'g>, leaf: &Value) -> Result<GraphValue<'g>> {
    match leaf {
        Value::Tensor(tensor) => Ok(GraphValue::Node(call.scope().constant(tensor))),
        Value::Literal(literal) => Ok(GraphValue::Literal(literal.clone())),
        other => Err(hub_core::Error::Unsupported { what: format!("{other} among the `arguments` of a layer") }.into()),
    }
}
