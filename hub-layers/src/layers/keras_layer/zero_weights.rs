//! [`ZeroWeights`]: a layer that is to be trained and has nothing to train says so, once.
//!
//! Asked at each call that may train, as Python does; it is logged, not refused, as a user may know better.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::target::Loaded;

/// Whether it has been said; clones of a layer share it.
#[derive(Debug, Clone, Default)]
pub(super) struct ZeroWeights(Arc<AtomicBool>);

impl ZeroWeights {
    /// Logs an error the first time that a layer over `loaded` is to be trained in vain.
    pub(super) fn tell(&self, loaded: &Loaded) {
        let trainable = loaded.listed_variables().iter().any(|(_, trainable)| *trainable);
        if !trainable && !self.0.swap(true, Ordering::Relaxed) {
            tracing::error!("hub.KerasLayer is trainable but has zero trainable weights.");
        }
    }
}
