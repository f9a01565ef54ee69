//! Shapes that are computed in the graph, in the way that TensorFlow's shape inference sees through.

use hub_core::graph::Node;

/// The first `leading` dimensions of `x`, then `last`, as an int32 vector for a reshape.
pub(crate) fn leading_and(x: Node<'_>, leading: usize, last: i32) -> Node<'_> {
    let scope = x.scope();
    let index = |value: usize| scope.constant([value as i32]);
    // `StridedSlice` and not `Slice`: inference follows known dimensions through the one only.
    let first =
        scope.op("StridedSlice").input(x.shape_of()).input(index(0)).input(index(leading)).input(index(1)).build();
    scope.op("ConcatV2").input_list([first, scope.constant([last])]).input(scope.constant(0_i32)).build()
}
