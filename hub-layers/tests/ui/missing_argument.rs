//! A required argument lacks.

use hub_layers::model;

fn main() {
    let _ = model!(< Flatten(), Dense(activation = "relu") >);
}
