//! From layer to layer through a list.

use hub_core::{DType, Nest};

use super::flow::{Flow, TensorType};
use super::{arguments, layers};
use crate::check::CheckedLayer;
use crate::check::list::CheckedItem;
use crate::contract::Contracts;
use crate::report::{self, Report};

/// Follows a whole list.
pub(crate) fn list(items: &[CheckedItem], contracts: &mut Contracts, report: &mut Report) {
    let mut walk = Walk { first: true, contracts, report };
    walk.items(items, Flow::unknown());
}

struct Walk<'a> {
    /// Whether no layer has come yet.
    first: bool,
    contracts: &'a mut Contracts,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn items(&mut self, items: &[CheckedItem], flow: Flow) -> Flow {
        items.iter().fold(flow, |flow, item| match item {
            CheckedItem::Layer(layer) => self.layer(layer, flow),
            CheckedItem::Spread(_) | CheckedItem::Wrong => {
                self.first = false;
                Flow::unknown()
            }
            CheckedItem::If(conditional) => {
                let first = self.first;
                let then = self.items(&conditional.then, flow.clone());
                let first_then = std::mem::replace(&mut self.first, first);
                let otherwise = self.items(conditional.otherwise.as_deref().unwrap_or_default(), flow);
                self.first |= first_then;
                then.either(otherwise)
            }
        })
    }

    fn layer(&mut self, layer: &CheckedLayer, flow: Flow) -> Flow {
        let first = std::mem::replace(&mut self.first, false);
        let is_input = layer.known().is_some_and(|known| known.callee.name == "InputLayer");
        if is_input && !first {
            self.report.add(layer.place(), report::INPUT_LAYER_LATER);
            return Flow::unknown();
        }
        let flow = if first { declared(layer).unwrap_or(flow) } else { flow };
        layers::apply(layer, layer.place(), flow, self.contracts, self.report)
    }
}

/// What the first layer says of what comes in.
fn declared(layer: &CheckedLayer) -> Option<Flow> {
    let shape = arguments::shape(layer, "input_shape")?;
    let default = match layer.known()?.callee.name {
        "Embedding" => {
            return Some(Flow { what: Nest::Leaf(TensorType::new(DType::I64, shape)), from: "`input_shape`".into() });
        }
        "TextVectorization" | "StringLookup" => return None,
        _ => DType::F32,
    };
    let dtype = arguments::dtype_or(layer, default);
    Some(Flow { what: Nest::Leaf(TensorType::new(dtype, shape)), from: "`input_shape`".into() })
}
