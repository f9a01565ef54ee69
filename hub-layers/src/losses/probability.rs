//! Losses of distributions and counts.

use super::labels::EPSILON;
use super::regression::plain_losses;

plain_losses! {
    /// The sum of y_true · log(y_true / y_pred) along the last axis; both are held between 1e-7 and 1.
    KLDivergence = "kl_divergence": |y_true, y_pred| {
        let (y_true, y_pred) = (y_true.minimum(1.0).maximum(EPSILON), y_pred.minimum(1.0).maximum(EPSILON));
        (y_true * (y_true / y_pred).log()).reduce_sum([-1])
    };
    /// The mean of y_pred - y_true · log(y_pred + 1e-7) along the last axis.
    Poisson = "poisson": |y_true, y_pred| (y_pred - y_true * (y_pred + EPSILON).log()).reduce_mean([-1]);
}
