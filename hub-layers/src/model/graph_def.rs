//! The graph of a model as TensorFlow's message, for those who draw it.

use prost::Message;

use super::Model;
use crate::error::Result;

/// Constants of up to this many bytes keep their values.
const SMALL: usize = 1024;

impl Model {
    /// The graph with everything that was written into it so far, as the bytes of a `GraphDef`; large constants are left
    /// without their values.
    pub(crate) fn graph_def(&self) -> Result<Vec<u8>> {
        let built = self.built()?;
        let mut graph = {
            let _growing = built.growing();
            built.program.scope().graph_def()?
        };
        for node in graph.node.iter_mut().filter(|node| node.op == "Const") {
            if node.attr.get("value").is_some_and(|value| value.encoded_len() > SMALL) {
                node.attr.remove("value");
            }
        }
        Ok(graph.encode_to_vec())
    }

    /// The number of training steps so far.
    pub(crate) fn iterations(&self) -> Result<i64> {
        let (Ok(built), compiled) = (self.built(), self.compiled()?) else { return Ok(0) };
        let call = {
            let _growing = built.growing();
            let iterations = compiled.state.iterations(built)?;
            built.program.prepare(&[], &[iterations.read()], &[])?
        };
        let values = built.program.run(&call, &[])?;
        Ok(values.first().map(hub_core::Tensor::item::<i64>).transpose()?.unwrap_or_default())
    }
}
