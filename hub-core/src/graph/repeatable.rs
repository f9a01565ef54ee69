//! [`Scope::unrepeatable`]: whether nodes give the same whenever they are computed.
//!
//! Asked by whoever wants to keep what was computed once.

use super::gradient::functions::{among, computing};
use super::node::Node;
use super::scope::Scope;

impl Scope {
    /// What `nodes` rest on that would not be the same in a second run, or changes something: random numbers, counters,
    /// writes to variables and files; each by op and name, those in functions that are called included. Without any,
    /// the nodes follow from what is fed and from variables alone.
    pub fn unrepeatable(&self, nodes: &[Node<'_>]) -> Vec<String> {
        among(&computing(nodes)).into_iter().map(|(op, name)| format!("{op} `{name}`")).collect()
    }
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
            assert!(s.unrepeatable(&[y]).is_empty());
            let noise = s.op("RandomUniform").input(y.shape_of()).attr("dtype", DType::F32).build();
            let found = s.unrepeatable(&[y + noise]);
            assert!(matches!(found.as_slice(), [one] if one.contains("RandomUniform")), "{found:?}");
            s.output("y", y)
        })
        .map(drop)
    }
}
