//! What `model!` refuses while it compiles, the layers refuse when they are built by hand.
//!
//! The declared models are among the compile-fail cases of hub-macros (`tests/shapes.rs`, `tests/contracts.rs`).

use hub_layers::{
    Activation, BatchNormalization, Concatenate, Conv2D, DType, Dense, Embedding, Flatten, GlobalAveragePooling2D,
    InputLayer, KerasLayer, KerasTensor, Model, RandomFlip, Rescaling, Resizing, Result, Sequential, SequentialBuilder,
    StringLookup, TextVectorization,
};
use hub_legacy::{CallableOptions, LoadedObject, RuleError as Error, Selected, select_callable};

fn after(input: InputLayer) -> SequentialBuilder {
    Sequential::new().add(input)
}

fn images() -> SequentialBuilder {
    after(InputLayer::new([8, 8, 1]))
}

fn strings() -> InputLayer {
    InputLayer::new([4]).dtype(DType::String)
}

fn fixture(name: &str) -> KerasLayer {
    KerasLayer::new(format!("{}/../fixtures/{name}/model", env!("CARGO_MANIFEST_DIR"))).expect("it loads")
}

#[test]
fn lists() {
    for (case, built) in [
        ("Conv2D over rows", after(InputLayer::new([8, 8])).add(Conv2D::new(4, 3)).build()),
        ("a window larger than the image", images().add(Conv2D::new(4, 9)).build()),
        ("groups", after(InputLayer::new([8, 8, 3])).add(Conv2D::new(4, 3).groups(2)).build()),
        ("pooling of rows", images().add(Flatten::new()).add(GlobalAveragePooling2D::new()).build()),
        ("flips of rows", images().add(GlobalAveragePooling2D::new()).add(RandomFlip::new()).build()),
        ("Dense over single numbers", after(InputLayer::new(())).add(Dense::new(3)).build()),
        ("softmax over single numbers", after(InputLayer::new(())).add(Activation::new("softmax")).build()),
        ("Dense over strings", after(strings()).add(Dense::new(3)).build()),
        ("Rescaling of strings", after(strings()).add(Rescaling::new(0.5)).build()),
        ("Resizing of rows", after(InputLayer::new([4])).add(Resizing::new(4, 4)).build()),
        ("words among numbers", after(InputLayer::new([4])).add(StringLookup::new()).build()),
        ("several texts", after(strings()).add(TextVectorization::new().vocabulary(["a"])).build()),
        ("another length", after(InputLayer::new([3])).add(Embedding::new(9, 4).input_length(4)).build()),
        ("one tensor to join", after(InputLayer::new([4])).add(Concatenate::new()).build()),
        ("an axis too many", after(InputLayer::new([4])).add(BatchNormalization::new().axis(2)).build()),
        ("an input later", Sequential::new().add(Dense::new(3)).add(InputLayer::new([4])).build()),
        ("images of another size", after(InputLayer::new([28, 28, 1])).add(fixture("digits_features")).build()),
        (
            "images of another type",
            after(InputLayer::new([8, 8, 1]).dtype(DType::U8)).add(fixture("digits_features")).build(),
        ),
        ("features as images", Sequential::new().add(fixture("digits_features")).add(Conv2D::new(4, 3)).build()),
        (
            "a signature without a key",
            Sequential::new().add(fixture("affine").signature("sig")).add(Dense::new(3)).build(),
        ),
        ("a key of one tensor", Sequential::new().add(fixture("affine").output_key("y")).build()),
    ] {
        assert!(built.is_err(), "{case}");
    }
}

/// The table of rules stands in hub-legacy and, since a procedural macro cannot have that in it, in hub-macros.
#[test]
fn rules() {
    let rows = hub_layers::__macro::rule_table!();
    assert_eq!(rows.len(), 2 * 2 * 2 * 5 * 5 * 2);
    for (is_hub_format, is_callable, signatures, signature, output_key, as_dict, outcome) in rows {
        let object =
            LoadedObject { is_hub_format: *is_hub_format, is_callable: *is_callable, signatures: Some(signatures) };
        let options = CallableOptions {
            signature: signature.map(str::to_owned),
            output_key: output_key.map(str::to_owned),
            signature_outputs_as_dict: *as_dict,
        };
        let selected = match select_callable(&object, &options) {
            Ok(selection) => {
                let callable = match selection.callable {
                    Selected::Object => "object".to_owned(),
                    Selected::Signature(name) => name,
                };
                format!("{callable} {}", selection.output_key.unwrap_or("all".into()))
            }
            Err(Error::SignatureOutput { both: true, .. }) => "both".into(),
            Err(Error::SignatureOutput { both: false, .. }) => "neither".into(),
            Err(Error::OutputsAsDictWithoutSignature) => "dict without signature".into(),
            Err(Error::SignatureNeeded { .. }) => "signature needed".into(),
            Err(Error::UnknownSignature { signature, .. }) => format!("unknown {signature}"),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(selected, *outcome, "{object:?} {options:?}");
    }
}

#[test]
fn graphs() {
    let input = |shape: &[usize], dtype: DType| KerasTensor::input(InputLayer::new(shape).dtype(dtype));
    let joined = |left: KerasTensor, right: KerasTensor| -> Result<Model> {
        let both = KerasTensor::list([left.clone(), right.clone()]);
        Model::new(both.clone(), both.then(Concatenate::new())).build()
    };
    assert!(joined(input(&[3], DType::F32), input(&[2, 2], DType::F32)).is_err());
    assert!(joined(input(&[3, 2], DType::F32), input(&[4, 3], DType::F32)).is_err());
    assert!(joined(input(&[3], DType::F32), input(&[3], DType::I32)).is_err());
    assert!(joined(input(&[3, 2], DType::F32), input(&[3, 4], DType::F32)).is_ok());
}
