//! The one error type of the crate.
//!
//! What is wrong with a layer comes with the layer's index and name; errors of the crates below are kept as sources.

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong between a list of layers and a prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Loading, calling or running a model failed.
    #[error(transparent)]
    Core(#[from] hub_core::Error),
    /// `signature`, `output_key` and `signature_outputs_as_dict` do not fit together or do not fit the loaded model.
    #[error(transparent)]
    Callable(#[from] hub_legacy::Error),
    /// An argument of a layer has a value that it cannot have.
    #[error("layer {index} `{layer}`: `{argument}`: expected {expected}, found {found}")]
    InvalidArgument {
        /// The layer's place in the model, from 0.
        index: usize,
        /// The layer's name.
        layer: String,
        /// The argument.
        argument: String,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// An argument of a layer names something that does not exist.
    #[error("layer {index} `{layer}`: `{argument}`: `{found}` is unknown{}", did_you_mean(nearest))]
    UnknownName {
        /// The layer's place in the model, from 0.
        index: usize,
        /// The layer's name.
        layer: String,
        /// The argument.
        argument: String,
        /// The name as given.
        found: String,
        /// The name that was probably meant.
        nearest: Option<String>,
        /// The names that exist.
        available: Vec<String>,
    },
    /// What comes into a layer is not what it takes.
    #[error("layer {index} `{layer}`: expected {expected}, found {found}")]
    InputMismatch {
        /// The layer's place in the model, from 0.
        index: usize,
        /// The layer's name.
        layer: String,
        /// What the layer takes.
        expected: String,
        /// What comes out of the layer before it.
        found: String,
    },
    /// A layer could not be built.
    #[error("layer {index} `{layer}` could not be built")]
    Layer {
        /// The layer's place in the model, from 0.
        index: usize,
        /// The layer's name.
        layer: String,
        /// Why.
        source: Box<Error>,
    },
    /// A model was to be built of no layers.
    #[error("the model `{model}` has no layers")]
    NoLayers {
        /// The model's name.
        model: String,
    },
    /// The model has no weights yet, because it does not know what comes in.
    #[error("the model `{model}` is not built yet")]
    NotBuilt {
        /// The model's name.
        model: String,
    },
}

impl Error {
    /// What to do next, in one line, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Core(source) => source.hint(),
            Error::Callable(source) => source.hint(),
            Error::Layer { source, .. } => source.hint(),
            Error::UnknownName { available, .. } => Some(format!("the names are: {}", available.join(", "))),
            Error::NoLayers { .. } => Some("add one with `.add(...)`".into()),
            Error::NotBuilt { .. } => {
                Some("begin with `InputLayer`, give the first layer an `input_shape`, or predict once".into())
            }
            Error::InvalidArgument { .. } | Error::InputMismatch { .. } => None,
        }
    }

    /// The error with the layer that it came from, unless it names one already.
    pub(crate) fn of_layer(self, index: usize, layer: &str) -> Error {
        match self {
            Error::Core(_) | Error::Callable(_) => {
                Error::Layer { index, layer: layer.to_owned(), source: Box::new(self) }
            }
            placed => placed,
        }
    }
}

/// The tail of a message about an unknown name.
fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}
