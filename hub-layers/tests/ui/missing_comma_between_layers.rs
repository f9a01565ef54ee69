//! Two layers without a comma.

use hub_layers::model;

fn main() {
    let _ = model!(< Flatten() Dense(10) >);
}
