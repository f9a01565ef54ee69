//! [`Dataset::map`] and [`Dataset::filter`]: a function over the elements.

use std::fmt;
use std::sync::Arc;

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::Result;

impl Dataset {
    /// What `convert` makes of each element, anew at each pass.
    ///
    /// ```
    /// use hub_layers::{Dataset, Tensor};
    /// let bytes = Dataset::from_tensor_slices((vec![0_u8, 51, 255], vec![0_i64, 0, 1]))?;
    /// let scaled = bytes.batch(2).map(|batch| {
    ///     let pixels = batch.x.leaves()[0].as_slice::<u8>()?.iter().map(|pixel| f32::from(*pixel) / 255.0);
    ///     let pixels: Vec<f32> = pixels.collect();
    ///     batch.features(pixels)
    /// });
    /// let first = scaled.iter()?.next().expect("a batch")?;
    /// assert_eq!(first.x.leaves(), [&Tensor::from([0.0_f32, 0.2])]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    pub fn map(&self, convert: impl Fn(Element) -> Result<Element> + Send + Sync + 'static) -> Dataset {
        Dataset::of(Mapped { source: self.source(), convert: Arc::new(convert) })
    }

    /// The elements that `keep` wants.
    pub fn filter(&self, keep: impl Fn(&Element) -> Result<bool> + Send + Sync + 'static) -> Dataset {
        Dataset::of(Filtered { source: self.source(), keep: Arc::new(keep) })
    }
}

struct Mapped<F> {
    source: Arc<dyn Source>,
    convert: Arc<F>,
}

impl<F: Fn(Element) -> Result<Element> + Send + Sync + 'static> Source for Mapped<F> {
    fn elements(&self) -> Result<Elements> {
        let convert = self.convert.clone();
        let convert = move |element: Result<Element>| Ok(convert(element?)?.unnumbered());
        Ok(Box::new(self.source.elements()?.map(convert)))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality()
    }
}

impl<F> fmt::Debug for Mapped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped").field("source", &self.source).finish_non_exhaustive()
    }
}

struct Filtered<F> {
    source: Arc<dyn Source>,
    keep: Arc<F>,
}

impl<F: Fn(&Element) -> Result<bool> + Send + Sync + 'static> Source for Filtered<F> {
    fn elements(&self) -> Result<Elements> {
        let keep = self.keep.clone();
        let wanted = move |element: Result<Element>| {
            let kept = element.and_then(|element| Ok(keep(&element)?.then_some(element)));
            kept.transpose()
        };
        Ok(Box::new(self.source.elements()?.filter_map(wanted)))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }
}

impl<F> fmt::Debug for Filtered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filtered").field("source", &self.source).finish_non_exhaustive()
    }
}
