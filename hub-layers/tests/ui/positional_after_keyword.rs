//! A positional argument after a keyword.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(activation = "relu", 10) >);
}
