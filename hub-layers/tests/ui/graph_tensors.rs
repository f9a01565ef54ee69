//! What stands for a tensor, and is none.

use hub_layers::model;

fn main() {
    let _ = model!(input x: f32[batch, 3]; output Dense(2));
    let _ = model!(input x: f32[batch, 3]; let head = Dense(2); output head);
    let _ = model!(input x: f32[batch, 3]; let y = Dense(2)(x); output y(x));
    let _ = model!(input x: f32[batch, 3]; output Dense(2)(x)(x));
    let _ = model!(input x: f32[batch, 3]; output Dense(2)());
    let _ = model!(input x: f32[batch, 3]; output Concatenate()(x, x));
    let _ = model!(input x: f32[batch, 3]; output Dense(2)(x, training = true));
    let _ = model!(input x: f32[batch, 3]; output x.relu());
    let _ = model!(input x: f32[batch, 3]; output x[key]);
    let _ = model!(input x: f32[batch, 3]; output { x, Dense(2)(x) });
    let _ = model!(input x: f32[batch, 3]; output if true { x });
    let _ = model!(input x: f32[batch, 3]; output 3);
}
