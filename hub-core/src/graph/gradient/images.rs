//! Gradients of resizing, cropping, warping and cutting up images.

use super::forward::{Forward, join, part, product, transpose};
use super::registry::{Differentiate, Partials};
use crate::dtype::DType;
use crate::graph::node::Node;

const RESIZING: [&str; 2] = ["align_corners", "half_pixel_centers"];

/// The gradient of an op of this family.
pub(super) fn rule(op: &str) -> Option<Differentiate> {
    let rule: Differentiate = match op {
        "ResizeBilinear" => |at| at.first(of_resizing(at, "ResizeBilinearGrad")),
        "ResizeBicubic" => |at| at.first(of_resizing(at, "ResizeBicubicGrad")),
        "ResizeNearestNeighbor" => |at| {
            let size = part(at.x(0).shape_of(), 1, 2);
            at.first(at.like("ResizeNearestNeighborGrad", &RESIZING).input(at.g()).input(size).build())
        },
        "ScaleAndTranslate" => |at| {
            let back = at.like("ScaleAndTranslateGrad", &["kernel_type", "antialias"]).input(at.g()).input(at.x(0));
            at.first(back.input(at.x(2)).input(at.x(3)).build())
        },
        "CropAndResize" => of_crops,
        "ImageProjectiveTransformV2" | "ImageProjectiveTransformV3" => of_warp,
        "ExtractImagePatches" => of_patches,
        _ => return None,
    };
    Some(rule)
}

fn of_resizing<'g>(at: &Forward<'g>, op: &str) -> Node<'g> {
    at.like(op, &RESIZING).input(at.g()).input(at.x(0)).build()
}

/// By the images and by the boxes.
fn of_crops<'g>(at: &Forward<'g>) -> Partials<'g> {
    let (image, boxes, which, g) = (at.x(0), at.x(1), at.x(2), at.g());
    at.each(|input| {
        Some(match input {
            0 => {
                let back = at.like("CropAndResizeGradImage", &["method"]).attr("T", image.dtype());
                back.input(g).input(boxes).input(which).input(image.shape_of()).build()
            }
            // Python's is that of the bilinear method, whatever the method.
            _ => at
                .s()
                .op("CropAndResizeGradBoxes")
                .input(g.cast(DType::F32))
                .input(image)
                .input(boxes)
                .input(which)
                .build(),
        })
    })
}

/// The same warp with the transforms turned round.
fn of_warp<'g>(at: &Forward<'g>) -> Partials<'g> {
    let transforms = at.x(1).reshape(&[-1, 8]);
    let count = part(transforms.shape_of(), 0, 1);
    let along_rows = |parts: [Node<'g>; 2]| at.s().op("ConcatV2").input_list(parts).input(at.constant(1_i32)).build();
    let one = at.s().op("Fill").input(join(&[count, at.constant([1_i32])])).input(at.constant(1.0_f32)).build();
    let turned = along_rows([transforms, one]).reshape(&[-1, 3, 3]).unary("MatrixInverse").reshape(&[-1, 9]);
    let columns = |start: i32, count: i32| {
        let (start, count) = (at.constant([0_i32, start]), at.constant([-1_i32, count]));
        at.s().op("Slice").input(turned).input(start).input(count).build()
    };
    let turned = columns(0, 8) / columns(8, 1);
    let size = part(at.x(0).shape_of(), 1, 2);
    let warp = at.like(&at.operation().op(), &["interpolation", "fill_mode"]);
    let warp = warp.input(at.g()).input(turned).input(size);
    at.first(match at.count() {
        4 => warp.input(at.constant(0.0_f32)).build(),
        _ => warp.build(),
    })
}

/// Each element of a patch back to where it was cut out: the same patches of an image of numbers say where.
fn of_patches<'g>(at: &Forward<'g>) -> Partials<'g> {
    let shape = at.x(0).shape_of();
    let (batch, size, channels) = (part(shape, 0, 1), part(shape, 1, 2), part(shape, 3, 1));
    let one = at.constant([1_i32]);
    let pixels = product(size);
    let numbers = at.s().op("Range").input(at.constant(1_i32)).input(pixels + 1_i32).input(at.constant(1_i32)).build();
    let image = numbers.cast(DType::F64).reshape_to(join(&[one, size, one]));
    let cut = at.like("ExtractImagePatches", &["ksizes", "strides", "rates", "padding"]);
    // What lies outside the image has the number 0, then -1, which the sum leaves out.
    let places = cut.input(image).build().cast(DType::I32).reshape(&[-1]) - 1_i32;
    let kernel = at.ints("ksizes");
    let Some([rows, columns]) = kernel.get(1..3).and_then(|sizes| <[i64; 2]>::try_from(sizes).ok()) else {
        return at.refuse("the patches have no size");
    };
    let patch = at.constant([i32::try_from(rows * columns).unwrap_or(i32::MAX)]);
    let apart = at.g().reshape_to(join(&[batch, at.constant([-1_i32]), patch, channels]));
    let by_place = transpose(apart, at.constant([1_i32, 2, 0, 3]));
    let flat = by_place.reshape_to(join(&[at.constant([-1_i32]), batch * channels]));
    let sum = at.s().op("UnsortedSegmentSum").input(flat).input(places).input(pixels).build();
    let whole = sum.reshape_to(join(&[size, batch, channels]));
    at.first(transpose(whole, at.constant([2_i32, 0, 1, 3])))
}
