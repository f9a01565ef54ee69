//! Pictures: what is in them, and what cannot be drawn.

#![cfg(feature = "plot")]

use hub_core::Tensor;
use hub_layers::{
    Compile, Concatenate, ConfusionMatrix, Dense, Dropout, Error, Fit, InputLayer, KerasTensor, Model, Sequential,
};

/// The texts of a picture.
fn texts(svg: &str) -> Vec<&str> {
    svg.split("</text>").filter_map(|part| part.rsplit_once('>')).map(|(_, text)| text.trim()).collect()
}

fn has(svg: &str, wanted: &[&str]) {
    let texts = texts(svg);
    wanted.iter().for_each(|wanted| assert!(texts.contains(wanted), "{wanted} is not in {texts:?}"));
}

#[test]
fn a_history_has_a_panel_for_each_name() {
    let mut model = Sequential::new().add(InputLayer::new([2])).add(Dense::new(1)).seed(3).build().unwrap();
    model.compile(Compile::new("sgd", "mse").metric("mae")).unwrap();
    let data = || (Tensor::from([[1.0_f32, 2.0], [0.5, -1.0]]), Tensor::from([[1.0_f32], [0.0]]));
    let history = model.fit(data(), Fit::new().epochs(5).validation_data(data())).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("history.svg");
    history.plot(&path).unwrap();
    let svg = std::fs::read_to_string(&path).unwrap();
    has(&svg, &["loss", "mae", "epoch", "training", "validation", "1", "5"]);
    assert!(!texts(&svg).contains(&"val_loss"));
    assert!(matches!(history.plot(directory.path().join("history.png")), Err(Error::BadConfig { .. })));
    let missing = history.plot(directory.path().join("none").join("history.svg")).unwrap_err();
    assert!(missing.to_string().contains("none"), "{missing}");
    assert!(matches!(hub_layers::History::default().plot(&path), Err(Error::BadConfig { .. })));
}

#[test]
fn a_confusion_matrix_counts() {
    let labels = Tensor::from([0_i64, 1, 2, 2, 1]);
    let logits =
        Tensor::from([[2.0_f32, 1.0, 0.0], [0.0, 3.0, 1.0], [0.0, 1.0, 0.5], [0.0, 1.0, 4.0], [0.0, 0.1, 0.0]]);
    let matrix = ConfusionMatrix::new(&labels, &logits).unwrap();
    let counts = |matrix: &ConfusionMatrix| [(0, 0), (1, 1), (2, 2), (2, 1), (1, 2)].map(|(a, b)| matrix.count(a, b));
    assert_eq!(counts(&matrix), [1, 2, 1, 1, 0]);
    assert_eq!(matrix.accuracy(), 0.8);
    let one_hot =
        Tensor::from([[1.0_f32, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
    assert_eq!(ConfusionMatrix::new(&one_hot, &logits).unwrap(), matrix);
    let binary = ConfusionMatrix::new(&Tensor::from([1_i64, 0]), &Tensor::from([[0.4_f32], [0.6]])).unwrap();
    assert_eq!((binary.count(1, 0), binary.count(0, 1)), (1, 1));
    let named = matrix.clone().class_names(["cat", "dog", "<bird>"]).unwrap();
    has(&named.to_svg().unwrap(), &["cat", "dog", "&lt;bird&gt;", "80.0 % are right", "label", "prediction"]);
    insta::assert_snapshot!(named, @r#"
    ┌────────────────────┬─────┬─────┬────────┐
    │ label \ prediction ┆ cat ┆ dog ┆ <bird> │
    ╞════════════════════╪═════╪═════╪════════╡
    │ cat                ┆   1 ┆   0 ┆      0 │
    │ dog                ┆   0 ┆   2 ┆      0 │
    │ <bird>             ┆   0 ┆   1 ┆      1 │
    └────────────────────┴─────┴─────┴────────┘
    "#);
    assert!(matrix.class_names(["cat"]).is_err());
    for (labels, predictions) in [(vec![0_i64, -1], vec![0, 0]), (vec![0, 1 << 40], vec![0, 0]), (vec![0], vec![0, 0])]
    {
        let found = ConfusionMatrix::new(&Tensor::vector(labels), &Tensor::vector(predictions));
        assert!(matches!(found, Err(Error::BadLabels { .. })));
    }
}

#[test]
fn a_model_is_boxes_and_arrows() {
    let (a, b) =
        (KerasTensor::input(InputLayer::new([4]).name("a")), KerasTensor::input(InputLayer::new([2]).name("b")));
    let (left, right) = (a.then(Dense::new(8).name("left")), b.then(Dense::new(8).name("right")));
    let joined = KerasTensor::list([left, right]).then(Concatenate::new()).then(Dropout::new(0.5));
    let outputs = KerasTensor::dict([
        ("first", joined.then(Dense::new(2).name("p"))),
        ("second", joined.then(Dense::new(1).name("q"))),
    ]);
    let model = Model::new(KerasTensor::list([a, b]), outputs).build().unwrap();
    let svg = model.to_svg().unwrap();
    has(&svg, &["left (Dense)", "concatenate (Concatenate)", "[?, 16]", "q (Dense)"]);
    assert_eq!(svg.matches("<polygon").count(), 7, "arrows");
    let directory = tempfile::tempdir().unwrap();
    model.plot(directory.path().join("model.svg")).unwrap();
    let unbuilt = Sequential::new().add(Dense::new(1)).build().unwrap();
    has(&unbuilt.to_svg().unwrap(), &["input", "dense (Dense)"]);
}
