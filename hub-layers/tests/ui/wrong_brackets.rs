//! Arguments in square brackets.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense[10] >);
}
