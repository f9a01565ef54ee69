//! A keyword without a value.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10, name =) >);
}
