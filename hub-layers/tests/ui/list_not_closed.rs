//! The closing angle bracket lacks.

use hub_layers::model;

fn main() {
    let _ = model!(< Flatten(), Dense(10));
}
