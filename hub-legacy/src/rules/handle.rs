//! The rules for what a layer is made of: a handle that is loaded, or what has been loaded already.
//!
//! | # | case | result |
//! |---|---|---|
//! | A | something loaded, and tags | [`RuleError::LoadedWithTags`] |
//! | B | something loaded, and options of loading | [`RuleError::LoadedWithLoadOptions`] |
//!
//! Asked before anything is loaded.

use super::error::{Result, RuleError};

/// What says how a model is loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HandleOptions {
    /// Whether the handle is something that has been loaded.
    pub is_loaded: bool,
    /// Whether tags are given.
    pub has_tags: bool,
    /// Whether options of loading are given.
    pub has_load_options: bool,
}

/// Applies the table.
///
/// # Errors
/// As the table says.
pub fn check_handle(options: HandleOptions) -> Result<()> {
    match options {
        HandleOptions { is_loaded: true, has_tags: true, .. } => Err(RuleError::LoadedWithTags),
        HandleOptions { is_loaded: true, has_load_options: true, .. } => Err(RuleError::LoadedWithLoadOptions),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_is_not_loaded_otherwise() {
        for (is_loaded, has_tags, has_load_options, expected) in [
            (true, true, true, Err(RuleError::LoadedWithTags)),
            (true, true, false, Err(RuleError::LoadedWithTags)),
            (true, false, true, Err(RuleError::LoadedWithLoadOptions)),
            (true, false, false, Ok(())),
            (false, true, true, Ok(())),
        ] {
            assert_eq!(check_handle(HandleOptions { is_loaded, has_tags, has_load_options }), expected);
        }
    }
}
