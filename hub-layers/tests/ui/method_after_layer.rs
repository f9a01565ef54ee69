//! A setter called as a method.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10).name("scores") >);
}
