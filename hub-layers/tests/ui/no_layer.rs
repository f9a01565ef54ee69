//! Something that is no layer.

use hub_layers::model;

fn main() {
    let _ = model!(< 10, Dense(10) >);
}
