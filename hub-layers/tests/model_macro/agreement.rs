//! What `model!` refuses while it compiles, the layers refuse when they are built by hand.
//!
//! The declared models are among the compile-fail cases of hub-macros (`tests/shapes.rs`, `tests/contracts.rs`).

use hub_layers::{
    Activation, BatchNormalization, Concatenate, Conv2D, DType, Dense, Embedding, Flatten, GlobalAveragePooling2D,
    InputLayer, KerasLayer, KerasTensor, Model, RandomFlip, Rescaling, Resizing, Result, Sequential, SequentialBuilder,
    StringLookup, TextVectorization,
};

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
