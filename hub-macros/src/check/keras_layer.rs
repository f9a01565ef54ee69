//! What goes together in a `KerasLayer`, as far as it can be told without its model.
//!
//! The rules are those of hub-legacy's table for a model whose format is not known: what is refused here is refused by
//! every format, or, in the format of TF1, would silently mean something that can be written out. With the model's
//! description, [`contract`](crate::contract) asks again.

use super::CheckedLayer;
use crate::contract::text_of;
use crate::literal;
use crate::report::{self, Report};

/// What the arguments choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// The signature, where it is a literal.
    pub(crate) signature: Given<String>,
    /// The key of the output.
    pub(crate) output_key: Given<String>,
    /// Whether the outputs are wanted as a dict.
    pub(crate) as_dict: Given<bool>,
    /// Whether the layer is to be trained.
    pub(crate) trainable: Given<bool>,
}

/// What is known of an argument.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// It is not given.
    #[default]
    No,
    /// It has this value.
    As(T),
    /// It is given, and nobody knows as what.
    Somehow,
}

impl<T> Given<T> {
    /// Whether it is given.
    pub(crate) fn is_given(&self) -> bool {
        !matches!(self, Given::No)
    }
}

impl Chosen {
    /// Reads the arguments.
    pub(crate) fn of(layer: &CheckedLayer) -> Chosen {
        fn given<T>(layer: &CheckedLayer, name: &str, read: impl Fn(&syn::Expr) -> Option<T>) -> Given<T> {
            match layer.argument(name) {
                None => Given::No,
                Some(value) => read(value).map_or(Given::Somehow, Given::As),
            }
        }
        Chosen {
            signature: given(layer, "signature", literal::text),
            output_key: given(layer, "output_key", literal::text),
            as_dict: given(layer, "signature_outputs_as_dict", literal::boolean),
            trainable: given(layer, "trainable", literal::boolean),
        }
    }
}

/// Checks one layer, if it is a `KerasLayer`; of a model that may be at hand [`contract`](crate::contract) says more.
pub(super) fn rules(layer: &CheckedLayer, report: &mut Report) {
    let is_keras_layer = layer.known().is_some_and(|known| known.callee.name == "KerasLayer");
    if is_keras_layer && layer.argument("handle").is_some_and(|handle| text_of(handle).is_none()) {
        without_model(layer, report);
    }
}

/// What can be told without the model.
pub(crate) fn without_model(layer: &CheckedLayer, report: &mut Report) {
    let chosen = Chosen::of(layer);
    let place = |argument: &str| layer.keyword(argument).map_or_else(|| layer.place(), |(name, _)| name.span());
    let is_chosen = chosen.signature.is_given() && chosen.signature != Given::As(String::new());
    let as_dict = chosen.as_dict == Given::As(true);
    let no_dict = matches!(chosen.as_dict, Given::No | Given::As(false));
    if is_chosen && as_dict && chosen.output_key.is_given() {
        report.add(place("output_key"), report::BOTH_OUTPUTS);
    }
    if is_chosen && no_dict && !chosen.output_key.is_given() {
        report.add(place("signature"), report::NEITHER_OUTPUT);
    }
    if !chosen.signature.is_given() && as_dict {
        report.add(place("signature_outputs_as_dict"), report::DICT_WITHOUT_SIGNATURE);
    }
    if is_chosen && chosen.trainable == Given::As(true) {
        report.add(place("trainable"), report::TRAINABLE_SIGNATURE);
    }
}
