//! [`Dataset::map`] and [`Dataset::filter`]: a function over the elements, on one thread or several.

use std::fmt;
use std::sync::Arc;

use super::dataset::Dataset;
use super::element::Element;
use super::parallel::in_order;
use super::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

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
        self.map_parallel(1, convert)
    }

    /// As [`Dataset::map`], on so many threads: Python's `num_parallel_calls`. The elements and their order are the same.
    ///
    /// 0 is an error when a pass begins.
    pub fn map_parallel(
        &self,
        num_parallel_calls: usize,
        convert: impl Fn(Element) -> Result<Element> + Send + Sync + 'static,
    ) -> Dataset {
        Dataset::of(Mapped { source: self.source(), threads: num_parallel_calls, convert: Arc::new(convert) })
    }

    /// The elements that `keep` wants.
    pub fn filter(&self, keep: impl Fn(&Element) -> Result<bool> + Send + Sync + 'static) -> Dataset {
        Dataset::of(Filtered { source: self.source(), keep: Arc::new(keep) })
    }
}

struct Mapped<F> {
    source: Arc<dyn Source>,
    threads: usize,
    convert: Arc<F>,
}

impl<F: Fn(Element) -> Result<Element> + Send + Sync + 'static> Source for Mapped<F> {
    fn elements(&self) -> Result<Elements> {
        let (source, convert) = (self.source.elements()?, self.convert.clone());
        let convert = move |element: Element| Ok(convert(element)?.unnumbered());
        match self.threads {
            0 => {
                let (expected, found) = ("1 or more".into(), "0".into());
                Err(Error::BadConfig { argument: "num_parallel_calls".into(), expected, found })
            }
            1 => Ok(Box::new(source.map(move |element| convert(element?)))),
            threads => in_order(source, threads, move |element| convert(element).map(Some)),
        }
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
