//! Frozen layers in front of a model, whose outputs are computed once for each example and kept.
//!
//! ```text
//! inputs ─▶ frozen layers ─▶ features ─▶ the other layers ─▶ loss
//!           once an example   kept here    every step
//! ```
//!
//! A data set tells its examples apart where they stay the same (`data`); without that, and where the frozen part rests
//! on chance or has effects, every step begins with the inputs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hub_core::graph::{Node, NodeId, PreparedCall};
use hub_core::{DType, Nest, Shape, Tensor};

use super::Model;
use super::built::Built;
use super::forward::{Forward, Given};
use crate::data::Element;
use crate::error::{Error, Result};

/// Keras has no such limit, since it keeps nothing: features of up to this many bytes are kept.
pub(super) const MOST_BYTES: usize = 1 << 30;

/// The frozen layers in front.
#[derive(Debug)]
pub(super) struct Prefix {
    /// Of each step, whether it belongs to them.
    steps: Vec<bool>,
    /// The steps whose outputs the others take.
    boundary: Vec<usize>,
    /// Computes the boundary for inputs.
    call: PreparedCall,
    /// Where the boundary is fed, step by step.
    fed: Vec<Nest<NodeId>>,
}

impl Prefix {
    /// The frozen layers in front of `model`, where there are any whose outputs are worth keeping.
    pub(super) fn of(model: &Model, training: bool) -> Result<Option<Prefix>> {
        let built = model.built()?;
        let _growing = built.growing();
        built.program.scope().with_scope("features", |scope| {
            let inputs = built.placeholders.try_map(&mut |id| Ok::<_, Error>(scope.node(*id)))?;
            let feeds: Vec<Node<'_>> = inputs.leaves().into_iter().copied().collect();
            let mut forward = Forward::new(scope, &model.network, inputs, &model.trainable, training);
            forward.built = built.layers.iter().cloned().map(Some).collect();
            let frozen = frozen(model, built, |_| true);
            forward.write(|step| frozen[step], None)?;
            let steps = self::frozen(model, built, |step| forward.given[step].as_ref().is_some_and(is_kept));
            let Some(boundary) = boundary(model, built, &steps) else { return Ok(None) };
            let given: Vec<&Given<'_>> = boundary.iter().filter_map(|step| forward.given[*step].as_ref()).collect();
            let fetches: Vec<Node<'_>> =
                given.iter().flat_map(|given| given.values.leaves()).map(|node| node.identity()).collect();
            let fed = given.iter().map(|given| given.values.try_map(&mut { fed_like })).collect::<Result<Vec<_>>>()?;
            let kept = forward.given.iter().zip(&steps).filter(|(_, kept)| **kept);
            let beside: Vec<_> =
                kept.flat_map(|(given, _)| given.iter().flat_map(|given| given.effects.clone())).collect();
            let call = built.program.prepare(&feeds, &fetches, &beside)?;
            Ok(Some(Prefix { steps, boundary, call, fed }))
        })
    }

    /// Gives a network the kept features in the place of what its frozen layers compute; where they are fed.
    pub(super) fn feed<'g>(&self, forward: &mut Forward<'g, '_>) -> Result<Vec<Node<'g>>> {
        let scope = forward.scope;
        let mut feeds = Vec::new();
        for (step, fed) in self.boundary.iter().zip(&self.fed) {
            let values = fed.try_map(&mut |id| Ok::<_, Error>(scope.node(*id)))?;
            feeds.extend(values.leaves().into_iter().copied());
            forward.given[*step] = Some(Given { values, mask: None, effects: Vec::new(), has_losses: false });
        }
        for (step, _) in self.steps.iter().enumerate().filter(|(_, frozen)| **frozen) {
            // Inside the frozen part nothing is written again; nobody takes these.
            forward.given[step].get_or_insert(Given {
                values: Nest::None,
                mask: None,
                effects: Vec::new(),
                has_losses: false,
            });
        }
        Ok(feeds)
    }
}

/// Of each step, whether it is of a layer that is not trained, after none but such layers, and `keeps` what it gives.
fn frozen(model: &Model, built: &Built, keeps: impl Fn(usize) -> bool) -> Vec<bool> {
    let network = &model.network;
    let mut steps = vec![false; network.steps.len()];
    for (index, step) in network.steps.iter().enumerate() {
        let weights = &built.layers[step.layer].weights;
        let frozen = !model.trainable[step.layer] || weights.iter().all(|weight| !weight.trainable);
        let after_frozen = step.inputs.leaves().iter().all(|wire| wire.from.is_none_or(|from| steps[from]));
        steps[index] = frozen && after_frozen && keeps(index);
    }
    steps
}

/// Whether what a step gives is the same each time, and all that there is to be kept of it.
fn is_kept(given: &Given<'_>) -> bool {
    let nodes: Vec<Node<'_>> = given.values.leaves().into_iter().copied().collect();
    let numbers = nodes.iter().all(|node| node.dtype().size_bytes().is_some());
    numbers
        && given.mask.is_none()
        && !given.has_losses
        && nodes.first().is_some_and(|first| first.scope().unrepeatable(&nodes, &given.effects).is_empty())
}

/// The steps whose outputs the others take; `None` where nothing is won by keeping them.
fn boundary(model: &Model, built: &Built, steps: &[bool]) -> Option<Vec<usize>> {
    let network = &model.network;
    let has_weights = |index: &usize| {
        let layer = &built.layers[network.steps[*index].layer];
        !layer.weights.is_empty() || layer.instance.is_some()
    };
    let worthwhile = (0..steps.len()).filter(|index| steps[*index]).any(|index| has_weights(&index));
    if !worthwhile || steps.iter().all(|step| *step) {
        return None;
    }
    let taken = network.steps.iter().enumerate().filter(|(index, _)| !steps[*index]);
    let wires = taken.flat_map(|(_, step)| step.inputs.leaves()).chain(network.outputs.leaves());
    // Where later layers look at the inputs too, these would have to be kept as well.
    let from: Vec<usize> = wires.map(|wire| wire.from).collect::<Option<_>>()?;
    let distinct: BTreeSet<usize> = from.into_iter().filter(|from| steps[*from]).collect();
    Some(distinct.into_iter().collect())
}

/// Where values like those of a node are fed, any number of examples.
fn fed_like(node: &Node<'_>) -> Result<NodeId> {
    let scope = node.scope();
    let shape: Shape = match node.shape().dimensions() {
        Some([_, example @ ..]) => std::iter::once(None).chain(example.iter().copied()).collect::<Vec<_>>().into(),
        _ => Shape::unknown(),
    };
    Ok(scope.placeholder("kept", node.dtype(), shape).id())
}

/// Features of the examples seen so far.
#[derive(Debug)]
pub(super) struct Features {
    pub(super) prefix: Arc<Prefix>,
    /// The state of the weights that they were computed with.
    version: u64,
    /// Which row of `kept` each example has.
    rows: HashMap<u64, usize>,
    /// One for each tensor of the boundary.
    kept: Vec<Kept>,
    /// Whether keeping has been given up: too large, or not the same shape for all.
    given_up: bool,
}

/// Rows of one tensor of the boundary.
#[derive(Debug)]
struct Kept {
    dtype: DType,
    example: Vec<usize>,
    row_bytes: usize,
    bytes: Vec<u8>,
}

impl Features {
    /// The features of a model's frozen layers, none kept yet; `None` where there are no such layers.
    pub(super) fn of(model: &Model, training: bool) -> Result<Option<Features>> {
        let version = model.built()?.version();
        let features = |prefix| Features { prefix, version, rows: HashMap::new(), kept: Vec::new(), given_up: false };
        Ok(model.compiled()?.steps.prefix(model, training)?.map(features))
    }

    /// The features of a batch: kept ones, or computed now; `None` where they cannot be kept.
    pub(super) fn of_batch(
        &mut self,
        model: &Model,
        element: &Element,
        inputs: &[Tensor],
    ) -> Result<Option<Vec<Tensor>>> {
        let Some(rows) = element.rows.as_deref().filter(|_| !self.given_up) else { return Ok(None) };
        let built = model.built()?;
        if self.version != built.version() {
            // Weights were set in the meantime.
            self.version = built.version();
            self.rows.clear();
            self.kept.clear();
        }
        if let Some(known) = rows.iter().map(|row| self.rows.get(row).copied()).collect::<Option<Vec<usize>>>()
            && !self.kept.is_empty()
        {
            return self.kept.iter().map(|kept| kept.gather(&known)).collect::<Result<Vec<_>>>().map(Some);
        }
        let computed = built.program.run(&self.prefix.call, &inputs.iter().collect::<Vec<_>>())?;
        self.keep(rows, &computed)?;
        Ok(Some(computed))
    }

    /// Keeps the features of examples that are new.
    fn keep(&mut self, rows: &[u64], computed: &[Tensor]) -> Result<()> {
        if self.kept.is_empty() {
            self.kept = computed.iter().filter_map(Kept::like).collect();
        }
        let bytes: usize = self.kept.iter().map(|kept| kept.bytes.len() + rows.len() * kept.row_bytes).sum();
        let fits = |(kept, tensor): (&Kept, &Tensor)| {
            tensor.dtype() == kept.dtype
                && tensor
                    .shape()
                    .split_first()
                    .is_some_and(|(count, rest)| *count == rows.len() && *rest == kept.example)
        };
        if self.kept.len() != computed.len() || bytes > MOST_BYTES || !self.kept.iter().zip(computed).all(fits) {
            tracing::debug!("features of frozen layers are not kept");
            self.given_up = true;
            self.kept.clear();
            self.rows.clear();
            return Ok(());
        }
        for (index, row) in rows.iter().enumerate() {
            let next = self.rows.len();
            if let std::collections::hash_map::Entry::Vacant(entry) = self.rows.entry(*row) {
                entry.insert(next);
                for (kept, tensor) in self.kept.iter_mut().zip(computed) {
                    let start = index * kept.row_bytes;
                    kept.bytes.extend_from_slice(&tensor.bytes()?[start..start + kept.row_bytes]);
                }
            }
        }
        Ok(())
    }
}

impl Kept {
    fn like(tensor: &Tensor) -> Option<Kept> {
        let (_, example) = tensor.shape().split_first()?;
        let row_bytes = example.iter().product::<usize>() * tensor.dtype().size_bytes()?;
        Some(Kept { dtype: tensor.dtype(), example: example.to_vec(), row_bytes, bytes: Vec::new() })
    }

    fn gather(&self, rows: &[usize]) -> Result<Tensor> {
        let mut bytes = Vec::with_capacity(rows.len() * self.row_bytes);
        for row in rows {
            bytes.extend_from_slice(&self.bytes[row * self.row_bytes..][..self.row_bytes]);
        }
        let shape: Vec<usize> = std::iter::once(rows.len()).chain(self.example.iter().copied()).collect();
        Ok(Tensor::from_bytes(self.dtype, &shape, &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Layer;
    use crate::layers::{Dense, Dropout, InputLayer, KerasLayer};
    use crate::model::in_training::chain;

    fn keras_mlp() -> KerasLayer {
        KerasLayer::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/keras_mlp/model")).unwrap()
    }

    fn head() -> Arc<dyn Layer> {
        Arc::new(Dense::new(2))
    }

    /// How many steps are kept of a model of 4 features.
    fn kept(layers: Vec<Arc<dyn Layer>>) -> Option<usize> {
        let model = chain([vec![Arc::new(InputLayer::new([4])) as Arc<dyn Layer>], layers].concat()).unwrap();
        let prefix = Prefix::of(&model, true).unwrap()?;
        Some(prefix.steps.iter().filter(|kept| **kept).count())
    }

    #[test]
    fn a_frozen_model_that_keras_saved_is_kept() {
        // Its functions list the reads of variables as what must run.
        assert_eq!(kept(vec![Arc::new(keras_mlp()), head()]), Some(2));
    }

    #[test]
    fn what_rests_on_chance_or_is_trained_is_not() {
        assert_eq!(kept(vec![Arc::new(keras_mlp().trainable(true)), head()]), None);
        assert_eq!(kept(vec![Arc::new(Dropout::new(0.5)), Arc::new(keras_mlp()), head()]), None);
    }
}
