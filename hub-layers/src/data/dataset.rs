//! [`Dataset`]: a sequence of elements that can be gone through again and again.
//!
//! How it is made and changed is in files of their own.

use std::sync::Arc;

use super::element::Element;
use super::guard::Guarded;
use super::rows::Rows;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

/// A sequence of elements that can be gone through again and again, like TensorFlow's `tf.data.Dataset`.
///
/// Cheap to clone: a data set is a description and holds no position. What clones share is what `cache` keeps and the
/// number of passes that `shuffle` has seen. A wrong argument (a batch size of 0) is an error when a pass begins.
///
/// ```
/// use hub_layers::data::{Batch, Dataset, Shuffle};
/// use hub_layers::Tensor;
///
/// let images = Tensor::new(&[100, 2], vec![0.5_f32; 200])?;
/// let labels = Tensor::from((0..100).collect::<Vec<i64>>());
/// let all = Dataset::from_tensor_slices((images, labels))?;
/// let train = all.skip(20).shuffle_with(80, Shuffle::new().seed(7)).batch(32).prefetch(2);
/// let shapes: Vec<_> = train.iter()?.map(|batch| batch.map(|batch| batch.x.leaves()[0].shape().to_vec())).collect();
/// assert_eq!(shapes.into_iter().collect::<Result<Vec<_>, _>>()?, [[32, 2], [32, 2], [16, 2]]);
/// let even = all.batch_with(32, Batch::new().drop_remainder(true));
/// assert_eq!(even.cardinality().known(), Some(3));
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset(pub(super) Kind);

/// What a data set goes through.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Rows of whole tensors, in some order.
    Rows(Rows),
    /// Elements one by one.
    Elements(Arc<dyn Source>),
}

impl Dataset {
    /// The elements of a source within the crate, whose numbers can be trusted.
    pub(super) fn of(source: impl Source + 'static) -> Dataset {
        Dataset(Kind::Elements(Arc::new(source)))
    }

    /// The elements one by one.
    pub(super) fn source(&self) -> Arc<dyn Source> {
        match &self.0 {
            Kind::Rows(rows) => Arc::new(rows.clone()),
            Kind::Elements(source) => source.clone(),
        }
    }

    /// One pass. It ends at the first error; a panic of the source or of a function given to it is one.
    ///
    /// # Errors
    /// Where it cannot begin: [`Error::BadConfig`](crate::Error::BadConfig) for an argument that cannot be,
    /// [`Error::DataPanicked`](crate::Error::DataPanicked). What goes wrong later comes among the elements.
    pub fn iter(&self) -> Result<Elements<Element>> {
        Ok(Box::new(Guarded::begin(|| self.source().elements())?))
    }

    /// How many elements one pass has, as far as that is known before.
    pub fn cardinality(&self) -> Cardinality {
        match &self.0 {
            Kind::Rows(rows) => rows.cardinality(),
            Kind::Elements(source) => source.cardinality(),
        }
    }
}
