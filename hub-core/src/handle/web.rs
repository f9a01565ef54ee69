//! Web addresses: files on servers, models' pages, and pages that are neither.
//!
//! Python asks for any `http:` or `https:` address; so do we, but for the pages of the hubs that are known to hold no
//! model. What a server answers is the resolvers' business.

use url::Url;

use super::{HandleKind, hugging_face, kaggle, redacted, shown};

/// Servers whose addresses people copy without the scheme.
const FAMILIAR: [&str; 9] = [
    "tfhub.dev",
    "www.tfhub.dev",
    "kaggle.com",
    "www.kaggle.com",
    "huggingface.co",
    "www.huggingface.co",
    "hub.tensorflow.google.cn",
    "storage.googleapis.com",
    "storage.cloud.google.com",
];

/// An address with the scheme `http` or `https`; `rest` is what follows the two slashes.
pub(super) fn parse(text: &str, rest: &str) -> Result<HandleKind, String> {
    if rest.is_empty() || rest.starts_with(['/', '?', '#']) {
        return Err("it names no server: expected `https://server/path`".into());
    }
    let before_query = &text[..text.find(['?', '#']).unwrap_or(text.len())];
    if before_query.contains('\\') {
        return Err(format!("it has backslashes: write `{}`", shown(&redacted(text).replace('\\', "/"))));
    }
    let url = Url::parse(text).map_err(|error| format!("as an address it has an {error}"))?;
    match on_a_hub(&url, path_of(rest))? {
        Some(kind) => Ok(kind),
        None => Ok(HandleKind::Web(url)),
    }
}

/// What the address means on a hub that we know, if it is on one.
fn on_a_hub(url: &Url, path: &str) -> Result<Option<HandleKind>, String> {
    if url.port().is_some() {
        return Ok(None);
    }
    match url.host_str().unwrap_or_default() {
        "kaggle.com" | "www.kaggle.com" => on_kaggle(url, path),
        "tfhub.dev" => on_tfhub(path).map(|()| None),
        "huggingface.co" | "www.huggingface.co" => hugging_face::page(path).map_or(Ok(None), Err),
        _ => Ok(None),
    }
}

fn on_kaggle(url: &Url, path: &str) -> Result<Option<HandleKind>, String> {
    let Some(page) = kaggle::page(path) else { return Ok(None) };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Kaggle takes no password in an address: set KAGGLE_API_TOKEN instead".into());
    }
    page.map(Some)
}

fn on_tfhub(path: &str) -> Result<(), String> {
    let path = path.trim_matches('/');
    let pattern = "expected `https://tfhub.dev/publisher/model[/version]`";
    match path.split_once('/') {
        Some(_) => Ok(()),
        None if path.is_empty() => Err(format!("it names no model: {pattern}")),
        None => Err(format!("it names a publisher and no model: {pattern}")),
    }
}

/// The path as it was written: the parsed one has lost its dots.
fn path_of(rest: &str) -> &str {
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    rest.find('/').map_or("", |at| &rest[at..])
}

/// What to say about a text that begins with a known server instead of the scheme.
pub(super) fn without_scheme(text: &str) -> Option<String> {
    let server = text.split(['/', '?', '#']).next().unwrap_or_default();
    let is_familiar = FAMILIAR.iter().any(|familiar| familiar.eq_ignore_ascii_case(server));
    let rest = text.strip_prefix("https//").or_else(|| text.strip_prefix("http//"));
    let rest = rest.or(is_familiar.then_some(text))?;
    Some(format!("it lacks its scheme: write `{}`", shown(&format!("https://{rest}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<HandleKind, String> {
        parse(text, text.split_once("://").expect("an address").1)
    }

    #[test]
    fn addresses_stay_as_they_are() {
        for text in [
            "https://tfhub.dev/google/nnlm-en-dim50/2",
            "https://tfhub.dev/google/nnlm-en-dim50/2/?tf-hub-format=compressed",
            "http://127.0.0.1:8080/mock_module.tar.gz",
            "http://[::1]/m",
            "https://user:password@host/m?a=\\",
            "https://host",
            "https://host/a b/模型#part",
            "https://www.kaggle.com/api/v1/models/google/nnlm/tensorFlow2/en-dim50/1/download",
            "https://www.kaggle.com:8443/anything",
            "https://huggingface.co/google/nnlm/resolve/main/m.tar.gz",
        ] {
            assert!(matches!(parsed(text), Ok(HandleKind::Web(_))), "{text}: {:?}", parsed(text));
        }
    }

    #[test]
    fn pages_of_kaggle_are_models() {
        for text in [
            "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim50/1",
            "http://kaggle.com/models/google/nnlm/tensorFlow2/en-dim50/?tfhub-redirect=true",
            "https://WWW.Kaggle.com:443/models/google/nnlm/frameworks/TensorFlow2/variations/en-dim50/versions/1#a",
        ] {
            assert!(matches!(parsed(text), Ok(HandleKind::Kaggle(_))), "{text}: {:?}", parsed(text));
        }
    }

    #[test]
    fn near_misses_show_the_right_form() {
        for (text, said) in [
            ("https://", "no server"),
            ("https:///tfhub.dev/a/b", "no server"),
            ("https://?a", "no server"),
            ("https://tfhub.dev", "`https://tfhub.dev/publisher/model[/version]`"),
            ("https://tfhub.dev/", "no model"),
            ("https://tfhub.dev/?q=a/b", "no model"),
            ("https://tfhub.dev/google/", "a publisher and no model"),
            ("https://host\\a\\b", "`https://host/a/b`"),
            ("https://host:port/m", "invalid port number"),
            ("https://ho st/m", "invalid"),
            ("https://user:canary@www.kaggle.com/models/google/nnlm/keras/a", "KAGGLE_API_TOKEN"),
            ("https://www.kaggle.com/models/google/%2e%2e/keras/a", "another place"),
            ("https://www.kaggle.com/models/google/a/../keras/a", "another place"),
            ("https://huggingface.co/google/nnlm/tree/main/a?b", "`hf://google/nnlm@main/a`"),
        ] {
            let why = parsed(text).expect_err(text);
            assert!(why.contains(said) && !why.contains("canary"), "{text}: {why}");
        }
    }

    #[test]
    fn a_familiar_server_is_no_directory() {
        for (text, expected) in [
            ("tfhub.dev/google/nnlm/1", Some("`https://tfhub.dev/google/nnlm/1`")),
            ("WWW.kaggle.com/models?token=canary", Some("`https://WWW.kaggle.com/models?token=***`")),
            ("https//tfhub.dev/a/b", Some("`https://tfhub.dev/a/b`")),
            ("tfhub.development/a", None),
            ("models/tfhub.dev/a", None),
        ] {
            let said = without_scheme(text);
            assert_eq!(said.is_some(), expected.is_some(), "{text}");
            assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()), "{text}");
        }
    }
}
