//! A keyword with a misspelt name.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10, activaton = "relu") >);
}
