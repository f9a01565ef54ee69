//! Gradients of tensor lists, in which loops gather what they compute; the gradient of a list is a list.

use super::broadcast::inner_shape;
use super::forward::{Forward, join, zeros_like};
use super::registry::{Differentiate, Partials};
use super::value::Gradient;
use crate::dtype::DType;
use crate::graph::node::Node;

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    whole(op).or_else(|| by_element(op)).or_else(|| by_indices(op))
}

/// Between a list and a tensor of all its elements.
fn whole(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "TensorListStack" => |at| {
            let shape = inner_shape(at.y(0).shape_of());
            at.first(at.s().op("TensorListFromTensor").input(at.g()).input(shape).build())
        },
        "TensorListFromTensor" => |at| {
            let shape = inner_shape(at.x(0).shape_of());
            let back = at.s().op("TensorListStack").input(at.g()).input(shape).attr("num_elements", rows(at.x(0)));
            at.first(back.attr("element_dtype", at.x(0).dtype()).build())
        },
        "TensorListConcat" | "TensorListConcatV2" => |at| {
            let back = at.s().op("TensorListSplit").input(at.g()).input(element_shape(at.x(0))).input(at.y(1));
            at.first(back.build())
        },
        "TensorListSplit" => |at| {
            let shape = join(&[at.constant([-1_i32]), inner_shape(at.x(0).shape_of())]);
            let back = at.s().op("TensorListConcatV2").input(at.g()).input(shape).input(at.x(2));
            at.first(back.attr("element_dtype", at.x(0).dtype()).build())
        },
        "TensorListResize" => |at| at.first(at.g().binary("TensorListResize", length(at.x(0)))),
        _ => return None,
    };
    Some(rule)
}

/// One element in or out.
fn by_element(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "TensorListGetItem" => |at| {
            let empty = reserved(at, at.y(0).dtype());
            at.first(at.s().op("TensorListSetItem").input(empty).input(at.x(1)).input(at.g()).build())
        },
        "TensorListSetItem" => of_set_item,
        "TensorListPushBack" => |at| {
            let popped = at.s().op("TensorListPopBack").input(at.g()).input(whole_shape(at.x(1)));
            let parts = popped.attr("element_dtype", at.x(1).dtype()).build_outputs();
            parts.into_iter().map(|part| Some(Gradient::Dense(part))).collect()
        },
        "TensorListPopBack" => |at| {
            let list = match at.upstream(0) {
                Some(gradient) => gradient.dense(),
                None => zeros_like(at.y(0)),
            };
            at.first(at.s().op("TensorListPushBack").input(list).input(at.g_at(1)).build())
        },
        _ => return None,
    };
    Some(rule)
}

/// Some elements in or out.
fn by_indices(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "TensorListGather" => |at| {
            let list = reserved(at, at.y(0).dtype());
            let scatter = at.s().op("TensorListScatterIntoExistingList");
            at.first(scatter.input(list).input(at.g()).input(at.x(1)).build())
        },
        "TensorListScatter" | "TensorListScatterV2" => |at| at.first(gathered(at, at.x(0), at.x(1))),
        "TensorListScatterIntoExistingList" => |at| {
            at.each(|input| match input {
                0 => {
                    let scatter = at.s().op("TensorListScatterIntoExistingList").input(at.g());
                    Some(scatter.input(zeros_like(at.x(1))).input(at.x(2)).build())
                }
                1 => Some(gathered(at, at.x(1), at.x(2))),
                _ => None,
            })
        },
        _ => return None,
    };
    Some(rule)
}

/// By the list, where the element no longer counts, and by the element.
fn of_set_item<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (list, index, item, g) = (at.x(0), at.x(1), at.x(2), at.g());
    at.each(|input| match input {
        0 => {
            let without = at.s().op("TensorListSetItem").input(g).input(index).input(zeros_like(item)).build();
            Some(match at.flag("resize_if_index_out_of_bounds") {
                true => without.binary("TensorListResize", length(list)),
                false => without,
            })
        }
        2 => {
            let get = at.s().op("TensorListGetItem").input(g).input(index).input(whole_shape(item));
            Some(get.attr("element_dtype", item.dtype()).build())
        }
        _ => None,
    })
}

/// The rows of what came back that a tensor was scattered to.
fn gathered<'g>(at: &Forward<'g>, tensor: Node<'g>, indices: Node<'g>) -> Node<'g> {
    let shape = inner_shape(tensor.shape_of());
    let gather = at.s().op("TensorListGather").input(at.g()).input(indices).input(shape);
    gather.attr("element_dtype", tensor.dtype()).build()
}

/// A list as long as the first input, of elements that are not there yet.
fn reserved<'g>(at: &Forward<'g>, dtype: DType) -> Node<'g> {
    let list = at.s().op("TensorListReserve").input(element_shape(at.x(0))).input(length(at.x(0)));
    list.attr("element_dtype", dtype).build()
}

fn length(list: Node<'_>) -> Node<'_> {
    list.unary("TensorListLength")
}

fn element_shape(list: Node<'_>) -> Node<'_> {
    list.scope().op("TensorListElementShape").input(list).attr("shape_type", DType::I32).build()
}

/// The shape of an element; a list among the elements is a scalar.
fn whole_shape(element: Node<'_>) -> Node<'_> {
    match element.dtype() {
        DType::Variant => element.scope().constant(crate::tensor::Tensor::vector(Vec::<i32>::new())),
        _ => element.shape_of(),
    }
}

/// How many rows there are where the graph knows it, else -1.
fn rows(node: Node<'_>) -> i64 {
    let first = node.shape().dimensions().and_then(|sizes| sizes.first().copied().flatten());
    first.and_then(|size| i64::try_from(size).ok()).unwrap_or(-1)
}
