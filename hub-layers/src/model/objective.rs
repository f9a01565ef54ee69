//! Losses and metrics of a model's outputs, written into the graph of a step.

use hub_core::DType;
use hub_core::graph::{Node, Operation, Scope};

use super::compile::Objective;
use super::steps::MetricSlots;
use crate::error::Result;
use crate::metrics::{Metric, MetricState};
use crate::weighting::spread;

/// One output with what it is measured by.
pub(super) struct Measured<'g> {
    pub(super) prediction: Node<'g>,
    pub(super) mask: Option<Node<'g>>,
    pub(super) label: Option<Node<'g>>,
    pub(super) weight: Option<Node<'g>>,
}

/// What is computed of all outputs.
pub(super) struct Written<'g> {
    /// The weighted sum of all losses, penalties included.
    pub(super) total: Option<Node<'g>>,
    /// Names and values, first those that are means over the examples, then those of metrics.
    pub(super) losses: Vec<(String, Node<'g>)>,
    pub(super) metrics: Vec<(String, Node<'g>)>,
    /// What the metrics count.
    pub(super) updates: Vec<Operation<'g>>,
}

/// Writes all losses and metrics.
pub(super) fn write<'g>(
    scope: &'g Scope,
    objectives: &[Objective],
    outputs: &[Measured<'g>],
    penalties: &[Node<'g>],
    slots: &mut MetricSlots,
) -> Result<Written<'g>> {
    let several = outputs.len() > 1;
    let named = |objective: &Objective, name: &str| match several {
        true => format!("{}_{name}", objective.output),
        false => name.to_owned(),
    };
    let mut written = Written { total: None, losses: Vec::new(), metrics: Vec::new(), updates: Vec::new() };
    let mut parts: Vec<Node<'g>> = Vec::new();
    for (objective, output) in objectives.iter().zip(outputs) {
        let (Some(loss), Some(label)) = (&objective.loss, output.label) else { continue };
        let values = loss.call(label, output.prediction)?;
        let mean = weighted_mean(values, output.weight, output.mask);
        if several {
            written.losses.push((format!("{}_loss", objective.output), mean));
        }
        parts.push(if objective.loss_weight == 1.0 { mean } else { mean * objective.loss_weight });
    }
    if !parts.is_empty() {
        parts.extend(penalties);
        let total = sum(&parts);
        written.losses.insert(0, ("loss".into(), total));
        written.total = Some(total);
    }
    for (objective, output) in objectives.iter().zip(outputs) {
        let Some(label) = output.label else { continue };
        for (metric, weighted) in &objective.metrics {
            let chosen = metric.chosen_for(&label.shape(), &output.prediction.shape());
            let chosen = chosen.map(|choice| choice.get("metrics").cloned()).transpose()?;
            let mut name = named(objective, metric.name());
            if *weighted && written.metrics.iter().any(|(taken, _)| *taken == name) {
                name = named(objective, &format!("weighted_{}", metric.name()));
            }
            let name = distinct(name, &written.metrics);
            let weight = metric_weight(output, *weighted);
            let counted = Counted { metric: chosen.as_ref().unwrap_or(metric).as_ref(), name, label, weight };
            counted.write(scope, output.prediction, slots, &mut written)?;
        }
    }
    Ok(written)
}

/// A metric on its way into the graph.
struct Counted<'g, 'm> {
    metric: &'m dyn Metric,
    name: String,
    label: Node<'g>,
    weight: Option<Node<'g>>,
}

impl<'g> Counted<'g, '_> {
    fn write(
        self,
        scope: &'g Scope,
        prediction: Node<'g>,
        slots: &mut MetricSlots,
        written: &mut Written<'g>,
    ) -> Result<()> {
        let dtype = if prediction.dtype() == DType::F64 { DType::F64 } else { DType::F32 };
        let known = slots.get(&self.name).cloned();
        let is_new = known.is_none();
        let mut state = MetricState::new(scope, &format!("metrics/{}", self.name), dtype, known.unwrap_or_default());
        if is_new {
            self.metric.build(&mut state)?;
            slots.insert(self.name.clone(), state.slots().to_vec());
        }
        self.metric.update(&mut state, self.label, prediction, self.weight)?;
        let updates = state.updates().to_vec();
        let result = scope.with_control_dependencies(&updates, |_| self.metric.result(&state))?;
        scope.check()?;
        written.updates.extend(updates);
        written.metrics.push((self.name, result));
        Ok(())
    }
}

/// The weights of a metric's examples: the mask, and sample weights where they count.
fn metric_weight<'g>(output: &Measured<'g>, weighted: bool) -> Option<Node<'g>> {
    let weight = output.weight.filter(|_| weighted);
    match (output.mask, weight) {
        (Some(mask), Some(weight)) => {
            let mask = mask.cast(if weight.dtype().is_floating() { weight.dtype() } else { DType::F32 });
            spread(mask, Some(weight)).map(|weight| mask * weight)
        }
        (Some(mask), None) => Some(mask.cast(DType::F32)),
        (None, weight) => weight,
    }
}

/// Keras's `sum_over_batch_size`: the sum of weighted values over their number, or the number that the mask leaves.
fn weighted_mean<'g>(values: Node<'g>, weight: Option<Node<'g>>, mask: Option<Node<'g>>) -> Node<'g> {
    let scope = values.scope();
    let flat = |node: Node<'g>| node.reshape(&[-1]).reduce_sum([0]);
    let mask = spread(values, mask.map(|mask| mask.cast(values.dtype())));
    let weight = spread(values, weight);
    if weight.is_none() && mask.is_none() {
        return values.reshape(&[-1]).reduce_mean([0]);
    }
    let weighted = [weight, mask].into_iter().flatten().fold(values, |values, factor| values * factor);
    let count = match mask {
        Some(mask) => flat(mask),
        None => scope.op("Size").input(values).attr("out_type", DType::I32).build().cast(values.dtype()),
    };
    scope.op("DivNoNan").input(flat(weighted)).input(count).build()
}

/// The sum of scalars, in the type of the first.
fn sum<'g>(parts: &[Node<'g>]) -> Node<'g> {
    let dtype = parts[0].dtype();
    parts[1..].iter().fold(parts[0], |sum, part| sum + part.cast(dtype))
}

/// A name that no metric before has.
fn distinct(name: String, taken: &[(String, Node<'_>)]) -> String {
    let counted = (0_usize..).map(|count| if count == 0 { name.clone() } else { format!("{name}_{count}") });
    let free = counted.into_iter().find(|name| !taken.iter().any(|(own, _)| own == name));
    free.unwrap_or(name)
}
