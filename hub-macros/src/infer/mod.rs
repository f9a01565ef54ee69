//! What flows from layer to layer: element types and shapes, as far as literals tell.
//!
//! [`expand`](crate::expand) calls it with a model without mistakes. Where something is not known it says nothing: what
//! is refused here is refused at run time too, whatever the unknown parts are.
//!
//! | file | follows |
//! |---|---|
//! | `flow` | what is known of a tensor, or of several |
//! | `list`, `graph` | from layer to layer |
//! | `layers` | through a layer of the table |
//! | `images` | through those that take images |
//! | `concatenate` | through the one that takes several tensors |
//! | `keras_layer` | through a loaded model whose description is at hand |
//! | `arguments` | what the literals among the arguments say |

mod arguments;
mod concatenate;
mod flow;
mod graph;
mod images;
mod keras_layer;
mod layers;
mod list;

pub(crate) use graph::graph;
pub(crate) use list::list;
