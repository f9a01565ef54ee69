//! Several mistakes, all reported at once; the type of the expression stays right.

use hub_layers::{Result, Sequential, model};

fn build(handle: &str) -> Result<Sequential> {
    let model = model!(<
        KerasLayer(handle, trainble = true),
        Dens(32),
        Dropout(0.5, 7),
        Flatten,
        Dropout(),
        Dense(10, name = "scores", name = "classes") Activation["softmax"]
    >)?;
    Ok(model)
}

fn main() {
    let _ = build("no/such/model");
}
