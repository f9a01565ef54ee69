//! Numbers that Keras rounds to single precision, whatever the type that it computes in.
//!
//! It does so where it turns a Python number into a tensor first and casts that to the type of the weights: momentum of
//! SGD, powers of Adam's betas, weight decay, class weights, Huber's delta and others, but not learning rates. In float64
//! the difference shows from the eighth digit on. Whoever computes with such a number asks here.

/// The number, rounded to single precision.
pub(crate) fn single(number: f64) -> f64 {
    f64::from(number as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_beyond_single_precision_go() {
        assert_eq!(single(0.5), 0.5);
        assert_eq!(single(0.1), 0.100_000_001_490_116_12);
        assert!(single(f64::NAN).is_nan());
    }
}
