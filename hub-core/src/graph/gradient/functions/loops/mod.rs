//! The gradient of `While`: a second loop, which goes the iterations back.
//!
//! What the body computed is computed again from the values that the loop variables had at the beginning of each
//! iteration. These are kept by running the loop once more, as far as they depend on it, with a list for each of them:
//!
//! ```text
//! recording   count, variables, lists      list ← list + [variable]; body
//! back        count, lists, constants,     count ← count - 1; variable ← list[count];
//!             gradients, sums              gradient ← body's gradient; sum ← sum + body's gradient
//! ```
//!
//! A loop variable that the body hands through is a constant of the loop; what comes back to it is summed up. Variables
//! of the model that the body reads are such.
//!
//! | file | holds |
//! |---|---|
//! | `analysis` | which loop variables are constants, which take part |
//! | `body` | the gradient of one iteration |
//! | `recording`, `back` | the two loops |

mod analysis;
mod back;
mod body;
mod recording;

use analysis::Loop;

use super::super::forward::Forward;
use super::super::registry::Partials;
use super::super::slice::{Blocking, Slice};
use super::super::value::Gradient;
use super::bench::Bench;
use super::{effects, export};
use crate::error::Result;
use crate::graph::node::{Node, Operation};

/// What blocks in the body.
pub(super) fn blocking(operation: Operation<'_>, inputs: &[Node<'_>], wanted: &[bool]) -> Result<Vec<Blocking>> {
    let of = Loop::new(operation, inputs)?;
    let bench = Bench::new(operation.scope, &of.functions())?;
    let (variables, next) = of.write_body(&bench)?;
    let taking_part = of.depending(&of.links(&variables, &next), wanted);
    let targets: Vec<_> = taking_part.iter().map(|index| variables[*index]).collect();
    let next: Vec<_> = taking_part.iter().map(|index| next[*index]).collect();
    let mut found = Slice::find(&targets, &next).names();
    found.extend(effects::among(&export::computing(&next)));
    Ok(found)
}

pub(super) fn of_loop<'g>(at: &Forward<'g>) -> Partials<'g> {
    match try_of_loop(at) {
        Ok(partials) => partials,
        Err(error) => {
            at.s().keep(error);
            Vec::new()
        }
    }
}

fn try_of_loop<'g>(at: &Forward<'g>) -> Result<Partials<'g>> {
    let inputs: Vec<_> = (0..at.count()).map(|input| at.x(input)).collect();
    let of = Loop::new(at.operation(), &inputs)?;
    let wanted: Vec<bool> = (0..at.count()).map(|input| at.wants(input)).collect();
    let came: Vec<bool> = (0..at.count()).map(|output| at.upstream(output).is_some()).collect();
    let body = body::differentiate(&of, &wanted, &came)?;
    let record = recording::record(at, &of, &body.recorded())?;
    let found = back::go_back(at, &body, &record)?;
    let mut partials = vec![None; at.count()];
    for (index, gradient) in found {
        partials[index] = Some(Gradient::Dense(super::shaped(at.s(), gradient, at.x(index))));
    }
    Ok(partials)
}
