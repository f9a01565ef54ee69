//! Handles that are none.

use hub_layers::model;

fn main() {
    let _ = model!(< KerasLayer("") >);
    let _ = model!(< KerasLayer("https:/tfhub.dev/google/nnlm-en-dim50/2") >);
    let _ = model!(< KerasLayer(7) >);
}
