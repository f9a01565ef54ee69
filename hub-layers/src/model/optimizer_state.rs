//! [`OptimizerState`]: what an optimizer keeps between steps, in variables of the model's session.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hub_core::graph::{NodeId, PreparedCall, Variable};
use hub_core::{DType, Tensor};

use super::built::Built;
use crate::error::{Error, Result};
use crate::initializers::{Constant, Initializer};
use crate::layer::WeightSlot;
use crate::optimizers::{LearningRate, Optimizer, OptimizerOptions};

/// The number of updates, the learning rate, and what is kept for each weight. Everything is made at first use.
#[derive(Debug, Default)]
pub(super) struct OptimizerState(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The number of updates so far, int64.
    iterations: Option<NodeId>,
    /// float64, where it is not from a schedule.
    learning_rate: Option<Rate>,
    /// By weight and name.
    slots: HashMap<NodeId, BTreeMap<String, NodeId>>,
    /// The type of the slots of each weight.
    dtypes: HashMap<NodeId, DType>,
}

/// The variables of an optimizer, for saving them.
#[derive(Debug, Clone)]
pub(super) struct KeptNodes {
    /// int64.
    pub(super) iterations: Option<NodeId>,
    /// float64.
    pub(super) learning_rate: Option<NodeId>,
    pub(super) slots: Vec<KeptSlot>,
}

/// What is kept for one weight under one name.
#[derive(Debug, Clone)]
pub(super) struct KeptSlot {
    pub(super) weight: NodeId,
    pub(super) name: String,
    pub(super) handle: NodeId,
    pub(super) dtype: DType,
}

impl KeptNodes {
    /// All variables with their types: iterations, learning rate, slots.
    pub(super) fn variables(&self) -> Vec<(NodeId, DType)> {
        let first = self.iterations.map(|node| (node, DType::I64));
        let second = self.learning_rate.map(|node| (node, DType::F64));
        first.into_iter().chain(second).chain(self.slots.iter().map(|slot| (slot.handle, slot.dtype))).collect()
    }
}

#[derive(Debug, Clone)]
struct Rate {
    variable: NodeId,
    read: PreparedCall,
    assign: PreparedCall,
}

impl OptimizerState {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of updates so far.
    pub(super) fn iterations<'b>(&self, built: &'b Built) -> Result<Variable<'b>> {
        let scope = built.program.scope();
        let mut kept = self.kept();
        let handle = match kept.iterations {
            Some(handle) => handle,
            None => scope.variable("optimizer/iteration", &Tensor::scalar(0_i64))?.handle().id(),
        };
        kept.iterations = Some(handle);
        Ok(Variable::from_handle(scope.node(handle), DType::I64))
    }

    /// The variables that there are so far, in an order that stays the same.
    pub(super) fn kept_nodes(&self) -> KeptNodes {
        let kept = self.kept();
        let mut slots = Vec::new();
        for (weight, names) in &kept.slots {
            let dtype = kept.dtypes.get(weight).copied().unwrap_or(DType::F32);
            let slot = |(name, handle): (&String, &NodeId)| KeptSlot {
                weight: *weight,
                name: name.clone(),
                handle: *handle,
                dtype,
            };
            slots.extend(names.iter().map(slot));
        }
        slots.sort_by_key(|slot| (slot.weight, slot.name.clone()));
        KeptNodes {
            iterations: kept.iterations,
            learning_rate: kept.learning_rate.as_ref().map(|rate| rate.variable),
            slots,
        }
    }

    /// Takes up values that were saved; of slots that the optimizer does not have there are none.
    pub(super) fn restore(
        &self,
        built: &Built,
        optimizer: &dyn Optimizer,
        iterations: Option<Tensor>,
        rate: Option<Tensor>,
        slots: Vec<(&WeightSlot, String, Tensor)>,
    ) -> Result<()> {
        if let Some(rate) = rate
            && optimizer.options().constant_rate().is_some()
        {
            self.set_learning_rate(built, optimizer.options(), rate.item()?)?;
        }
        let mut changed = Vec::new();
        let growing = built.growing();
        let scope = built.program.scope();
        let mut kept = self.kept();
        if let Some(iterations) = iterations {
            iterations.item::<i64>()?;
            match kept.iterations {
                Some(handle) => changed.push((handle, iterations)),
                None => kept.iterations = Some(scope.variable("optimizer/iteration", &iterations)?.handle().id()),
            }
        }
        let names = optimizer.slots();
        for (weight, name, value) in slots {
            let expected = || (weight.dtype, weight.shape.as_slice()) == (value.dtype(), value.shape());
            if !names.iter().any(|(own, _)| *own == name) || !expected() {
                let found = format!("`{name}` of `{}`, {} {:?}", weight.name, value.dtype(), value.shape());
                let expected = "what the optimizer keeps".into();
                return Err(Error::BadConfig { argument: "optimizer".into(), expected, found });
            }
            kept.dtypes.insert(weight.handle, weight.dtype);
            let slots = kept.slots.entry(weight.handle).or_default();
            if let Some(handle) = slots.get(&name) {
                changed.push((*handle, value));
                continue;
            }
            let variable = scope.variable(&format!("optimizer/{}/{name}", weight.name), &value)?;
            slots.insert(name, variable.handle().id());
        }
        drop((kept, growing));
        built.assign_variables(&changed)
    }

    /// The learning rate as a variable; `None` for a schedule.
    pub(super) fn rate_variable<'b>(
        &self,
        built: &'b Built,
        options: &OptimizerOptions,
    ) -> Result<Option<Variable<'b>>> {
        let Some(rate) = self.rate(built, options)? else { return Ok(None) };
        Ok(Some(Variable::from_handle(built.program.scope().node(rate.variable), DType::F64)))
    }

    fn rate(&self, built: &Built, options: &OptimizerOptions) -> Result<Option<Rate>> {
        let Some(initial) = options.constant_rate() else { return Ok(None) };
        let mut kept = self.kept();
        if kept.learning_rate.is_none() {
            let scope = built.program.scope();
            let variable = scope.variable("optimizer/learning_rate", &Tensor::scalar(initial))?;
            let fed = scope.placeholder("optimizer/new_learning_rate", DType::F64, ());
            let read = built.program.prepare(&[], &[variable.read()], &[])?;
            let assign = built.program.prepare(&[fed], &[], &[variable.assign(fed)])?;
            kept.learning_rate = Some(Rate { variable: variable.handle().id(), read, assign });
        }
        Ok(kept.learning_rate.clone())
    }

    /// The learning rate now; `None` for a schedule.
    pub(super) fn learning_rate(&self, built: &Built, options: &OptimizerOptions) -> Result<Option<f64>> {
        let rate = {
            let _growing = built.growing();
            self.rate(built, options)?
        };
        let Some(rate) = rate else { return Ok(None) };
        let values = built.program.run(&rate.read, &[])?;
        Ok(values.first().map(Tensor::item::<f64>).transpose()?)
    }

    /// Sets the learning rate.
    pub(super) fn set_learning_rate(&self, built: &Built, options: &OptimizerOptions, rate: f64) -> Result<()> {
        if !(rate >= 0.0 && rate.is_finite()) {
            let expected = "a finite number that is not negative".into();
            return Err(Error::BadConfig { argument: "learning_rate".into(), expected, found: rate.to_string() });
        }
        let variable = {
            let _growing = built.growing();
            self.rate(built, options)?
        };
        let Some(variable) = variable else {
            let expected = "an optimizer with a constant learning rate".into();
            return Err(Error::BadConfig { argument: "learning_rate".into(), expected, found: "a schedule".into() });
        };
        built.program.run(&variable.assign, &[&Tensor::scalar(rate)])?;
        Ok(())
    }

    /// What the optimizer keeps for a weight.
    pub(super) fn slots<'b>(
        &self,
        built: &'b Built,
        optimizer: &dyn Optimizer,
        weight: &WeightSlot,
    ) -> Result<BTreeMap<String, Variable<'b>>> {
        let scope = built.program.scope();
        let mut kept = self.kept();
        kept.dtypes.insert(weight.handle, weight.dtype);
        let slots = kept.slots.entry(weight.handle).or_default();
        for (name, initial) in optimizer.slots() {
            if !slots.contains_key(name) {
                let values = Constant::new(initial).values(&weight.shape, weight.dtype, 0)?;
                let variable = scope.variable(&format!("optimizer/{}/{name}", weight.name), &values)?;
                slots.insert(name.to_owned(), variable.handle().id());
            }
        }
        let variable = |id: &NodeId| Variable::from_handle(scope.node(*id), weight.dtype);
        Ok(slots.iter().map(|(name, id)| (name.clone(), variable(id))).collect())
    }
}

impl OptimizerOptions {
    /// The learning rate, where it is one number.
    pub(crate) fn constant_rate(&self) -> Option<f64> {
        match self.learning_rate {
            LearningRate::Constant(rate) => Some(rate),
            LearningRate::Schedule(_) => None,
        }
    }
}
