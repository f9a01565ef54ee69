//! Gradients of activations, biases, convolutions, pooling and cross-entropies.

use super::forward::Forward;
use super::reductions::{by_row, through_softmax};
use super::registry::{Differentiate, Partials};
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    activations(op).or_else(|| convolutions(op)).or_else(|| pooling(op)).or_else(|| losses(op))
}

fn activations(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Relu" => |at| at.first(at.g().binary("ReluGrad", at.y(0))),
        "Relu6" => |at| at.first(at.g().binary("Relu6Grad", at.y(0))),
        "Elu" => |at| at.first(at.g().binary("EluGrad", at.y(0))),
        "Selu" => |at| at.first(at.g().binary("SeluGrad", at.y(0))),
        "LeakyRelu" => |at| at.first(at.like("LeakyReluGrad", &["alpha"]).input(at.g()).input(at.x(0)).build()),
        "Softplus" => |at| at.first(at.g().binary("SoftplusGrad", at.x(0))),
        "Softsign" => |at| at.first(at.g().binary("SoftsignGrad", at.x(0))),
        "BiasAdd" | "BiasAddV1" => |at| {
            at.each(|input| {
                let bias = || at.like("BiasAddGrad", &["data_format"]).input(at.g()).build();
                Some(if input == 0 { at.g() } else { bias() })
            })
        },
        _ => return None,
    };
    Some(rule)
}

pub(super) const CONVOLUTION: [&str; 5] = ["strides", "padding", "explicit_paddings", "data_format", "dilations"];
pub(super) const CONVOLUTION_3D: [&str; 4] = ["strides", "padding", "data_format", "dilations"];

fn convolutions(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "Conv2D" => |at| of_convolution(at, ["Conv2DBackpropInput", "Conv2DBackpropFilter"], &CONVOLUTION),
        "DepthwiseConv2dNative" => |at| {
            let back = ["DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"];
            of_convolution(at, back, &CONVOLUTION)
        },
        "Conv3D" => |at| of_convolution(at, ["Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"], &CONVOLUTION_3D),
        "Conv2DBackpropInput" => |at| of_transposed(at, "Conv2D", "Conv2DBackpropFilter", &CONVOLUTION),
        "Conv3DBackpropInputV2" => |at| of_transposed(at, "Conv3D", "Conv3DBackpropFilterV2", &CONVOLUTION_3D),
        "DepthwiseConv2dNativeBackpropInput" => {
            |at| of_transposed(at, "DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropFilter", &CONVOLUTION)
        }
        _ => return None,
    };
    Some(rule)
}

/// By the images and by the filter.
fn of_convolution<'g>(at: &Forward<'g>, back: [&str; 2], attributes: &[&str]) -> Partials<'g> {
    let (x, filter, g) = (at.x(0), at.x(1), at.g());
    at.each(|input| {
        let op = at.like(back[input], attributes);
        Some(match input {
            0 => op.input(x.shape_of()).input(filter).input(g).build(),
            _ => op.input(x).input(filter.shape_of()).input(g).build(),
        })
    })
}

/// A convolution's gradient as a layer of its own: sizes, filter, values.
fn of_transposed<'g>(at: &Forward<'g>, forward: &str, filter: &str, attributes: &[&str]) -> Partials<'g> {
    at.each(|input| {
        Some(match input {
            1 => {
                let op = at.like(filter, attributes).input(at.g());
                op.input(at.x(1).shape_of()).input(at.x(2)).build()
            }
            _ => at.like(forward, attributes).input(at.g()).input(at.x(1)).build(),
        })
    })
}

pub(super) const POOLING: [&str; 5] = ["ksize", "strides", "padding", "data_format", "explicit_paddings"];

fn pooling(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "MaxPool" => |at| at.first(of_maximum(at, "MaxPoolGrad", &POOLING)),
        "MaxPoolV2" => |at| {
            let back = at.like("MaxPoolGradV2", &["padding", "data_format"]).input(at.x(0)).input(at.y(0));
            at.first(back.input(at.g()).input(at.x(1)).input(at.x(2)).build())
        },
        "MaxPoolWithArgmax" => |at| {
            let back = at.like("MaxPoolGradWithArgmax", &["ksize", "strides", "padding", "include_batch_in_index"]);
            at.first(back.input(at.x(0)).input(at.g()).input(at.y(1)).build())
        },
        "Dilation2D" => |at| {
            at.each(|input| {
                let op = ["Dilation2DBackpropInput", "Dilation2DBackpropFilter"][input];
                let back = at.like(op, &["strides", "rates", "padding"]).input(at.x(0)).input(at.x(1));
                Some(back.input(at.g()).build())
            })
        },
        "MaxPool3D" => |at| at.first(of_maximum(at, "MaxPool3DGrad", &POOLING[..4])),
        "AvgPool" => |at| at.first(of_average(at, "AvgPoolGrad")),
        "AvgPool3D" => |at| at.first(of_average(at, "AvgPool3DGrad")),
        "LRN" => |at| {
            let back = at.like("LRNGrad", &["depth_radius", "bias", "alpha", "beta"]);
            at.first(back.input(at.g()).input(at.x(0)).input(at.y(0)).build())
        },
        _ => return None,
    };
    Some(rule)
}

fn of_maximum<'g>(at: &Forward<'g>, op: &str, attributes: &[&str]) -> Node<'g> {
    at.like(op, attributes).input(at.x(0)).input(at.y(0)).input(at.g()).build()
}

fn of_average<'g>(at: &Forward<'g>, op: &str) -> Node<'g> {
    at.like(op, &POOLING[..4]).input(at.x(0).shape_of()).input(at.g()).build()
}

fn losses(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "SoftmaxCrossEntropyWithLogits" => |at| {
            at.each(|input| {
                Some(match input {
                    0 => by_logits(at),
                    _ => by_row(at.g(), -at.x(0).log_softmax()),
                })
            })
        },
        "SparseSoftmaxCrossEntropyWithLogits" => |at| at.first(by_logits(at)),
        "CTCLoss" => |at| at.first(by_row(at.g(), at.y(1))),
        _ => return None,
    };
    Some(rule)
}

/// The op has made its own gradient as its second output.
fn by_logits<'g>(at: &Forward<'g>) -> Node<'g> {
    let first = by_row(at.g(), at.y(1));
    match at.upstream(1) {
        None => first,
        Some(second) => first + through_softmax(at.x(0), second.dense()),
    }
}
