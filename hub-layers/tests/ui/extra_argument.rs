//! More arguments by position than the layer has.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10, "relu") >);
}
