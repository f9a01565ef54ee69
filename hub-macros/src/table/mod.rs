//! What the macro knows of hub-layers: layers, what their arguments take, and the classes that stand in arguments.
//!
//! | file | holds |
//! |---|---|
//! | `layers` | the layers |
//! | `classes` | initializers, regularizers, constraints |
//! | `kinds` | what arguments take |

pub(crate) mod classes;
pub(crate) mod kinds;
pub(crate) mod layers;
