//! What stands in a list and is no layer, condition or spread.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(10), .. >);
    let _ = model!(< if { Dense(10) }, Flatten() >);
    let _ = model!(< if true, Dense(10) >);
    let _ = model!(< if true {}, Dense(10) >);
    let _ = model!(< if true { Dense(10) } else Flatten() >);
    let _ = model!(< if true { Dense(10) } Flatten() >);
    let _ = model!(< head: Dense(10) >);
    let _ = model!(< head => Dense(10) >);
    let _ = model!(< head = Dense(10, name = "scores") >);
    let _ = model!(< head = Dense(10), Dense(5, name = "head") >);
}
