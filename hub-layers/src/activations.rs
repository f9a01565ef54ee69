//! Activation functions by Keras's names: what `activation = "relu"` stands for.
//!
//! `Dense` and `Activation` use them. A name stays a name until the model is built; a wrong one is an error there.

use hub_core::graph::Node;

use crate::error::Result;
use crate::layer::Place;

macro_rules! activations {
    ($($(#[$doc:meta])* $variant:ident = $name:literal: |$x:ident| $formula:expr;)*) => {
        /// A function that is applied element by element (`Softmax` and `LogSoftmax`: along the last axis).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        #[non_exhaustive]
        pub enum ActivationFunction {
            $($(#[$doc])* $variant,)*
        }

        impl ActivationFunction {
            /// Every function.
            pub const ALL: &'static [ActivationFunction] = &[$(ActivationFunction::$variant),*];

            /// Keras's name: `relu`, `hard_sigmoid`, ...
            pub const fn name(self) -> &'static str {
                match self { $(ActivationFunction::$variant => $name,)* }
            }

            /// The function of `x`.
            pub fn apply(self, x: Node<'_>) -> Node<'_> {
                match self { $(ActivationFunction::$variant => { let $x = x; $formula })* }
            }
        }
    };
}

activations! {
    /// x.
    #[default]
    Linear = "linear": |x| x;
    /// max(x, 0).
    Relu = "relu": |x| x.relu();
    /// min(max(x, 0), 6).
    Relu6 = "relu6": |x| x.relu6();
    /// x where positive, else 0.2 x.
    LeakyRelu = "leaky_relu": |x| x.scope().op("LeakyRelu").input(x).attr("alpha", 0.2_f32).build();
    /// exp(x) over its sum along the last axis.
    Softmax = "softmax": |x| x.softmax();
    /// The logarithm of the softmax.
    LogSoftmax = "log_softmax": |x| x.log_softmax();
    /// 1 / (1 + exp(-x)).
    Sigmoid = "sigmoid": |x| x.sigmoid();
    /// 0 below -2.5, 1 above 2.5, 0.2 x + 0.5 between.
    HardSigmoid = "hard_sigmoid": |x| (x * 0.2 + 0.5).maximum(0.0).minimum(1.0);
    /// The hyperbolic tangent.
    Tanh = "tanh": |x| x.tanh();
    /// x times the normal distribution's share below x, exact (not the tanh approximation).
    Gelu = "gelu": |x| (x * 0.5) * ((x / std::f64::consts::SQRT_2).erf() + 1.0);
    /// x where positive, else exp(x) - 1.
    Elu = "elu": |x| x.elu();
    /// The scaled exponential linear unit.
    Selu = "selu": |x| x.selu();
    /// log(exp(x) + 1).
    Softplus = "softplus": |x| x.softplus();
    /// x / (|x| + 1).
    Softsign = "softsign": |x| x.softsign();
    /// x sigmoid(x); the name `silu` means the same.
    Swish = "swish": |x| x * x.sigmoid();
    /// exp(x).
    Exponential = "exponential": |x| x.exp();
    /// x tanh(softplus(x)).
    Mish = "mish": |x| x * x.softplus().tanh();
}

impl ActivationFunction {
    /// The function of that name.
    pub fn from_name(name: &str) -> Option<ActivationFunction> {
        let name = if name == "silu" { "swish" } else { name };
        ActivationFunction::ALL.iter().copied().find(|function| function.name() == name)
    }

    /// The function of `x`, where `x` has an axis for it.
    pub(crate) fn apply_checked<'g>(self, place: &Place, x: Node<'g>) -> Result<Node<'g>> {
        let along_last = matches!(self, ActivationFunction::Softmax | ActivationFunction::LogSoftmax);
        match x.shape().rank() {
            Some(0 | 1) if along_last => {
                Err(place.input_mismatch(format!("two dimensions or more for `{}`", self.name()), x.shape()))
            }
            _ => Ok(self.apply(x)),
        }
    }
}

/// What an `activation` argument takes: a name or a function.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivationChoice(Result<ActivationFunction, String>);

impl ActivationChoice {
    /// Keras's name of the function; a wrong one as it was given.
    pub(crate) fn name(&self) -> &str {
        self.0.as_ref().map_or_else(String::as_str, |function| function.name())
    }

    /// The function, or an error that names the nearest.
    pub(crate) fn resolve(&self, place: &Place, argument: &str) -> Result<ActivationFunction> {
        let known = || ActivationFunction::ALL.iter().map(|function| function.name());
        self.0.clone().map_err(|name| place.unknown_name(argument, &name, known()))
    }
}

impl Default for ActivationChoice {
    fn default() -> ActivationChoice {
        ActivationFunction::Linear.into()
    }
}

impl From<ActivationFunction> for ActivationChoice {
    fn from(function: ActivationFunction) -> ActivationChoice {
        ActivationChoice(Ok(function))
    }
}

impl From<&str> for ActivationChoice {
    fn from(name: &str) -> ActivationChoice {
        ActivationChoice(ActivationFunction::from_name(name).ok_or_else(|| name.to_owned()))
    }
}

impl From<String> for ActivationChoice {
    fn from(name: String) -> ActivationChoice {
        name.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_function() {
        for function in ActivationFunction::ALL {
            assert_eq!(ActivationFunction::from_name(function.name()), Some(*function));
        }
        assert_eq!(ActivationFunction::from_name("silu"), Some(ActivationFunction::Swish));
        assert_eq!(ActivationFunction::from_name("Relu"), None);
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        let place = Place::new(2, "head");
        let error = ActivationChoice::from("sofmax").resolve(&place, "activation").unwrap_err();
        assert_eq!(error.to_string(), "layer 2 `head`: `activation`: `sofmax` is unknown, did you mean `softmax`?");
        assert!(error.hint().unwrap().contains("hard_sigmoid"));
        let far = ActivationChoice::from("qqqqqqqq").resolve(&place, "activation").unwrap_err();
        assert_eq!(far.to_string(), "layer 2 `head`: `activation`: `qqqqqqqq` is unknown");
    }
}
