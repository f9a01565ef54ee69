//! Addresses of files: `file:///models/digits`.
//!
//! They are read as TensorFlow reads them: nothing is decoded, a percent sign is a percent sign.

use std::path::PathBuf;

use super::{HandleKind, shown};

/// What follows `file:`.
pub(super) fn parse(rest: &str) -> Result<HandleKind, String> {
    let Some(behind) = rest.strip_prefix("//") else {
        return match rest.strip_prefix('/') {
            Some(path) if !path.is_empty() => Ok(HandleKind::Path(PathBuf::from(rest))),
            _ => Err(format!("a file's address holds an absolute path: expected `file:///{}`", shown(rest))),
        };
    };
    let (host, path) = behind.find('/').map_or((behind, ""), |at| behind.split_at(at));
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return Err(format!(
            "it names another host: write `{}` for a file on this machine",
            shown(&format!("file:///{behind}"))
        ));
    }
    if path.trim_matches('/').is_empty() {
        return Err("it names no file: expected `file:///path`".into());
    }
    Ok(HandleKind::Path(PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_an_absolute_path() {
        for (rest, path) in [
            ("///models/digits", "/models/digits"),
            ("//localhost/models/digits", "/models/digits"),
            ("/models/digits", "/models/digits"),
            ("///a%20b/c d?e#f", "/a%20b/c d?e#f"),
            ("////a", "//a"),
        ] {
            assert_eq!(parse(rest), Ok(HandleKind::Path(path.into())), "{rest}");
        }
    }

    #[test]
    fn near_misses_show_the_right_form() {
        for (rest, said) in [
            ("", "`file:///`"),
            ("models", "`file:///models`"),
            ("./models", "expected `file:///./models`"),
            ("//models/digits", "`file:///models/digits`"),
            ("//", "no file"),
            ("///", "no file"),
            ("//localhost", "no file"),
            ("/", "absolute path"),
        ] {
            let why = parse(rest).expect_err(rest);
            assert!(why.contains(said), "{rest}: {why}");
        }
    }
}
