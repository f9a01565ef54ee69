//! The file `saved_model.pb`: found, bounded, decoded.
//!
//! Which of its meta graphs is wanted is in `meta_graph`; what stands in them is not looked at here.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use prost::Message;

use super::{pre_scan, proto};
use crate::error::{Error, Result};

/// The file that makes a directory a SavedModel.
pub(crate) const FILE_NAME: &str = "saved_model.pb";

/// Protobuf messages end below 2 GiB.
const SIZE_LIMIT: u64 = i32::MAX as u64;

/// A SavedModel's directory and its decoded `saved_model.pb`.
#[derive(Debug, Clone)]
pub struct SavedModel {
    path: PathBuf,
    pub(super) message: proto::SavedModel,
    fingerprint: Fingerprint,
}

/// What tells the bytes of one `saved_model.pb` from those of another: their number and CRC32C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fingerprint {
    length: u64,
    crc: u32,
}

impl Fingerprint {
    /// The checksum of the bytes.
    #[cfg(feature = "engine")]
    pub(crate) fn crc(self) -> u32 {
        self.crc
    }

    /// That of these bytes behind those before.
    pub(crate) fn append(self, bytes: &[u8]) -> Fingerprint {
        Fingerprint { length: self.length + bytes.len() as u64, crc: crc32c::crc32c_append(self.crc, bytes) }
    }
}

impl SavedModel {
    /// Reads the SavedModel in `directory`.
    ///
    /// # Errors
    /// [`Error::NotAModel`] where there is no file `saved_model.pb`, [`Error::Unsupported`] where there is only a
    /// `saved_model.pbtxt`, [`Error::ModelParse`] for bytes that are no SavedModel, [`Error::Io`] where reading fails.
    pub fn read(directory: &Path) -> Result<SavedModel> {
        let path = directory.join(FILE_NAME);
        let length = match path.metadata() {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return Err(not_a_model(directory, format!("`{FILE_NAME}` is not a file"))),
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(absent(directory));
            }
            Err(why) => return Err(Error::io("read", &path, why)),
        };
        if length > SIZE_LIMIT {
            return Err(Error::ModelParse { path, why: format!("{length} bytes are more than a message can have") });
        }
        let mut bytes = Vec::with_capacity(length as usize);
        let file = File::open(&path).map_err(|why| Error::io("read", &path, why))?;
        file.take(SIZE_LIMIT).read_to_end(&mut bytes).map_err(|why| Error::io("read", &path, why))?;
        SavedModel::from_bytes(directory, &bytes)
    }

    /// Decodes the bytes of a `saved_model.pb`; `directory` is where the model's other files are.
    ///
    /// # Errors
    /// [`Error::ModelParse`] for bytes that are no SavedModel or would take far more memory than their size,
    /// [`Error::ModelStructure`] where two meta graphs have the same tags.
    pub fn from_bytes(directory: &Path, bytes: &[u8]) -> Result<SavedModel> {
        let parse_error = |why: String| Error::ModelParse { path: directory.join(FILE_NAME), why };
        pre_scan::saved_model(bytes).map_err(parse_error)?;
        let message = proto::SavedModel::decode(bytes).map_err(|why| parse_error(why.to_string()))?;
        if message.meta_graphs.is_empty() {
            return Err(parse_error("it holds no meta graph".into()));
        }
        let fingerprint = Fingerprint::default().append(bytes);
        let model = SavedModel { path: directory.to_owned(), message, fingerprint };
        model.check_tag_sets()?;
        Ok(model)
    }

    /// The model as the bytes of a `saved_model.pb`.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.message.encode_to_vec()
    }

    /// What tells the bytes of the file from others.
    #[cfg_attr(not(feature = "engine"), allow(dead_code, reason = "only loaded models are saved again"))]
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The model's directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn not_a_model(directory: &Path, why: String) -> Error {
    Error::NotAModel { path: directory.to_owned(), why }
}

/// The error for a directory without `saved_model.pb`, or for no directory at all.
fn absent(directory: &Path) -> Error {
    let text = directory.join("saved_model.pbtxt");
    if text.exists() {
        return Error::Unsupported { what: format!("a model in text form (`{}`)", text.display()) };
    }
    let why = if let Some(other) = other_format(directory) {
        other.into()
    } else if directory.is_dir() {
        format!("it holds no `{FILE_NAME}`")
    } else if directory.exists() {
        "it is not a directory".into()
    } else {
        "it does not exist".into()
    };
    not_a_model(directory, why)
}

/// What a directory holds instead, where it is a format that Hub hosts and nothing here loads.
fn other_format(directory: &Path) -> Option<&'static str> {
    if directory.join("model.json").is_file() {
        return Some("it holds a model for TensorFlow.js (`model.json`); ask its hub for the SavedModel");
    }
    let is_lite = |path: &Path| path.extension().is_some_and(|extension| extension == "tflite");
    let mut entries = directory.read_dir().ok()?.filter_map(|entry| entry.ok());
    let lite = is_lite(directory) || entries.any(|entry| is_lite(&entry.path()));
    lite.then_some("it holds a model for TensorFlow Lite (`.tflite`); ask its hub for the SavedModel")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<SavedModel> {
        SavedModel::from_bytes(Path::new("somewhere"), bytes)
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in [&b""[..], b"<html></html>", b"saved_model_schema_version: 1", &[0x12, 0xff, 0xff, 0xff, 0x0f]] {
            assert!(matches!(parse(bytes), Err(Error::ModelParse { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_in_the_place_of_the_file_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let read = || SavedModel::read(directory.path()).unwrap_err();
        assert!(matches!(read(), Error::NotAModel { why, .. } if why.contains("holds no")));
        let missing = SavedModel::read(&directory.path().join("missing")).unwrap_err();
        assert!(matches!(missing, Error::NotAModel { why, .. } if why.contains("does not exist")));
        std::fs::write(directory.path().join("saved_model.pbtxt"), "").unwrap();
        assert!(matches!(read(), Error::Unsupported { what } if what.contains("saved_model.pbtxt")));
        std::fs::create_dir(directory.path().join(FILE_NAME)).unwrap();
        assert!(matches!(read(), Error::NotAModel { why, .. } if why.contains("not a file")));
    }

    #[test]
    fn a_sparse_file_beyond_the_limit_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = File::create(directory.path().join(FILE_NAME)).unwrap();
        file.set_len(SIZE_LIMIT + 2).unwrap();
        assert!(matches!(SavedModel::read(directory.path()), Err(Error::ModelParse { .. })));
    }
}
