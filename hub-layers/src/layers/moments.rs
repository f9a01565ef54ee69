//! Mean and variance along axes, and what is normalized by them: the arithmetic of both normalizations.
//!
//! The operations are TensorFlow's own, in its order: `tf.nn.moments`, `tf.nn.weighted_moments`,
//! `tf.nn.batch_normalization`.

use hub_core::graph::Node;

/// Mean and variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments<'g> {
    pub(super) mean: Node<'g>,
    pub(super) variance: Node<'g>,
}

impl<'g> Moments<'g> {
    /// Over these axes, which stay with the size 1.
    pub(super) fn of(x: Node<'g>, axes: &[usize]) -> Moments<'g> {
        let mean = reduce("Mean", x, axes);
        // The mean's share in the variance's gradient is zero; TensorFlow leaves it out.
        let center = x.scope().op("StopGradient").input(mean).build();
        Moments { mean, variance: reduce("Mean", squared_difference(x, center), axes) }
    }

    /// The same, where each element counts as much as its weight says; the weights are broadcast.
    pub(super) fn weighted(x: Node<'g>, axes: &[usize], weights: Node<'g>) -> Moments<'g> {
        let zeros = x.scope().op("ZerosLike").input(x).build();
        let total = reduce("Sum", weights + zeros, axes);
        let mean = reduce("Sum", weights * x, axes) / total;
        Moments { mean, variance: reduce("Sum", weights * squared_difference(x, mean), axes) / total }
    }

    /// Without these axes.
    pub(super) fn squeezed(self, axes: &[usize]) -> Moments<'g> {
        let axes: Vec<i64> = axes.iter().map(|axis| *axis as i64).collect();
        let squeeze =
            |node: Node<'g>| node.scope().op("Squeeze").input(node).attr("squeeze_dims", axes.clone()).build();
        Moments { mean: squeeze(self.mean), variance: squeeze(self.variance) }
    }

    /// (x - mean) / √(variance + epsilon) · scale + offset; all have shapes that fit.
    pub(super) fn normalize(
        self,
        x: Node<'g>,
        epsilon: f64,
        scale: Option<Node<'g>>,
        offset: Option<Node<'g>>,
    ) -> Node<'g> {
        let inverse = x.scope().op("Rsqrt").input(self.variance + epsilon).build();
        let inverse = scale.map_or(inverse, |scale| inverse * scale);
        let shift = match offset {
            Some(offset) => offset - self.mean * inverse,
            None => -self.mean * inverse,
        };
        x * inverse.cast(x.dtype()) + shift.cast(x.dtype())
    }
}

fn squared_difference<'g>(x: Node<'g>, center: Node<'g>) -> Node<'g> {
    x.scope().op("SquaredDifference").input(x).input(center).build()
}

/// A reduction over axes, which stay with the size 1.
fn reduce<'g>(op: &str, x: Node<'g>, axes: &[usize]) -> Node<'g> {
    let axes: Vec<i32> = axes.iter().map(|axis| *axis as i32).collect();
    let axes = x.scope().constant(hub_core::Tensor::from(axes));
    x.scope().op(op).input(x).input(axes).attr("keep_dims", true).build()
}
