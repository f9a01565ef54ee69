//! What a TF1 Hub module has beside a SavedModel: its mark, and the attachments of its meta graphs.
//!
//! ```text
//! my_module/
//! ├── tfhub_module.pb     the mark: format 3, and features that a reader must know (there are none yet)
//! ├── saved_model.pb      one meta graph for each tag set; attachments in the collection `hub_module_attachments`
//! ├── variables/          by name, shared by all tag sets
//! └── assets/
//! ```
//!
//! `describe` asks here. Loading such modules is hub-legacy's.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use prost::Message;

use super::proto::{CollectionDefKind, ImageModuleInfo, MetaGraphDef, ModuleAttachment, ModuleDef};
use crate::error::{Error, Result};

/// The file that makes a directory a TF1 Hub module.
const MARK: &str = "tfhub_module.pb";

/// A mark takes two bytes; features would take a few words.
const MARK_LIMIT: u64 = 4096;

/// The only format there is.
const FORMAT_V3: i32 = 3;

const ATTACHMENTS: &str = "hub_module_attachments";

/// The attachment that says which images a module takes.
const IMAGE_MODULE_INFO: &str = "image_module_info";

/// Whether the directory holds a TF1 Hub module; its mark is read and checked.
///
/// # Errors
/// [`Error::Unsupported`] for another format or features, with their names, [`Error::ModelParse`] for a mark that is no
/// such message, [`Error::Io`] where it cannot be read.
pub fn is_hub_module(directory: &Path) -> Result<bool> {
    let path = directory.join(MARK);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MARK_LIMIT + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => {}
        Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(false),
        Err(why) => return Err(Error::io("read", &path, why)),
    }
    check_mark(&path, &bytes).map(|()| true)
}

/// Whether these are the bytes of a mark that is known here.
pub(crate) fn check_mark(path: &Path, bytes: &[u8]) -> Result<()> {
    let damaged = |why: String| Error::ModelParse { path: path.to_owned(), why };
    if bytes.len() as u64 > MARK_LIMIT {
        return Err(damaged(format!("it has more than {MARK_LIMIT} bytes")));
    }
    let mark = ModuleDef::decode(bytes).map_err(|why| damaged(why.to_string()))?;
    if mark.format != FORMAT_V3 {
        return Err(Error::Unsupported { what: format!("the module format {}", mark.format) });
    }
    if !mark.required_features.is_empty() {
        let features = mark.required_features.join("`, `");
        return Err(Error::Unsupported { what: format!("a module with the features `{features}`") });
    }
    Ok(())
}

/// The attachments of a meta graph, by key; of two under one key the last.
///
/// # Errors
/// [`Error::ModelStructure`] where the collection holds something else.
pub fn attachments(meta_graph: &MetaGraphDef) -> Result<BTreeMap<String, Vec<u8>>> {
    let Some(collection) = meta_graph.collection_def.get(ATTACHMENTS) else { return Ok(BTreeMap::new()) };
    let Some(CollectionDefKind::BytesList(list)) = &collection.kind else {
        return Err(Error::structure(format!("the collection `{ATTACHMENTS}` is no list of bytes")));
    };
    let decode = |bytes: &Vec<u8>| match ModuleAttachment::decode(&bytes[..]) {
        Ok(attachment) => Ok((attachment.key, attachment.value)),
        Err(why) => Err(Error::structure(format!("the collection `{ATTACHMENTS}`: {why}"))),
    };
    list.value.iter().map(decode).collect()
}

/// Height and width of the images that a module takes, where its attachments say so.
pub fn image_size(attachments: &BTreeMap<String, Vec<u8>>) -> Option<(u32, u32)> {
    let info = ImageModuleInfo::decode(&attachments.get(IMAGE_MODULE_INFO)?[..]).ok()?;
    info.default_image_size.map(|size| (size.height, size.width))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::proto::{BytesList, CollectionDef, NodeList};
    use super::*;

    #[test]
    fn the_mark_is_checked() {
        let directory = tempfile::tempdir().unwrap();
        assert!(!is_hub_module(directory.path()).unwrap());
        assert!(!is_hub_module(&directory.path().join("missing")).unwrap());
        let with = |bytes: &[u8]| {
            fs::write(directory.path().join(MARK), bytes).unwrap();
            is_hub_module(directory.path())
        };
        assert!(with(&[8, 3]).unwrap());
        assert!(matches!(with(&[]), Err(Error::Unsupported { what }) if what == "the module format 0"));
        assert!(matches!(with(&[8, 4]), Err(Error::Unsupported { what }) if what == "the module format 4"));
        let features = with(b"\x08\x03\x12\x01a\x12\x01b");
        assert!(matches!(features, Err(Error::Unsupported { what }) if what.ends_with("features `a`, `b`")));
        assert!(matches!(with(b"<html>"), Err(Error::ModelParse { .. })));
        assert!(matches!(with(&[0; 5000]), Err(Error::ModelParse { .. })));
        fs::remove_file(directory.path().join(MARK)).unwrap();
        fs::create_dir(directory.path().join(MARK)).unwrap();
        assert!(is_hub_module(directory.path()).is_err());
    }

    fn with(kind: CollectionDefKind) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut meta_graph = MetaGraphDef::default();
        meta_graph.collection_def.insert(ATTACHMENTS.into(), CollectionDef { kind: Some(kind) });
        attachments(&meta_graph)
    }

    #[test]
    fn the_last_attachment_of_a_key_counts() {
        let attachment = |key: &str, value: &[u8]| ModuleAttachment { key: key.into(), value: value.into() };
        let all = [attachment("a", b"1"), attachment("b", b"2"), attachment("a", b"3")];
        let list = |value| CollectionDefKind::BytesList(BytesList { value });
        let found = with(list(all.iter().map(Message::encode_to_vec).collect())).unwrap();
        assert_eq!(found, BTreeMap::from([("a".to_owned(), b"3".to_vec()), ("b".to_owned(), b"2".to_vec())]));
        assert_eq!(attachments(&MetaGraphDef::default()).unwrap(), BTreeMap::new());
        assert!(matches!(with(list(vec![vec![0xff]])), Err(Error::ModelStructure { .. })));
        assert!(with(CollectionDefKind::NodeList(NodeList::default())).is_err());
    }

    #[test]
    fn image_sizes_are_read_where_they_can_be() {
        let of = |bytes: &[u8]| image_size(&BTreeMap::from([(IMAGE_MODULE_INFO.to_owned(), bytes.to_vec())]));
        assert_eq!(of(&[10, 5, 8, 0xe0, 1, 16, 7]), Some((224, 7)));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[0xff]), None);
        assert_eq!(image_size(&BTreeMap::new()), None);
    }
}
