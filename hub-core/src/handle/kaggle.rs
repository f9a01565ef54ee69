//! Models on Kaggle: owner, model, framework, variation, version.
//!
//! The parser makes one from either web form or from kagglehub's bare form; the Kaggle resolver asks for it. A bare
//! form is told from a path by the framework in its third place.

use super::parts::{is_name, parts};
use super::{HandleKind, shown, shown_part};

/// kagglehub's bare form.
const BARE: &str = "owner/model/framework/variation[/version]";

/// The page of a model's variation.
const PAGE: &str = "https://www.kaggle.com/models/owner/model/framework/variation[/version]";

/// Kaggle's frameworks as its API spells them.
const FRAMEWORKS: [&str; 22] = [
    "tensorFlow1",
    "tensorFlow2",
    "tfLite",
    "tfJs",
    "pyTorch",
    "jax",
    "flax",
    "pax",
    "maxText",
    "gemmaCpp",
    "ggml",
    "gguf",
    "coral",
    "scikitLearn",
    "mxnet",
    "onnx",
    "keras",
    "transformers",
    "tensorRtLlm",
    "triton",
    "api",
    "other",
];

/// Frameworks whose names are also everyday names of directories: they alone do not make a bare form.
const EVERYDAY: [&str; 2] = ["api", "other"];

/// What people write for a framework, and what they mean.
const MISNAMED: [(&str, &str); 6] = [
    ("tensorflow", "tensorFlow2"),
    ("tf", "tensorFlow2"),
    ("tf1", "tensorFlow1"),
    ("tf2", "tensorFlow2"),
    ("torch", "pyTorch"),
    ("sklearn", "scikitLearn"),
];

/// A model on Kaggle.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KaggleModel {
    /// The user or organisation.
    pub owner: String,
    /// The model.
    pub model: String,
    /// The framework as Kaggle's API spells it: `tensorFlow2`.
    pub framework: String,
    /// The variation.
    pub variation: String,
    /// The version; `None` is the newest.
    pub version: Option<u64>,
}

/// The page of a model, given by its path; nothing for the addresses of Kaggle's API, which are files.
pub(super) fn page(path: &str) -> Option<Result<HandleKind, String>> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let parts = match parts(path) {
        Ok(parts) => parts,
        Err(why) => return Some(Err(format!("{why}: expected `{PAGE}`"))),
    };
    match parts.as_slice() {
        ["api", _, ..] => None,
        ["models", owner, model, rest @ ..] => Some(variation_of(owner, model, rest)),
        _ => Some(Err(format!("it is a page of Kaggle, but no model's: expected `{PAGE}`"))),
    }
}

/// What follows the model's name on its page, in the short form or in the long one.
fn variation_of(owner: &str, model: &str, rest: &[&str]) -> Result<HandleKind, String> {
    let (framework, variation, version) = match *rest {
        ["frameworks", framework, "variations", variation] => (framework, variation, None),
        ["frameworks", framework, "variations", variation, "versions", version] => {
            (framework, variation, Some(version))
        }
        [framework, variation] if framework != "frameworks" => (framework, variation, None),
        [framework, variation, version] if framework != "frameworks" => (framework, variation, Some(version)),
        [framework, variation, "versions", version] => (framework, variation, Some(version)),
        _ => {
            let page = shown(&format!("https://www.kaggle.com/models/{owner}/{model}"));
            let missing = if rest.len() > 4 { "has more parts than a variation" } else { "names no variation of it" };
            return Err(format!(
                "it leads to the model `{}` and {missing}: expected `{page}/framework/variation[/version]`",
                shown(&format!("{owner}/{model}"))
            ));
        }
    };
    let framework = match framework_named(framework) {
        Some(framework) => framework,
        None => return Err(format!("{}: expected `{PAGE}`", no_framework(framework))),
    };
    of_parts(owner, model, framework, variation, version).map_err(|why| format!("{why}: expected `{PAGE}`"))
}

/// kagglehub's bare form; nothing where the text is rather a path.
pub(super) fn bare(text: &str) -> Option<Result<HandleKind, String>> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let parts: Vec<&str> = text.split('/').collect();
    if !parts.iter().all(|part| is_name(part)) {
        return None;
    }
    let [owner, model, third, rest @ ..] = parts.as_slice() else { return None };
    let refused = |why: String| {
        Some(Err(format!("{why}: expected `{BARE}` for a model on Kaggle, or `./{}` for a path", shown_part(text))))
    };
    let Some(framework) = framework_named(third) else {
        let is_misnamed = matches!(rest.len(), 1 | 2) && misnamed(third).is_some();
        return if is_misnamed { refused(no_framework(third)) } else { None };
    };
    let made = match *rest {
        [variation] => of_parts(owner, model, framework, variation, None),
        [variation, version] => of_parts(owner, model, framework, variation, Some(version)),
        [] => Err("it names no variation".into()),
        _ => Err(format!("it has {} parts", parts.len())),
    };
    match made {
        Ok(_) if framework == "api" => None,
        Ok(kind) => Some(Ok(kind)),
        Err(_) if EVERYDAY.contains(&framework) => None,
        Err(why) => refused(why),
    }
}

/// A model from its parts.
fn of_parts(
    owner: &str,
    model: &str,
    framework: &str,
    variation: &str,
    version: Option<&str>,
) -> Result<HandleKind, String> {
    if let Some(part) = [owner, model, variation].into_iter().find(|part| !is_name(part)) {
        return Err(format!("`{}` cannot be a name on Kaggle", shown_part(part)));
    }
    Ok(HandleKind::Kaggle(KaggleModel {
        owner: owner.into(),
        model: model.into(),
        framework: framework.into(),
        variation: variation.into(),
        version: version.map(version_number).transpose()?,
    }))
}

/// A version: versions count from one.
fn version_number(text: &str) -> Result<u64, String> {
    let number = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    number.filter(|number| *number > 0).ok_or_else(|| format!("`{}` is no version", shown_part(text)))
}

/// The framework as the API spells it.
fn framework_named(name: &str) -> Option<&'static str> {
    FRAMEWORKS.into_iter().find(|framework| framework.eq_ignore_ascii_case(name))
}

/// The framework that is meant by another name.
fn misnamed(name: &str) -> Option<&'static str> {
    MISNAMED.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, meant)| meant)
}

/// What to say about a name that is no framework's.
fn no_framework(name: &str) -> String {
    match misnamed(name) {
        Some(meant) => format!("`{}` is no framework of Kaggle, perhaps `{meant}` is meant", shown_part(name)),
        None => format!("`{}` is no framework of Kaggle (they are {})", shown_part(name), FRAMEWORKS.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nnlm(framework: &str, version: Option<u64>) -> HandleKind {
        HandleKind::Kaggle(KaggleModel {
            owner: "google".into(),
            model: "nnlm".into(),
            framework: framework.into(),
            variation: "en-dim50".into(),
            version,
        })
    }

    #[test]
    fn both_forms_of_a_page_mean_the_same() {
        for (path, framework, version) in [
            ("/models/google/nnlm/tensorFlow2/en-dim50/1", "tensorFlow2", Some(1)),
            ("/models/google/nnlm/TensorFlow2/en-dim50/", "tensorFlow2", None),
            ("/models/google/nnlm/frameworks/TFLite/variations/en-dim50", "tfLite", None),
            ("/models/google/nnlm/frameworks/tfjs/variations/en-dim50/versions/12/", "tfJs", Some(12)),
            ("/models/google/nnlm/scikitlearn/en-dim50/versions/3", "scikitLearn", Some(3)),
        ] {
            assert_eq!(page(path), Some(Ok(nnlm(framework, version))), "{path}");
        }
        assert_eq!(page("/api/v1/models/google/nnlm/tensorFlow2/en-dim50/1/download"), None);
    }

    #[test]
    fn fault_10_other_pages_show_the_pattern() {
        for (path, said) in [
            ("/", "no model's"),
            ("/datasets/google/nnlm", "no model's"),
            ("/code/google/nnlm", "no model's"),
            ("/models", "no model's"),
            ("/models/google", "no model's"),
            ("/models/google/nnlm", "names no variation of it: expected `https://www.kaggle.com/models/google/nnlm/fr"),
            ("/models/google/nnlm/tensorFlow2", "names no variation"),
            ("/models/google/nnlm/frameworks/tensorFlow2/variations", "names no variation"),
            ("/models/google/nnlm/frameworks/tensorFlow2", "names no variation"),
            ("/models/google/nnlm/frameworks/tensorFlow2/variations/a/versions", "more parts"),
            ("/models/google/nnlm/tensorFlow2/en-dim50/1/2/3", "more parts"),
            ("/models/google/nnlm/tensorFlow2/en-dim50/one", "`one` is no version"),
            ("/models/google/nnlm/tensorFlow2/en-dim50/0", "`0` is no version"),
            ("/models/google/nnlm/tensorFlow2/en-dim50/99999999999999999999", "is no version"),
            ("/models/google/nnlm/tensorFlow/en-dim50", "perhaps `tensorFlow2` is meant"),
            ("/models/google/nnlm/cobol/en-dim50", "(they are tensorFlow1, "),
            ("/models/google/../tensorFlow2/en-dim50", "another place"),
            ("/models/google/%2e%2e/tensorFlow2/en-dim50", "another place"),
            ("/models/google//tensorFlow2/en-dim50", "two slashes"),
            ("/models/google/n%20n/tensorFlow2/en-dim50", "cannot be a name"),
        ] {
            let why = page(path).expect("a page").expect_err(path);
            assert!(why.contains(said) && why.contains("expected `https://www.kaggle.com/models/"), "{path}: {why}");
        }
    }

    #[test]
    fn a_framework_in_third_place_makes_a_bare_form() {
        for (text, framework, version) in [
            ("google/nnlm/tensorFlow2/en-dim50", "tensorFlow2", None),
            ("google/nnlm/tensorflow2/en-dim50/1", "tensorFlow2", Some(1)),
            ("google/nnlm/Keras/en-dim50/", "keras", None),
            ("google/nnlm/other/en-dim50/2", "other", Some(2)),
        ] {
            assert_eq!(bare(text), Some(Ok(nnlm(framework, version))), "{text}");
        }
        for path in [
            "a",
            "a/b",
            "a/b/c",
            "a/b/c/d",
            "a/b/c/d/1",
            "google/nnlm-en-dim50/2",
            "a/b/tensorflow",
            "a b/c/keras/d",
            "../c/keras/d",
            "a/b/other",
            "a/b/other/c/d",
            "a/b/api/c",
            "a/b/api/c/1",
            "a//keras/d",
            "a/keras/b/c",
            "a/b/keras/c d",
        ] {
            assert_eq!(bare(path), None, "{path}");
        }
    }

    #[test]
    fn fault_10_bare_near_misses_show_the_pattern() {
        for (text, said) in [
            ("google/nnlm/tensorFlow2", "names no variation"),
            ("google/nnlm/tensorFlow2/en-dim50/1/extra", "it has 6 parts"),
            ("google/nnlm/tensorFlow2/en-dim50/1/2/3", "it has 7 parts"),
            ("google/nnlm/tensorFlow2/en-dim50/one", "`one` is no version"),
            ("google/nnlm/tensorFlow2/en-dim50/v1", "`v1` is no version"),
            ("google/nnlm/tensorFlow2/en-dim50/0", "`0` is no version"),
            ("google/nnlm/tensorflow/en-dim50/1", "perhaps `tensorFlow2` is meant"),
        ] {
            let why = bare(text).expect("it is no path").expect_err(text);
            assert!(why.contains(said) && why.contains(BARE) && why.contains(&format!("`./{text}`")), "{text}: {why}");
        }
    }
}
