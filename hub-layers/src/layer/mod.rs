//! What a layer is: the trait, and what a layer is given while a model is built.
//!
//! Implemented by everything in [`layers`](crate::layers) and by users; called by `model`. Knows no model.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | [`Layer`] |
//! | `input_spec` | [`InputSpec`]: what comes into a model |
//! | `place` | [`Place`]: where a layer stands, for errors |
//! | `build` | [`Build`]: making weights |
//! | `call` | [`Call`]: writing the layer into a graph |
//! | `draws` | `Draws`: the random numbers of a call |

mod build;
mod call;
mod draws;
mod input_spec;
mod place;

use std::fmt;

use hub_core::graph::Node;
use hub_core::{DType, Nest};

pub use self::build::Build;
pub(crate) use self::build::WeightSlot;
pub use self::call::Call;
pub(crate) use self::draws::Draws;
pub use self::input_spec::InputSpec;
pub use self::place::Place;
use crate::config::{Config, no_config};
use crate::error::Result;

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

    /// Whether the weights may be trained at first; otherwise all count as non-trainable. A model can freeze and
    /// unfreeze it later.
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

    /// Penalties that do not depend on inputs, scalars; asked once for each graph, however often the layer is called.
    /// Those of [`Build::regularize`] are not among them.
    ///
    /// # Errors
    /// Those of writing them.
    fn losses<'g>(&self, call: &mut Call<'g>) -> Result<Vec<Node<'g>>> {
        let _ = call;
        Ok(Vec::new())
    }

    /// Whether the mask of the input is the mask of the output; otherwise it ends here.
    fn supports_masking(&self) -> bool {
        false
    }

    /// The class with its arguments, as Keras writes them; without one, models with it cannot be written down.
    ///
    /// # Errors
    /// [`Error::NoConfig`](crate::Error::NoConfig), as by default.
    fn config(&self) -> crate::Result<Config> {
        Err(no_config(self))
    }
}
