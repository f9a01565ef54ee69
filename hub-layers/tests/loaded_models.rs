//! Several `KerasLayer`s in one `Sequential`: over one loaded model, and over two.

mod golden;

use std::fs;
use std::path::{Path, PathBuf};

use golden::fixture;
use hub_core::{Shape, Tensor};
use hub_layers::{Dense, KerasLayer, Sequential};

/// A layer that calls a function of `fixtures/effects`.
fn effects(model: &hub_core::LoadedModel, function: &str) -> KerasLayer {
    KerasLayer::new(model.function(function).unwrap()).unwrap().input_shape(Shape::from([2]))
}

/// `write` gives its input back and then takes long to set what `read` adds: 1000 times the sum.
#[test]
fn a_layer_sees_what_one_before_it_has_written() {
    let model = hub_core::load(&fixture("effects/model")).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    let ordered = Sequential::new().add(effects(&model, "write")).add(effects(&model, "read")).build().unwrap();
    assert_eq!(ordered.predict(&x).unwrap().tensor().unwrap(), &Tensor::from([[3001.0_f32, 3002.0]]));
    let y = Tensor::from([[0.0_f32, -2.0]]);
    assert_eq!(ordered.predict(&y).unwrap().tensor().unwrap(), &Tensor::from([[-2000.0_f32, -2002.0]]));
}

#[test]
fn two_loaded_models_keep_their_state_apart() {
    let load = || hub_core::load(&fixture("effects/model")).unwrap();
    let (one, other) = (load(), load());
    let x = Tensor::from([[1.0_f32, 2.0]]);
    let apart = Sequential::new().add(effects(&one, "write")).add(effects(&other, "read")).build().unwrap();
    assert_eq!(apart.predict(&x).unwrap().tensor().unwrap(), &x, "the other model's total is still 0");
    assert_eq!(apart.predict(&x).unwrap().tensor().unwrap(), &x);
    let both = Sequential::new()
        .add(effects(&one, "write"))
        .add(effects(&one, "read"))
        .add(effects(&other, "read"))
        .build()
        .unwrap();
    assert_eq!(both.predict(&x).unwrap().tensor().unwrap(), &Tensor::from([[3001.0_f32, 3002.0]]));
}

#[test]
fn two_different_models_in_one() {
    let affine = || KerasLayer::new(fixture("affine/model")).unwrap();
    let effects = || KerasLayer::new(fixture("effects/model")).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0, 3.0], [0.0, -1.0, 0.5]]);
    let model = Sequential::new().add(affine()).add(effects()).build().unwrap();
    // What the one answers alone, doubled by the other: x·w + b = [11.1, 2.8], [1.1, 0.3].
    let expected = Tensor::from([[22.2_f32, 5.6], [2.2, 0.6]]);
    golden::assert_close("affine, effects", model.predict(&x).unwrap().tensor().unwrap(), &expected);
    let names: Vec<_> = model.weights().unwrap().iter().map(|weight| weight.name().to_owned()).collect();
    assert_eq!(names, ["total", "any_shape"], "affine lists none");
    // The same with each model loaded once more.
    let model = Sequential::new().add(affine()).add(effects()).add(effects()).build().unwrap();
    let expected = Tensor::from([[44.4_f32, 11.2], [4.4, 1.2]]);
    golden::assert_close("and effects again", model.predict(&x).unwrap().tensor().unwrap(), &expected);
    assert_eq!(model.weights().unwrap().len(), 4, "another object, other weights");
}

/// A copy of `fixtures/effects` whose call triples: other functions by the same names.
fn tripling(folder: &Path) -> KerasLayer {
    let model = PathBuf::from(fixture("effects/model"));
    fs::create_dir(folder.join("variables")).unwrap();
    for file in ["variables/variables.index", "variables/variables.data-00000-of-00001"] {
        fs::copy(model.join(file), folder.join(file)).unwrap();
    }
    let mut graph = fs::read(model.join("saved_model.pb")).unwrap();
    let two = 2.0_f32.to_le_bytes();
    let places: Vec<usize> = (0..graph.len() - 3).filter(|at| graph[*at..at + 4] == two).collect();
    assert_eq!(places.len(), 1, "the factor of the call is the only 2.0: {places:?}");
    graph[places[0]..places[0] + 4].copy_from_slice(&3.0_f32.to_le_bytes());
    fs::write(folder.join("saved_model.pb"), graph).unwrap();
    KerasLayer::new(folder.to_str().unwrap()).unwrap()
}

#[test]
fn functions_of_one_name_in_two_models() {
    let folder = tempfile::tempdir().unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    let alone = Sequential::new().add(tripling(folder.path())).build().unwrap();
    assert_eq!(alone.predict(&x).unwrap().tensor().unwrap(), &Tensor::from([[3.0_f32, 6.0]]));
    let folder = tempfile::tempdir().unwrap();
    let doubling = || KerasLayer::new(fixture("effects/model")).unwrap();
    let six_times = Tensor::from([[6.0_f32, 12.0]]);
    let model = Sequential::new().add(doubling()).add(tripling(folder.path())).build().unwrap();
    assert_eq!(model.predict(&x).unwrap().tensor().unwrap(), &six_times);
    let other = tempfile::tempdir().unwrap();
    let model = Sequential::new().add(tripling(other.path())).add(doubling()).add(doubling()).build().unwrap();
    assert_eq!(model.predict(&x).unwrap().tensor().unwrap(), &Tensor::from([[12.0_f32, 24.0]]));
}

/// `any_shape` is declared without a shape; it has six elements, and `total` one.
#[test]
fn a_variable_of_unknown_shape_counts_its_elements() {
    let model = Sequential::new().add(KerasLayer::new(fixture("effects/model")).unwrap()).build().unwrap();
    assert_eq!(model.summary().total_params(), 7);
    let weights = model.weights().unwrap();
    let any_shape = weights.iter().find(|weight| weight.name() == "any_shape").unwrap();
    assert_eq!(any_shape.shape(), [2, 3]);
    assert_eq!(any_shape.value().unwrap(), Tensor::from([[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]));
}

#[test]
fn an_object_of_a_model_is_a_handle() {
    let model = hub_core::load(&fixture("polymorphic/model")).unwrap();
    let x = Tensor::from([[1.0_f32, 2.0]]);
    let expected = model.function("encoder").unwrap().call(&x).unwrap();
    let layer = KerasLayer::new(model.object("encoder").unwrap()).unwrap();
    assert_eq!(layer.call(&x).unwrap(), expected);
}

/// TensorFlow does not see how wide the module's output is: it follows from a variable that is read while it runs.
#[test]
fn the_shape_that_a_trace_declares_is_known() {
    let module = KerasLayer::new(fixture("text_embedding/model")).unwrap();
    let model = Sequential::new().add(module).add(Dense::new(3)).build().unwrap();
    assert_eq!(model.predict(Tensor::from(["a film", ""])).unwrap().tensor().unwrap().shape(), [2, 3]);
}

#[test]
fn tables_work_inside_a_sequential() {
    let words = Tensor::from(["fox", "no such word"]);
    let expected = hub_core::load(&fixture("tables/model")).unwrap().call(&words).unwrap();
    let embed = Sequential::new().add(KerasLayer::new(fixture("tables/model")).unwrap()).build().unwrap();
    assert_eq!(embed.predict(&words).unwrap(), expected);
}
