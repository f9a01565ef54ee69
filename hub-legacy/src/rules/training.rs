//! The rules for training through a layer over a loaded model: rows 10 to 12 of the table that `callable_rules` begins.
//!
//! A layer asks when it is called, not when it is made: whether it may be trained can change in between.
//!
//! | # | case | result |
//! |---|---|---|
//! | 10 | to be trained, TF1 Hub format | [`RuleError::TrainableHubFormat`] |
//! | 11 | to be trained, a signature is called | [`RuleError::TrainableSignature`] |
//! | 12 | an element of `regularization_losses` that is not callable | [`RuleError::LossNotCallable`] |

use super::callable::{LoadedObject, Selected};
use super::error::{Result, RuleError};

/// Whether what was selected of `object` may be trained.
///
/// # Errors
/// As rows 10 and 11 of the table say.
pub fn check_trainable(object: &LoadedObject<'_>, callable: &Selected) -> Result<()> {
    match callable {
        _ if object.is_hub_format => Err(RuleError::TrainableHubFormat),
        Selected::Signature(signature) => Err(RuleError::TrainableSignature { signature: signature.clone() }),
        Selected::Object => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_object_itself_may_be_trained() {
        let signature = Selected::Signature("sig".into());
        let (tf2, tf1) = (LoadedObject::default(), LoadedObject { is_hub_format: true, ..LoadedObject::default() });
        assert_eq!(check_trainable(&tf2, &Selected::Object), Ok(()));
        assert_eq!(check_trainable(&tf2, &signature), Err(RuleError::TrainableSignature { signature: "sig".into() }));
        assert_eq!(check_trainable(&tf1, &signature), Err(RuleError::TrainableHubFormat), "the format comes first");
        assert_eq!(check_trainable(&tf1, &Selected::Object), Err(RuleError::TrainableHubFormat));
    }
}
