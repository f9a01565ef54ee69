//! Predicting: inputs checked and cut into batches, outputs joined again.

use hub_core::{Error, Nest, Structure, Tensor, Value};

use super::Model;
use super::built::Built;
use crate::cast::{cast, casts_to};
use crate::error::Result;
use crate::layer::InputSpec;
use crate::layers::same_nest;

/// How a model predicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predict {
    batch_size: usize,
}

impl Default for Predict {
    fn default() -> Predict {
        Predict { batch_size: 32 }
    }
}

impl Predict {
    /// Batches of 32.
    pub fn new() -> Predict {
        Predict::default()
    }

    /// The number of examples that are computed at once; 0 for all. Default: 32.
    pub fn batch_size(mut self, batch_size: usize) -> Predict {
        self.batch_size = batch_size;
        self
    }
}

impl Model {
    /// What the model makes of the inputs, in batches of 32: a tensor, or a dict, list or tuple of them.
    ///
    /// The first axis of each input counts the examples. Numbers are cast to the type of the model's input; where a
    /// loaded model comes first, integers are not.
    ///
    /// # Errors
    /// [`Error::Core`](crate::Error::Core) with [`ShapeMismatch`](hub_core::Error::ShapeMismatch),
    /// [`DTypeMismatch`](hub_core::Error::DTypeMismatch) and
    /// [`StructureMismatch`](hub_core::Error::StructureMismatch) for inputs that do not fit, and with
    /// [`Engine`](hub_core::Error::Engine) where the run fails; those of building, where this is the first time.
    pub fn predict(&self, inputs: impl Into<Structure>) -> Result<Structure> {
        self.predict_with(inputs, Predict::new())
    }

    /// As [`Model::predict`], with options.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_with(&self, inputs: impl Into<Structure>, options: Predict) -> Result<Structure> {
        let tensors = crate::data::tensors(inputs.into())?;
        let built = self.built_for(|| input_of(&tensors))?;
        built.run(&tensors, &options)
    }
}

/// What comes into a model that is built for these tensors.
pub(super) fn input_of(tensors: &Nest<Tensor>) -> Result<Nest<InputSpec>> {
    tensors.try_map(&mut |tensor| match tensor.shape() {
        [] => Err(no_examples(tensor).into()),
        [_, example @ ..] => {
            let shape: Vec<_> = std::iter::once(None).chain(example.iter().copied().map(Some)).collect();
            Ok(InputSpec::new(tensor.dtype(), shape))
        }
    })
}

fn no_examples(tensor: &Tensor) -> Error {
    Error::ShapeMismatch {
        what: "an input of the model".into(),
        expected: "one dimension or more, the first for the examples".into(),
        found: hub_core::Shape::known(tensor.shape()).to_string(),
    }
}

impl Built {
    /// Runs the model on `inputs`, batch by batch.
    fn run(&self, inputs: &Nest<Tensor>, options: &Predict) -> Result<Structure> {
        let inputs = self.accept(inputs)?;
        let batches = match self.is_batched() {
            true => batches(&inputs, options.batch_size)?,
            false => vec![inputs],
        };
        if self.is_batched() && inputs_are_empty(&batches) {
            return self.run_without_examples(&batches[0]);
        }
        let mut parts: Vec<Vec<Tensor>> = vec![Vec::with_capacity(batches.len()); self.outputs.leaves().len()];
        for batch in &batches {
            let outputs = self.program.run(&self.predict, &batch.iter().collect::<Vec<_>>())?;
            parts.iter_mut().zip(outputs).for_each(|(part, output)| part.push(output));
        }
        let joined = parts.iter().map(|parts| Tensor::concatenate(parts)).collect::<hub_core::Result<Vec<_>>>()?;
        self.outputs.try_map(&mut |index| Ok(Value::Tensor(joined[*index].clone())))
    }

    /// The tensors to be fed for `inputs`, in the element types that the model takes.
    pub(super) fn accept(&self, inputs: &Nest<Tensor>) -> Result<Vec<Tensor>> {
        let inputs = self.only_entry(inputs).unwrap_or(inputs);
        let specs = self.inputs.leaves();
        let by_name = self.by_name(inputs, &specs);
        let given = match &by_name {
            Some(tensors) => tensors.clone(),
            None if same_nest(&self.inputs, inputs) => inputs.leaves(),
            None => {
                let (expected, found) = (self.inputs.kind(), inputs.kind());
                return Err(Error::StructureMismatch { what: "the model's input".into(), expected, found }.into());
            }
        };
        given.into_iter().zip(&specs).map(|(tensor, spec)| to_type(tensor, spec)).collect()
    }

    /// The tensors of a dict by the names of a list of inputs.
    fn by_name<'t>(&self, inputs: &'t Nest<Tensor>, specs: &[&InputSpec]) -> Option<Vec<&'t Tensor>> {
        let (Nest::List(_) | Nest::Tuple(_), Nest::Dict(entries)) = (&self.inputs, inputs) else { return None };
        let named = |spec: &&InputSpec| match entries.get(spec.name()?)? {
            Nest::Leaf(tensor) => Some(tensor),
            _ => None,
        };
        specs.iter().map(named).collect()
    }

    /// The outputs for no examples. TensorFlow's fused convolutions fail on no rows: nothing is run where the shapes
    /// of the outputs are known, else a row of zeros is computed and left out.
    fn run_without_examples(&self, inputs: &[Tensor]) -> Result<Structure> {
        if let Some(empty) = &self.empty {
            self.program.check(&self.predict, &inputs.iter().collect::<Vec<_>>())?;
            return self.outputs.try_map(&mut |index| Ok(Value::Tensor(empty[*index].clone())));
        }
        let rows = inputs.iter().map(row_of_zeros).collect::<hub_core::Result<Vec<_>>>()?;
        let outputs = self.program.run(&self.predict, &rows.iter().collect::<Vec<_>>())?;
        self.outputs.try_map(&mut |index| Ok(Value::Tensor(outputs[*index].rows(0..0)?)))
    }

    /// The tensor of a dict with one entry, where the model has one input of that name.
    fn only_entry<'t>(&self, inputs: &'t Nest<Tensor>) -> Option<&'t Nest<Tensor>> {
        match (&self.inputs, inputs) {
            (Nest::Leaf(spec), Nest::Dict(entries)) if entries.len() == 1 => entries.get(spec.name()?),
            _ => None,
        }
    }

    /// Whether every input may have any number of rows.
    fn is_batched(&self) -> bool {
        self.inputs.leaves().iter().all(|spec| match spec.shape().dimensions() {
            Some(dimensions) => dimensions.first().is_some_and(Option::is_none),
            None => true,
        })
    }
}

/// An input in the element type that the model takes.
fn to_type(tensor: &Tensor, spec: &InputSpec) -> Result<Tensor> {
    let refused = spec.is_exact() && !tensor.dtype().is_floating();
    match casts_to(tensor.dtype(), spec.dtype()) && !refused {
        true => Ok(cast(tensor, spec.dtype())?),
        false => Ok(tensor.clone()),
    }
}

fn inputs_are_empty(batches: &[Vec<Tensor>]) -> bool {
    matches!(batches, [only] if only.iter().any(|tensor| tensor.shape().first() == Some(&0)))
}

/// One example of zeros, or of empty strings, in the shape of the examples of a tensor.
fn row_of_zeros(tensor: &Tensor) -> hub_core::Result<Tensor> {
    let mut shape = tensor.shape().to_vec();
    shape[0] = 1;
    let count = shape.iter().product::<usize>();
    match tensor.dtype().size_bytes() {
        Some(size) => Tensor::from_bytes(tensor.dtype(), &shape, &vec![0; count * size]),
        None => Tensor::strings(&shape, vec![Vec::new(); count]),
    }
}

/// The inputs cut into batches; without examples one empty batch.
fn batches(inputs: &[Tensor], size: usize) -> Result<Vec<Vec<Tensor>>> {
    let mut rows = None;
    for tensor in inputs {
        let own = *tensor.shape().first().ok_or_else(|| no_examples(tensor))?;
        let first = *rows.get_or_insert(own);
        if own != first {
            return Err(Error::ShapeMismatch {
                what: "the inputs of the model".into(),
                expected: format!("{first} examples in each"),
                found: format!("{own}"),
            }
            .into());
        }
    }
    let rows = rows.unwrap_or(0);
    let size = if size == 0 { rows.max(1) } else { size };
    let starts = (0..rows.max(1)).step_by(size);
    let cut = |start: usize| inputs.iter().map(|tensor| tensor.rows(start..(start + size).min(rows))).collect();
    Ok(starts.map(cut).collect::<hub_core::Result<_>>()?)
}
