//! [`Source`]: where elements come from; [`Cardinality`]: how many there are.
//!
//! Sources are also over the numbers of rows: see `rows`.

use std::fmt;

use super::element::Element;
use crate::error::Result;

/// The elements of one pass.
pub type Elements<T = Element> = Box<dyn Iterator<Item = Result<T>> + Send>;

/// What a pass is made of: elements, or numbers of rows.
pub(super) trait Item: Clone + fmt::Debug + Send + Sync + 'static {}

impl<T: Clone + fmt::Debug + Send + Sync + 'static> Item for T {}

/// Where elements come from; asked once for each pass.
///
/// For elements of one's own making, where [`Dataset::from_generator`](super::Dataset::from_generator) is not enough.
pub trait Source<T = Element>: fmt::Debug + Send + Sync {
    /// The elements, from the first.
    ///
    /// # Errors
    /// Where a pass cannot begin.
    fn elements(&self) -> Result<Elements<T>>;

    /// How many there are, as far as that is known before a pass.
    fn cardinality(&self) -> Cardinality;
}

/// How many elements a pass has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cardinality {
    /// So many.
    Finite(usize),
    /// Endlessly many.
    Infinite,
    /// Nobody knows before the end of the pass.
    Unknown,
}

impl Cardinality {
    /// The number, where it is finite and known.
    pub fn known(self) -> Option<usize> {
        match self {
            Cardinality::Finite(count) => Some(count),
            Cardinality::Infinite | Cardinality::Unknown => None,
        }
    }

    /// What becomes of a number that is finite and known; the rest stays.
    pub(super) fn map(self, change: impl FnOnce(usize) -> usize) -> Cardinality {
        match self {
            Cardinality::Finite(count) => Cardinality::Finite(change(count)),
            rest => rest,
        }
    }
}
