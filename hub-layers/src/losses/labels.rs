//! Labels beside predictions: shapes brought together as Keras does, logits behind probabilities, class numbers looked at.
//!
//! Every loss and metric asks; none of this depends on a single one.

use hub_core::graph::Node;
use hub_core::{DType, Shape, Tensor};

use crate::error::{Error, Result};

/// What keeps logarithms finite, as in Keras.
pub(crate) const EPSILON: f64 = 1e-7;

/// Labels and predictions with ranks that fit: a vector of labels becomes a column beside a matrix, and a last axis of
/// size 1 goes where only one of the two has it.
pub(crate) fn align<'g>(mut y_true: Node<'g>, mut y_pred: Node<'g>) -> (Node<'g>, Node<'g>) {
    let scope = y_pred.scope();
    let (Some(labels), Some(predictions)) = (y_true.shape().rank(), y_pred.shape().rank()) else {
        return (y_true, y_pred);
    };
    let without_last = |node: Node<'g>| scope.op("Squeeze").input(node).attr("squeeze_dims", vec![-1_i64]).build();
    if labels == 1 && predictions == 2 {
        y_true = scope.op("ExpandDims").input(y_true).input(scope.constant(-1_i32)).build();
    } else if labels + 1 == predictions && y_pred.shape().last() == Some(1) {
        y_pred = without_last(y_pred);
    } else if labels == predictions + 1 && matches!(y_true.shape().last(), None | Some(1)) {
        y_true = without_last(y_true);
    }
    (y_true, y_pred)
}

/// As [`align`], with labels in the type of the predictions.
pub(crate) fn align_numbers<'g>(y_true: Node<'g>, y_pred: Node<'g>) -> (Node<'g>, Node<'g>) {
    let (y_true, y_pred) = align(y_true, y_pred);
    (y_true.cast(y_pred.dtype()), y_pred)
}

/// The logits of predictions: themselves where they are said to be, or what the activation `op` that made them was given.
/// Logarithms of those lose no digits, so Keras looks behind the activation as well.
pub(super) fn logits<'g>(y_pred: Node<'g>, op: &str, from_logits: bool) -> Option<Node<'g>> {
    let maker = y_pred.operation();
    match maker.op() == op {
        true => maker.inputs().first().copied(),
        false => from_logits.then_some(y_pred),
    }
}

/// Probabilities away from 0 and 1, as Keras clips them.
pub(super) fn clip(probabilities: Node<'_>) -> Node<'_> {
    probabilities.minimum(1.0 - EPSILON).maximum(EPSILON)
}

/// Checks the share that labels are smoothed by.
pub(super) fn check_smoothing(label_smoothing: f64) -> Result<()> {
    match (0.0..=1.0).contains(&label_smoothing) {
        true => Ok(()),
        false => Err(Error::BadConfig {
            argument: "label_smoothing".into(),
            expected: "a number from 0 to 1".into(),
            found: label_smoothing.to_string(),
        }),
    }
}

/// Checks that labels have as many columns as there are classes.
pub(super) fn check_columns(y_true: &Tensor, y_pred: &Shape) -> Result<()> {
    check_numbers(y_true)?;
    match (y_true.shape(), y_pred.last()) {
        ([_, .., found], Some(classes)) if *found != classes => Err(Error::BadLabels {
            index: None,
            expected: format!("{classes} columns, one for each class"),
            found: format!("{found} (numbers of classes are what the sparse loss takes)"),
        }),
        ([_], Some(classes)) if classes > 1 => Err(Error::BadLabels {
            index: None,
            expected: format!("{classes} columns, one for each class"),
            found: "one number (numbers of classes are what the sparse loss takes)".into(),
        }),
        _ => Ok(()),
    }
}

/// Checks that labels are numbers of classes; `ignored` is none, and allowed all the same.
pub(super) fn check_classes(y_true: &Tensor, y_pred: &Shape, ignored: Option<i64>) -> Result<()> {
    check_numbers(y_true)?;
    let Some(classes) = y_pred.last() else { return Ok(()) };
    let good = |label: f64| {
        (label >= 0.0 && label < classes as f64 && label.fract() == 0.0)
            || ignored.is_some_and(|ignored| label == ignored as f64)
    };
    let Some((position, label)) = first_bad(y_true, good)? else { return Ok(()) };
    let of_one = y_true.len() / y_true.shape().first().copied().unwrap_or(1).max(1);
    Err(Error::BadLabels {
        index: Some(position / of_one.max(1)),
        expected: format!("a whole number from 0 to {}", classes.saturating_sub(1)),
        found: label.to_string(),
    })
}

/// Checks that labels can be computed with at all.
pub(super) fn check_numbers(y_true: &Tensor) -> Result<()> {
    match y_true.dtype().size_bytes() {
        Some(_) => Ok(()),
        None => {
            let found = y_true.dtype().to_string();
            Err(Error::BadLabels { index: None, expected: "numbers".into(), found })
        }
    }
}

/// The first element that is not good, with its place.
fn first_bad(labels: &Tensor, good: impl Fn(f64) -> bool) -> Result<Option<(usize, f64)>> {
    macro_rules! of_types {
        ($($dtype:ident: $number:ty),*) => {
            match labels.dtype() {
                $(DType::$dtype => {
                    let numbers = labels.as_slice::<$number>()?.iter().map(|label| *label as f64);
                    Ok(numbers.enumerate().find(|(_, label)| !good(*label)))
                })*
                // Truth values are 0 and 1; half precision is no type for class numbers, and the graph takes what it is.
                _ => Ok(None),
            }
        };
    }
    of_types!(I8: i8, I16: i16, I32: i32, I64: i64, U8: u8, U16: u16, U32: u32, U64: u64, F32: f32, F64: f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<()>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn class_numbers_are_within_the_classes() {
        let of = |classes| Shape::from([None, Some(classes)]);
        assert!(check_classes(&Tensor::from([0_i64, 2, 1]), &of(3), None).is_ok());
        assert!(check_classes(&Tensor::from([0.0_f32, 2.0]), &of(3), None).is_ok());
        assert_eq!(
            message(check_classes(&Tensor::from([0_i32, 1, 3]), &of(3), None)),
            "labels of example 2: expected a whole number from 0 to 2, found 3"
        );
        assert_eq!(
            message(check_classes(&Tensor::from([[0_i64, 1], [-1, 0]]), &of(3), None)),
            "labels of example 1: expected a whole number from 0 to 2, found -1"
        );
        assert_eq!(
            message(check_classes(&Tensor::from([0.5_f64]), &of(3), None)),
            "labels of example 0: expected a whole number from 0 to 2, found 0.5"
        );
        assert!(message(check_classes(&Tensor::from([f32::NAN]), &of(3), None)).ends_with("found NaN"));
        assert!(check_classes(&Tensor::from([-1_i64, 2]), &of(3), Some(-1)).is_ok());
        assert!(check_classes(&Tensor::from([9_i64]), &Shape::unknown(), None).is_ok());
    }

    #[test]
    fn labels_are_numbers_and_one_hot_where_that_is_meant() {
        let shape = Shape::from([None, Some(3)]);
        assert_eq!(
            message(check_classes(&Tensor::from(["cat"]), &shape, None)),
            "labels: expected numbers, found string"
        );
        assert!(check_columns(&Tensor::from([[0.0_f32, 1.0, 0.0]]), &shape).is_ok());
        assert_eq!(
            message(check_columns(&Tensor::from([[2_i64]]), &shape)),
            "labels: expected 3 columns, one for each class, found 1 (numbers of classes are what the sparse loss takes)"
        );
        assert!(check_columns(&Tensor::from([2_i64]), &shape).is_err());
    }
}
