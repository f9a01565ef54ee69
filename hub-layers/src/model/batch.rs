//! One batch on its way through a step: checked, weighed, run.

use std::collections::BTreeMap;

use hub_core::{DType, Nest, Tensor};

use super::Model;
use super::features::Features;
use super::step::{Key, Kind, NOT_FINITE};
use super::training_data::count;
use crate::callbacks::Logs;
use crate::cast::{cast, casts_to};
use crate::data::Element;
use crate::error::{Error, Result};
use crate::precision::single;

/// How batches are run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Running<'r> {
    pub(super) kind: Kind,
    pub(super) class_weight: &'r BTreeMap<i64, f64>,
}

/// What one step gives: means over its examples, metrics since they were reset, and the number of examples.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) losses: Vec<(String, f64)>,
    pub(super) metrics: Vec<(String, f64)>,
    pub(super) examples: usize,
}

impl Model {
    /// Runs a step on a batch.
    pub(super) fn run_step(
        &self,
        element: &Element,
        running: Running<'_>,
        features: Option<&mut Features>,
    ) -> Result<Outcome> {
        let built = self.built()?;
        let examples = count(element)?;
        let inputs = built.accept(&element.x)?;
        let names = &built.output_names;
        let labels = by_output(element.y.as_ref(), names, "labels")?;
        let mut weights = by_output_or_all(element.sample_weight.as_ref(), names)?;
        if !running.class_weight.is_empty() {
            weights = weigh_classes(&labels, weights, running.class_weight)?;
        }
        if let Kind::Train { checked: true } = running.kind {
            check_finite(&inputs, "features")?;
            check_finite(labels.iter().flatten(), "labels")?;
        }
        let (prefix, kept) = match features {
            Some(features) => {
                let kept = features.of_batch(self, element, &inputs)?;
                (Some(features.prefix.as_ref()), kept)
            }
            None => (None, None),
        };
        let key = Key::new(running.kind, kept.is_some(), &labels, &weights);
        let step = self.step(&key, prefix, &labels, &weights)?;
        for (loss, (label, (_, shape))) in step.checks.iter().zip(labels.iter().zip(&built.output_specs)) {
            if let (Some(loss), Some(label)) = (loss, label) {
                loss.check_labels(label, shape)?;
            }
        }
        let begin = kept.as_ref().unwrap_or(&inputs);
        let fed: Vec<&Tensor> = begin.iter().chain(labels.iter().flatten()).chain(weights.iter().flatten()).collect();
        let values = built.program.run(&step.call, &fed).map_err(not_finite)?;
        let values: &[f64] = values.first().map(Tensor::as_slice).transpose()?.unwrap_or_default();
        let (losses, metrics) = values.split_at(step.losses.len().min(values.len()));
        let named = |names: &[String], values: &[f64]| names.iter().cloned().zip(values.iter().copied()).collect();
        let outcome = Outcome { losses: named(&step.losses, losses), metrics: named(&step.metrics, metrics), examples };
        Ok(outcome)
    }
}

/// The means of an epoch so far.
#[derive(Debug, Default)]
pub(super) struct Means {
    sums: Vec<(String, f64)>,
    metrics: Vec<(String, f64)>,
    examples: usize,
}

impl Means {
    /// Adds a step, and gives losses and metrics so far.
    pub(super) fn add(&mut self, outcome: Outcome) -> Logs {
        let count = outcome.examples as f64;
        match self.sums.is_empty() {
            true => self.sums = outcome.losses.into_iter().map(|(name, loss)| (name, loss * count)).collect(),
            false => self.sums.iter_mut().zip(outcome.losses).for_each(|((_, sum), (_, loss))| *sum += loss * count),
        }
        self.metrics = outcome.metrics;
        self.examples += outcome.examples;
        self.logs()
    }

    /// Losses and metrics so far.
    pub(super) fn logs(&self) -> Logs {
        let examples = self.examples.max(1) as f64;
        let losses = self.sums.iter().map(|(name, sum)| (name.clone(), sum / examples));
        losses.chain(self.metrics.iter().cloned()).collect()
    }
}

/// One tensor for each output: by the outputs' names in a dict, else in order.
fn by_output(nest: Option<&Nest<Tensor>>, names: &[String], what: &str) -> Result<Vec<Option<Tensor>>> {
    let Some(nest) = nest else { return Ok(vec![None; names.len()]) };
    if let Nest::Dict(entries) = nest
        && entries.values().all(|entry| matches!(entry, Nest::Leaf(_)))
    {
        if let Some(unknown) = entries.keys().find(|key| !names.contains(key)) {
            let expected = format!("{what} for the outputs {}", names.join(", "));
            return Err(Error::BadLabels { index: None, expected, found: format!("some for `{unknown}`") });
        }
        return Ok(names.iter().map(|name| entries.get(name)?.leaves().first().copied().cloned()).collect());
    }
    let leaves = nest.leaves();
    if leaves.len() != names.len() {
        let expected = format!("{what} for each of the outputs {}", names.join(", "));
        return Err(Error::BadLabels { index: None, expected, found: nest.kind() });
    }
    Ok(leaves.into_iter().cloned().map(Some).collect())
}

/// One tensor of weights for each output; a single one is for all.
fn by_output_or_all(nest: Option<&Nest<Tensor>>, names: &[String]) -> Result<Vec<Option<Tensor>>> {
    match nest {
        Some(Nest::Leaf(weight)) => Ok(vec![Some(weight.clone()); names.len()]),
        nest => by_output(nest, names, "sample weights"),
    }
}

/// Sample weights times those of the classes that the labels of a single output name.
fn weigh_classes(
    labels: &[Option<Tensor>],
    weights: Vec<Option<Tensor>>,
    class_weight: &BTreeMap<i64, f64>,
) -> Result<Vec<Option<Tensor>>> {
    let ([Some(label)], [weight]) = (labels, weights.as_slice()) else {
        return Err(Error::BadConfig {
            argument: "class_weight".into(),
            expected: "a model with one output and its labels".into(),
            found: format!("{} outputs", labels.len()),
        });
    };
    let of_class = |class: i64| single(class_weight.get(&class).copied().unwrap_or(1.0));
    let mut values: Vec<f64> = classes(label)?.into_iter().map(of_class).collect();
    if let Some(own) = weight {
        let own = in_f64(own)?;
        let own = own.as_slice::<f64>()?;
        if own.len() != values.len() {
            let expected = format!("one sample weight for each of {} examples", values.len());
            return Err(Error::BadLabels { index: None, expected, found: own.len().to_string() });
        }
        values.iter_mut().zip(own).for_each(|(value, own)| *value *= own);
    }
    Ok(vec![Some(Tensor::vector(values))])
}

/// The class of each example: the number itself, or the place of the largest of several.
fn classes(label: &Tensor) -> Result<Vec<i64>> {
    let rows = label.shape().first().copied().unwrap_or(0);
    let width = label.len().checked_div(rows).unwrap_or(0);
    let values = in_f64(label)?;
    let values = values.as_slice::<f64>()?;
    let largest = |row: &[f64]| {
        let best = row
            .iter()
            .enumerate()
            .fold((0, f64::NEG_INFINITY), |best, (index, value)| if *value > best.1 { (index, *value) } else { best });
        best.0 as i64
    };
    Ok(match width {
        0 | 1 => values.iter().map(|value| *value as i64).collect(),
        width => values.chunks(width).map(largest).collect(),
    })
}

/// Any numbers, or truth values, as float64.
fn in_f64(tensor: &Tensor) -> Result<Tensor> {
    match tensor.dtype() {
        DType::F64 => Ok(tensor.clone()),
        DType::Bool => {
            let bytes = tensor.bytes()?.iter().map(|byte| f64::from(*byte)).collect();
            Ok(Tensor::new(tensor.shape(), bytes)?)
        }
        from if casts_to(from, DType::F64) => Ok(cast(tensor, DType::F64)?),
        found => Err(Error::BadLabels { index: None, expected: "numbers".into(), found: found.to_string() }),
    }
}

/// Refuses numbers that are infinite or none.
fn check_finite<'t>(tensors: impl IntoIterator<Item = &'t Tensor>, place: &str) -> Result<()> {
    let finite = |tensor: &Tensor| match tensor.dtype() {
        DType::F32 => tensor.as_slice::<f32>().is_ok_and(|values| values.iter().all(|value| value.is_finite())),
        DType::F64 => tensor.as_slice::<f64>().is_ok_and(|values| values.iter().all(|value| value.is_finite())),
        _ => true,
    };
    match tensors.into_iter().all(finite) {
        true => Ok(()),
        false => Err(Error::NonFinite { epoch: 0, batch: 0, place: place.into() }),
    }
}

/// The engine's word for a loss that is not finite, as ours.
fn not_finite(error: hub_core::Error) -> Error {
    let found = matches!(&error, hub_core::Error::Engine { .. }) && error.to_string().contains(NOT_FINITE);
    match found {
        true => Error::NonFinite { epoch: 0, batch: 0, place: NOT_FINITE.into() },
        false => error.into(),
    }
}

impl Error {
    /// The error with the batch that it came from.
    pub(super) fn in_batch(self, in_epoch: usize, in_batch: usize) -> Error {
        match self {
            Error::NonFinite { place, .. } => Error::NonFinite { epoch: in_epoch, batch: in_batch, place },
            other => other,
        }
    }
}
