//! Models on Hugging Face: a folder of a repository at a revision.
//!
//! The parser makes one from `hf://owner/name[@revision][/path]`; the Hugging Face resolver asks for it. A revision
//! with slashes is written with `%2F`; as in Python's huggingface_hub, `refs/pr/N` and `refs/convert/NAME` may also
//! stand as they are. The pages of the site are no handles: a page of a folder is answered with the `hf://` form.

use super::parts::{is_name, parts};
use super::percent::decoded;
use super::redact::is_deceptive;
use super::{HandleKind, shown, shown_part};

/// The revision where none is given.
const DEFAULT_REVISION: &str = "main";

/// What stands in the place of the owner in addresses of other things than models.
const OTHER_THINGS: [&str; 3] = ["datasets", "spaces", "buckets"];

/// The first parts of the site's pages that are no repositories of models.
const PAGES: [&str; 12] = [
    "api",
    "blog",
    "collections",
    "docs",
    "join",
    "learn",
    "login",
    "models",
    "organizations",
    "papers",
    "posts",
    "settings",
];

/// A folder of a repository on Hugging Face.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HuggingFaceModel {
    /// The user or organisation.
    pub owner: String,
    /// The repository.
    pub name: String,
    /// The branch, tag or commit; `main` where none was given.
    pub revision: String,
    /// The folder of the model within the repository, without a slash at either end; empty for the root.
    pub path: String,
}

/// What follows `hf://`.
pub(super) fn parse(place: &str) -> Result<HandleKind, String> {
    repository(place)
        .map(HandleKind::HuggingFace)
        .map_err(|why| format!("{why}: expected `hf://owner/name[@revision][/folder]`"))
}

fn repository(place: &str) -> Result<HuggingFaceModel, String> {
    if place.contains(['?', '#', '\\']) {
        return Err("it has a query, a fragment or a backslash".into());
    }
    let (repository, revision, behind) = split_revision(place)?;
    let names = parts(repository)?;
    let [owner, name, folder @ ..] = names.as_slice() else {
        return Err("it needs an owner and a name".into());
    };
    let path = [folder, &parts(behind)?].concat().join("/");
    if OTHER_THINGS.contains(owner) {
        return Err(format!("it names one of the {owner} and no model"));
    }
    if let Some(part) = [owner, name].into_iter().find(|part| !is_name(part)) {
        return Err(format!("`{}` cannot be an owner or a name", shown_part(part)));
    }
    Ok(HuggingFaceModel { owner: (*owner).into(), name: (*name).into(), revision, path })
}

/// The repository, the revision, and the folder where it stands behind a revision.
fn split_revision(place: &str) -> Result<(&str, String, &str), String> {
    // An `@` in a folder's name is no revision: only the part with the repository's name has one.
    let name_end = place.match_indices('/').nth(1).map_or(place.len(), |(at, _)| at);
    let Some(at) = place[..name_end].find('@') else { return Ok((place, DEFAULT_REVISION.into(), "")) };
    let rest = &place[at + 1..];
    let slashes = if rest.starts_with("refs/pr/") || rest.starts_with("refs/convert/") { 2 } else { 0 };
    let end = rest.match_indices('/').nth(slashes).map_or(rest.len(), |(at, _)| at);
    Ok((&place[..at], revision(&rest[..end])?, rest[end..].strip_prefix('/').unwrap_or("")))
}

/// A revision, decoded.
fn revision(text: &str) -> Result<String, String> {
    let refused = || format!("`{}` cannot be a revision", shown_part(text));
    let revision = String::from_utf8(decoded(text)).map_err(|_| refused())?;
    let is_plain = |letter: char| !is_deceptive(letter) && !matches!(letter, '\\' | ' ' | '?' | '#');
    match parts(&revision) {
        Ok(parts) if !parts.is_empty() && !revision.ends_with('/') && revision.chars().all(is_plain) => Ok(revision),
        _ => Err(refused()),
    }
}

/// What to say about a page of the site, given by its path; nothing where it may be a file.
pub(super) fn page(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (owner, name, rest) = match parts.as_slice() {
        [owner, name, rest @ ..] if !PAGES.contains(owner) && !OTHER_THINGS.contains(owner) => (owner, name, rest),
        _ => return None,
    };
    let handle = match rest {
        [] => format!("hf://{owner}/{name}"),
        ["tree", revision] => format!("hf://{owner}/{name}@{revision}"),
        ["tree", revision, folder @ ..] => format!("hf://{owner}/{name}@{revision}/{}", folder.join("/")),
        ["blob", file @ ..] => {
            let file = shown(&format!("https://huggingface.co/{owner}/{name}/resolve/{}", file.join("/")));
            return Some(format!("it is the page of a file: write `{file}` for the file"));
        }
        _ => return None,
    };
    Some(format!("it is a page of Hugging Face: write `{}` for the model", shown(&handle)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(owner: &str, name: &str, revision: &str, path: &str) -> HandleKind {
        HandleKind::HuggingFace(HuggingFaceModel {
            owner: owner.into(),
            name: name.into(),
            revision: revision.into(),
            path: path.into(),
        })
    }

    #[test]
    fn revision_and_folder_are_optional() {
        for (place, expected) in [
            ("google/nnlm", model("google", "nnlm", "main", "")),
            ("google/nnlm/", model("google", "nnlm", "main", "")),
            ("google/nnlm/saved/model", model("google", "nnlm", "main", "saved/model")),
            ("google/nnlm@v1.0", model("google", "nnlm", "v1.0", "")),
            ("google/nnlm@v1.0/", model("google", "nnlm", "v1.0", "")),
            ("google/nnlm@v1.0/a b@c/", model("google", "nnlm", "v1.0", "a b@c")),
            ("google/nnlm@release%2F1/a", model("google", "nnlm", "release/1", "a")),
            ("google/nnlm@refs/pr/3/a/b", model("google", "nnlm", "refs/pr/3", "a/b")),
            ("google/nnlm@refs%2Fpr%2F3", model("google", "nnlm", "refs/pr/3", "")),
            ("google/nnlm@refs/convert/tf", model("google", "nnlm", "refs/convert/tf", "")),
            ("google/nnlm/a@b", model("google", "nnlm", "main", "a@b")),
        ] {
            assert_eq!(parse(place).as_ref(), Ok(&expected), "{place}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for place in [
            "",
            "google",
            "google/",
            "google@main",
            "/nnlm",
            "google/nnlm@",
            "google/nnlm@/a",
            "google/nnlm@..",
            "google/nnlm@%2e%2e/a",
            "google/nnlm/../a",
            "google/nnlm/%2e%2e",
            "google/nnlm@a%2F..%2Fb",
            "google/a b",
            "google/nnlm@%ff",
            "google/nnlm@a%00",
            "google//nnlm",
            "google/nnlm//a",
            "../nnlm",
            "google/nnlm?a=b",
            "google/nnlm/a#b",
            "google/nnlm@v\u{202e}1",
            "datasets/google/nnlm",
            "spaces/a/b",
            "google/nnlm@a//b",
            "google/nnlm@%2Fa",
            "google/nnlm@a%2F",
            "google/nnlm@refs/pr/",
            "user:pw@google/nnlm",
        ] {
            let why = parse(place).expect_err(place);
            assert!(why.contains("hf://owner/name"), "{place}: {why}");
        }
    }

    #[test]
    fn pages_show_the_right_form() {
        for (path, expected) in [
            ("/google/nnlm", Some("`hf://google/nnlm`")),
            ("/google/nnlm/tree/main", Some("`hf://google/nnlm@main`")),
            ("/google/nnlm/tree/v1/a/b/", Some("`hf://google/nnlm@v1/a/b`")),
            ("/google/nnlm/blob/main/m.tar.gz", Some("`https://huggingface.co/google/nnlm/resolve/main/m.tar.gz`")),
            ("/google/nnlm/resolve/main/m.tar.gz", None),
            ("/datasets/google/nnlm", None),
            ("/docs/hub", None),
            ("/google", None),
            ("/", None),
        ] {
            let said = page(path);
            assert_eq!(said.is_some(), expected.is_some(), "{path}: {said:?}");
            assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()), "{path}");
        }
    }
}
