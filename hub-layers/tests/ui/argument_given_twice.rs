//! The same keyword twice.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10, name = "scores", name = "classes") >);
}
