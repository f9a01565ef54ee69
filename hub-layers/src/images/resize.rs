//! Resizing: `tf.image.resize` without antialiasing, and Keras's `smart_resize`, which crops first.

use hub_core::DType;
use hub_core::graph::Node;

use super::interpolation::Interpolation;

/// Images `[batch, height, width, channels]` at another height and width; float32, but for `nearest`, which keeps the
/// type.
pub(crate) fn resize<'g>(images: Node<'g>, size: [i32; 2], interpolation: Interpolation) -> Node<'g> {
    let scope = images.scope();
    let size = scope.constant(size);
    let by = |op: &str| scope.op(op).input(images).input(size);
    match interpolation {
        Interpolation::Bilinear => by("ResizeBilinear").attr("half_pixel_centers", true).build(),
        Interpolation::Nearest => by("ResizeNearestNeighbor").attr("half_pixel_centers", true).build(),
        Interpolation::Bicubic => by("ResizeBicubic").attr("half_pixel_centers", true).build(),
        Interpolation::Area => by("ResizeArea").build(),
        Interpolation::Kernel(kernel) => {
            let [_, height, width, _] = dimensions(images);
            let given = scope.op("Pack").input_list([height, width]).build();
            let scale = size.cast(DType::F32) / given.cast(DType::F32);
            let still = scope.constant([0.0_f32, 0.0]);
            by("ScaleAndTranslate")
                .input(scale)
                .input(still)
                .attr("kernel_type", kernel)
                .attr("antialias", false)
                .build()
        }
    }
}

/// The largest centred part of the images that has the proportions of `size`, at that size.
pub(crate) fn smart_resize<'g>(images: Node<'g>, size: [i32; 2], interpolation: Interpolation) -> Node<'g> {
    let scope = images.scope();
    let [_, height, width, _] = dimensions(images);
    let [target_height, target_width] = size;
    // As Python does it: in float32, and cut to whole numbers.
    let scaled = |side: Node<'g>, by: i32, over: i32| ((side * by).cast(DType::F32) / f64::from(over)).cast(DType::I32);
    let crop_height = height.minimum(scaled(width, target_height, target_width));
    let crop_width = width.minimum(scaled(height, target_width, target_height));
    let margin = |whole: Node<'g>, part: Node<'g>| ((whole - part).cast(DType::F32) / 2.0).cast(DType::I32);
    let (zero, rest) = (scope.constant(0_i32), scope.constant(-1_i32));
    let pack = |parts: [Node<'g>; 4]| scope.op("Pack").input_list(parts).build();
    let begin = pack([zero, margin(height, crop_height), margin(width, crop_width), zero]);
    let extent = pack([rest, crop_height, crop_width, rest]);
    let cropped = scope.op("Slice").input(images).input(begin).input(extent).build();
    resize(cropped, size, interpolation)
}

/// The four sizes of images, as scalars.
fn dimensions(images: Node<'_>) -> [Node<'_>; 4] {
    let shape = images.shape_of();
    let parts = shape.scope().op("Unpack").input(shape).attr("num", 4_i64).attr("axis", 0_i64).build_operation();
    [0, 1, 2, 3].map(|part| parts.output(part))
}
