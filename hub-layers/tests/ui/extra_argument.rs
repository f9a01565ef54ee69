//! More arguments by position than the layer has.

use hub_layers::model;

fn main() {
    let _ = model!(< Dropout(0.2, 7) >);
}
