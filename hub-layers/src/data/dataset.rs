//! [`Dataset`]: a sequence of elements that can be gone through again and again.

use std::fmt;
use std::sync::Arc;

use super::element::Element;
use crate::error::Result;

/// The elements of one pass.
pub type Elements = Box<dyn Iterator<Item = Result<Element>> + Send>;

/// Where elements come from; asked once for each pass.
pub trait Source: fmt::Debug + Send + Sync {
    /// The elements, from the first.
    ///
    /// # Errors
    /// Where a pass cannot begin.
    fn elements(&self) -> Result<Elements>;

    /// How many there are, where that is known.
    fn cardinality(&self) -> Option<usize>;
}

/// A sequence of elements that can be gone through again and again, like TensorFlow's `tf.data.Dataset`.
///
/// Cheap to clone: a data set is a description, and holds no position.
#[derive(Debug, Clone)]
pub struct Dataset(Arc<dyn Source>);

impl Dataset {
    /// The elements of a source.
    pub fn from_source(source: impl Source + 'static) -> Dataset {
        Dataset(Arc::new(source))
    }

    /// One pass.
    ///
    /// # Errors
    /// Where it cannot begin; what goes wrong later comes among the elements.
    pub fn iter(&self) -> Result<Elements> {
        self.0.elements()
    }

    /// How many elements one pass has, where that is known.
    pub fn cardinality(&self) -> Option<usize> {
        self.0.cardinality()
    }
}
