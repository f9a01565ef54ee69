//! What a layer's arguments say of one of its weights: initializer, regularizer, constraint; and of its outputs' penalty.
//!
//! `weight_builders!` writes the three builder methods of a weight into a layer's own `impl`.

use hub_core::graph::Node;

use crate::constraints::ConstraintChoice;
use crate::error::Result;
use crate::initializers::InitializerChoice;
use crate::layer::{Build, Call};
use crate::regularizers::RegularizerChoice;

/// What a weight begins with, what it costs, and what it is held to.
#[derive(Debug, Clone)]
pub(super) struct WeightOptions {
    pub(super) initializer: InitializerChoice,
    pub(super) regularizer: Option<RegularizerChoice>,
    pub(super) constraint: Option<ConstraintChoice>,
}

impl WeightOptions {
    /// A weight that begins with this, free of charge and of rules.
    pub(super) fn new(initializer: &str) -> WeightOptions {
        WeightOptions { initializer: initializer.into(), regularizer: None, constraint: None }
    }

    /// Makes the weight, which training may change.
    pub(super) fn add(&self, build: &mut Build<'_>, name: &str, shape: &[usize]) -> Result<()> {
        build.add_weight(name, shape, &self.initializer, true)?;
        build.regularize(name, self.regularizer.as_ref())?;
        build.constrain(name, self.constraint.as_ref())
    }
}

/// The argument that puts a penalty on a layer's outputs.
pub(super) const ACTIVITY_REGULARIZER: &str = "activity_regularizer";

/// Checks the name of the penalty on the outputs.
pub(super) fn check_activity(build: &Build<'_>, regularizer: Option<&RegularizerChoice>) -> Result<()> {
    regularizer.map_or(Ok(()), |choice| choice.resolve(build.place(), ACTIVITY_REGULARIZER).map(drop))
}

/// Adds the penalty on the outputs to the loss, for each example as Keras does.
pub(super) fn penalise_activity<'g>(
    call: &mut Call<'g>,
    regularizer: Option<&RegularizerChoice>,
    output: Node<'g>,
) -> Result<()> {
    let Some(choice) = regularizer else { return Ok(()) };
    let penalty = choice.resolve(call.place(), ACTIVITY_REGULARIZER)?.penalty(output);
    let scope = output.scope();
    let first = scope.op("GatherV2").input(output.shape_of()).input(scope.constant(0_i32)).input(scope.constant(0_i32));
    call.add_loss(penalty / first.build().cast(penalty.dtype()));
    Ok(())
}

/// The builder methods of a layer's weights: `kernel: kernel_initializer = "glorot_uniform", kernel_regularizer,
/// kernel_constraint;` for a field `kernel: WeightOptions`.
macro_rules! weight_builders {
    ($($weight:ident: $initializer:ident = $default:literal, $regularizer:ident, $constraint:ident;)*) => {$(
        #[doc = concat!("What `", stringify!($weight), "` begins with, by name or itself. Default: `\"", $default, "\"`.")]
        pub fn $initializer(mut self, initializer: impl Into<$crate::initializers::InitializerChoice>) -> Self {
            self.$weight.initializer = initializer.into();
            self
        }

        #[doc = concat!("A penalty on `", stringify!($weight), "`, by name or itself. Default: none.")]
        pub fn $regularizer(mut self, regularizer: impl Into<$crate::regularizers::RegularizerChoice>) -> Self {
            self.$weight.regularizer = Some(regularizer.into());
            self
        }

        #[doc = concat!("What `", stringify!($weight), "` is held to after each update, by name or itself. Default: nothing.")]
        pub fn $constraint(mut self, constraint: impl Into<$crate::constraints::ConstraintChoice>) -> Self {
            self.$weight.constraint = Some(constraint.into());
            self
        }
    )*};
}

pub(super) use weight_builders;
