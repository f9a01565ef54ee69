//! All ops of TensorFlow by name, those of well-known libraries, and those that compute only.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What is known of an op of TensorFlow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// What it gives depends on its inputs alone.
    Stateless,
    /// It has or changes a state: a variable, a table, a generator of random numbers, something outside.
    Stateful,
}

/// The registry of TensorFlow 2.21, `*` behind the ops with state; `fixtures/known_ops.py` writes it.
static REGISTRY: &str = include_str!("known_ops.txt");

/// Ops that earlier releases since 2.13 had.
const FORMER: [&str; 1] = ["TfLiteSubgraphExecute"];

/// The ops of TensorFlow Text 2.21 that have no prefix of their own.
#[rustfmt::skip]
const TEXT: [&str; 24] = [
    "CaseFoldUTF8", "ConstrainedSequence", "FastBertNormalize", "FastWordpieceTokenizeWithOffsets", "FindSourceOffsets",
    "MaxSpanningTree", "NormalizeUTF8", "NormalizeUTF8WithOffsetsMap", "PhraseTokenize", "RegexSplitWithOffsets",
    "SentenceFragments", "SentenceFragmentsV2", "SentencepieceDetokenizeOp", "SentencepieceIdToStringOp",
    "SentencepieceOp", "SentencepieceStringToIdOp", "SentencepieceTokenizeOp", "SentencepieceTokenizeWithOffsetsOp",
    "SentencepieceVocabSizeOp", "SplitMergeTokenizeWithOffsets", "TokenizerFromLogits", "UnicodeScriptTokenizeWithOffsets",
    "WhitespaceTokenizeWithOffsets", "WordpieceTokenizeWithOffsets",
];

/// Libraries by the prefix of their ops.
const PREFIXES: [(&str, &str); 5] = [
    ("TFText>", "TensorFlow Text"),
    ("Addons>", "TensorFlow Addons"),
    ("IO>", "TensorFlow I/O"),
    ("SimpleML", "TensorFlow Decision Forests"),
    ("TRTEngineOp", "a TensorFlow built with TensorRT"),
];

/// The library outside TensorFlow that an op lives in, where it is known: `TensorFlow Text`.
pub fn library_of(op: &str) -> Option<&'static str> {
    if TEXT.contains(&op) {
        return Some("TensorFlow Text");
    }
    PREFIXES.iter().find(|(prefix, _)| op.starts_with(prefix)).map(|(_, library)| *library)
}

/// What is known of an op; `None` for one that is not TensorFlow's.
pub(super) fn find(op: &str) -> Option<Known> {
    static KNOWN: OnceLock<HashMap<&'static str, Known>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let line = |line: &'static str| match line.strip_suffix('*') {
            Some(name) => (name, Known::Stateful),
            None => (line, Known::Stateless),
        };
        REGISTRY.lines().map(line).chain(FORMER.map(|op| (op, Known::Stateless))).collect()
    });
    known.get(op).copied()
}

/// Whether an op only computes: what has no state, and what has one that lives and dies with the session.
pub(super) fn computes(op: &str, known: Known) -> bool {
    // Names with an underscore are for what the engine makes of a graph, never for files.
    if op.starts_with('_') {
        return false;
    }
    known == Known::Stateless || STATES.contains(&op) || FAMILIES.iter().any(|family| op.starts_with(family))
}

/// Ops with a harmless state: variables, tables, lists, control flow, random numbers.
#[rustfmt::skip]
const STATES: [&str; 47] = [
    "AssignAddVariableOp", "AssignSubVariableOp", "AssignVariableOp", "DestroyResourceOp", "DisableCopyOnRead", "Empty",
    "GuaranteeConst", "ReadVariableOp", "TemporaryVariable", "VarHandleOp", "VarIsInitializedOp", "Variable",
    "VariableShape", "VariableV2", "IteratorGetNext", "IteratorGetNextAsOptional", "IteratorGetNextSync",
    "Assert", "Case", "CheckNumerics", "CheckNumericsV2", "DeviceIndex", "If", "StatefulPartitionedCall", "While",
    "AllCandidateSampler", "LearnedUnigramCandidateSampler", "LogUniformCandidateSampler",
    "ThreadUnsafeUnigramCandidateSampler", "UniformCandidateSampler",
    "Multinomial", "NonDeterministicInts", "ParameterizedTruncatedNormal", "RandomCrop", "RandomGamma", "RandomPoisson",
    "RandomPoissonV2", "RandomShuffle", "RandomStandardNormal", "RandomUniform", "RandomUniformInt", "RngReadAndSkip",
    "RngSkip", "SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2", "StatelessRandomGetAlg", "TruncatedNormal",
];

/// How the names of families of such ops begin.
#[rustfmt::skip]
const FAMILIES: [&str; 17] = [
    "ResourceApply", "ResourceSparseApply", "ResourceScatter", "ResourceGather", "ResourceCountUpTo",
    "ResourceStridedSliceAssign", "HashTable", "MutableHashTable", "MutableDenseHashTable", "AnonymousHashTable",
    "AnonymousMutable", "LookupTable", "InitializeTableV2", "TensorArray", "Stack", "Stateful", "CudnnRNN",
];
