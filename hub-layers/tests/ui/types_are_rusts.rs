//! What type an argument has is for the compiler, which points at the user's own tokens.

use hub_layers::model;

fn main() {
    let units = "ten";
    let _ = model!(< Dense(units), Dropout(1) >);
    let _ = model!(< Dense(missing) >);
    let _ = model!(< self::Missing(3) >);
    let _ = model! { input x: f32[batch, 3]; output Dense(units)(x) };
}
