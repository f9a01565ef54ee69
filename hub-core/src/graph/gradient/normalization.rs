//! The gradient of batch normalisation, in training and with fixed statistics.

use super::forward::Forward;
use super::registry::{Differentiate, Partials};
use super::value::Gradient;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "FusedBatchNorm" => |at| of_batch_norm(at, "FusedBatchNormGrad", 2),
        "FusedBatchNormV2" => |at| of_batch_norm(at, "FusedBatchNormGradV2", 2),
        "FusedBatchNormV3" => |at| of_batch_norm(at, "FusedBatchNormGradV3", 3),
        _ => return None,
    };
    Some(rule)
}

/// By images, scale and offset. What the forward op keeps for it are the batch's statistics; without training they are
/// those that were given.
fn of_batch_norm<'g>(at: &Forward<'g>, op: &str, kept: usize) -> Partials<'g> {
    let back = at.like(op, &["epsilon", "data_format", "is_training"]).input(at.g()).input(at.x(0)).input(at.x(1));
    let back = match at.flag("is_training") {
        true => (0..2).fold(back, |back, index| back.input(at.y(3 + index))),
        false => back.input(at.x(3)).input(at.x(4)),
    };
    let back = (2..kept).fold(back, |back, index| back.input(at.y(3 + index)));
    back.build_outputs().into_iter().take(3).map(|partial| Some(Gradient::Dense(partial))).collect()
}
