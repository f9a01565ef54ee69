//! Types of a model that is not at hand.

hub_layers::hub_model!("https://example.com/digits/1");
hub_layers::hub_model!("digits", tag = ["serve"]);
hub_layers::hub_model!(HANDLE);

fn main() {}
