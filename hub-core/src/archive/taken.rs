//! The names that entries have taken, and those that would clash with them on some system.
//!
//! `unpacking` asks before it makes a file or directory. Two names clash when they are equal, or differ in nothing but
//! upper and lower case or in how accented letters are composed: a model must not depend on the system it is read on.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use icu_normalizer::ComposingNormalizerBorrowed;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A directory, with an entry of its own or not.
    Directory,
}

/// No archive of a model has a hundredth of this in names.
const NAMES_BYTES: usize = 64 << 20;

/// All names of an archive so far, directories without entries among them.
#[derive(Default)]
pub(super) struct Taken {
    places: HashMap<String, (String, Kind)>,
    bytes: usize,
}

impl Taken {
    /// Takes a path; answers with the directories that are new, parents first, a new directory itself among them.
    ///
    /// A directory may come twice, a file may not. The error is the rule that the path breaks.
    pub(super) fn take<'p>(&mut self, path: &'p str, kind: Kind) -> Result<Vec<&'p str>, String> {
        let mut new_directories = Vec::new();
        let mut folded = String::with_capacity(path.len());
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let mut start = 0;
        for end in ends {
            folded.push_str(&fold(&path[start..end]));
            let kind = if end == path.len() { kind } else { Kind::Directory };
            if self.take_one(&folded, &path[..end], kind)? && kind == Kind::Directory {
                new_directories.push(&path[..end]);
            }
            folded.push('/');
            start = end + 1;
        }
        Ok(new_directories)
    }

    /// Takes one path whose parents are taken; whether it is new.
    fn take_one(&mut self, folded: &str, path: &str, kind: Kind) -> Result<bool, String> {
        match self.places.entry(folded.to_owned()) {
            Entry::Vacant(place) => {
                place.insert((path.to_owned(), kind));
                self.bytes += folded.len() + path.len();
                match self.bytes > NAMES_BYTES {
                    true => Err(format!("the names together have more than {NAMES_BYTES} bytes")),
                    false => Ok(true),
                }
            }
            Entry::Occupied(place) => match place.get() {
                (other, _) if other != path => Err(format!(
                    "`{}` and `{}` are one name on some systems",
                    path.escape_debug(),
                    other.escape_debug()
                )),
                (_, Kind::Directory) if kind == Kind::Directory => Ok(false),
                (_, Kind::File) if kind == Kind::File => Err("a file of this name came before".into()),
                _ => Err(format!("`{}` is a file and a directory", path.escape_debug())),
            },
        }
    }
}

/// A part of a path as a file system sees it that neither minds case nor composition.
fn fold(part: &str) -> Cow<'_, str> {
    if part.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(part);
    }
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    Cow::Owned(nfc.normalize(&nfc.normalize(part).to_lowercase()).into_owned())
}
