//! Weights of examples: brought to the shape of what they weigh.
//!
//! Losses and metrics ask; the weights come from `sample_weight`, `class_weight` and masks.

use hub_core::graph::Node;

/// Weights `[batch]`, `[batch, 1]` or of the shape of `values`, spread over `values` `[batch, ...]`.
pub(crate) fn spread<'g>(values: Node<'g>, weights: Option<Node<'g>>) -> Option<Node<'g>> {
    let mut weights = weights?.cast(values.dtype());
    let scope = values.scope();
    if let (Some(rank), Some(own)) = (values.shape().rank(), weights.shape().rank()) {
        if own == rank + 1 && weights.shape().last() == Some(1) {
            weights = scope.op("Squeeze").input(weights).attr("squeeze_dims", vec![-1_i64]).build();
        }
        for _ in own..rank {
            weights = scope.op("ExpandDims").input(weights).input(scope.constant(-1_i32)).build();
        }
    }
    Some(scope.op("OnesLike").input(values).build() * weights)
}
