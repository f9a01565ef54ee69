//! A builder where a layer belongs.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense::new(10) >);
}
