//! No tokens at all.

use hub_layers::model;

fn main() {
    let _ = model!();
}
