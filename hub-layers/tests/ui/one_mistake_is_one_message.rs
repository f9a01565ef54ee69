//! After a mistake the expansion still has its type, and variables stay used: nothing else is said.

#![deny(warnings)]

use hub_layers::{Model, Result, Sequential, model};

fn list(handle: &str, units: usize) -> Result<Sequential> {
    let rate = 0.5;
    let sequential: Sequential = model!(< KerasLayer(handle, trainabel = true), Dens(units), Dropout(rate, sed = 7) >)?;
    println!("{}", sequential.summary());
    Ok(sequential)
}

fn graph(handle: &str, units: usize) -> Result<Model> {
    let rate = 0.5;
    let model: Model = model! {
        input x: f32[batch, 3];
        let y = KerasLayer(handle)(Dropout(rate, sed = 7)(x));
        let z = Dense(units)(y);
        output z
    }?;
    println!("{}", model.summary());
    Ok(model)
}

fn main() {
    let _ = (list("somewhere", 3), graph("somewhere", 3));
}
