//! Gradients of the ops that gradients are made of, for what is differentiated twice: penalties on gradients, Hessians.

use super::forward::{Forward, select, zero, zeros_like};
use super::neural_network::{CONVOLUTION, CONVOLUTION_3D, POOLING};
use super::registry::{Differentiate, Partials};
use super::value::Gradient;
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    of_functions(op).or_else(|| of_activations(op)).or_else(|| of_layers(op)).or_else(|| of_arrays(op))
}

/// Gradients of functions of one element; the first input is the function's value.
fn of_functions(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "TanhGrad" => |at| both(at.g() * -2.0 * at.x(1) * at.x(0), at.x(0).binary("TanhGrad", at.g())),
        "SigmoidGrad" => |at| {
            let product = at.g() * at.x(1);
            both(product - product * at.x(0) * 2.0, at.x(0).binary("SigmoidGrad", at.g()))
        },
        "SqrtGrad" => |at| {
            let quotient = at.g() / at.x(0);
            both(-(quotient * at.y(0)), quotient * 0.5)
        },
        "RsqrtGrad" => |at| {
            let by_value = at.g() * at.x(1) * at.x(0).square() * -1.5;
            both(by_value, at.x(0).binary("RsqrtGrad", at.g()))
        },
        "ReciprocalGrad" | "InvGrad" => |at| {
            let by_value = at.g() * -2.0 * at.x(1) * at.x(0);
            both(by_value, at.x(0).binary("ReciprocalGrad", at.g()))
        },
        _ => return None,
    };
    Some(rule)
}

/// Gradients of activations; the second input is the feature or the activation.
fn of_activations(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "ReluGrad" | "Relu6Grad" => |at| both(at.g().binary(&at.operation().op(), at.x(1)), zeros_like(at.x(1))),
        "LeakyReluGrad" => |at| {
            let back = at.like("LeakyReluGrad", &["alpha"]).input(at.g()).input(at.x(1)).build();
            both(back, zeros_like(at.x(1)))
        },
        "EluGrad" | "SeluGrad" => |at| {
            let is_negative = at.x(1).binary("Less", zero(at.x(1)));
            let by_activation = select(is_negative, at.g() * at.x(0), zeros_like(at.x(1)));
            both(at.g().binary(&at.operation().op(), at.x(1)), by_activation)
        },
        "SoftplusGrad" => |at| {
            let curve = (-at.x(1)).exp() + 2.0 + at.x(1).exp();
            both(at.g().binary("SoftplusGrad", at.x(1)), at.g() * at.x(0) / curve)
        },
        _ => return None,
    };
    Some(rule)
}

/// Gradients of pooling, convolutions and biases.
fn of_layers(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "MaxPoolGrad" => |at| third(at, of_maximum(at, "MaxPoolGradGrad", &POOLING[..4])),
        "MaxPool3DGrad" => |at| third(at, of_maximum(at, "MaxPool3DGradGrad", &POOLING[..4])),
        "MaxPoolGradGrad" => |at| third(at, of_maximum(at, "MaxPoolGrad", &POOLING[..4])),
        "MaxPool3DGradGrad" => |at| third(at, of_maximum(at, "MaxPool3DGrad", &POOLING[..4])),
        "MaxPoolGradV2" => |at| {
            let back = at.like("MaxPoolGradGradV2", &["padding", "data_format"]).input(at.x(0)).input(at.x(1));
            third(at, back.input(at.g()).input(at.x(3)).input(at.x(4)).build())
        },
        "AvgPoolGrad" => |at| at.at(1, at.like("AvgPool", &POOLING[..4]).input(at.g()).build()),
        "AvgPool3DGrad" => |at| at.at(1, at.like("AvgPool3D", &POOLING[..4]).input(at.g()).build()),
        "Conv2DBackpropFilter" => |at| of_filter(at, ["Conv2DBackpropInput", "Conv2D"], &CONVOLUTION),
        "DepthwiseConv2dNativeBackpropFilter" => {
            |at| of_filter(at, ["DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNative"], &CONVOLUTION)
        }
        "Conv3DBackpropFilterV2" => |at| of_filter(at, ["Conv3DBackpropInputV2", "Conv3D"], &CONVOLUTION_3D),
        "BiasAddGrad" => |at| {
            let zeros = zeros_like(at.x(0));
            at.first(at.like("BiasAdd", &["data_format"]).input(zeros).input(at.g()).build())
        },
        _ => return None,
    };
    Some(rule)
}

fn of_maximum<'g>(at: &Forward<'g>, op: &str, attributes: &[&str]) -> Node<'g> {
    at.like(op, attributes).input(at.x(0)).input(at.x(1)).input(at.g()).build()
}

/// By the images and by what came back to the convolution.
fn of_filter<'g>(at: &Forward<'g>, [back, forward]: [&str; 2], attributes: &[&str]) -> Partials<'g> {
    at.each(|input| {
        Some(match input {
            0 => at.like(back, attributes).input(at.x(0).shape_of()).input(at.g()).input(at.x(2)).build(),
            _ => at.like(forward, attributes).input(at.x(0)).input(at.g()).build(),
        })
    })
}

/// Gradients of what moves elements.
fn of_arrays(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "StridedSliceGrad" => |at| {
            let masks = ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"];
            let slice = at.like("StridedSlice", &masks).input(at.g());
            at.at(4, slice.input(at.x(1)).input(at.x(2)).input(at.x(3)).build())
        },
        "MirrorPadGrad" => |at| at.first(at.like("MirrorPad", &["mode"]).input(at.g()).input(at.x(1)).build()),
        _ => return None,
    };
    Some(rule)
}

/// The gradient by the third input alone: a maximum stays where it is when the first two change a little.
fn third<'g>(at: &Forward<'g>, gradient: Node<'g>) -> Partials<'g> {
    at.each(|input| match input {
        0 | 1 => Some(zeros_like(at.x(input))),
        2 => Some(gradient),
        _ => None,
    })
}

/// The gradients by two inputs.
fn both<'g>(first: Node<'g>, second: Node<'g>) -> Partials<'g> {
    vec![Some(Gradient::Dense(first)), Some(Gradient::Dense(second))]
}
