//! Gradients of matrix products and of what is solved with matrices.

use super::broadcast::reduce_to;
use super::forward::{Forward, expand};
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
        "MatrixDeterminant" => |at| at.first(of_determinant(at, at.g() * at.y(0))),
        "LogMatrixDeterminant" => |at| at.first(of_determinant(at, at.g_at(1))),
        "Cholesky" => of_cholesky,
        "MatrixSolve" | "MatrixTriangularSolve" => of_solution,
        "Cross" => |at| {
            at.each(|input| {
                Some(if input == 0 { at.x(1).binary("Cross", at.g()) } else { at.g().binary("Cross", at.x(0)) })
            })
        },
        _ => return None,
    };
    Some(rule)
}

const STACKED: Product = Product { op: "BatchMatMulV2", flags: ["adj_x", "adj_y"] };

/// The inverse, turned, times a number for each matrix.
fn of_determinant<'g>(at: &Forward<'g>, factor: Node<'g>) -> Node<'g> {
    let inverse = at.s().op("MatrixInverse").input(at.x(0)).attr("adjoint", true).build();
    expand(expand(factor, -1), -1) * inverse
}

/// With L the factor: half of M + Mᵀ, where M is L⁻ᵀ tril(Lᵀ G) L⁻¹ with half the diagonal.
fn of_cholesky<'g>(at: &Forward<'g>) -> Partials<'g> {
    let factor = at.y(0);
    let middle = STACKED.of(at, factor, at.g(), true, false);
    let half = middle.unary("MatrixDiagPart") * 0.5;
    let middle = band(middle.binary("MatrixSetDiag", half), true);
    let inverse = factor.unary("MatrixInverse");
    let whole = STACKED.of(at, STACKED.of(at, inverse, middle, true, false), inverse, false, false);
    let turned = at.s().op("Einsum").input_list([whole]).attr("equation", "...ij->...ji").build();
    at.first((whole + turned) * 0.5)
}

/// By the matrix and by the right side.
fn of_solution<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (op, adjoint) = (at.operation().op(), at.flag("adjoint"));
    let by_right = at.like(&op, &["lower"]).input(at.x(0)).input(at.g()).attr("adjoint", !adjoint).build();
    at.each(|input| {
        let full = match (input, adjoint) {
            (0, true) => -STACKED.of(at, at.y(0), by_right, false, true),
            (0, false) => -STACKED.of(at, by_right, at.y(0), false, true),
            _ => by_right,
        };
        let is_triangle = input == 0 && op == "MatrixTriangularSolve";
        Some(reduce_to(if is_triangle { band(full, at.flag("lower")) } else { full }, at.x(input)))
    })
}

/// The lower or the upper triangle.
fn band(matrix: Node<'_>, is_lower: bool) -> Node<'_> {
    let scope = matrix.scope();
    let (below, above) = if is_lower { (-1_i32, 0_i32) } else { (0, -1) };
    scope.op("MatrixBandPart").input(matrix).input(scope.constant(below)).input(scope.constant(above)).build()
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
