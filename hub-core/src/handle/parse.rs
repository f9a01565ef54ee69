//! From a text to what it means: the kinds told apart by how the text begins.
//!
//! What follows a scheme is read in the files of the kinds. A text that is nearly a handle is an error that shows the
//! right form; what is left is a path.

use super::redact::is_deceptive;
use super::scheme::{self, split_scheme};
use super::{HandleKind, file, google_store, hugging_face, kaggle, shown, shown_part, web};
use crate::error::{Error, Result};

/// Longer texts are no handles.
const HANDLE_BYTES: usize = 8 * 1024;

/// What a text means.
pub(super) fn parse(text: &str) -> Result<HandleKind> {
    meaning(text).map_err(|why| Error::InvalidHandle { handle: shown(text), why })
}

/// What a text means, or why it means nothing.
fn meaning(text: &str) -> Result<HandleKind, String> {
    if text.len() > HANDLE_BYTES {
        return Err(format!("it is longer than {HANDLE_BYTES} bytes"));
    }
    if text.contains('\0') {
        return Err("it holds a NUL character".into());
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("it is empty".into());
    }
    if trimmed.chars().all(|letter| matches!(letter, '/' | '\\')) {
        return Err("it holds nothing but slashes".into());
    }
    // The name of a file may begin or end with a blank.
    if trimmed != text && !matches!(meaning(trimmed), Ok(HandleKind::Path(_))) {
        return Err(format!("blanks stand around it: write `{}`", shown(trimmed)));
    }
    if text.starts_with(['.', '/', '~', '\\']) {
        return Ok(HandleKind::Path(text.into()));
    }
    match split_scheme(text) {
        Some((scheme, rest)) => with_scheme(text, scheme, rest),
        None => without_scheme(text),
    }
}

/// A text that begins with a word and a colon.
fn with_scheme(text: &str, scheme: &str, rest: &str) -> Result<HandleKind, String> {
    let lower = scheme.to_ascii_lowercase();
    let is_known = scheme::KNOWN.contains(&lower.as_str());
    let place = rest.strip_prefix("//");
    if place.is_none() && !is_known && lower != "kaggle" && !scheme::is_other(&lower) {
        return Ok(HandleKind::Path(text.into()));
    }
    if is_known && scheme != lower {
        return Err(format!("schemes are written in lower case: `{}`", shown(&format!("{lower}:{rest}"))));
    }
    if scheme == "file" {
        return file::parse(rest);
    }
    if let Some(letter) = text.chars().find(|letter| is_deceptive(*letter)) {
        return Err(format!("it holds the character {}, which cannot be seen", letter.escape_unicode()));
    }
    match (scheme, place) {
        ("http" | "https", Some(place)) => web::parse(text, place),
        ("gs", Some(place)) => google_store::parse(place),
        ("hf", Some(place)) => hugging_face::parse(place),
        (scheme, None) if is_known => {
            let rest = rest.trim_start_matches(['/', '\\']).replace('\\', "/");
            Err(format!("two slashes follow the colon: write `{}`", shown(&format!("{scheme}://{rest}"))))
        }
        _ if lower == "kaggle" => {
            let rest = rest.trim_start_matches('/');
            let form = if rest.is_empty() { "owner/model/framework/variation[/version]" } else { rest };
            Err(format!("a model on Kaggle is named without a scheme: write `{}`", shown_part(form)))
        }
        _ => Ok(HandleKind::Other { scheme: lower }),
    }
}

/// A text that begins like a path.
fn without_scheme(text: &str) -> Result<HandleKind, String> {
    if let Some(why) = web::without_scheme(text) {
        return Err(why);
    }
    kaggle::bare(text).unwrap_or_else(|| Ok(HandleKind::Path(text.into())))
}
