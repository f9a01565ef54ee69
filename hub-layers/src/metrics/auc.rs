//! [`Auc`]: the area under a curve of two rates, as the threshold goes from 1 to 0.

use hub_core::graph::Node;

use super::confusion::{Among, Examples};
use super::precision_recall::check_threshold;
use super::{Metric, MetricState};
use crate::config::{Config, class, config_of, named_argument};
use crate::error::{Error, Result};
use crate::losses::labels::EPSILON;

/// Which curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AucCurve {
    /// Recall over the share of negatives taken for positive: `ROC`.
    #[default]
    Roc,
    /// Precision over recall: `PR`.
    Pr,
}

/// How the area between two thresholds is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AucSummation {
    /// Under a straight line; for precision over recall, under the curve that straight counts give.
    #[default]
    Interpolation,
    /// By the lower of both ends.
    Minoring,
    /// By the higher of both ends.
    Majoring,
}

/// The area under the curve of two rates, from counts at thresholds: Keras's `AUC`.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `num_thresholds` | how many thresholds, evenly from 0 to 1, at least 2 | 200 |
/// | `thresholds` | which thresholds, from 0 to 1, besides one just below 0 and one just above 1 | even |
/// | `curve` | [`AucCurve::Roc`] or [`AucCurve::Pr`] | ROC |
/// | `summation_method` | how the area between two thresholds is taken | interpolation |
/// | `from_logits` | whether predictions are logits, not probabilities | false |
#[derive(Debug, Clone, PartialEq)]
pub struct Auc {
    name: String,
    num_thresholds: usize,
    thresholds: Option<Vec<f64>>,
    curve: AucCurve,
    summation_method: AucSummation,
    from_logits: bool,
}

impl Auc {
    /// The metric, named `auc`.
    pub fn new() -> Auc {
        Auc {
            name: "auc".into(),
            num_thresholds: 200,
            thresholds: None,
            curve: AucCurve::default(),
            summation_method: AucSummation::default(),
            from_logits: false,
        }
    }

    /// The name in the logs.
    pub fn name(mut self, name: impl Into<String>) -> Auc {
        self.name = name.into();
        self
    }

    /// How many thresholds, evenly from 0 to 1. Default: 200.
    pub fn num_thresholds(mut self, count: usize) -> Auc {
        self.num_thresholds = count;
        self
    }

    /// Which thresholds, besides one just below 0 and one just above 1. Default: `num_thresholds` even ones.
    pub fn thresholds(mut self, thresholds: impl Into<Vec<f64>>) -> Auc {
        let thresholds = thresholds.into();
        self.num_thresholds = thresholds.len() + 2;
        self.thresholds = Some(thresholds);
        self
    }

    /// Which curve. Default: ROC.
    pub fn curve(mut self, curve: AucCurve) -> Auc {
        self.curve = curve;
        self
    }

    /// How the area between two thresholds is taken. Default: by interpolation.
    pub fn summation_method(mut self, method: AucSummation) -> Auc {
        self.summation_method = method;
        self
    }

    /// Whether predictions are logits. Default: false.
    pub fn from_logits(mut self, from_logits: bool) -> Auc {
        self.from_logits = from_logits;
        self
    }

    fn check(&self) -> Result<()> {
        match &self.thresholds {
            Some(thresholds) => thresholds.iter().try_for_each(|threshold| check_threshold(Some(*threshold))),
            None if (2..=1 << 24).contains(&self.num_thresholds) => Ok(()),
            None => Err(Error::BadConfig {
                argument: "num_thresholds".into(),
                expected: "2 or more, at most 16777216".into(),
                found: self.num_thresholds.to_string(),
            }),
        }
    }

    /// The given thresholds in order, with one below all predictions and one above.
    fn all_thresholds(&self) -> Option<Vec<f64>> {
        let mut given = self.thresholds.clone()?;
        given.sort_by(f64::total_cmp);
        Some([vec![-EPSILON], given, vec![1.0 + EPSILON]].concat())
    }
}

impl Default for Auc {
    fn default() -> Auc {
        Auc::new()
    }
}

const COUNTS: [&str; 4] = ["true_positives", "true_negatives", "false_positives", "false_negatives"];

impl Metric for Auc {
    fn config(&self) -> crate::Result<Config> {
        config_of(self, "keras.metrics")
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn build(&self, state: &mut MetricState<'_>) -> Result<()> {
        self.check()?;
        let count = self.thresholds.as_ref().map_or(self.num_thresholds, |thresholds| thresholds.len() + 2);
        COUNTS.iter().try_for_each(|name| state.add_weight(name, &[count]))
    }

    fn update<'g>(
        &self,
        state: &mut MetricState<'g>,
        y_true: Node<'g>,
        y_pred: Node<'g>,
        sample_weight: Option<Node<'g>>,
    ) -> Result<()> {
        let y_pred = if self.from_logits { y_pred.sigmoid() } else { y_pred };
        let examples = Examples::new(state, y_true, y_pred, sample_weight, Among::default());
        let found = match self.all_thresholds() {
            Some(thresholds) => examples.above(&thresholds),
            None => examples.above_even(self.num_thresholds),
        };
        state.add_to("true_positives", found.true_positives)?;
        state.add_to("true_negatives", examples.negatives() - found.false_positives)?;
        state.add_to("false_positives", found.false_positives)?;
        state.add_to("false_negatives", examples.positives() - found.true_positives)
    }

    fn result<'g>(&self, state: &MetricState<'g>) -> Result<Node<'g>> {
        let [tp, tn, fp, fn_] = COUNTS.map(|name| state.value(name));
        let (tp, tn, fp, fn_) = (tp?, tn?, fp?, fn_?);
        let recall = divide(tp, tp + fn_);
        let (x, y) = match (self.curve, self.summation_method) {
            (AucCurve::Pr, AucSummation::Interpolation) => return Ok(interpolated_precision(tp, fp, fn_)),
            (AucCurve::Pr, _) => (recall, divide(tp, tp + fp)),
            (AucCurve::Roc, _) => (divide(fp, fp + tn), recall),
        };
        let heights = match self.summation_method {
            AucSummation::Interpolation => (but_last(y) + but_first(y)) / 2.0,
            AucSummation::Minoring => but_last(y).minimum(but_first(y)),
            AucSummation::Majoring => but_last(y).maximum(but_first(y)),
        };
        Ok(((but_last(x) - but_first(x)) * heights).reduce_sum([0]))
    }
}

/// The area under precision over recall where counts, not rates, go straight from threshold to threshold
/// (Davis and Goadrich, 2006).
fn interpolated_precision<'g>(tp: Node<'g>, fp: Node<'g>, fn_: Node<'g>) -> Node<'g> {
    let scope = tp.scope();
    let (found, more) = (tp + fp, but_last(tp) - but_first(tp));
    let (below, above) = (but_last(found), but_first(found));
    let slope = divide(more, (below - above).maximum(0.0));
    let intercept = but_first(tp) - slope * above;
    let is_positive = |node: Node<'g>| {
        let zero = scope.op("ZerosLike").input(node).build();
        scope.op("Greater").input(node).input(zero).build()
    };
    let both = scope.op("LogicalAnd").input(is_positive(below)).input(is_positive(above)).build();
    let ratio = divide(below, above.maximum(0.0));
    let ones = scope.op("OnesLike").input(above).build();
    let ratio = scope.op("SelectV2").input(both).input(ratio).input(ones).build();
    let all = (but_first(tp) + but_first(fn_)).maximum(0.0);
    divide(slope * (more + intercept * ratio.log()), all).reduce_sum([0])
}

fn divide<'g>(a: Node<'g>, b: Node<'g>) -> Node<'g> {
    a.scope().op("DivNoNan").input(a).input(b).build()
}

fn but_last(node: Node<'_>) -> Node<'_> {
    part(node, 0, -1, 0)
}

fn but_first(node: Node<'_>) -> Node<'_> {
    part(node, 1, 0, 1)
}

/// A part of a vector; `end_mask` 1 is up to its end.
fn part(node: Node<'_>, begin: i32, end: i32, end_mask: i64) -> Node<'_> {
    let scope = node.scope();
    let slice = scope.op("StridedSlice").input(node).input(scope.constant([begin])).input(scope.constant([end]));
    slice.input(scope.constant([1_i32])).attr("end_mask", end_mask).build()
}

class! { Auc = "AUC", |config| Auc::new();
    name = name, num_thresholds = num_thresholds, thresholds = thresholds, curve = curve,
    summation_method = summation_method, from_logits = from_logits;
    fixed "multi_label" = false, "num_labels" = (), "label_weights" = (); ignored "dtype" = "float32"
}

named_argument! { AucCurve: Roc = "ROC", Pr = "PR" }
named_argument! { AucSummation:
    Interpolation = "interpolation", Minoring = "minoring", Majoring = "majoring"
}
