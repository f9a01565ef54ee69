//! Op → gradient, asked family by family.
//!
//! An op that no family knows blocks; one whose value has no gradient (integers, comparisons, StopGradient) is named
//! here.

use super::forward::Forward;
use super::value::Gradient;
use super::{arrays, einsum, embedding, layout, linear_algebra, math, neural_network, normalization, reductions};
use super::{functions, images, lists, quantization, ragged, second, segments, state, switches};

/// The gradient by each input, in order; those left out at the end have none.
pub(super) type Partials<'g> = Vec<Option<Gradient<'g>>>;

/// How the gradient of an op is made.
pub(super) type Differentiate = for<'g> fn(&Forward<'g>) -> Partials<'g>;

/// What the gradient of an op is.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// There is none, and none is missed: the walk ends here.
    Nothing,
    /// This.
    By(Differentiate),
}

/// The rule of an op; `None` where it blocks.
pub(super) fn rule(op: &str) -> Option<Rule> {
    if is_constant_everywhere(op) {
        return Some(Rule::Nothing);
    }
    let families: [fn(&str) -> Option<Differentiate>; 18] = [
        math::rule,
        arrays::rule,
        layout::rule,
        reductions::rule,
        linear_algebra::rule,
        einsum::rule,
        neural_network::rule,
        normalization::rule,
        embedding::rule,
        segments::rule,
        state::rule,
        switches::rule,
        lists::rule,
        images::rule,
        ragged::rule,
        quantization::rule,
        second::rule,
        functions::rule,
    ];
    families.iter().find_map(|family| family(op)).map(Rule::By)
}

/// Ops that do not depend on their inputs smoothly anywhere, as Python's registry has them.
fn is_constant_everywhere(op: &str) -> bool {
    matches!(
        op,
        "StopGradient"
            | "ArgMax"
            | "ArgMin"
            | "Shape"
            | "ShapeN"
            | "Size"
            | "Rank"
            | "VariableShape"
            | "ZerosLike"
            | "OnesLike"
            | "Const"
            | "Placeholder"
            | "VarHandleOp"
            | "Equal"
            | "NotEqual"
            | "Less"
            | "LessEqual"
            | "Greater"
            | "GreaterEqual"
            | "ApproximateEqual"
            | "IsNan"
            | "IsInf"
            | "IsFinite"
            | "Floor"
            | "Ceil"
            | "Round"
            | "Rint"
            | "FloorDiv"
            | "TruncateDiv"
            | "Range"
            | "LinSpace"
            | "OneHot"
            | "Where"
            | "Bucketize"
            | "HistogramFixedWidth"
            | "InTopK"
            | "InTopKV2"
            | "RandomUniform"
            | "RandomStandardNormal"
            | "TruncatedNormal"
            | "Multinomial"
            | "StatelessRandomUniform"
            | "StatelessRandomUniformV2"
            | "StatelessRandomNormal"
            | "StatelessRandomNormalV2"
            | "StatelessTruncatedNormal"
            | "StatelessTruncatedNormalV2"
            | "NonMaxSuppressionV3"
            | "NonMaxSuppressionV4"
            | "NonMaxSuppressionV5"
            | "CombinedNonMaxSuppression"
            | "Assert"
            | "NoOp"
            | "BroadcastGradientArgs"
            | "ConcatOffset"
            | "DrawBoundingBoxes"
            | "HSVToRGB"
            | "ExtractGlimpse"
            | "RandomShuffle"
            | "RandomCrop"
            | "ParameterizedTruncatedNormal"
            | "SampleDistortedBoundingBox"
            | "SampleDistortedBoundingBoxV2"
            | "StatelessMultinomial"
            | "StatelessRandomBinomial"
            | "StatelessRandomPoisson"
            | "StatelessRandomShuffle"
            | "NonMaxSuppression"
            | "NonMaxSuppressionV2"
            | "NonMaxSuppressionWithOverlaps"
            | "GenerateBoundingBoxProposals"
            | "SparseConcat"
            | "LookupTableFind"
            | "LookupTableFindV2"
            | "LookupTableSizeV2"
            | "EditDistance"
            | "ParseTensor"
            | "PyFunc"
            | "FakeQuantWithMinMaxArgsGradient"
            | "FakeQuantWithMinMaxVarsGradient"
            | "FakeQuantWithMinMaxVarsPerChannelGradient"
            | "EmptyTensorList"
            | "TensorListReserve"
            | "TensorListConcatLists"
            | "TensorListPushBackBatch"
            | "TensorListElementShape"
            | "TensorListLength"
    )
}
