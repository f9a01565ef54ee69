//! A layer without parentheses.

use hub_layers::model;

fn main() {
    let _ = model!(< Flatten, Dense(10) >);
}
