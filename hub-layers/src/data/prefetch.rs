//! [`Dataset::prefetch`]: elements made ahead, by a thread of their own.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::dataset::Dataset;
use super::guard::Guarded;
use super::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

impl Dataset {
    /// The same elements, of which up to `buffer_size` wait while one is worked on; 0 makes none ahead.
    ///
    /// A thread makes them. It ends with the pass, also with one that is given up, as soon as the element that it is at
    /// is made.
    pub fn prefetch(&self, buffer_size: usize) -> Dataset {
        Dataset::of(Prefetched { source: self.source(), buffer_size })
    }
}

#[derive(Debug)]
struct Prefetched {
    source: Arc<dyn Source>,
    buffer_size: usize,
}

impl Source for Prefetched {
    fn elements(&self) -> Result<Elements> {
        if self.buffer_size == 0 {
            return self.source.elements();
        }
        let source = self.source.clone();
        let elements = Guarded::begin(|| source.elements())?;
        // The thread itself holds one more.
        let (send, receive) = sync_channel(self.buffer_size - 1);
        let work = move || {
            for element in elements {
                // Nobody is there any more: the pass was given up.
                if send.send(element).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("prefetch".into()).spawn(work).map_err(Error::data_source)?;
        Ok(Box::new(receive.into_iter()))
    }

    fn cardinality(&self) -> Cardinality {
        self.source.cardinality()
    }
}
