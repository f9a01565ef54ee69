//! Gradients of matrix products and of what is solved with matrices.

use super::broadcast::reduce_to;
use super::forward::Forward;
use super::registry::{Differentiate, Partials};
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "MatMul" => |at| products(at, &Product { op: "MatMul", flags: ["transpose_a", "transpose_b"] }),
        "BatchMatMul" | "BatchMatMulV2" | "BatchMatMulV3" => {
            |at| products(at, &Product { op: "BatchMatMulV2", flags: ["adj_x", "adj_y"] })
        }
        "MatrixInverse" => |at| {
            let product = Product { op: "BatchMatMulV2", flags: ["adj_x", "adj_y"] };
            let adjoint = at.flag("adjoint");
            let left = product.of(at, at.y(0), at.g(), !adjoint, adjoint);
            at.first(-product.of(at, left, at.y(0), false, !adjoint))
        },
        _ => return None,
    };
    Some(rule)
}

/// An op that multiplies matrices, with the names of its flags.
struct Product {
    op: &'static str,
    flags: [&'static str; 2],
}

impl Product {
    fn of<'g>(&self, at: &Forward<'g>, left: Node<'g>, right: Node<'g>, turn_left: bool, turn_right: bool) -> Node<'g> {
        let product = at.s().op(self.op).input(left).input(right);
        product.attr(self.flags[0], turn_left).attr(self.flags[1], turn_right).build()
    }
}

/// By either factor: the gradient times the other, turned as the factors were.
fn products<'g>(at: &Forward<'g>, product: &Product) -> Partials<'g> {
    let [turn_a, turn_b] = product.flags.map(|flag| at.flag(flag));
    let (a, b, g) = (at.x(0), at.x(1), at.g());
    at.each(|input| {
        let full = match (input, turn_a, turn_b) {
            (0, false, _) => product.of(at, g, b, false, !turn_b),
            (0, true, _) => product.of(at, b, g, turn_b, true),
            (_, _, false) => product.of(at, a, g, !turn_a, false),
            (_, _, true) => product.of(at, g, a, true, turn_a),
        };
        Some(reduce_to(full, at.x(input)))
    })
}
