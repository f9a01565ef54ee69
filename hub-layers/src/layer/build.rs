//! [`Build`]: what a layer makes its weights with, and the weights as they stand in the model's graph.

use std::sync::Arc;

use hub_core::graph::{NodeId, Scope};
use hub_core::model::ModelVariable;
use hub_core::{DType, LoadedModel, Shape};

use super::place::Place;
use crate::constraints::{Constraint, ConstraintChoice};
use crate::error::Result;
use crate::initializers::{InitializerChoice, Seeds};
use crate::instances::{Instance, Instances};
use crate::regularizers::{Regularizer, RegularizerChoice};

/// One weight of a layer in a built model; its value lives in the model's session.
#[derive(Debug, Clone)]
pub(crate) struct WeightSlot {
    pub(crate) name: String,
    /// Of a loaded model's variable, the dotted path to it there.
    pub(crate) path: Option<String>,
    pub(crate) handle: NodeId,
    /// Its value, for reading from outside.
    pub(crate) read: NodeId,
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    /// Whether training may change it where the layer is not frozen.
    pub(crate) trainable: bool,
    pub(crate) regularizer: Option<Arc<dyn Regularizer>>,
    pub(crate) constraint: Option<Arc<dyn Constraint>>,
}

/// What [`Layer::build`](super::Layer::build) works with: makes weights in the model's graph.
#[derive(Debug)]
pub struct Build<'g> {
    pub(crate) scope: &'g Scope,
    pub(crate) place: Place,
    pub(crate) dtype: DType,
    pub(crate) seeds: &'g mut Seeds,
    pub(crate) weights: Vec<WeightSlot>,
    pub(crate) instances: &'g mut Instances,
    pub(crate) instance: Option<Arc<Instance>>,
    pub(crate) loaded: Option<LoadedModel>,
}

impl<'g> Build<'g> {
    /// Where the layer stands in its model.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The type of the layer's weights.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Makes a weight of the layer's type: `name` (`kernel`), shape, initial value by name or initializer, and whether
    /// training may change it.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName) for an initializer that does not exist,
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for one that cannot make such a weight, and for a weight
    /// that memory has no room for.
    pub fn add_weight(
        &mut self,
        name: &str,
        shape: &[usize],
        initializer: impl Into<InitializerChoice>,
        trainable: bool,
    ) -> Result<()> {
        let argument = format!("{name}_initializer");
        let initializer = initializer.into().resolve(&self.place, &argument)?;
        if !has_room(shape) {
            return Err(self.place.invalid_argument(name, "a size that memory has room for", Shape::known(shape)));
        }
        let initial = initializer
            .values(shape, self.dtype, self.seeds.next_seed())
            .map_err(|why| self.place.invalid_argument(&argument, "values for the weight", why))?;
        if initial.shape() != shape || initial.dtype() != self.dtype {
            let (expected, found) = (Shape::known(shape), Shape::known(initial.shape()));
            let (expected, found) = (format!("{} {expected}", self.dtype), format!("{} {found}", initial.dtype()));
            return Err(self.place.invalid_argument(&argument, expected, found));
        }
        let full_name = self.full_name(name);
        let variable = self.scope.variable(&full_name, &initial)?;
        self.weights.push(WeightSlot {
            name: full_name,
            path: None,
            handle: variable.handle().id(),
            read: variable.read().id(),
            dtype: self.dtype,
            shape: shape.to_vec(),
            trainable,
            regularizer: None,
            constraint: None,
        });
        Ok(())
    }

    /// Adds a penalty on a weight to the model's loss; `None` for none. The argument is `{name}_regularizer`.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName) for a regularizer that does not exist.
    pub fn regularize(&mut self, name: &str, regularizer: Option<&RegularizerChoice>) -> Result<()> {
        let Some(choice) = regularizer else { return Ok(()) };
        let regularizer = choice.resolve(&self.place, &format!("{name}_regularizer"))?;
        self.slot(name)?.regularizer = Some(regularizer);
        Ok(())
    }

    /// Holds a weight to a rule after each update; `None` for none. The argument is `{name}_constraint`.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName) for a constraint that does not exist.
    pub fn constrain(&mut self, name: &str, constraint: Option<&ConstraintChoice>) -> Result<()> {
        let Some(choice) = constraint else { return Ok(()) };
        let constraint = choice.resolve(&self.place, &format!("{name}_constraint"))?;
        self.slot(name)?.constraint = Some(constraint);
        Ok(())
    }

    fn full_name(&self, name: &str) -> String {
        format!("{}/{name}", self.place.name())
    }

    /// A weight that was made before.
    fn slot(&mut self, name: &str) -> Result<&mut WeightSlot> {
        let name = self.full_name(name);
        match self.weights.iter_mut().find(|weight| weight.name == name) {
            Some(slot) => Ok(slot),
            None => Err(hub_core::Error::VariableNotFound { name }.into()),
        }
    }

    /// Makes the state of a loaded model in the graph, shared with other layers over it; `listed` are the weights, with
    /// whether training may change them.
    pub(crate) fn instantiate(&mut self, model: &LoadedModel, listed: &[(ModelVariable, bool)]) -> Result<()> {
        let instance = self.instances.of(self.scope, model)?;
        for (variable, trainable) in listed {
            let Some(own) = instance.variable(self.scope, variable) else { continue };
            // A variable may be declared without a shape; its value has one.
            let shape = match variable.shape().to_known() {
                Some(shape) => shape,
                None => variable.value()?.shape().to_vec(),
            };
            self.weights.push(WeightSlot {
                name: variable.name().to_owned(),
                path: Some(variable.path()),
                handle: own.handle().id(),
                read: own.read().id(),
                dtype: variable.dtype(),
                shape,
                trainable: *trainable,
                regularizer: None,
                constraint: None,
            });
        }
        self.instance = Some(instance);
        self.loaded = Some(model.clone());
        Ok(())
    }
}

/// Whether a weight's values could be held while they are made; sizes may come from a file.
fn has_room(shape: &[usize]) -> bool {
    let count = shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size));
    // Initializers reckon in float64.
    count.is_some_and(|count| Vec::<f64>::new().try_reserve_exact(count).is_ok())
}
