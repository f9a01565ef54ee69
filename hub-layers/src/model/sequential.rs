//! [`Sequential`]: layers one after the other.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Model;
use super::functional::SharedLayer;
use super::network::Network;
use crate::error::{Error, Result};
use crate::layer::Layer;

/// Layers one after the other, each fed with what the one before it gives. A [`Model`], with all of its methods.
///
/// ```
/// use hub_layers::{Dense, Flatten, InputLayer, Predict, Sequential, Tensor};
/// let model = Sequential::new()
///     .add(InputLayer::new([8, 8, 1]))
///     .add(Flatten::new())
///     .add(Dense::new(10).activation("softmax"))
///     .build()?;
/// let images = Tensor::new(&[3, 8, 8, 1], vec![0.0_f32; 3 * 64])?;
/// let y = model.predict(&images)?;
/// assert_eq!(y.tensor()?.shape(), [3, 10]);
/// let y = model.predict_with(&images, Predict::new().batch_size(2))?;
/// # Ok::<(), hub_layers::Error>(())
/// ```
///
/// A model whose input is known (by an [`InputLayer`](crate::InputLayer), the first layer's `input_shape`, or the
/// loaded model of a [`KerasLayer`](crate::KerasLayer) that comes first) is built at once. Otherwise it is built when it
/// predicts or is trained for the first time, for data of that element type and shape.
#[derive(Debug)]
pub struct Sequential(Model);

impl Sequential {
    /// A model under construction.
    #[allow(clippy::new_ret_no_self, reason = "Keras's spelling; a model exists only once it is whole")]
    pub fn new() -> SequentialBuilder {
        SequentialBuilder { name: "sequential".into(), layers: Vec::new(), seed: None }
    }
}

impl Sequential {
    /// A model whose layers come one after the other.
    pub(super) fn of(model: Model) -> Sequential {
        Sequential(model)
    }
}

/// Keras's `Sequential` is a kind of `Model`.
impl Deref for Sequential {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.0
    }
}

impl DerefMut for Sequential {
    fn deref_mut(&mut self) -> &mut Model {
        &mut self.0
    }
}

/// A model whose layers come one after the other.
impl TryFrom<Model> for Sequential {
    type Error = Error;

    fn try_from(model: Model) -> Result<Sequential> {
        let refuse = || Error::BadConfig {
            argument: "class_name".into(),
            expected: "`Sequential`".into(),
            found: "layers connected in another way".into(),
        };
        if model.network.sequential { Ok(Sequential(model)) } else { Err(refuse()) }
    }
}

impl From<Sequential> for Model {
    fn from(sequential: Sequential) -> Model {
        sequential.0
    }
}

/// A [`Sequential`] under construction.
#[derive(Debug)]
#[must_use = "a model is made by `build`"]
pub struct SequentialBuilder {
    name: String,
    layers: Vec<Arc<dyn Layer>>,
    seed: Option<u64>,
}

impl SequentialBuilder {
    /// One more layer at the end.
    #[allow(clippy::should_implement_trait, reason = "Keras's word; there is nothing to sum up")]
    pub fn add(mut self, layer: impl Layer + 'static) -> SequentialBuilder {
        self.layers.push(Arc::new(layer));
        self
    }

    /// More layers at the end: the `..layers` of `model!`. Layers of several kinds are [`SharedLayer`]s.
    ///
    /// ```
    /// use hub_layers::{Dense, Flatten, InputLayer, Sequential, SharedLayer};
    /// let head: Vec<SharedLayer> = vec![Flatten::new().into(), Dense::new(3).into()];
    /// let model = Sequential::new().add(InputLayer::new([2, 2])).extend(head).build()?;
    /// assert_eq!(model.layers().count(), 2);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    pub fn extend(mut self, layers: impl IntoIterator<Item = impl Into<SharedLayer>>) -> SequentialBuilder {
        self.layers.extend(layers.into_iter().map(|layer| layer.into().into_layer()));
        self
    }

    /// The model's name. Default: `sequential`.
    pub fn name(mut self, name: impl Into<String>) -> SequentialBuilder {
        self.name = name.into();
        self
    }

    /// The seed of all initializers that have none of their own. Default: another at each build.
    pub fn seed(mut self, seed: u64) -> SequentialBuilder {
        self.seed = Some(seed);
        self
    }

    /// The model; its weights are made now where the input is known, else when it is first used.
    ///
    /// # Errors
    /// [`Error::NoLayers`](crate::Error::NoLayers); [`Error::InvalidArgument`](crate::Error::InvalidArgument),
    /// [`Error::UnknownName`](crate::Error::UnknownName) and [`Error::InputMismatch`](crate::Error::InputMismatch) for
    /// what is wrong with a layer; [`Error::Layer`](crate::Error::Layer) with the reason why one could not be built.
    pub fn build(self) -> Result<Sequential> {
        let network = Network::chain(&self.name, self.layers)?;
        Model::of(self.name, network, self.seed).map(Sequential)
    }
}
