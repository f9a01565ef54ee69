//! What does not fit together: element types and shapes, from layer to layer.

use super::mistakes::{each, mistakes};

#[test]
fn of_lists() {
    insta::assert_snapshot!(each(&[
        "< InputLayer([8, 8]), Conv2D(4, 3) >",
        "< InputLayer([8, 8, 1]), Conv2D(4, 9) >",
        "< InputLayer([8, 8, 1]), Conv2D(4, 3), Conv2D(4, 3), Conv2D(4, [3, 5]) >",
        "< InputLayer([8, 8, 3]), Conv2D(4, 3, groups = 2) >",
        "< InputLayer([8, 8, 1]), Flatten(), GlobalAveragePooling2D() >",
        "< InputLayer([8, 8, 1]), GlobalAveragePooling2D(), RandomFlip(\"horizontal\") >",
        "< InputLayer(()), Dense(3) >",
        "< InputLayer(()), Activation(\"softmax\") >",
        "< InputLayer((), dtype = \"string\"), Dense(3) >",
        "< InputLayer([4], dtype = DType::String), Dense(3) >",
        "< InputLayer([4]), StringLookup() >",
        "< InputLayer([4], dtype = \"string\"), StringLookup(), Rescaling(0.5), StringLookup(invert = true) >",
        "< InputLayer([4], dtype = \"string\"), TextVectorization() >",
        "< InputLayer((), dtype = \"string\"), TextVectorization(output_sequence_length = 8), Embedding(9, 4, input_length = 7) >",
        "< InputLayer([4]), Concatenate() >",
        "< InputLayer([4]), BatchNormalization(axis = 2) >",
        "< Dense(3), InputLayer([4]) >",
        "< Dense(3, input_shape = [4]), head = Dense(10), Conv2D(4, 3) >",
        "< InputLayer([4]), if deep { Dense(3) } else { Dense(4) }, Conv2D(4, 3) >",
        "< InputLayer([8, 8, 1]), if deep { Flatten(), Resizing(4, 4) } >",
        "< InputLayer([4]), KerasLayer(handle, output_shape = [16]), Resizing(4, 4) >",
    ]));
}

#[test]
fn of_graphs() {
    insta::assert_snapshot!(each(&[
        "input text: String[batch]; output Dense(2)(text)",
        "input x: f32[batch, 3]; let head = Dense(2); output Conv2D(4, 3)(head(x))",
        "input x: f32[batch, 3]; input y: f32[batch, 2, 2]; output Concatenate()([x, y])",
        "input x: f32[batch, 3, 2]; input y: f32[batch, 4, 3]; output Concatenate()([x, y])",
        "input x: f32[batch, 3]; input y: i32[batch, 3]; output Concatenate()([x, Flatten()(y)])",
        "input x: f32[batch, 3]; input y: f32[batch, 3]; output Dense(2)([x, y])",
        "input x: f32[batch, 3]; output { y: x[\"y\"] }",
        "input x: f32[batch, 3]; let both = { one: x, two: Dense(2)(x) }; output both[\"on\"]",
        "input x: f32[batch, 3]; let both = [x, Dense(2)(x)]; output [both[0], both[2]]",
        "input x: f32[batch, 3]; output x[0]",
        "input x: f32[batch, 3]; let y = if deep { Dense(2)(x) } else { x }; output Resizing(4, 4)(y)",
        "input x: f32[batch, 3]; output Embedding(9, 4, input_length = 4)(x)",
    ]));
}

#[test]
fn what_is_not_known_is_not_refused() {
    for list in [
        "< InputLayer(shape), Conv2D(4, 3) >",
        "< InputLayer([SIZE, SIZE, 1]), Conv2D(4, 9) >",
        "< InputLayer([8, 8, 1]), ..more, Dense(3), Conv2D(4, 3) >",
        "< InputLayer([8, 8, 1]), my::Layer(), Conv2D(4, 3) >",
        "< InputLayer([8, 8, 1]), Conv2D(4, size), Conv2D(4, 8) >",
        "< InputLayer([8, 8, 1]), Conv2D(4, 9, padding = \"same\") >",
        "< InputLayer([8, 8, 1]), Conv2D(4, 3, padding = padding), Conv2D(4, 8) >",
        "< InputLayer([4]), if deep { Resizing2(1) } else { my::Layer() }, Conv2D(4, 3) >",
        "< KerasLayer(handle), Conv2D(4, 3) >",
        "< Flatten(), Conv2D(4, 3) >",
        "< InputLayer([4, 4]), Dense(3), Dense(units), Flatten(), Dense(1, activation = \"softmax\") >",
        "< InputLayer([8, 8, 1]), GlobalAveragePooling2D(keepdims = true), Conv2D(1, 1) >",
        "< InputLayer([8, 8, 1]), GlobalAveragePooling2D(keepdims = keep), Conv2D(1, 1) >",
        "< InputLayer([1, 8, 8]), Conv2D(4, 8, data_format = \"channels_first\") >",
        "input x: f32[batch, _, 3]; output Concatenate(axis = 1)([x, x, my::Layer()(x)])",
        "input x: f32[batch, 3]; let y = KerasLayer(handle)(x); output { y: y[\"a\"][\"b\"][0] }",
    ] {
        let list = list.replace("Resizing2(1)", "my::Resizing(1)");
        assert_eq!(mistakes(&list), "", "{list}");
    }
}
