//! Type parameters as in a type.

use hub_layers::model;

fn main() {
    let _ = model!(< own::Dense<f32>(10) >);
}
