//! The layers of a model in a graph, with their weights.

use std::sync::Arc;

use hub_core::graph::{Node, Operation, PreparedCall, Program, Scope};
use hub_core::{DType, Nest, SessionOptions, Shape, Tensor};

use crate::error::Result;
use crate::initializers::Seeds;
use crate::instances::Instances;
use crate::layer::{Build, Call, InputSpec, Layer, Place, WeightSlot};

/// A model in a graph.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) program: Program,
    pub(super) inputs: Nest<InputSpec>,
    /// Which of the fetched tensors stands where.
    pub(super) outputs: Nest<usize>,
    pub(super) predict: PreparedCall,
    /// The outputs for no examples, where their shapes are known.
    pub(super) empty: Option<Vec<Tensor>>,
    pub(super) layers: Vec<BuiltLayer>,
}

/// One layer of a model in a graph.
#[derive(Debug)]
pub(super) struct BuiltLayer {
    pub(super) weights: Arc<[WeightSlot]>,
    pub(super) output: Nest<Shape>,
}

impl Built {
    /// Makes the weights of `layers` for this input, and the run that predicts.
    pub(super) fn new(
        layers: &[Box<dyn Layer>],
        places: &[Place],
        inputs: Nest<InputSpec>,
        seeds: Seeds,
    ) -> Result<Built> {
        Built::with_training(layers, places, inputs, seeds, false)
    }

    /// As [`Built::new`], with the outputs that are for training.
    pub(super) fn with_training(
        layers: &[Box<dyn Layer>],
        places: &[Place],
        inputs: Nest<InputSpec>,
        seeds: Seeds,
        training: bool,
    ) -> Result<Built> {
        let program = Program::new(&SessionOptions::new())?;
        let placeholders = placeholders(program.scope(), &inputs)?;
        let mut assembly = Assembly {
            scope: program.scope(),
            training,
            seeds,
            instances: Instances::default(),
            values: placeholders.clone(),
            targets: Vec::new(),
        };
        let mut built = Vec::with_capacity(layers.len());
        for (layer, place) in layers.iter().zip(places) {
            let added = assembly.add(layer.as_ref(), place);
            built.push(added.map_err(|error| error.of_layer(place.index(), place.name()))?);
        }
        let Assembly { values, targets, .. } = assembly;
        let feeds: Vec<Node<'_>> = placeholders.leaves().into_iter().copied().collect();
        // A fetch of its own: an output may be an input, or one node twice.
        let fetches: Vec<Node<'_>> = values.leaves().into_iter().map(|node| node.identity()).collect();
        let predict = program.prepare(&feeds, &fetches, &targets)?;
        let outputs = numbered(&values)?;
        let empty = fetches.iter().map(|node| without_examples(*node)).collect();
        Ok(Built { empty, inputs, outputs, predict, layers: built, program })
    }
}

/// The layers so far, in a graph.
struct Assembly<'g> {
    scope: &'g Scope,
    training: bool,
    seeds: Seeds,
    instances: Instances,
    /// What the last layer gives.
    values: Nest<Node<'g>>,
    targets: Vec<Operation<'g>>,
}

impl<'g> Assembly<'g> {
    /// Builds one more layer and calls it.
    fn add(&mut self, layer: &dyn Layer, place: &Place) -> Result<BuiltLayer> {
        let inputs = self.cast_for(layer)?;
        let mut build = Build {
            scope: self.scope,
            place: place.clone(),
            dtype: layer.dtype(),
            trainable: layer.trainable(),
            seeds: &mut self.seeds,
            weights: Vec::new(),
            instances: &mut self.instances,
            instance: None,
        };
        layer.build(&mut build, &inputs)?;
        let (weights, instance): (Arc<[WeightSlot]>, _) = (build.weights.into(), build.instance);
        self.scope.check()?;
        let mut call = Call {
            scope: self.scope,
            place: place.clone(),
            training: self.training,
            weights: weights.clone(),
            instance,
            targets: Vec::new(),
        };
        // What the layers before do to shared state is done when this one reads it.
        self.values = match self.targets.is_empty() {
            true => layer.call(&mut call, inputs)?,
            false => self.scope.with_control_dependencies(&self.targets, |_| layer.call(&mut call, inputs))?,
        };
        self.targets.extend(call.targets);
        self.scope.check()?;
        Ok(BuiltLayer { weights, output: self.values.try_map(&mut |node| Ok::<_, crate::Error>(node.shape()))? })
    }

    /// The values so far, floating-point ones in the layer's type.
    fn cast_for(&self, layer: &dyn Layer) -> Result<Nest<Node<'g>>> {
        let dtype = layer.dtype();
        self.values.try_map(&mut |node| {
            Ok(if dtype.is_floating() && node.dtype().is_floating() { node.cast(dtype) } else { *node })
        })
    }
}

/// An input node for each spec.
fn placeholders<'g>(scope: &'g Scope, inputs: &Nest<InputSpec>) -> Result<Nest<Node<'g>>> {
    let placeholders = inputs.try_map(&mut |spec| {
        let name = spec.name().unwrap_or("inputs");
        Ok::<_, crate::Error>(scope.placeholder(name, spec.dtype(), spec.shape().clone()))
    })?;
    scope.check()?;
    Ok(placeholders)
}

/// The value of an output `[?, ...]` for a batch without examples.
fn without_examples(node: Node<'_>) -> Option<Tensor> {
    let shape = node.shape();
    let (batch, example) = shape.dimensions()?.split_first()?;
    let shape: Vec<usize> = std::iter::once(Some(0)).chain(example.iter().copied()).collect::<Option<_>>()?;
    match (batch, node.dtype()) {
        (Some(_), _) => None,
        (None, DType::String) => Tensor::strings(&shape, Vec::<Vec<u8>>::new()).ok(),
        (None, dtype) => Tensor::from_bytes(dtype, &shape, &[]).ok(),
    }
}

/// The same nest around the numbers 0, 1, ... in flattening order.
fn numbered<L>(nest: &Nest<L>) -> Result<Nest<usize>> {
    let mut next = 0_usize..;
    nest.try_map(&mut |_| Ok(next.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::layers::Dropout;

    /// What one layer makes of `x` while training.
    fn trained(layer: impl Layer + 'static, x: &Tensor) -> Result<Tensor> {
        let input = Nest::Leaf(InputSpec::new(DType::F32, [None, Some(x.shape()[1])]));
        let built =
            Built::with_training(&[Box::new(layer)], &[Place::new(0, "layer")], input, Seeds::new(Some(1)), true)?;
        Ok(built.program.run(&built.predict, &[x])?.remove(0))
    }

    #[test]
    fn dropout_forgets_its_share_while_training() {
        let x = Tensor::new(&[100, 100], vec![2.0_f32; 10_000]).unwrap();
        let y = trained(Dropout::new(0.25).seed(4), &x).unwrap();
        let values = y.as_slice::<f32>().unwrap();
        assert!(values.iter().all(|value| *value == 0.0 || (value - 2.0 / 0.75).abs() < 1e-6));
        // 10,000 draws: the share's deviation is 0.43 %.
        let forgotten = values.iter().filter(|value| **value == 0.0).count() as f64 / 10_000.0;
        assert!((forgotten - 0.25).abs() < 0.02, "{forgotten}");
        assert_eq!(trained(Dropout::new(0.25).seed(4), &x).unwrap(), y, "a seed decides");
        assert_ne!(trained(Dropout::new(0.25).seed(5), &x).unwrap(), y);
    }

    #[test]
    fn dropout_forgets_what_is_no_number() {
        let x = Tensor::new(&[1, 2000], [f32::INFINITY, f32::NAN].repeat(1000)).unwrap();
        let y = trained(Dropout::new(0.5).seed(2), &x).unwrap();
        let forgotten = |first: usize| {
            y.as_slice::<f32>().unwrap().iter().skip(first).step_by(2).filter(|value| **value == 0.0).count()
        };
        assert!((400..600).contains(&forgotten(0)), "{} of 1000 infinities", forgotten(0));
        assert!((400..600).contains(&forgotten(1)), "{} of 1000 NaNs", forgotten(1));
        assert!(y.as_slice::<f32>().unwrap().iter().step_by(2).all(|value| *value == 0.0 || *value == f32::INFINITY));
    }

    #[test]
    fn dropout_at_its_limits() {
        let x = Tensor::from([[1.0_f32, -2.0]]);
        assert_eq!(trained(Dropout::new(0.0), &x).unwrap(), x);
        assert!(
            matches!(trained(Dropout::new(1.0), &x), Err(Error::InvalidArgument { argument, .. }) if argument == "rate")
        );
    }
}
