//! What Adam and AdamW share: running means of gradients and of their squares.

use super::Update;
use super::options::{at_least_zero, below_one};
use crate::error::Result;
use crate::precision::single;

/// Decay of the running means, and what is divided by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub(super) beta_1: f64,
    pub(super) beta_2: f64,
    pub(super) epsilon: f64,
    pub(super) amsgrad: bool,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, amsgrad: false }
    }
}

impl Moments {
    pub(super) fn slots(self) -> Vec<(&'static str, f64)> {
        let mut slots = vec![("m", 0.0), ("v", 0.0)];
        slots.extend(self.amsgrad.then_some(("vhat", 0.0)));
        slots
    }

    pub(super) fn check(self) -> Result<()> {
        below_one("beta_1", self.beta_1)?;
        below_one("beta_2", self.beta_2)?;
        at_least_zero("epsilon", self.epsilon)
    }

    pub(super) fn update(self, update: &mut Update<'_>) -> Result<()> {
        match update.sparse() {
            Some(_) => self.update_rows(update),
            None => self.update_all(update),
        }
    }

    /// In one op, which computes the same formula.
    fn update_all(self, update: &mut Update<'_>) -> Result<()> {
        let mut state = vec![update.variable(), update.slot("m")?, update.slot("v")?];
        if self.amsgrad {
            state.push(update.slot("vhat")?);
        }
        let (step, rate) = (update.step(), update.learning_rate());
        let [beta_1, beta_2, epsilon] = [self.beta_1, self.beta_2, self.epsilon].map(|number| update.number(number));
        let powers = [self.beta_1, self.beta_2].map(|beta| update.number(single(beta)).pow(step));
        update.run(|update| {
            let op = if self.amsgrad { "ResourceApplyAdamWithAmsgrad" } else { "ResourceApplyAdam" };
            let handles = state.iter().map(|variable| variable.handle());
            let numbers = powers.into_iter().chain([rate, beta_1, beta_2, epsilon, update.gradient().dense()]);
            handles.chain(numbers).fold(update.scope().op(op), |apply, node| apply.input(node)).build_operation()
        });
        Ok(())
    }

    /// Every row's means decay and every row moves; only those of the gradient take it in.
    fn update_rows(self, update: &mut Update<'_>) -> Result<()> {
        let Some(rows) = update.sparse() else { return self.update_all(update) };
        let (variable, m, mut v) = (update.variable(), update.slot("m")?, update.slot("v")?);
        let (step, rate) = (update.step(), update.learning_rate());
        let remaining = |beta: f64| 1.0 - update.number(single(beta)).pow(step);
        let rate = rate * remaining(self.beta_2).sqrt() / remaining(self.beta_1);
        update.add(m, |_| -m.read() * (1.0 - self.beta_1));
        update.add_to_rows(m, rows.indices, |_| rows.values * (1.0 - self.beta_1));
        update.add(v, |_| -v.read() * (1.0 - self.beta_2));
        update.add_to_rows(v, rows.indices, |_| rows.values.square() * (1.0 - self.beta_2));
        if self.amsgrad {
            let largest = update.slot("vhat")?;
            update.assign(largest, |_| largest.read().maximum(v.read()));
            v = largest;
        }
        update.add(variable, |_| -(m.read() * rate / (v.read().sqrt() + self.epsilon)));
        Ok(())
    }
}

/// The builder methods of optimizers with moments, for one with a field `moments: Moments`.
macro_rules! moments_builders {
    () => {
        /// How much of the mean of gradients stays at each step, from 0 to below 1. Default: 0.9.
        pub fn beta_1(mut self, beta_1: f64) -> Self {
            self.moments.beta_1 = beta_1;
            self
        }

        /// How much of the mean of squares stays at each step, from 0 to below 1. Default: 0.999.
        pub fn beta_2(mut self, beta_2: f64) -> Self {
            self.moments.beta_2 = beta_2;
            self
        }

        /// What is added before dividing. Default: 1e-7.
        pub fn epsilon(mut self, epsilon: f64) -> Self {
            self.moments.epsilon = epsilon;
            self
        }

        /// Whether the largest mean of squares so far is divided by. Default: false.
        pub fn amsgrad(mut self, amsgrad: bool) -> Self {
            self.moments.amsgrad = amsgrad;
            self
        }
    };
}

pub(super) use moments_builders;
