//! Names that are undefined, unused, shadowed or in a circle.

use hub_layers::model;

fn main() {
    let _ = model!(input tokens: i32[batch, 8]; output Embedding(9, 4)(tokns));
    let _ = model!(input x: f32[batch, 3]; output zzz);
    let _ = model!(input x: f32[batch, 3]; let x = Dense(2)(x); output x);
    let _ = model!(input x: f32[batch, 3]; let y = Dense(2)(x); output x);
    let _ = model!(input x: f32[batch, 3]; let y = Dense(2)(y); output y);
    let _ = model!(input x: f32[batch, 3]; let a = Dense(2)(b); let b = Dense(3)(c); let c = Concatenate()([x, a]); output c);
    let _ = model!(input x: f32[batch, 3]; let a = Dense(2)(b); let b = Dense(3)(x); output a);
    let _ = model!(input x: f32[batch, 3]; let Y = Dense(2)(x); output x);
}
