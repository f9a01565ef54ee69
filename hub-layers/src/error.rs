//! The one error type of the crate.
//!
//! What is wrong with a layer comes with the layer's index and name; errors of the crates below are kept as sources.

use crate::data::RecordFault;
use crate::names::nearest;

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
    Callable(#[from] hub_legacy::RuleError),
    /// A TF1 Hub module could not be used.
    #[error(transparent)]
    Legacy(Box<hub_legacy::Error>),
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
    #[error("layer {index} `{layer}`: `{argument}`: `{found}` is unknown{}", did_you_mean(found, available))]
    UnknownName {
        /// The layer's place in the model, from 0.
        index: usize,
        /// The layer's name.
        layer: String,
        /// The argument.
        argument: String,
        /// The name as given.
        found: String,
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
    /// An argument of a model, of `compile` or of `fit` has a value that it cannot have.
    #[error("`{argument}`: expected {expected}, found {found}")]
    BadConfig {
        /// The argument, by Keras's name.
        argument: String,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Something that has no config: it cannot be written down and built again.
    #[error("`{what}` has no config: {why}")]
    NoConfig {
        /// The layer, loss, argument or the like.
        what: String,
        /// What stands against it.
        why: String,
    },
    /// A config is of a class that nobody knows.
    #[error("{}{kind} `{found}` is unknown{}", if place.is_empty() { String::new() } else { format!("`{place}`: ") }, did_you_mean(found, available))]
    UnknownClass {
        /// What it should be: `layer`, `loss`.
        kind: &'static str,
        /// Where it stands in the config.
        place: String,
        /// The class.
        found: String,
        /// The classes that are known.
        available: Vec<String>,
    },
    /// A config has an argument that its class does not have.
    #[error("`{class}`: the argument `{argument}` is unknown{}", did_you_mean(argument, available))]
    UnknownArgument {
        /// The class, and where it stands in the config.
        class: String,
        /// The argument.
        argument: String,
        /// The arguments that it has.
        available: Vec<String>,
    },
    /// A config is no JSON.
    #[error("the config is no JSON: {source}")]
    NotJson {
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// A SavedModel that is to be taken up was not saved by this crate: its layers are not known.
    #[error("`{}` holds no model that `Model::save` wrote", path.display())]
    NotSavedHere {
        /// The directory.
        path: std::path::PathBuf,
    },
    /// Labels are not what the loss takes.
    #[error("labels{}: expected {expected}, found {found}", index.map(|index| format!(" of example {index}")).unwrap_or_default())]
    BadLabels {
        /// The first example in its batch that is at fault, where it is one example's.
        index: Option<usize>,
        /// What they may be.
        expected: String,
        /// What they are.
        found: String,
    },
    /// A number is infinite or none, where that was to be checked.
    #[error("epoch {epoch}, batch {batch}: {place} {} not finite", if place.ends_with('s') { "are" } else { "is" })]
    NonFinite {
        /// The epoch, from 0.
        epoch: usize,
        /// The batch in its epoch, from 0.
        batch: usize,
        /// Where: `features`, `labels`, `loss or gradients`.
        place: String,
    },
    /// The data failed in the middle of training, evaluating or predicting.
    #[error("epoch {epoch}, batch {batch}: the data failed")]
    Data {
        /// The epoch, from 0.
        epoch: usize,
        /// The batch in its epoch, from 0.
        batch: usize,
        /// Why.
        source: Box<Error>,
    },
    /// The thread that made the data panicked.
    #[error("the data source panicked: {message}")]
    DataPanicked {
        /// What it said.
        message: String,
    },
    /// What the data comes from failed: an error of another library, given to [`Error::data_source`].
    #[error("the data source failed")]
    DataSource {
        /// Its error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A picture could not be drawn.
    #[error("the plot could not be drawn")]
    Plot {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of a data set is not what it should be.
    #[error("`{}` is broken", path.display())]
    BrokenFile {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        source: Box<Error>,
    },
    /// A record of a TFRecord file is broken.
    #[error("`{}`: record {record} at byte {offset}: {fault}", path.display())]
    BadRecord {
        /// The file.
        path: std::path::PathBuf,
        /// The record's number, from 0.
        record: u64,
        /// Where it begins, once uncompressed.
        offset: u64,
        /// What is wrong.
        fault: RecordFault,
    },
    /// A row of a CSV file is not like the others, or not what was said.
    #[error("`{}`: line {line}{}: expected {expected}, found {found}", path.display(), column.as_ref().map(|name| format!(", column `{name}`")).unwrap_or_default())]
    BadRow {
        /// The file.
        path: std::path::PathBuf,
        /// Where the row begins, from 1.
        line: u64,
        /// The column, where it is one's fault.
        column: Option<String>,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A record is no `tf.train.Example`, or not one of those that were described.
    #[error("example{}: expected {expected}, found {found}", feature.as_ref().map(|name| format!(", feature `{name}`")).unwrap_or_default())]
    BadExample {
        /// The feature, where it is one's fault.
        feature: Option<String>,
        /// What it may be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The model is to be trained or evaluated, and has no loss yet.
    #[error("the model `{model}` is not compiled")]
    NotCompiled {
        /// The model's name.
        model: String,
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

impl From<hub_legacy::Error> for Error {
    fn from(error: hub_legacy::Error) -> Error {
        Error::Legacy(Box::new(error))
    }
}

impl Error {
    /// What to do next, in one line, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Core(source) => source.hint(),
            Error::Callable(source) => source.hint(),
            Error::Legacy(source) => source.hint(),
            Error::Layer { source, .. } => source.hint(),
            Error::UnknownName { available, .. } => Some(format!("the names are: {}", available.join(", "))),
            Error::NoConfig { .. } => Some("give it a `config`, or build that part by hand".into()),
            Error::UnknownClass { available, .. } => Some(format!(
                "add one's own classes to `CustomObjects`; known are: {}",
                available.join(", ")
            )),
            Error::UnknownArgument { available, .. } => Some(format!("its arguments are: {}", available.join(", "))),
            Error::NotSavedHere { .. } => {
                Some("make a layer of it with `KerasLayer::new`, or call it as it is with `hub_core::load`".into())
            }
            Error::NoLayers { .. } => Some("add one with `.add(...)`".into()),
            Error::NotBuilt { .. } => {
                Some("begin with `InputLayer`, give the first layer an `input_shape`, or predict once".into())
            }
            Error::NotCompiled { .. } => Some("call `compile` with an optimizer and a loss first".into()),
            Error::NonFinite { .. } => {
                Some("look at the data, lower the learning rate, or clip the gradients; the weights are those of the last good step".into())
            }
            Error::Data { source, .. } | Error::BrokenFile { source, .. } => source.hint(),
            Error::BadLabels { .. } => Some("the number of classes is the size of the last layer's output".into()),
            Error::BadRecord { fault: RecordFault::LengthChecksum | RecordFault::Compression, .. } => {
                Some("is it a TFRecord file, and is `compression` that of the file?".into())
            }
            Error::InvalidArgument { .. }
            | Error::BadRecord { .. }
            | Error::BadExample { .. }
            | Error::BadRow { .. }
            | Error::InputMismatch { .. }
            | Error::BadConfig { .. }
            | Error::NotJson { .. }
            | Error::DataPanicked { .. }
            | Error::DataSource { .. }
            | Error::Plot { .. } => None,
        }
    }

    /// An error of another library, for an iterator that data comes from.
    ///
    /// ```
    /// use hub_layers::data::{Dataset, Element};
    /// let data = Dataset::from_generator(|| {
    ///     ["1.5", "2,5"].into_iter().map(|line| Element::new(vec![line.parse::<f64>().map_err(hub_layers::Error::data_source)?]))
    /// });
    /// let read: Vec<_> = data.iter()?.collect();
    /// assert!(read[0].is_ok());
    /// assert!(matches!(&read[1], Err(hub_layers::Error::DataSource { source }) if source.to_string() == "invalid float literal"));
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    pub fn data_source(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::DataSource { source: source.into() }
    }

    /// The error of a config with one more step of the way to it.
    pub(crate) fn at(self, name: &str) -> Error {
        match self {
            Error::NoConfig { what, why } => Error::NoConfig { what: format!("{name}: {what}"), why },
            other => other,
        }
    }

    /// The error with the layer that it came from, unless it names one already.
    pub(crate) fn of_layer(self, index: usize, layer: &str) -> Error {
        match self {
            Error::Core(_) | Error::Callable(_) | Error::Legacy(_) => {
                Error::Layer { index, layer: layer.to_owned(), source: Box::new(self) }
            }
            placed => placed,
        }
    }
}

/// The tail of a message about an unknown name.
fn did_you_mean(found: &str, available: &[String]) -> String {
    let nearest = nearest(found, available.iter().map(String::as_str));
    nearest.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}
