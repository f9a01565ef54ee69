//! Gradients of quantisation as training simulates it: straight through where nothing was clipped.

use super::registry::Differentiate;
use super::value::Gradient;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "FakeQuantWithMinMaxArgs" => |at| {
            let back = at.like("FakeQuantWithMinMaxArgsGradient", &["min", "max", "num_bits", "narrow_range"]);
            at.first(back.input(at.g()).input(at.x(0)).build())
        },
        "FakeQuantWithMinMaxVars" | "FakeQuantWithMinMaxVarsPerChannel" => |at| {
            let op = format!("{}Gradient", at.operation().op());
            let back = at.like(&op, &["num_bits", "narrow_range"]).input(at.g()).input(at.x(0));
            let partials = back.input(at.x(1)).input(at.x(2)).build_outputs();
            partials.into_iter().map(|partial| Some(Gradient::Dense(partial))).collect()
        },
        "QuantizeAndDequantize" | "QuantizeAndDequantizeV2" | "QuantizeAndDequantizeV3" => |at| at.first(at.g()),
        "QuantizeAndDequantizeV4" => |at| {
            let back = at.like("QuantizeAndDequantizeV4Grad", &["axis"]).input(at.g()).input(at.x(0));
            let partials = back.input(at.x(1)).input(at.x(2)).build_outputs();
            partials.into_iter().map(|partial| Some(Gradient::Dense(partial))).collect()
        },
        _ => return None,
    };
    Some(rule)
}
