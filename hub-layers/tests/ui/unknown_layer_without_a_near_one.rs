//! A layer that there is not.

use hub_layers::model;

fn main() {
    let _ = model!(< Linear(10), Dense(10) >);
}
