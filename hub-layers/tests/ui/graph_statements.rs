//! Statements that are none.

use hub_layers::model;

fn main() {
    let _ = model!(let x = Dense(2););
    let _ = model!(input x; output x);
    let _ = model!(input x: f32; output x);
    let _ = model!(input x: f32[28, 28]; output x);
    let _ = model!(input x: f32[batch, batch]; output x);
    let _ = model!(input x: float32[batch]; output x);
    let _ = model!(input x: f33[batch]; output x);
    let _ = model!(input x: f32[batch, 3] output x);
    let _ = model!(input x: f32[batch, 3]; output x; output x);
    let _ = model!(input x: f32[batch, 3]; output x; let y = Dense(2)(x););
    let _ = model!(input x: f32[batch, 3]; output);
    let _ = model!(input x: f32[batch, 3]; y = Dense(2)(x); output x);
}
