//! The place of a mistake is the same through a re-export.

mod facade {
    pub use hub_layers::model;
}

fn main() {
    let _ = facade::model!(< Dens(10) >);
}
