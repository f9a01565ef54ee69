//! Tags and signatures: 130, 131.

use hub_core::saved_model::proto::{SignatureDef, TensorInfo, TensorInfoEncoding};
use hub_core::{Error, LoadOptions, LoadedModel, Tensor};

use super::edit::{F32, Model, initialiser};

#[test]
fn fault_130_tags_that_are_not_there_or_twice() {
    let model = Model::of("affine");
    let options = LoadOptions::new().tags(["train"]);
    let error = LoadedModel::from_directory(model.write(), &options).unwrap_err();
    let Error::TagsNotFound { available, .. } = &error else { panic!("{error:?}") };
    assert_eq!(available, &[["serve"]]);

    let mut twice = Model::of("affine");
    twice.message.meta_graphs.push(twice.message.meta_graphs[0].clone());
    let why = twice.unsound();
    assert!(why.contains("two meta graphs have the tags"), "{why}");

    // Without any tags it is still the only one.
    let bare = Model::changed("affine", |model| model.meta_info_def.as_mut().unwrap().tags.clear());
    bare.load().unwrap();
    let none: [&str; 0] = [];
    LoadedModel::from_directory(bare.write(), &LoadOptions::new().tags(none)).unwrap();
}

#[test]
fn fault_131_signatures_and_outputs_that_are_not_there() {
    let model = Model::of("affine").load().unwrap();
    let error = model.signatures().get("elsewhere").map(drop).unwrap_err();
    assert!(matches!(&error, Error::SignatureNotFound { available, .. } if available == &["serving_default", "sig"]));

    let only_init = Model::changed("tf1_graph", |model| {
        let info = TensorInfo { encoding: Some(TensorInfoEncoding::Name(initialiser(model))), ..Default::default() };
        let signature =
            SignatureDef { outputs: [("__saved_model_init_op".to_owned(), info)].into(), ..Default::default() };
        model.signature_def = [("__saved_model_init_op".to_owned(), signature)].into();
    });
    let loaded = only_init.load().unwrap();
    assert!(loaded.signatures().is_empty(), "the initialiser is no signature");
    let x = Tensor::from([1.0_f32]);
    assert!(matches!(loaded.call(&x), Err(Error::NotCallable { .. })));

    for (what, encoding) in [
        ("there is no tensor `elsewhere:0`", Some(TensorInfoEncoding::Name("elsewhere:0".into()))),
        ("it names no tensor", None),
        (
            "there is no tensor `nowhere:0`",
            Some(TensorInfoEncoding::CooSparse(Box::new(hub_core::saved_model::proto::CooSparse {
                values_tensor_name: "nowhere:0".into(),
                ..Default::default()
            }))),
        ),
        (
            "there is no tensor `inside:0`",
            Some(TensorInfoEncoding::CompositeTensor(Box::new(hub_core::saved_model::proto::CompositeTensor {
                components: vec![TensorInfo {
                    encoding: Some(TensorInfoEncoding::Name("inside:0".into())),
                    dtype: F32,
                    tensor_shape: None,
                }],
                ..Default::default()
            }))),
        ),
    ] {
        let model = Model::changed("affine", |model| {
            let signature = model.signature_def.get_mut("serving_default").unwrap();
            let info = TensorInfo { encoding, dtype: F32, tensor_shape: None };
            signature.outputs.insert("y".into(), info);
        });
        let why = model.unsound();
        assert!(why.contains(what), "{why}");
    }
}
