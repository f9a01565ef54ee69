//! [`Steps`]: the steps of a compiled model, each written when it is first needed, and what they share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hub_core::graph::PreparedCall;
use hub_core::{DType, Tensor};

use super::Model;
use super::built::Built;
use super::features::Prefix;
use super::step::{Key, Kind, Step, Writing};
use crate::error::Result;
use crate::metrics::{MetricState, Slot};

/// The variables of each metric, by the metric's name in the logs.
pub(super) type MetricSlots = HashMap<String, Vec<Slot>>;

/// The steps made so far, and what they share.
#[derive(Debug, Default)]
pub(super) struct Steps(Mutex<Made>);

#[derive(Debug, Default)]
pub(super) struct Made {
    steps: HashMap<Key, Arc<Step>>,
    metrics: MetricSlots,
    reset: Option<PreparedCall>,
    /// The frozen layers in front, for evaluating and for training, where there are any.
    prefixes: [Option<Option<Arc<Prefix>>>; 2],
}

impl Steps {
    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the steps, for layers were frozen or unfrozen; metrics stay.
    pub(super) fn forget(&self) {
        let mut made = self.made();
        made.steps.clear();
        made.prefixes = [None, None];
    }

    /// The frozen layers in front of `model`, as they are while training or evaluating; `None` where there are none.
    pub(super) fn prefix(&self, model: &Model, training: bool) -> Result<Option<Arc<Prefix>>> {
        let mut made = self.made();
        let known = &mut made.prefixes[usize::from(training)];
        if known.is_none() {
            *known = Some(Prefix::of(model, training)?.map(Arc::new));
        }
        Ok(known.clone().flatten())
    }

    /// Sets all metrics back to nothing counted.
    pub(super) fn reset_metrics(&self, built: &Built) -> Result<()> {
        let reset = {
            let mut made = self.made();
            match &made.reset {
                // An empty run costs as much as another.
                None if made.metrics.values().all(Vec::is_empty) => return Ok(()),
                Some(reset) => reset.clone(),
                None => {
                    let _growing = built.growing();
                    let scope = built.program.scope();
                    let state = |slots: &Vec<Slot>| MetricState::new(scope, "", DType::F32, slots.clone()).reset();
                    let resets: Vec<_> = made.metrics.values().map(state).collect::<Result<_>>()?;
                    let reset = built.program.prepare(&[], &[], &resets.concat())?;
                    made.reset.insert(reset).clone()
                }
            }
        };
        built.program.run(&reset, &[])?;
        Ok(())
    }
}

impl Model {
    /// The step of this key, written now if it is the first; `labels` and `weights` are of its first batch.
    pub(super) fn step(
        &self,
        key: &Key,
        prefix: Option<&Prefix>,
        labels: &[Option<Tensor>],
        weights: &[Option<Tensor>],
    ) -> Result<Arc<Step>> {
        let (built, compiled) = (self.built()?, self.compiled()?);
        let mut made = compiled.steps.made();
        if let Some(step) = made.steps.get(key) {
            return Ok(step.clone());
        }
        let _growing = built.growing();
        let writing = Writing { model: self, built, compiled, scope: built.program.scope(), key, prefix };
        let name = if key.kind == Kind::Test { "test" } else { "train" };
        let step = writing.scope.with_scope(name, |_| writing.step(labels, weights, &mut made.metrics));
        let step = Arc::new(step?);
        made.reset = None;
        made.steps.insert(key.clone(), step.clone());
        Ok(step)
    }
}
