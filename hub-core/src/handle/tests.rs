//! Handles as a whole: the table of kinds, the near-misses, what holds for every text.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{Handle, HandleKind, HuggingFaceModel, KaggleModel};
use crate::error::Error;

/// The kind of a text that must be a handle.
fn kind(text: &str) -> HandleKind {
    text.parse::<Handle>().unwrap_or_else(|why| panic!("{text:?}: {why}")).kind().clone()
}

/// The message of a text that must be none.
fn refusal(text: &str) -> String {
    match text.parse::<Handle>() {
        Err(error @ Error::InvalidHandle { .. }) => error.to_string(),
        other => panic!("{text:?}: {other:?}"),
    }
}

fn assert_refused(cases: &[(&str, &str)]) {
    for (text, said) in cases {
        let message = refusal(text);
        assert!(message.contains(said), "{text:?}: {message}");
        assert!(!message.contains("canary"), "{text:?}: {message}");
    }
}

#[test]
fn each_kind_is_told_by_its_form() {
    for path in [
        "models/digits",
        "/models/digits",
        "./models",
        "../models",
        ".",
        "..",
        "~/models",
        "digits",
        "C:\\models\\a",
        "C:/models",
        "c:models",
        "a/b://c",
        "./https://host",
        "/gs://a",
        ".//x",
        "x_y://a",
        "1x://a",
        "://a",
        "a b",
        " a",
        "a ",
        "模型/数字",
        "a\nb",
        "model:v1",
        "a%2e%2eb",
        "\\\\share\\models",
        "e:",
        "google/nnlm-en-dim50/2",
        "a\u{202e}b",
    ] {
        assert_eq!(kind(path), HandleKind::Path(path.into()), "{path:?}");
    }
    assert_eq!(kind("file:///a b"), HandleKind::Path("/a b".into()));
    assert_eq!(kind("file:/a"), HandleKind::Path("/a".into()));
    for web in ["https://tfhub.dev/google/nnlm-en-dim50/2", "http://host/m.tar.gz", "https://host/a b?c=模#d"] {
        assert!(matches!(kind(web), HandleKind::Web(_)), "{web}");
    }
    assert_eq!(
        kind("gs://bucket/a/m.tar.gz"),
        HandleKind::GoogleStore { bucket: "bucket".into(), object: "a/m.tar.gz".into(), is_archive: true }
    );
    let model = KaggleModel {
        owner: "google".into(),
        model: "nnlm".into(),
        framework: "tensorFlow2".into(),
        variation: "en-dim50".into(),
        version: Some(1),
    };
    for text in [
        "google/nnlm/tensorFlow2/en-dim50/1",
        "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim50/1/",
        "https://kaggle.com/models/google/nnlm/frameworks/TensorFlow2/variations/en-dim50/versions/1?select=x",
    ] {
        assert_eq!(kind(text), HandleKind::Kaggle(model.clone()), "{text}");
    }
    let repository =
        HuggingFaceModel { owner: "google".into(), name: "nnlm".into(), revision: "a/b".into(), path: "c/d".into() };
    assert_eq!(kind("hf://google/nnlm@a%2Fb/c/d"), HandleKind::HuggingFace(repository));
}

#[test]
fn fault_1_empty_texts_are_refused() {
    for text in ["", " ", "\t\n", "/", "//", "///", "\\", "/\\/", " / "] {
        refusal(text);
    }
}

#[test]
fn fault_2_other_schemes_are_for_other_resolvers() {
    for (text, scheme) in [
        ("s3://bucket/m", "s3"),
        ("S3://bucket/m", "s3"),
        ("ftp://host/m", "ftp"),
        ("javascript:alert(1)", "javascript"),
        ("data:text/plain,a", "data"),
        ("mailto:a@b", "mailto"),
        ("web+x.y-1://a", "web+x.y-1"),
        ("ram://x", "ram"),
    ] {
        assert_eq!(kind(text), HandleKind::Other { scheme: scheme.into() }, "{text}");
    }
}

#[test]
fn fault_2_what_is_supported_is_named() {
    for text in ["s3://bucket/m", "ftp://host/m", "javascript:alert(1)", "data:text/plain,a"] {
        let error = crate::Hub::new().resolve(text).expect_err(text);
        assert!(matches!(&error, Error::UnsupportedHandle { supported, .. } if !supported.is_empty()), "{error:?}");
        assert!(error.to_string().contains("a local path"), "{error}");
    }
}

#[test]
fn fault_3_long_texts_are_refused() {
    let longest = format!("https://host/{}", "a".repeat(8 * 1024 - 13));
    assert!(matches!(kind(&longest), HandleKind::Web(_)));
    for length in [8 * 1024 + 1, 1 << 20] {
        let message = refusal(&"a".repeat(length));
        assert!(message.contains("longer than 8192 bytes") && message.len() < 1000, "{message}");
    }
    let message = refusal(&format!("https://user:canary@host/{}", "a".repeat(8 * 1024)));
    assert!(!message.contains("canary"), "{message}");
}

#[test]
fn fault_4_a_handle_works_with_its_password_and_does_not_show_it() {
    let text = "https://user:canary@host/m?token=canary&a=1";
    let handle: Handle = text.parse().expect("a handle");
    assert_eq!(handle.as_str(), text);
    let HandleKind::Web(url) = handle.kind() else { panic!("{handle:?}") };
    assert_eq!(url.password(), Some("canary"));
    assert_eq!(handle.to_string(), "https://***@host/m?token=***&a=1");
    for shown in [format!("{handle:?}"), format!("{:?}", handle.kind()), format!("{:#?}", Some(&handle))] {
        assert!(shown.contains("***") && !shown.contains("canary"), "{shown}");
    }
}

#[test]
fn fault_5_deceptive_characters_are_refused() {
    assert_refused(&[
        ("https://host/a\u{202e}b", "u{202e}"),
        ("https://host/a\nb", "u{a}"),
        ("https://ho\tst/a", "u{9}"),
        ("https://host/\u{feff}", "u{feff}"),
        ("hf://google/nnlm\u{200f}", "u{200f}"),
        ("gs://bucket/a\u{7f}b", "u{7f}"),
        ("s3://bucket/a\u{2066}b", "u{2066}"),
        ("https://host/a\0", "NUL"),
        ("models/a\0b", "NUL"),
        ("file:///a\0", "NUL"),
        ("gs://bucket/%2e%2e/a", "leads to another place"),
        ("gs://bucket/../a", "leads to another place"),
        ("hf://google/nnlm/%2E%2E", "leads to another place"),
        ("https://www.kaggle.com/models/%2e%2e/nnlm/keras/a", "leads to another place"),
    ]);
}

#[test]
fn blanks_around_an_address_are_shown_away() {
    assert_refused(&[
        (" https://host/m", "write `https://host/m`"),
        ("https://host/m\n", "write `https://host/m`"),
        ("\u{a0}gs://bucket/m ", "write `gs://bucket/m`"),
        (" google/nnlm/keras/a", "write `google/nnlm/keras/a`"),
        (" https://user:canary@host/m", "write `https://***@host/m`"),
        (" https:/host", "write `https:/host`"),
    ]);
}

#[test]
fn near_misses_show_the_right_form() {
    assert_refused(&[
        ("HTTP://host/m", "`http://host/m`"),
        ("Https://user:canary@host/m", "`https://***@host/m`"),
        ("GS://bucket/m", "`gs://bucket/m`"),
        ("FILE:///m", "`file:///m`"),
        ("https:/host/m", "`https://host/m`"),
        ("https:host/m", "`https://host/m`"),
        ("http:host", "`http://host`"),
        ("https:\\\\host\\m", "`https://host/m`"),
        ("https:user:canary@host", "`https://***@host`"),
        ("https//host/m", "`https://host/m`"),
        ("gs:/bucket/m", "`gs://bucket/m`"),
        ("gs:bucket/m", "`gs://bucket/m`"),
        ("hf:owner/name", "`hf://owner/name`"),
        ("kaggle://google/nnlm/keras/a", "`google/nnlm/keras/a`"),
        ("kaggle:google/nnlm/keras/a", "`google/nnlm/keras/a`"),
        ("Kaggle://", "`owner/model/framework/variation[/version]`"),
        ("tfhub.dev/google/nnlm/1", "`https://tfhub.dev/google/nnlm/1`"),
        ("www.kaggle.com/models/google/nnlm", "`https://www.kaggle.com/models/google/nnlm`"),
        ("kaggle.com/models/google/nnlm", "`https://kaggle.com/models/google/nnlm`"),
        ("huggingface.co/google/nnlm", "`https://huggingface.co/google/nnlm`"),
        ("file://models/m", "`file:///models/m`"),
        ("file:models", "`file:///models`"),
        ("file://user:canary@host/m", "`file:///***@host/m`"),
        ("hf://nnlm", "`hf://owner/name[@revision][/folder]`"),
    ]);
}

#[test]
fn fault_9_stores_need_bucket_and_object() {
    assert_refused(&[
        ("gs://", "`gs://bucket/object`"),
        ("gs://bucket", "`gs://bucket/object`"),
        ("gs://bucket/", "`gs://bucket/object`"),
        ("gs:///object", "`gs://bucket/object`"),
    ]);
    assert!(matches!(kind("gs://bucket/m"), HandleKind::GoogleStore { is_archive: false, .. }));
}

#[test]
fn fault_10_near_misses_of_kaggle_show_the_pattern() {
    for text in [
        "google/nnlm/tensorFlow2",
        "google/nnlm/tensorFlow2/en-dim50/1/extra",
        "google/nnlm/tensorFlow2/en-dim50/1/2/3",
        "google/nnlm/tensorFlow2/en-dim50/one",
    ] {
        let message = refusal(text);
        assert!(message.contains("`owner/model/framework/variation[/version]`"), "{message}");
        assert!(message.contains(&format!("`./{text}` for a path")), "{message}");
    }
    assert_refused(&[("https://www.kaggle.com/models/google/nnlm", "names no variation of it")]);
}

#[test]
fn a_path_is_a_path_whatever_it_looks_like() {
    let handle = Handle::from_path("https://host");
    assert_eq!(handle.kind(), &HandleKind::Path(PathBuf::from("https://host")));
    assert_ne!(handle, "https://host".parse().expect("a handle"));
    assert_eq!(Handle::from_path(Path::new("a/b")), "a/b".parse().expect("a handle"));
}

#[test]
fn handles_are_texts_in_json() {
    let text = "https://user:password@host/模?token=a";
    let handle: Handle = serde_json::from_str(&format!("\"{text}\"")).expect("a handle");
    assert_eq!(serde_json::to_string(&handle).expect("JSON"), format!("\"{text}\""));
    let error = serde_json::from_str::<Handle>("\"gs://\"").expect_err("no handle");
    assert!(error.to_string().contains("gs://bucket/object"), "{error}");
}

/// Texts near what people write: pieces of handles, in any order.
#[cfg(feature = "fetch")]
fn nearly_a_handle() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "https",
        "http",
        "HTTP",
        "file",
        "gs",
        "hf",
        "kaggle",
        "s3",
        ":",
        "://",
        "/",
        "//",
        "\\",
        "@",
        "?",
        "#",
        "&",
        ";",
        "=",
        "%2e%2e",
        "%2F",
        "%00",
        "..",
        ".",
        " ",
        "\n",
        "\0",
        "\u{202e}",
        "模",
        "tfhub.dev",
        "www.kaggle.com",
        "huggingface.co",
        "localhost",
        "models",
        "frameworks",
        "variations",
        "versions",
        "tree",
        "google",
        "nnlm",
        "tensorFlow2",
        "keras",
        "api",
        "refs/pr/",
        "1",
        "0",
        "token",
        "canary",
        "[::1]",
        "C:",
        "~",
        ".tar.gz",
        "***",
        "hub.tensorflow.google.cn",
        ")",
        "(",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg(feature = "fetch")]
    fn any_text_is_a_handle_or_an_error(text in ".{0,80}") {
        crate::fuzzing::handle(text.as_bytes());
    }

    #[test]
    #[cfg(feature = "fetch")]
    fn fault_5_nearly_a_handle_is_a_handle_or_an_error(text in nearly_a_handle()) {
        crate::fuzzing::handle(text.as_bytes());
    }

    #[test]
    fn fault_4_no_password_is_shown(
        // `gs:user:…` without a slash may as well be the name of a file.
        start in "(https?|HTTPS):(//|/)?|(gs|hf|s3|ftp|kaggle)://?",
        user in "[a-z]{0,4}",
        password in "canary[a-zA-Z0-9!$&'()*+,;=:@%._~/?#\\\\-]{0,8}",
        rest in "(/[a-z@]{0,5}){0,3}",
    ) {
        let text = format!("{start}{user}:{password}@host{rest}");
        let shown = match text.parse::<Handle>() {
            Ok(handle) => format!("{handle} {handle:?} {:?}", handle.kind()),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!shown.contains("canary"), "{}", shown);
    }

    #[test]
    fn fault_4_no_secret_parameter_is_shown(
        before in "([a-z]{1,3}=[a-z]{0,3}[&;])?",
        name in "(access_|x-|)(token|key|sig|secret|password|auth|code)|X-Goog-[A-Z][a-z]{2,5}|X-Amz-[A-Z][a-z]{2,5}",
        mark in "[?#]",
        after in "(&[a-z]{1,3}=[a-z]{0,3})?",
    ) {
        let text = format!("https://host/m{mark}{before}{name}=canary{after}");
        let handle: Handle = text.parse().expect("a handle");
        let shown = format!("{handle} {handle:?} {:?}", handle.kind());
        prop_assert!(!shown.contains("canary") && shown.contains(&after), "{}", shown);
        prop_assert_eq!(handle.as_str(), text);
    }
}
