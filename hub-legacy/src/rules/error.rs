//! What goes against the rules.

/// What the rules return.
pub(super) type Result<T, E = RuleError> = std::result::Result<T, E>;

/// Options that do not fit together or do not fit the loaded model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A signature needs exactly one of `output_key` and `signature_outputs_as_dict`.
    #[error(
        "when using a signature, either `output_key` or `signature_outputs_as_dict = true` should be set, {}",
        if *both { "not both" } else { "and neither is" }
    )]
    SignatureOutput {
        /// The signature.
        signature: String,
        /// Whether both are set; otherwise neither is.
        both: bool,
    },
    /// `signature_outputs_as_dict` without a signature.
    #[error("`signature_outputs_as_dict` is only valid if specifying a signature (or using the legacy TF1 Hub format)")]
    OutputsAsDictWithoutSignature,
    /// A signature was asked for, and the object cannot have any.
    #[error("loaded object has no signatures, `{signature}` was asked for")]
    NoSignatures {
        /// The signature asked for.
        signature: String,
    },
    /// There is nothing to call.
    #[error("loaded object is not callable and has no signatures")]
    NothingToCall,
    /// Only signatures can be called, and none was named.
    #[error("signature name has to be specified for non-callable saved models (if not legacy TF1 Hub format)")]
    SignatureNeeded {
        /// The signatures that exist.
        available: Vec<String>,
    },
    /// The model has no signature of that name.
    #[error("unknown signature `{signature}` (available signatures: {})", available.join(", "))]
    UnknownSignature {
        /// The signature asked for.
        signature: String,
        /// The signatures that exist.
        available: Vec<String>,
    },
    /// Tags, for something that has been loaded.
    #[error("passing a loaded handle is mutually exclusive with setting `tags`")]
    LoadedWithTags,
    /// Options of loading, for something that has been loaded.
    #[error("passing a loaded handle is mutually exclusive with setting `load_options`")]
    LoadedWithLoadOptions,
    /// A model in the TF1 Hub format is to be trained.
    #[error("setting `trainable = true` is unsupported when loading from the TF1 Hub format")]
    TrainableHubFormat,
    /// A model is to be trained through a signature, which has neither a training mode nor losses.
    #[error("setting `trainable = true` is unsupported when calling a SavedModel signature, here `{signature}`")]
    TrainableSignature {
        /// The signature.
        signature: String,
    },
    /// The model lists something among its `regularization_losses` that cannot be called.
    #[error(
        "`regularization_losses` is expected to be a list of callables, each returning a scalar loss term; \
         element {index} is none"
    )]
    LossNotCallable {
        /// The place in the list, from 0.
        index: usize,
    },
}

impl RuleError {
    /// What to do next, in one line, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            RuleError::SignatureOutput { both: true, .. } => Some("leave one of the two out".into()),
            RuleError::SignatureOutput { both: false, .. } => {
                Some("name the output with `output_key`, or take all of them as a dict".into())
            }
            RuleError::OutputsAsDictWithoutSignature => Some("leave it out, or name a signature".into()),
            RuleError::SignatureNeeded { available } | RuleError::UnknownSignature { available, .. } => {
                available.first().map(|first| format!("pass `signature = \"{first}\"` or another of them"))
            }
            RuleError::TrainableHubFormat | RuleError::TrainableSignature { .. } => {
                Some("leave the layer frozen, or use a TF2 model that can be called itself".into())
            }
            RuleError::LoadedWithTags | RuleError::LoadedWithLoadOptions => {
                Some("give them where it is loaded, or pass the handle itself".into())
            }
            RuleError::NoSignatures { .. } | RuleError::NothingToCall | RuleError::LossNotCallable { .. } => None,
        }
    }
}
