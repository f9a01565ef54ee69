//! A keyword written like the field of a struct.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10, activation: "relu") >);
}
