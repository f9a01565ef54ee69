//! The meta graphs of a SavedModel and the tags that choose among them.

use std::collections::BTreeSet;

use super::proto::MetaGraphDef;
use super::read::SavedModel;
use crate::error::{Error, Result};

impl SavedModel {
    /// The tags of each meta graph, in the file's order.
    pub fn tag_sets(&self) -> Vec<Vec<String>> {
        self.message.meta_graphs.iter().map(|graph| tags(graph).to_vec()).collect()
    }

    /// Every meta graph, in the file's order.
    pub fn meta_graphs(&self) -> &[MetaGraphDef] {
        &self.message.meta_graphs
    }

    /// The meta graph with just these tags, in any order; the only one for `None`.
    ///
    /// # Errors
    /// [`Error::TagsNotFound`] where no meta graph has them, or `None` leaves a choice.
    pub fn meta_graph(&self, wanted: Option<&[String]>) -> Result<&MetaGraphDef> {
        let graphs = &self.message.meta_graphs;
        let found = match wanted {
            Some(wanted) => {
                let wanted: BTreeSet<&String> = wanted.iter().collect();
                graphs.iter().find(|graph| tag_set(graph) == wanted)
            }
            None if graphs.len() == 1 => graphs.first(),
            None => None,
        };
        found.ok_or_else(|| Error::TagsNotFound { wanted: wanted.map(<[_]>::to_vec), available: self.tag_sets() })
    }

    /// Whether this is a TF2 SavedModel: a single meta graph, with an object graph.
    pub fn is_tf2(&self, meta_graph: &MetaGraphDef) -> bool {
        self.message.meta_graphs.len() == 1 && meta_graph.object_graph_def.is_some()
    }

    /// Refuses two meta graphs with the same tags: which of them is meant would be chance.
    pub(super) fn check_tag_sets(&self) -> Result<()> {
        let mut seen = BTreeSet::new();
        match self.message.meta_graphs.iter().find(|graph| !seen.insert(tag_set(graph))) {
            Some(graph) => Err(Error::structure(format!("two meta graphs have the tags {:?}", tags(graph)))),
            None => Ok(()),
        }
    }
}

fn tags(graph: &MetaGraphDef) -> &[String] {
    graph.meta_info_def.as_ref().map_or(&[], |info| &info.tags)
}

fn tag_set(graph: &MetaGraphDef) -> BTreeSet<&String> {
    tags(graph).iter().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use prost::Message;

    use super::super::proto;
    use super::*;

    fn model(tag_sets: &[&[&str]]) -> Result<SavedModel> {
        let meta_graphs = tag_sets.iter().map(|tags| MetaGraphDef {
            meta_info_def: Some(proto::MetaInfoDef {
                tags: tags.iter().map(|tag| tag.to_string()).collect(),
                ..Default::default()
            }),
            ..Default::default()
        });
        let message = proto::SavedModel { saved_model_schema_version: 1, meta_graphs: meta_graphs.collect() };
        SavedModel::from_bytes(Path::new("model"), &message.encode_to_vec())
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn tags_select_by_set_equality() {
        let two = model(&[&["serve"], &["serve", "train"]]).unwrap();
        assert_eq!(tags(two.meta_graph(Some(&words(&["train", "serve"]))).unwrap()), ["serve", "train"]);
        assert_eq!(tags(two.meta_graph(Some(&words(&["serve"]))).unwrap()), ["serve"]);
        for wanted in [Some(&[][..]), Some(&words(&["train"])[..]), None] {
            let error = two.meta_graph(wanted).unwrap_err();
            assert!(matches!(error, Error::TagsNotFound { available, .. } if available.len() == 2));
        }
        assert!(model(&[&["serve"]]).unwrap().meta_graph(None).is_ok());
    }

    #[test]
    fn equal_tag_sets_are_refused() {
        assert!(matches!(model(&[&["a", "b"], &["b", "a"]]), Err(Error::ModelStructure { .. })));
    }
}
