//! No layers in angle brackets.

use hub_layers::model;

fn main() {
    let _ = model!(< >);
}
