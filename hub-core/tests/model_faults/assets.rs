//! Assets that lead out of the model, are missing, or hold a key twice: 129.

use std::fs;

use hub_core::saved_model::describe;
use hub_core::saved_model::proto::{AssetFileDef, CollectionDefKind};
use hub_core::{Error, OpPolicy};
use prost::Message;

use super::edit::Model;

const ESCAPES: [&str; 6] = ["../../x", "/etc/passwd", "a\0b", "a/../../b", "", "..\\x"];

#[test]
fn fault_129_asset_names_that_lead_out_are_refused_under_every_policy() {
    for name in ESCAPES {
        let tf2 = Model::changed("tables", |model| model.asset_file_def[0].filename = name.into());
        let tf1 = Model::changed("tf1_graph", |model| {
            model.asset_file_def.clear();
            let collection = model.collection_def.get_mut("saved_model_assets").expect("the fixture has assets");
            let Some(CollectionDefKind::AnyList(list)) = &mut collection.kind else { panic!("a list") };
            let mut asset = AssetFileDef::decode(&list.value[0].value[..]).unwrap();
            asset.filename = name.into();
            list.value[0].value = asset.encode_to_vec();
        });
        for model in [tf2, tf1] {
            for policy in [OpPolicy::Trust, OpPolicy::Standard, OpPolicy::Strict] {
                let error = model.load_under(policy).unwrap_err();
                assert!(matches!(&error, Error::AssetEscapes { name: found } if found == name), "{error:?}");
            }
            assert!(matches!(describe(model.write(), None), Err(Error::AssetEscapes { .. })));
        }
    }
}

#[test]
fn fault_129_a_missing_asset_and_a_key_twice_are_named() {
    let model = Model::of("tf1_graph");
    let file = model.path("assets/words.txt");
    let words = fs::read_to_string(&file).unwrap();
    let first = words.lines().next().unwrap();
    fs::write(&file, format!("{words}{first}\n")).unwrap();
    let twice = model.error();
    assert!(matches!(&twice, Error::Engine { message, .. } if message.contains(first)), "{twice:?}");
    fs::remove_file(&file).unwrap();
    let missing = model.error();
    assert!(missing.to_string().contains("words.txt"), "{missing:?}");
}
