//! Element types and shapes that do not fit together.

use hub_layers::model;

fn main() {
    let _ = model!(< InputLayer([8, 8]), Conv2D(4, 3) >);
    let _ = model!(< InputLayer([8, 8, 1]), Conv2D(4, 9) >);
    let _ = model!(< InputLayer([8, 8, 1]), Flatten(), Resizing(4, 4) >);
    let _ = model!(< InputLayer((), dtype = "string"), Dense(3) >);
    let _ = model!(< InputLayer([4]), StringLookup() >);
    let _ = model!(< InputLayer([4]), BatchNormalization(axis = 2) >);
    let _ = model!(< Dense(3), InputLayer([4]) >);
    let _ = model!(< Dense(3, input_shape = [4]), head = Dense(10), Conv2D(4, 3) >);
    let _ = model!(input x: f32[batch, 3, 2]; input y: f32[batch, 4, 3]; output Concatenate()([x, y]));
    let _ = model!(input x: f32[batch, 3]; let both = { one: x, two: Dense(2)(x) }; output both["on"]);
}
