//! [`Draws`]: the random numbers that a call of a layer takes while training.
//!
//! In a training step they follow from the seed and the number of the step alone, so that a run that is taken up again
//! draws what it would have drawn; elsewhere TensorFlow keeps the count.

use hub_core::graph::Node;
use hub_core::{DType, Tensor};
use rand::rngs::ChaCha12Rng;
use rand::{Rng, SeedableRng};

/// TensorFlow's number for the Philox generator, of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).
const PHILOX: i32 = 1;

/// The random numbers of one call.
#[derive(Debug)]
pub(crate) struct Draws<'g> {
    /// The layer's.
    seed: u64,
    /// The number of training steps before this one, int64, where there is one.
    iterations: Option<Node<'g>>,
    /// Another for each draw of a model.
    next: u64,
}

impl<'g> Draws<'g> {
    /// `call` tells the calls of a model apart.
    pub(crate) fn new(seed: u64, iterations: Option<Node<'g>>, call: usize) -> Draws<'g> {
        Draws { seed, iterations, next: (call as u64) << 32 }
    }

    /// Numbers from 0 to 1, without 1; `seed` takes the place of the layer's.
    pub(crate) fn uniform(&mut self, shape: Node<'g>, dtype: DType, seed: Option<u64>) -> Node<'g> {
        let scope = shape.scope();
        let mut mixed = ChaCha12Rng::seed_from_u64(seed.unwrap_or(self.seed));
        mixed.set_stream(self.next);
        self.next += 1;
        let key = mixed.next_u64();
        let Some(iterations) = self.iterations else {
            // TensorFlow takes two zeros for "no seed".
            let random = scope.op("RandomUniform").input(shape).attr("dtype", dtype);
            return random.attr("seed", key as i64).attr("seed2", 1_i64).build();
        };
        // The lower half of the counter counts within a draw.
        let halves = [scope.constant(0_u64), iterations.cast(DType::U64)];
        let counter = scope.op("Pack").input_list(halves).attr("axis", 0_i64).build();
        let random = scope.op("StatelessRandomUniformV2").attr("dtype", dtype).input(shape);
        random.input(scope.constant(Tensor::vector(vec![key]))).input(counter).input(scope.constant(PHILOX)).build()
    }
}
