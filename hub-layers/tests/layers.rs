//! What initializers draw, against Python's limits: `fixtures/layers`. The layers themselves are held against Python's
//! from within, `src/layers/tests`, where they can be made to train.

mod golden;

use golden::read;
use hub_core::DType;
use hub_layers::initializers::{GlorotUniform, Initializer};

#[test]
fn glorot_uniform_has_python_s_limits() {
    let golden = read("layers/golden.json");
    for case in golden["glorot_uniform"].as_array().unwrap() {
        let shape: Vec<usize> =
            case["shape"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap() as usize).collect();
        let limit = case["limit"].as_f64().unwrap();
        let values = GlorotUniform::new().seed(7).values(&shape, DType::F64, 0).unwrap();
        let values = values.as_slice::<f64>().unwrap();
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(largest <= limit, "{shape:?}: {largest} over {limit}");
        assert!(values.len() < 1000 || largest > 0.98 * limit, "{shape:?}: {largest} far below {limit}");
    }
}
