//! A keyword that the layer does not have.

use hub_layers::model;

fn main() {
    let _ = model!(< Dropout(0.2, noise_shape = 3) >);
}
