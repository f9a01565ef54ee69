//! [`Normalization`]: numbers with mean 0 and deviation 1, by what the data is like.

use hub_core::graph::Node;
use hub_core::{DType, Nest, Shape, Tensor};

use super::axes::{Axes, axis_of};
use super::options::{LayerOptions, option_answers, option_builders};
use super::rescaling::PerChannel;
use crate::cast::cast;
use crate::config::class;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::layer::{Build, Call, Layer, Place};

/// (x - mean) / max(√variance, 1e-7), with means and variances that are given or were found in data.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `axis` | the axes that have a mean and a variance for each of their elements; none for one of all | -1 |
/// | `mean`, `variance` | for each element of the axes, or one for all; both or neither | those of [`Normalization::adapt`]; 0 and 1 |
/// | `invert` | whether to go back: x · max(√variance, 1e-7) + mean | false |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// # Shapes
/// Input `[batch, ...]`, output the same.
///
/// ```
/// use hub_layers::{Dataset, Sequential, Tensor, layers::Normalization};
/// let data = Dataset::from_tensor_slices(Tensor::from([[1.0_f32, 10.0], [3.0, 30.0]]))?;
/// let model = Sequential::new().add(Normalization::new().adapt(&data.batch(32))?).build()?;
/// let y = model.predict(Tensor::from([[3.0_f32, 20.0]]))?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [1.0, 0.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Normalization {
    axis: Vec<i32>,
    mean: Option<PerChannel>,
    variance: Option<PerChannel>,
    invert: bool,
    options: LayerOptions,
}

impl Default for Normalization {
    fn default() -> Normalization {
        Normalization::new()
    }
}

/// Keras's number for what is nearly nothing.
const EPSILON: f64 = 1e-7;

impl Normalization {
    /// A layer that knows nothing of the data yet.
    pub fn new() -> Normalization {
        Normalization { axis: vec![-1], mean: None, variance: None, invert: false, options: LayerOptions::default() }
    }

    /// The axes that have a mean and a variance for each of their elements; an empty list for one of all. Default: -1.
    pub fn axis(mut self, axis: impl Into<Axes>) -> Self {
        self.axis = axis.into().given().to_vec();
        self
    }

    /// The mean, with `variance`. Default: found by [`Normalization::adapt`].
    pub fn mean(mut self, mean: impl Into<PerChannel>) -> Self {
        self.mean = Some(mean.into());
        self
    }

    /// The variance, with `mean`. Default: found by [`Normalization::adapt`].
    pub fn variance(mut self, variance: impl Into<PerChannel>) -> Self {
        self.variance = Some(variance.into());
        self
    }

    /// Whether to go back from normalized numbers. Default: false.
    pub fn invert(mut self, invert: bool) -> Self {
        self.invert = invert;
        self
    }

    option_builders!();

    /// With the mean and the variance of the features in all batches of a data set, counted in float64.
    ///
    /// # Errors
    /// [`Error::BadConfig`] where a mean is given already, and for data without such axes, of several features or without
    /// an example; those of the data.
    pub fn adapt(mut self, batches: &Dataset) -> Result<Self> {
        if self.mean.is_some() || self.variance.is_some() {
            return Err(unfit("a layer without `mean` and `variance`", "one that has them"));
        }
        let mut moments: Option<Moments> = None;
        for batch in batches.iter()? {
            let batch = batch?;
            let Nest::Leaf(features) = &batch.x else { return Err(unfit("one tensor of features", batch.x.kind())) };
            let kept = self.kept(features.shape().len()).ok_or_else(|| {
                unfit(format!("the axes {:?}", self.axis), Shape::known(features.shape()).to_string())
            })?;
            let sizes: Vec<_> = kept.iter().map(|axis| features.shape()[*axis]).collect();
            let found = moments.get_or_insert_with(|| Moments::new(sizes.clone()));
            if found.sizes != sizes {
                return Err(unfit(Shape::known(&found.sizes).to_string(), Shape::known(&sizes).to_string()));
            }
            found.add(features, &kept)?;
        }
        let moments = moments.filter(|moments| moments.count > 0.0).ok_or_else(|| unfit("examples", "none"))?;
        self.mean = Some(PerChannel(Tensor::new(&moments.sizes, moments.mean)?));
        self.variance = Some(PerChannel(Tensor::new(&moments.sizes, moments.variance)?));
        Ok(self)
    }

    /// The axes that are kept, from the front, in order.
    fn kept(&self, rank: usize) -> Option<Vec<usize>> {
        let mut kept = self.axis.iter().map(|axis| axis_of(*axis, rank)).collect::<Option<Vec<_>>>()?;
        kept.sort_unstable();
        kept.dedup();
        Some(kept)
    }

    /// The shape in which means fit to inputs: 1 for what is not kept.
    fn broadcast(&self, place: &Place, shape: &Shape) -> Result<Vec<usize>> {
        let rank = shape.rank().ok_or_else(|| place.input_mismatch("a known number of dimensions", shape))?;
        let out = || place.invalid_argument("axis", format!("axes of {shape}"), format!("{:?}", self.axis));
        let kept = self.kept(rank).ok_or_else(out)?;
        let size = |axis: usize| match kept.contains(&axis) {
            true => shape
                .dimension(axis)
                .ok_or_else(|| place.input_mismatch(format!("an input whose dimension {axis} is known"), shape)),
            false => Ok(1),
        };
        (0..rank).map(size).collect()
    }

    /// A value for each element of the axes, in the type of the layer.
    fn constant<'g>(&self, call: &Call<'g>, values: &PerChannel, broadcast: &[usize]) -> Result<Node<'g>> {
        let values = cast(&values.0, self.options.dtype)?;
        let values = if values.len() == 1 { values.reshape(&[])? } else { values.reshape(broadcast)? };
        Ok(call.scope().constant(values))
    }
}

fn unfit(expected: impl Into<String>, found: impl Into<String>) -> Error {
    Error::BadConfig { argument: "adapt".into(), expected: expected.into(), found: found.into() }
}

/// Means and variances of what was seen so far.
struct Moments {
    /// Of the axes that are kept.
    sizes: Vec<usize>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    /// Of what was seen, of each.
    count: f64,
}

impl Moments {
    fn new(sizes: Vec<usize>) -> Moments {
        let length = sizes.iter().product();
        Moments { sizes, mean: vec![0.0; length], variance: vec![0.0; length], count: 0.0 }
    }

    /// Sees one more batch.
    fn add(&mut self, batch: &Tensor, kept: &[usize]) -> Result<()> {
        let values = cast(batch, DType::F64)?;
        let (values, shape) = (values.as_slice::<f64>()?, batch.shape());
        if values.is_empty() {
            return Ok(());
        }
        let count = (values.len() / self.mean.len()) as f64;
        let places = || (0..values.len()).map(|flat| place_in(flat, shape, kept));
        let mut mean = vec![0.0; self.mean.len()];
        places().zip(values).for_each(|(place, value)| mean[place] += value / count);
        let mut variance = vec![0.0; self.mean.len()];
        places().zip(values).for_each(|(place, value)| variance[place] += (value - mean[place]).powi(2) / count);
        let share = count / (count + self.count);
        for (index, (mean, variance)) in mean.into_iter().zip(variance).enumerate() {
            let total = self.mean[index] * (1.0 - share) + mean * share;
            let own = (self.variance[index] + (self.mean[index] - total).powi(2)) * (1.0 - share);
            self.variance[index] = own + (variance + (mean - total).powi(2)) * share;
            self.mean[index] = total;
        }
        self.count += count;
        Ok(())
    }
}

/// Where an element belongs among the elements of the axes that are kept.
fn place_in(mut flat: usize, shape: &[usize], kept: &[usize]) -> usize {
    let (mut place, mut stride) = (0, 1);
    for (axis, size) in shape.iter().enumerate().rev() {
        if kept.contains(&axis) {
            place += flat % size * stride;
            stride *= size;
        }
        flat /= size;
    }
    place
}

impl Layer for Normalization {
    fn class_name(&self) -> &str {
        "Normalization"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        let broadcast = self.broadcast(place, &place.numbers(inputs)?.shape())?;
        if self.mean.is_some() != self.variance.is_some() {
            return Err(place.invalid_argument("mean", "both `mean` and `variance`, or neither", "one of them"));
        }
        let size: usize = broadcast.iter().product();
        for (argument, values) in [("mean", &self.mean), ("variance", &self.variance)] {
            if let Some(values) = values.as_ref().filter(|values| values.0.len() != 1 && values.0.len() != size) {
                return Err(place.invalid_argument(argument, format!("1 or {size} numbers"), values.0.len()));
            }
        }
        Ok(())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?;
        let broadcast = self.broadcast(call.place(), &x.shape())?;
        let x = x.cast(self.options.dtype);
        let (Some(mean), Some(variance)) = (&self.mean, &self.variance) else { return Ok(Nest::Leaf(x)) };
        let mean = self.constant(call, mean, &broadcast)?;
        let deviation = self.constant(call, variance, &broadcast)?.sqrt().maximum(EPSILON);
        Ok(Nest::Leaf(if self.invert { x * deviation + mean } else { (x - mean) / deviation }))
    }
}

class! { Normalization = "Normalization", |config| Normalization::new();
axis = axis, mean = mean, variance = variance, invert = invert; with options }
