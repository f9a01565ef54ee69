//! [`Dataset::interleave`]: elements of several data sets in turn.

use std::fmt;
use std::sync::Arc;

use super::dataset::Dataset;
use super::element::Element;
use super::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

impl Dataset {
    /// Makes a data set of each element, and takes from `cycle_length` of them in turn, `block_length` elements at a time;
    /// where one has ended, the next takes its place.
    ///
    /// ```
    /// use hub_layers::{Dataset, Tensor};
    /// let tens = Dataset::from_tensor_slices(vec![10_i64, 20, 30])?;
    /// let data = tens.interleave(2, 1, |ten| {
    ///     let ten = ten.x.leaves()[0].item::<i64>()?;
    ///     Dataset::from_tensor_slices(vec![ten, ten + 1])
    /// });
    /// let numbers = data.batch(6).iter()?.next().expect("a batch")?;
    /// assert_eq!(numbers.x.leaves(), [&Tensor::from([10_i64, 20, 11, 21, 30, 31])]);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// Neither length may be 0 (an error when a pass begins).
    pub fn interleave(
        &self,
        cycle_length: usize,
        block_length: usize,
        make: impl Fn(Element) -> Result<Dataset> + Send + Sync + 'static,
    ) -> Dataset {
        Dataset::of(Interleaved { source: self.source(), cycle_length, block_length, make: Arc::new(make) })
    }
}

struct Interleaved<F> {
    source: Arc<dyn Source>,
    cycle_length: usize,
    block_length: usize,
    make: Arc<F>,
}

impl<F: Fn(Element) -> Result<Dataset> + Send + Sync + 'static> Source for Interleaved<F> {
    fn elements(&self) -> Result<Elements> {
        for (argument, length) in [("cycle_length", self.cycle_length), ("block_length", self.block_length)] {
            if length == 0 {
                let (expected, found) = ("1 or more".into(), "0".into());
                return Err(Error::BadConfig { argument: argument.into(), expected, found });
            }
        }
        let make = self.make.clone();
        let passes = self.source.elements()?.map(move |element| make(element?)?.source().elements());
        Ok(Box::new(Interleaving {
            passes: Some(Box::new(passes)),
            cycle_length: self.cycle_length,
            open: Vec::new(),
            at: 0,
            block_length: self.block_length,
            of_block: 0,
        }))
    }

    fn cardinality(&self) -> Cardinality {
        // What is made of each element is known when it is made.
        Cardinality::Unknown
    }
}

impl<F> fmt::Debug for Interleaved<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interleaved").field("source", &self.source).finish_non_exhaustive()
    }
}

struct Interleaving {
    /// Those that are still to be opened, until there are none.
    passes: Option<Box<dyn Iterator<Item = Result<Elements>> + Send>>,
    cycle_length: usize,
    /// The places of the cycle that were opened so far; an empty one waits for its next.
    open: Vec<Option<Elements>>,
    /// The place whose turn it is.
    at: usize,
    block_length: usize,
    /// How many elements it has given in its turn.
    of_block: usize,
}

impl Interleaving {
    fn turn(&mut self) {
        self.of_block = 0;
        self.at = (self.at + 1) % self.cycle_length;
    }
}

impl Iterator for Interleaving {
    type Item = Result<Element>;

    fn next(&mut self) -> Option<Result<Element>> {
        while self.passes.is_some() || self.open.iter().any(Option::is_some) {
            if let Some(pass) = self.open.get_mut(self.at).and_then(Option::as_mut) {
                match pass.next() {
                    Some(element) => {
                        self.of_block += 1;
                        if self.of_block == self.block_length {
                            self.turn();
                        }
                        // Several data sets may use the same numbers.
                        return Some(element.map(Element::unnumbered));
                    }
                    None => {
                        self.open[self.at] = None;
                        self.turn();
                    }
                }
                continue;
            }
            match self.passes.as_mut().and_then(Iterator::next) {
                Some(Ok(pass)) if self.at < self.open.len() => self.open[self.at] = Some(pass),
                Some(Ok(pass)) => self.open.push(Some(pass)),
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    // A cycle longer than what there is would be gone round in vain.
                    self.cycle_length = self.cycle_length.min(self.open.len()).max(1);
                    self.at = if self.passes.take().is_some() && self.at >= self.cycle_length { 0 } else { self.at };
                    if !self.open.get(self.at).is_some_and(Option::is_some) {
                        self.turn();
                    }
                }
            }
        }
        None
    }
}
