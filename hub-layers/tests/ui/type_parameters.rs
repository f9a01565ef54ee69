//! Type parameters on a layer that has none.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense::<f32>(10) >);
}
