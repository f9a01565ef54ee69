//! A layer with a misspelt name.

use hub_layers::model;

fn main() {
    let _ = model!(< Dens(10) >);
}
