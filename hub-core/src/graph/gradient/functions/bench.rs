//! A graph of its own, with a function written out between stand-ins for its inputs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::library::take_over;
use super::{dtype_of, variable_of};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::node::Node;
use crate::graph::scope::Scope;
use crate::saved_model::proto::{AttrValueValue, FunctionDef};
use crate::saved_model::shape;
use crate::tensor::Shape;

/// A graph to write functions out in.
pub(super) struct Bench {
    scope: Scope,
}

/// How many graphs the gradient of one call may take: functions that call functions multiply.
const MOST_BENCHES: usize = 2048;

/// Where in the functions of functions a graph is.
#[derive(Debug, Clone)]
pub(in crate::graph) struct Nesting {
    /// The functions that are written out around it.
    around: BTreeSet<String>,
    /// How many graphs there may still be, for all within the outermost call.
    left: Arc<AtomicUsize>,
}

impl Nesting {
    /// One deeper.
    fn within(outer: &Scope, functions: &[Arc<FunctionDef>]) -> Result<Nesting> {
        let outermost = || Nesting { around: BTreeSet::new(), left: Arc::new(AtomicUsize::new(MOST_BENCHES)) };
        let mut nesting = outer.nesting().unwrap_or_else(outermost);
        if nesting.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            let what = format!("the gradient of functions within functions, more than {MOST_BENCHES} in all,");
            return Err(Error::Unsupported { what });
        }
        for function in functions {
            if !nesting.around.insert(function.name().to_owned()) {
                return Err(Error::Unsupported {
                    what: format!("the gradient of `{}`, which calls itself,", function.name()),
                });
            }
        }
        Ok(nesting)
    }
}

impl Bench {
    /// An empty graph that has these functions of `outer` in its library.
    pub(super) fn new(outer: &Scope, functions: &[Arc<FunctionDef>]) -> Result<Bench> {
        let nesting = Nesting::within(outer, functions)?;
        let scope = Scope::new()?;
        scope.nest(nesting);
        take_over(outer, &scope, functions)?;
        Ok(Bench { scope })
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// A stand-in for a node of another graph; for a variable's handle a handle of a variable like it.
    pub(super) fn stand_in(&self, outer: Node<'_>, shape: &Shape) -> Node<'_> {
        let variable = if outer.dtype() == DType::Resource { variable_of(outer) } else { None };
        match variable.and_then(|variable| Some((dtype_of(variable)?, variable.attribute("shape")?))) {
            Some((dtype, shape)) => self.scope.op("VarHandleOp").attr("dtype", dtype).attr("shape", shape).build(),
            None => self.placeholder(outer.dtype(), shape),
        }
    }

    /// An input that is no stand-in.
    pub(super) fn placeholder(&self, dtype: DType, shape: &Shape) -> Node<'_> {
        self.scope.op("Placeholder").attr("dtype", dtype).attr("shape", shape).build()
    }
}

/// The shapes that a function says its inputs have, where it does.
pub(super) fn declared_shapes(function: &FunctionDef) -> Vec<Shape> {
    let count = function.signature.as_ref().map_or(0, |signature| signature.input_arg.len());
    let declared = |index: usize| {
        let attributes = function.arg_attr.get(&u32::try_from(index).ok()?)?;
        match attributes.attr.get("_output_shapes")?.value.as_ref()? {
            AttrValueValue::List(list) => shape::decode(list.shape.first()?).ok(),
            _ => None,
        }
    };
    (0..count).map(|index| declared(index).unwrap_or(Shape::unknown())).collect()
}
