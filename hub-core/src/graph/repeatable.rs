//! [`Scope::unrepeatable`]: whether nodes give the same whenever they are computed.
//!
//! Asked by whoever wants to keep what was computed once.

use std::collections::HashSet;

use super::gradient::functions::among;
use super::node::{Node, Operation};
use super::scope::Scope;

impl Scope {
    /// What `nodes` and `operations` rest on, or wait for, that would not be the same in a second run, or changes
    /// something: random numbers, counters, writes to variables and files; each by op and name, those in functions that
    /// are called included. Without any, the nodes follow from what is fed and from variables alone.
    pub fn unrepeatable(&self, nodes: &[Node<'_>], operations: &[Operation<'_>]) -> Vec<String> {
        let ends = nodes.iter().map(|node| node.operation()).chain(operations.iter().copied());
        among(&awaited(ends.collect())).into_iter().map(|(op, name)| format!("{op} `{name}`")).collect()
    }
}

/// The operations that must have run when these have.
fn awaited<'g>(ends: Vec<Operation<'g>>) -> Vec<Operation<'g>> {
    let (mut seen, mut open, mut found) = (HashSet::new(), ends, Vec::new());
    while let Some(operation) = open.pop() {
        if seen.insert(operation.index) {
            found.push(operation);
            open.extend(operation.inputs().into_iter().map(|input| input.operation()));
            open.extend(operation.controls());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::dtype::DType;
    use crate::error::Result;
    use crate::graph::function;
    use crate::tensor::Tensor;

    #[test]
    fn chance_is_told_from_reading() -> Result<()> {
        function("both", |s| {
            let w = s.variable("w", &Tensor::from([1.0_f32]))?;
            let x = s.placeholder("x", DType::F32, [None]);
            let y = (x * w.read()).relu();
            assert!(s.unrepeatable(&[y], &[]).is_empty());
            let noise = s.op("RandomUniform").input(y.shape_of()).attr("dtype", DType::F32).build();
            let found = s.unrepeatable(&[y + noise], &[]);
            assert!(matches!(found.as_slice(), [one] if one.contains("RandomUniform")), "{found:?}");
            // Waiting for a read is not waiting for a write.
            let read = w.read().operation();
            assert!(s.unrepeatable(&[], &[read]).is_empty());
            let written = w.assign(x);
            assert_eq!(s.unrepeatable(&[y], &[written]).len(), 1);
            s.output("y", y)
        })
        .map(drop)
    }
}
