//! A function over elements on several threads, whose results come in the order of the elements.
//!
//! Called by `disk` and by `map`. The threads end with the pass.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::element::Element;
use super::guard::{Guarded, panicked};
use super::source::Elements;
use crate::error::{Error, Result};

/// How far the threads may be ahead of the reader, for each of them.
const AHEAD: usize = 4;

/// What `convert` makes of the elements, in their order; an element may be left out.
pub(super) fn in_order(
    source: Elements,
    threads: usize,
    convert: impl Fn(Element) -> Result<Option<Element>> + Send + Sync + 'static,
) -> Result<Elements> {
    let source = Guarded::begin(|| Ok(source))?;
    let state = State { source: Some(source), taken: 0, made: BTreeMap::new(), given: 0, is_over: false };
    let shared =
        Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), most: threads.saturating_mul(AHEAD) });
    let reader = Reader(shared.clone());
    let convert = Arc::new(convert);
    for _ in 0..threads {
        let (shared, convert) = (shared.clone(), convert.clone());
        let work = move || shared.work(&*convert);
        thread::Builder::new().name("data".into()).spawn(work).map_err(Error::data_source)?;
    }
    Ok(Box::new(reader))
}

/// What the threads and the reader share.
struct Shared {
    state: Mutex<State>,
    /// Something was made, given or ended.
    changed: Condvar,
    /// So many elements may be taken and not given yet.
    most: usize,
}

struct State {
    /// Until its end.
    source: Option<Guarded<Element>>,
    taken: usize,
    /// What is made and not given yet, by number.
    made: BTreeMap<usize, Result<Option<Element>>>,
    given: usize,
    /// Nobody reads any more.
    is_over: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes elements and converts them, to the end.
    fn work(&self, convert: &(impl Fn(Element) -> Result<Option<Element>> + Sync)) {
        while let Some((number, element)) = self.take() {
            let made = element.and_then(|element| {
                // What a panic leaves behind is dropped and never looked at.
                let made = catch_unwind(AssertUnwindSafe(|| convert(element)));
                made.unwrap_or_else(|panic| Err(panicked(&*panic)))
            });
            self.lock().made.insert(number, made);
            self.changed.notify_all();
        }
        self.changed.notify_all();
    }

    /// The next element, when there is room for it.
    fn take(&self) -> Option<(usize, Result<Element>)> {
        let mut state = self.lock();
        while !state.is_over && state.source.is_some() && state.taken - state.given >= self.most {
            state = self.wait(state);
        }
        if state.is_over {
            return None;
        }
        match state.source.as_mut()?.next() {
            Some(element) => {
                state.taken += 1;
                Some((state.taken - 1, element))
            }
            None => {
                state.source = None;
                None
            }
        }
    }
}

/// The results, in order.
struct Reader(Arc<Shared>);

impl Iterator for Reader {
    type Item = Result<Element>;

    fn next(&mut self) -> Option<Result<Element>> {
        let mut state = self.0.lock();
        loop {
            let next = state.given;
            if let Some(made) = state.made.remove(&next) {
                state.given += 1;
                self.0.changed.notify_all();
                match made.transpose() {
                    Some(element) => return Some(element),
                    None => continue,
                }
            }
            if state.source.is_none() && state.given == state.taken {
                return None;
            }
            state = self.0.wait(state);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_over = true;
        state.source = None;
        drop(state);
        self.0.changed.notify_all();
    }
}
