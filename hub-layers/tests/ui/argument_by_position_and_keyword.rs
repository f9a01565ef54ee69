//! The same argument by position and by keyword.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10, units = 20) >);
}
