//! Literals of the wrong kind, out of range, or with unknown names.

use hub_layers::model;

fn main() {
    let _ = model!(< Dense(0) >);
    let _ = model!(< Dense("10") >);
    let _ = model!(< Dense(1.5) >);
    let _ = model!(< Dense(10, use_bias = "no") >);
    let _ = model!(< Dense(10, activation = "rleu") >);
    let _ = model!(< Dense(10, activation = "step") >);
    let _ = model!(< Dense(10, kernel_initializer = "glorot") >);
    let _ = model!(< Dense(10, kernel_regularizer = 3) >);
    let _ = model!(< Dense(10, kernel_regularizer = L2()) >);
    let _ = model!(< Dense(10, kernel_regularizer = GlorotUniform()) >);
    let _ = model!(< Dense(10, kernel_initializer = GlorotUniform(sed = 7)) >);
    let _ = model!(< Dense(10, dtype = "float33") >);
    let _ = model!(< Dropout(1.5) >);
    let _ = model!(< Dropout(0.5, seed = -1) >);
    let _ = model!(< Conv2D(8, [3, 0]) >);
    let _ = model!(< Conv2D(8, 3, padding = "full") >);
    let _ = model!(< InputLayer([-1]) >);
    let _ = model!(< RandomFlip("horizontl") >);
}
