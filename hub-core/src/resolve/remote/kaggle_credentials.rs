//! Who we are on Kaggle: a token, a user name with a key, or the files of the `kaggle` command.
//!
//! Looked for in this order: `KAGGLE_API_TOKEN` (or the builder's token), `KAGGLE_USERNAME` with `KAGGLE_KEY`, the file
//! `access_token`, the file `kaggle.json`. The files lie in `~/.kaggle` or `KAGGLE_CONFIG_DIR`. Files are read when a
//! request is made, never printed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use crate::config::KaggleSettings;
use crate::error::{Error, Result};

/// A file of credentials is a line or two.
const FILE_BYTES: u64 = 64 * 1024;

/// What `kaggle.json` holds.
#[derive(Deserialize)]
struct Credentials {
    username: String,
    key: String,
}

/// The value of the header `Authorization`; `None` where nothing is known.
pub(super) fn authorization(settings: &KaggleSettings) -> Result<Option<String>> {
    if let Some(token) = &settings.token {
        return Ok(Some(bearer(token.reveal())));
    }
    if let (Some(username), Some(key)) = (&settings.username, &settings.key) {
        return Ok(Some(basic(username, key.reveal())));
    }
    let Some(directory) = &settings.directory else { return Ok(None) };
    if let Some(token) = read(&directory.join("access_token"))? {
        return Ok(Some(bearer(token.trim())));
    }
    let file = directory.join("kaggle.json");
    let Some(text) = read(&file)? else { return Ok(None) };
    let credentials: Credentials = serde_json::from_str(&text).map_err(|_| Error::InvalidSetting {
        name: file.display().to_string(),
        // What is in there must not be seen.
        value: "…".into(),
        expected: "JSON with `username` and `key`".into(),
    })?;
    Ok(Some(basic(&credentials.username, &credentials.key)))
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn basic(username: &str, key: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{key}")))
}

/// The text of a file, where it exists.
fn read(path: &Path) -> Result<Option<String>> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(FILE_BYTES).read_to_string(&mut text)) {
        Ok(_) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::io("read", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Secret;

    fn nobody() -> KaggleSettings {
        KaggleSettings { endpoint: String::new(), token: None, username: None, key: None, directory: None, cache: None }
    }

    #[test]
    fn a_token_comes_before_a_key_and_both_before_files() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = |name: &str, text: &str| fs::write(directory.path().join(name), text).expect("it is written");
        let mut settings = KaggleSettings { directory: Some(directory.path().into()), ..nobody() };
        assert_eq!(authorization(&settings).expect("no files are fine"), None);
        file("kaggle.json", r#"{"username": "ada", "key": "lovelace"}"#);
        let from_json = authorization(&settings).expect("the file is right");
        assert_eq!(from_json.as_deref(), Some("Basic YWRhOmxvdmVsYWNl"));
        file("access_token", "KGAT_1\n");
        assert_eq!(authorization(&settings).expect("the file is right").as_deref(), Some("Bearer KGAT_1"));
        settings.username = Some("ada".into());
        settings.key = Some(Secret::new("lovelace".into()));
        assert_eq!(authorization(&settings).expect("variables"), from_json);
        settings.token = Some(Secret::new("KGAT_2".into()));
        assert_eq!(authorization(&settings).expect("a token").as_deref(), Some("Bearer KGAT_2"));
    }

    #[test]
    fn a_damaged_file_is_named_and_not_shown() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("kaggle.json"), "canary").expect("it is written");
        let settings = KaggleSettings { directory: Some(directory.path().into()), ..nobody() };
        let error = authorization(&settings).expect_err("it is no JSON");
        let text = format!("{error} {error:?}");
        assert!(text.contains("kaggle.json") && !text.contains("canary"), "{text}");
    }
}
