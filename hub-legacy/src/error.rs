//! The one error type of the crate.

use crate::rules::RuleError;

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a TF1 Hub module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model could not be read, loaded or run.
    #[error(transparent)]
    Core(#[from] hub_core::Error),
    /// The options do not fit together, or not the model.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The module has no variant with just these tags.
    #[error("no such graph variant: tags {tags:?} (variants: {})", in_words(available))]
    NoSuchVariant {
        /// The tags asked for.
        tags: Vec<String>,
        /// The tags of each variant.
        available: Vec<Vec<String>>,
    },
    /// The module has no signature of this name.
    #[error("the signature `{signature}` is missing from the module (signatures: {})", available.join(", "))]
    NoSuchSignature {
        /// The signature asked for.
        signature: String,
        /// The signatures that there are.
        available: Vec<String>,
    },
    /// The signature takes nothing, and something was given.
    #[error("the signature `{signature}` expects no inputs")]
    NoInputsExpected {
        /// The signature.
        signature: String,
    },
    /// The signature takes several inputs, and one value was given that is no dict.
    #[error("the signature `{signature}` expects multiple inputs ({}): use a dict", inputs.join(", "))]
    SeveralInputs {
        /// The signature.
        signature: String,
        /// Its inputs.
        inputs: Vec<String>,
    },
    /// Inputs are missing, or are none of the signature's.
    #[error("inputs of the signature `{signature}`: missing {missing:?}, extra given {extra:?}")]
    InputKeys {
        /// The signature.
        signature: String,
        /// What is missing.
        missing: Vec<String>,
        /// What is not known.
        extra: Vec<String>,
    },
    /// A dense tensor for a sparse one, a ragged for a dense one, and so on.
    #[error("cannot convert `{input}`: found {found}, expected {expected}")]
    InputKind {
        /// The input.
        input: String,
        /// What the signature takes.
        expected: String,
        /// What was given.
        found: String,
    },
    /// Only one output was asked for, and none is called `default`.
    #[error("there is no output named `default` (outputs: {}): ask for all of them", outputs.join(", "))]
    NoDefaultOutput {
        /// The outputs that there are.
        outputs: Vec<String>,
    },
    /// A signature that is in the module, and cannot be called.
    #[error("the signature `{signature}` cannot be called: {why}")]
    SignatureRefused {
        /// The signature.
        signature: String,
        /// Why.
        why: String,
    },
    /// The variant has no attachment under this key.
    #[error("no attachment `{key}` (attachments: {})", available.join(", "))]
    NoAttachment {
        /// The key.
        key: String,
        /// The keys that there are.
        available: Vec<String>,
    },
    /// An attachment that is no message of the type asked for.
    #[error("the attachment `{key}` is no message of the wanted type: {why}")]
    AttachmentType {
        /// The key.
        key: String,
        /// Why.
        why: String,
    },
    /// An input that is no batch of images of a known size.
    #[error("the input `{input}` has the shape {shape}: {why}")]
    NotImages {
        /// The input.
        input: String,
        /// Its shape.
        shape: String,
        /// What is wanted.
        why: &'static str,
    },
    /// A module function that adds no signature.
    #[error("no signatures present: a module needs at least one `add_signature`")]
    NoSignatures,
    /// Two variants of a module with the same tags.
    #[error("the tags {tags:?} are used repeatedly")]
    RepeatedTags {
        /// The tags.
        tags: Vec<String>,
    },
    /// A module graph with collections that the format does not have.
    #[error("unsupported collections in the graph: {}", collections.join(", "))]
    UnsupportedCollections {
        /// The collections.
        collections: Vec<String>,
    },
    /// An input or a variable of a module that is tied to the place of something else.
    #[error("the {role} `{node}` must not be colocated with `{with}`")]
    Colocated {
        /// The node.
        node: String,
        /// Whether it is an input or state.
        role: &'static str,
        /// What it is tied to.
        with: String,
    },
    /// A key of an attachment that is no word.
    #[error("the key `{key}` of an attachment is no letter followed by letters, digits and `_`")]
    AttachmentKey {
        /// The key.
        key: String,
    },
    /// A variable of a module that a checkpoint does not have.
    #[error("`{key}` is not found in `{}`, for the variable `{variable}`", checkpoint.display())]
    NotInCheckpoint {
        /// The variable.
        variable: String,
        /// The name that was looked for.
        key: String,
        /// The checkpoint.
        checkpoint: std::path::PathBuf,
    },
    /// A variable of a module that has another shape in a checkpoint.
    #[error("the shape {expected} of `{variable}` does not match that of `{key}` in the checkpoint, {found}")]
    CheckpointShape {
        /// The variable.
        variable: String,
        /// Its shape.
        expected: String,
        /// The name in the checkpoint.
        key: String,
        /// The shape there.
        found: String,
    },
    /// Two modules to be exported under one name, or a name that is no directory's.
    #[error("`{name}` is taken, or no name of a directory")]
    RepeatedExport {
        /// The name.
        name: String,
    },
    /// An exporter that is to keep nothing.
    #[error("`exports_to_keep` must be positive")]
    NothingToKeep,
    /// The directories of ten moments in a row are there.
    #[error("no free time stamp in `{}`", directory.display())]
    NoTimestamp {
        /// Where the exports are.
        directory: std::path::PathBuf,
    },
    /// A module for a column of texts that does not embed texts.
    #[error("the module is not a text embedding: {}", issues.join("; "))]
    NotTextEmbedding {
        /// All that is wrong.
        issues: Vec<String>,
    },
    /// A module for a column of images that does not embed images.
    #[error("the module is not usable as image embedding: {}", issues.join("; "))]
    NotImageEmbedding {
        /// All that is wrong.
        issues: Vec<String>,
    },
    /// A way to combine tokens that does not exist.
    #[error("the combiner must be `mean`, `sqrtn` or `sum`, found `{combiner}`")]
    UnknownCombiner {
        /// What was asked for.
        combiner: String,
    },
    /// A column of what no config can name.
    #[error("only a `{column}` that was made of a handle has a config, this one was made of {found}")]
    NoColumnConfig {
        /// The column.
        column: &'static str,
        /// What it was made of.
        found: &'static str,
    },
    /// A config that is none of the column's.
    #[error("no config of a `{column}`: {why}")]
    ColumnConfig {
        /// The column.
        column: &'static str,
        /// Why.
        why: String,
    },
    /// Encoders without a column.
    #[error("there must be at least one feature column")]
    NoColumns,
    /// Two columns of one name.
    #[error("two feature columns have the name `{name}`")]
    RepeatedColumn {
        /// The name.
        name: String,
    },
    /// A column's feature that was not given.
    #[error("the feature `{feature}` is missing (features: {})", available.join(", "))]
    NoSuchFeature {
        /// The feature.
        feature: String,
        /// Those that were given.
        available: Vec<String>,
    },
    /// A feature that is no batch.
    #[error("the feature `{feature}` is a scalar, not a batch")]
    ScalarFeature {
        /// The feature.
        feature: String,
    },
    /// Columns whose batches are not of one size.
    #[error("the columns `{one}` and `{other}` have batches of {one_size} and {other_size}")]
    BatchSizes {
        /// A column.
        one: String,
        /// The size of its batch.
        one_size: usize,
        /// Another column.
        other: String,
        /// The size of its batch.
        other_size: usize,
    },
    /// A model that gives a column several results, or none.
    #[error("the model doesn't return a single result for a column, but {found}")]
    SeveralResults {
        /// What it gives.
        found: String,
    },
    /// Values for variables of encoders that do not fit the encoders.
    #[error("weights of other feature columns: missing {missing:?}, extra given {extra:?}")]
    OtherWeights {
        /// Variables without a value.
        missing: Vec<String>,
        /// Values without a variable.
        extra: Vec<String>,
    },
    /// A column was given the state of a column of another kind.
    #[error("the state is of another kind of column")]
    OtherColumn,
    /// A module was put into one graph and used in another.
    #[error("the module must be applied in the graph that it was instantiated for")]
    OtherGraph,
}

impl Error {
    /// What to do next, in one line, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Core(error) => error.hint(),
            Error::Rule(error) => error.hint(),
            Error::NoSuchVariant { available, .. } => {
                available.first().map(|tags| format!("ask for the tags {tags:?}, or others of them"))
            }
            Error::NoSuchSignature { available, .. } => {
                available.first().map(|name| format!("name the signature `{name}`, or another of them"))
            }
            Error::InputKeys { .. } | Error::SeveralInputs { .. } => {
                Some("give each input by its name: `[(\"x1\", a), (\"x2\", b)]`".into())
            }
            Error::NoDefaultOutput { .. } => Some("use `call_as_dict`, and take the output by its name".into()),
            Error::SeveralResults { .. } => Some("name one of the outputs by `output_key`".into()),
            Error::UnsupportedCollections { .. } => Some("leave them out with `drop_collections`".into()),
            Error::NotImages { .. } => Some("give the size yourself".into()),
            _ => None,
        }
    }
}

/// Tag sets as Python's messages have them.
fn in_words(tag_sets: &[Vec<String>]) -> String {
    let sets: Vec<String> = tag_sets.iter().map(|tags| format!("{tags:?}")).collect();
    sets.join(", ")
}
