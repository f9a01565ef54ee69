//! What does not go together in a `KerasLayer`.

use hub_layers::model;

fn main() {
    let handle = "somewhere";
    let _ = model!(< KerasLayer(handle, signature = "sig") >);
    let _ = model!(< KerasLayer(handle, signature = "sig", output_key = "y", signature_outputs_as_dict = true) >);
    let _ = model!(< KerasLayer(handle, signature_outputs_as_dict = true) >);
    let _ = model!(< KerasLayer(handle, trainable = true, signature = "sig", output_key = "y") >);
}
