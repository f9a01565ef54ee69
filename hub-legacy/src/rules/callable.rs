//! The one table of rules for `signature`, `output_key` and `signature_outputs_as_dict`.
//!
//! Whoever wraps a loaded model asks it: what is called, and what becomes of the outputs. A pure function over names;
//! it knows neither graphs nor tensors.
//!
//! | # | case | result |
//! |---|---|---|
//! | 1 | TF1 Hub format | `signature` is `default` unless given; so is `output_key`, unless all outputs are wanted |
//! | 2 | a signature, and both or neither of `output_key`, `signature_outputs_as_dict` | [`RuleError::SignatureOutput`] |
//! | 3 | no signature, but `signature_outputs_as_dict` | [`RuleError::OutputsAsDictWithoutSignature`] |
//! | 4 | no signature, the object is callable | the object itself |
//! | 5 | a signature, an object that cannot have any | [`RuleError::NoSignatures`] |
//! | 6 | no signature, an object neither callable nor with signatures | [`RuleError::NothingToCall`] |
//! | 7 | no signature, an object that is not callable | [`RuleError::SignatureNeeded`] |
//! | 8 | a signature that does not exist | [`RuleError::UnknownSignature`] |
//! | 9 | a signature that exists | the signature |
//!
//! Rows 10 to 12, about training, are in `training_rules`.
//!
//! An empty string counts as given but not as chosen, as in Python: an empty `output_key` satisfies rule 2 and then
//! gives the whole dict.

use super::error::{Result, RuleError};

/// What the rules need to know of a loaded object.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadedObject<'a> {
    /// Whether it came in the TF1 Hub format (a `tfhub_module.pb` beside the model).
    pub is_hub_format: bool,
    /// Whether it can be called itself.
    pub is_callable: bool,
    /// The names of its signatures; `None` for a bare function, which cannot have any.
    pub signatures: Option<&'a [&'a str]>,
}

/// What the user chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallableOptions {
    /// The signature to call.
    pub signature: Option<String>,
    /// The output to take out of a dict of outputs.
    pub output_key: Option<String>,
    /// Whether a signature's outputs are wanted as a dict.
    pub signature_outputs_as_dict: bool,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// The loaded object itself.
    Object,
    /// Its signature of this name.
    Signature(String),
}

/// What is called, and what becomes of its outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// What is called.
    pub callable: Selected,
    /// The output to take out of the dict; without one the outputs stay as they are.
    pub output_key: Option<String>,
}

/// Applies the table.
///
/// # Errors
/// As the table says; each names what the user gave and what exists.
pub fn select_callable(object: &LoadedObject<'_>, options: &CallableOptions) -> Result<Selection> {
    let CallableOptions { signature, output_key, signature_outputs_as_dict: as_dict } = with_defaults(object, options);
    let chosen = signature.as_deref().filter(|name| !name.is_empty());
    match chosen {
        Some(signature) if output_key.is_some() == as_dict => {
            return Err(RuleError::SignatureOutput { signature: signature.to_owned(), both: as_dict });
        }
        None if as_dict => return Err(RuleError::OutputsAsDictWithoutSignature),
        _ => {}
    }
    let output_key = output_key.filter(|key| !key.is_empty());
    if chosen.is_none() && object.is_callable {
        return Ok(Selection { callable: Selected::Object, output_key });
    }
    let Some(available) = object.signatures else {
        return Err(match chosen {
            Some(signature) => RuleError::NoSignatures { signature: signature.to_owned() },
            None => RuleError::NothingToCall,
        });
    };
    let names = || available.iter().map(|name| (*name).to_owned()).collect();
    match signature {
        None => Err(RuleError::SignatureNeeded { available: names() }),
        Some(signature) if !available.contains(&signature.as_str()) => {
            Err(RuleError::UnknownSignature { signature, available: names() })
        }
        Some(signature) => Ok(Selection { callable: Selected::Signature(signature), output_key }),
    }
}

/// The options with what the TF1 Hub format takes for granted.
fn with_defaults(object: &LoadedObject<'_>, options: &CallableOptions) -> CallableOptions {
    let mut options = options.clone();
    if object.is_hub_format {
        let default = |given: Option<String>| given.filter(|name| !name.is_empty()).or(Some("default".into()));
        options.signature = default(options.signature);
        if !options.signature_outputs_as_dict {
            options.output_key = default(options.output_key);
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURES: Option<&[&str]> = Some(&["default", "sig"]);
    const HUB_FORMAT: LoadedObject<'_> =
        LoadedObject { is_hub_format: true, is_callable: false, signatures: SIGNATURES };
    const CALLABLE: LoadedObject<'_> = LoadedObject { is_hub_format: false, is_callable: true, signatures: SIGNATURES };
    const FUNCTION: LoadedObject<'_> = LoadedObject { is_hub_format: false, is_callable: true, signatures: None };
    const SIGNATURES_ONLY: LoadedObject<'_> =
        LoadedObject { is_hub_format: false, is_callable: false, signatures: SIGNATURES };
    const NOTHING: LoadedObject<'_> = LoadedObject { is_hub_format: false, is_callable: false, signatures: None };

    fn ask(object: LoadedObject<'_>, signature: Option<&str>, key: Option<&str>, as_dict: bool) -> Result<Selection> {
        let options = CallableOptions {
            signature: signature.map(str::to_owned),
            output_key: key.map(str::to_owned),
            signature_outputs_as_dict: as_dict,
        };
        select_callable(&object, &options)
    }

    fn selection(signature: Option<&str>, key: Option<&str>) -> Result<Selection> {
        let callable = signature.map_or(Selected::Object, |name| Selected::Signature(name.to_owned()));
        Ok(Selection { callable, output_key: key.map(str::to_owned) })
    }

    fn names() -> Vec<String> {
        vec!["default".into(), "sig".into()]
    }

    #[test]
    fn the_tf1_hub_format_has_defaults() {
        assert_eq!(ask(HUB_FORMAT, None, None, false), selection(Some("default"), Some("default")));
        assert_eq!(ask(HUB_FORMAT, Some(""), Some(""), false), selection(Some("default"), Some("default")));
        assert_eq!(ask(HUB_FORMAT, Some("sig"), Some("y"), false), selection(Some("sig"), Some("y")));
        assert_eq!(ask(HUB_FORMAT, None, None, true), selection(Some("default"), None));
        let both = RuleError::SignatureOutput { signature: "default".into(), both: true };
        assert_eq!(ask(HUB_FORMAT, None, Some("y"), true), Err(both));
    }

    #[test]
    fn a_signature_needs_a_key_or_a_dict() {
        for object in [CALLABLE, SIGNATURES_ONLY] {
            let wrong = |both| Err(RuleError::SignatureOutput { signature: "sig".into(), both });
            assert_eq!(ask(object, Some("sig"), None, false), wrong(false));
            assert_eq!(ask(object, Some("sig"), Some("y"), true), wrong(true));
            assert_eq!(ask(object, Some("sig"), Some("y"), false), selection(Some("sig"), Some("y")));
            assert_eq!(ask(object, Some("sig"), None, true), selection(Some("sig"), None));
            assert_eq!(ask(object, Some("sig"), Some(""), false), selection(Some("sig"), None), "all outputs");
        }
        let unknown = RuleError::SignatureOutput { signature: "other".into(), both: false };
        assert_eq!(ask(CALLABLE, Some("other"), None, false), Err(unknown), "before the name is looked up");
    }

    #[test]
    fn without_a_signature_the_object_is_called() {
        for object in [CALLABLE, FUNCTION] {
            assert_eq!(ask(object, None, None, false), selection(None, None));
            assert_eq!(ask(object, None, Some("y"), false), selection(None, Some("y")));
            assert_eq!(ask(object, Some(""), None, false), selection(None, None));
        }
        assert_eq!(ask(CALLABLE, None, None, true), Err(RuleError::OutputsAsDictWithoutSignature));
        assert_eq!(ask(SIGNATURES_ONLY, None, None, true), Err(RuleError::OutputsAsDictWithoutSignature));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let unknown =
            |signature: &str| Err(RuleError::UnknownSignature { signature: signature.into(), available: names() });
        assert_eq!(ask(CALLABLE, Some("other"), Some("y"), false), unknown("other"));
        assert_eq!(ask(SIGNATURES_ONLY, Some(""), None, false), unknown(""));
        assert_eq!(ask(SIGNATURES_ONLY, None, None, false), Err(RuleError::SignatureNeeded { available: names() }));
        assert_eq!(ask(FUNCTION, Some("s"), Some("k"), false), Err(RuleError::NoSignatures { signature: "s".into() }));
        assert_eq!(ask(NOTHING, Some("s"), Some("k"), false), Err(RuleError::NoSignatures { signature: "s".into() }));
        assert_eq!(ask(NOTHING, None, None, false), Err(RuleError::NothingToCall));
        let rendered = ask(CALLABLE, Some("other"), Some("y"), false).unwrap_err().to_string();
        assert_eq!(rendered, "unknown signature `other` (available signatures: default, sig)");
    }
}
