//! Gradients of arithmetic and of functions of single elements.

use std::f64::consts::PI;

use super::broadcast::reduce_to;
use super::forward::{Forward, select, zero, zeros_like};
use super::registry::{Differentiate, Partials};
use crate::graph::node::{IntoNode, Node};

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    by_one(op).or_else(|| by_two(op)).or_else(|| by_several(op))
}

/// Functions of one element.
fn by_one(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Neg" => |at| at.first(-at.g()),
        "Abs" => |at| at.first(at.g() * at.x(0).unary("Sign")),
        "Sign" => |at| at.first(zeros_like(at.x(0))),
        "Square" => |at| at.first(at.g() * (at.x(0) * 2.0)),
        "Sqrt" => |at| at.first(at.y(0).binary("SqrtGrad", at.g())),
        "Rsqrt" => |at| at.first(at.y(0).binary("RsqrtGrad", at.g())),
        "Reciprocal" | "Inv" => |at| at.first(-(at.g() * at.y(0) * at.y(0))),
        "Exp" => |at| at.first(at.g() * at.y(0)),
        "Expm1" => |at| at.first(at.g() * at.x(0).exp()),
        "Log" => |at| at.first(at.g() / at.x(0)),
        "Log1p" => |at| at.first(at.g() / (at.x(0) + 1.0)),
        "Sigmoid" => |at| at.first(at.y(0).binary("SigmoidGrad", at.g())),
        "Tanh" => |at| at.first(at.y(0).binary("TanhGrad", at.g())),
        "Sin" => |at| at.first(at.g() * at.x(0).unary("Cos")),
        "Cos" => |at| at.first(-(at.g() * at.x(0).unary("Sin"))),
        "Tan" => |at| at.first(at.g() / at.x(0).unary("Cos").square()),
        "Asin" => |at| at.first(at.g() / (1.0 - at.x(0).square()).sqrt()),
        "Acos" => |at| at.first(-(at.g() / (1.0 - at.x(0).square()).sqrt())),
        "Atan" => |at| at.first(at.g() / (at.x(0).square() + 1.0)),
        "Sinh" => |at| at.first(at.g() * at.x(0).unary("Cosh")),
        "Cosh" => |at| at.first(at.g() * at.x(0).unary("Sinh")),
        "Asinh" => |at| at.first(at.g() / at.y(0).unary("Cosh")),
        "Acosh" => |at| at.first(at.g() / at.y(0).unary("Sinh")),
        "Atanh" => |at| at.first(at.g() / (1.0 - at.x(0).square())),
        "Erf" => |at| at.first(at.g() * ((-at.x(0).square()).exp() * (2.0 / PI.sqrt()))),
        "Erfc" => |at| at.first(at.g() * ((-at.x(0).square()).exp() * (-2.0 / PI.sqrt()))),
        "Erfinv" => |at| at.first(at.g() * (at.y(0).square().exp() * (PI.sqrt() / 2.0))),
        "Ndtri" => |at| at.first(at.g() * ((at.y(0).square() / 2.0).exp() * (2.0 * PI).sqrt())),
        "Lgamma" => |at| at.first(at.g() * at.x(0).unary("Digamma")),
        "Digamma" => |at| at.first(at.g() * 1.0.into_node(at.x(0)).binary("Polygamma", at.x(0))),
        "Cast" => |at| at.first(at.g().cast(at.x(0).dtype())),
        "L2Loss" => |at| at.first(at.x(0) * at.g()),
        _ => return None,
    };
    Some(rule)
}

/// Functions of two elements, broadcast.
fn by_two(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Add" | "AddV2" => |at| at.broadcast(|g| g, |g| g),
        "Sub" => |at| at.broadcast(|g| g, |g| -g),
        "Mul" => |at| at.broadcast(|g| g * at.x(1), |g| g * at.x(0)),
        "Div" | "RealDiv" => |at| at.broadcast(|g| g / at.x(1), |g| g * (-at.x(0) / at.x(1) / at.x(1))),
        "DivNoNan" => |at| at.broadcast(|g| over(g, at.x(1)), |g| g * over(over(-at.x(0), at.x(1)), at.x(1))),
        "MulNoNan" => |at| at.broadcast(|g| g.binary("MulNoNan", at.x(1)), |g| at.x(0).binary("MulNoNan", g)),
        "Maximum" => |at| chosen(at, at.x(0).binary("GreaterEqual", at.x(1))),
        "Minimum" => |at| chosen(at, at.x(0).binary("LessEqual", at.x(1))),
        "SquaredDifference" => |at| {
            let twice = (at.x(0) - at.x(1)) * 2.0;
            at.broadcast(|g| g * twice, |g| -(g * twice))
        },
        "Pow" => power,
        "FloorMod" => |at| at.broadcast(|g| g, |g| -(g * at.x(0).binary("FloorDiv", at.x(1)))),
        "Atan2" => |at| {
            let (y, x) = (at.x(0), at.x(1));
            let length = x.square() + y.square();
            at.broadcast(|g| g * x / length, |g| -(g * y / length))
        },
        "Xlogy" => |at| {
            let (x, y) = (at.x(0), at.x(1));
            at.broadcast(|g| g * not_zero(x).binary("Xlogy", y), |g| g * x.binary("Xdivy", y))
        },
        "Xlog1py" => |at| {
            let (x, y) = (at.x(0), at.x(1));
            at.broadcast(|g| g * not_zero(x).binary("Xlog1py", y), |g| g * x.binary("Xdivy", y + 1.0))
        },
        "Xdivy" => |at| {
            let (x, y) = (at.x(0), at.x(1));
            at.broadcast(|g| g * not_zero(x).binary("Xdivy", y), |g| g * (-x).binary("Xdivy", y.square()))
        },
        _ => return None,
    };
    Some(rule)
}

/// Sums of many, choices.
fn by_several(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "AddN" | "AccumulateNV2" => |at| vec![at.upstream(0); at.count()],
        "ClipByValue" => |at| {
            let (low, high) = (at.x(0).binary("Less", at.x(1)), at.x(0).binary("Greater", at.x(2)));
            let (g, none) = (at.g(), zero(at.x(0)));
            at.each(|input| {
                Some(match input {
                    0 => select(low.binary("LogicalOr", high), none, g),
                    1 => reduce_to(select(low, g, none), at.x(1)),
                    _ => reduce_to(select(high, g, none), at.x(2)),
                })
            })
        },
        "Select" => |at| {
            let (g, zeros) = (at.g(), zeros_like(at.g()));
            let chosen = |yes, no| at.s().op("Select").input(at.x(0)).input(yes).input(no).build();
            at.each(|input| Some(if input == 1 { chosen(g, zeros) } else { chosen(zeros, g) }))
        },
        "SelectV2" => |at| {
            let (g, none) = (at.g(), zero(at.g()));
            let chosen = |input| if input == 1 { select(at.x(0), g, none) } else { select(at.x(0), none, g) };
            at.each(|input| Some(reduce_to(chosen(input), at.x(input))))
        },
        _ => return None,
    };
    Some(rule)
}

/// The gradient goes to the left where `is_left`, else to the right.
fn chosen<'g>(at: &Forward<'g>, is_left: Node<'g>) -> Partials<'g> {
    let none = zero(at.x(0));
    at.broadcast(|g| select(is_left, g, none), |g| select(is_left, none, g))
}

/// x^y; the logarithm counts as 0 where x is not positive.
fn power<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (x, y) = (at.x(0), at.x(1));
    let logarithm = || {
        let positive = x.binary("Greater", zero(x));
        select(positive, select(positive, x, 1.0.into_node(x)).log(), zero(x))
    };
    at.broadcast(|g| g * y * x.pow(y - 1.0), |g| g * at.y(0) * logarithm())
}

/// 1 where x is not 0, else 0.
fn not_zero(x: Node<'_>) -> Node<'_> {
    x.binary("NotEqual", zero(x)).cast(x.dtype())
}

/// The quotient, 0 where the divisor is 0.
fn over<'g>(left: Node<'g>, right: Node<'g>) -> Node<'g> {
    left.binary("DivNoNan", right)
}
