//! [`CustomObjects`]: classes that are not of this crate, for building from configs; Keras's `custom_objects`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::argument::At;
use super::kinds::{Kind, build};
use super::reading::Reading;
use crate::constraints::Constraint;
use crate::error::Result;
use crate::initializers::Initializer;
use crate::layer::Layer;
use crate::losses::Loss;
use crate::metrics::Metric;
use crate::optimizers::Optimizer;
use crate::optimizers::schedules::LearningRateSchedule;
use crate::regularizers::Regularizer;

/// What makes a thing of one's own of its config.
pub(super) type CustomMaker<T> = Arc<dyn Fn(&mut Reading<'_>) -> Result<Arc<T>> + Send + Sync>;

/// The classes of one kind, by name.
pub(super) type CustomMakers<T> = BTreeMap<String, CustomMaker<T>>;

macro_rules! custom_objects {
    ($($add:ident($kind:ident) in $makers:ident;)*) => {
        /// Classes of one's own by their names, for building from configs. They go before those of this crate.
        ///
        /// ```
        /// use hub_core::Nest;
        /// use hub_core::graph::Node;
        /// use hub_layers::config::{Config, CustomObjects};
        /// use hub_layers::{Call, InputLayer, Layer, Model, Result, Sequential};
        ///
        /// /// Multiplies by a number.
        /// #[derive(Debug)]
        /// struct Scale(f64);
        ///
        /// impl Layer for Scale {
        ///     fn class_name(&self) -> &str {
        ///         "Scale"
        ///     }
        ///
        ///     fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        ///         Ok(Nest::Leaf(call.place().single(&inputs)? * self.0))
        ///     }
        ///
        ///     fn config(&self) -> Result<Config> {
        ///         Config::new("Scale").with("factor", &self.0)
        ///     }
        /// }
        ///
        /// let model = Sequential::new().add(InputLayer::new([2])).add(Scale(3.0)).build()?;
        /// let custom = CustomObjects::new().layer("Scale", |config| Ok(Scale(config.required("factor")?)));
        /// let same = Model::from_json_with(&model.to_json()?, &custom)?;
        /// assert_eq!(same.to_json()?, model.to_json()?);
        /// # Ok::<(), hub_layers::Error>(())
        /// ```
        #[derive(Default, Clone)]
        pub struct CustomObjects {
            $(pub(super) $makers: CustomMakers<dyn $kind>,)*
        }

        impl CustomObjects {
            /// None yet.
            pub fn new() -> CustomObjects {
                CustomObjects::default()
            }

            $(#[doc = concat!("One more class of [`", stringify!($kind), "`], by its name, with what makes one of its arguments.")]
            pub fn $add<T: $kind + 'static>(
                mut self,
                class_name: impl Into<String>,
                make: impl Fn(&mut Reading<'_>) -> Result<T> + Send + Sync + 'static,
            ) -> CustomObjects {
                let make: CustomMaker<dyn $kind> = Arc::new(move |reading| Ok(Arc::new(make(reading)?)));
                self.$makers.insert(class_name.into(), make);
                self
            })*
        }

        impl fmt::Debug for CustomObjects {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut written = f.debug_struct("CustomObjects");
                $(written.field(stringify!($makers), &self.$makers.keys().collect::<Vec<_>>());)*
                written.finish()
            }
        }
    };
}

custom_objects! {
    layer(Layer) in layers;
    initializer(Initializer) in initializers;
    regularizer(Regularizer) in regularizers;
    constraint(Constraint) in constraints;
    loss(Loss) in losses;
    metric(Metric) in metrics;
    optimizer(Optimizer) in optimizers;
    schedule(LearningRateSchedule) in schedules;
}

impl CustomObjects {
    /// A layer of `{"class_name": ..., "config": {...}}`.
    ///
    /// # Errors
    /// [`Error::UnknownClass`](crate::Error::UnknownClass) and
    /// [`Error::UnknownArgument`](crate::Error::UnknownArgument), [`Error::BadConfig`](crate::Error::BadConfig) for
    /// arguments that are missing or of another type; those of the layer, as of a handle that cannot be loaded.
    pub fn build_layer(&self, config: &Value) -> Result<Arc<dyn Layer>> {
        self.build(config, "")
    }

    /// A thing of its config, which stands at `path`.
    pub(crate) fn build<T: Kind + ?Sized>(&self, config: &Value, path: &str) -> Result<Arc<T>> {
        build(config, At { custom_objects: self, path })
    }

    /// An argument that stands at `path`.
    pub(crate) fn argument<A: super::Argument>(&self, config: &Value, path: &str) -> Result<A> {
        A::read(config, At { custom_objects: self, path })
    }
}
