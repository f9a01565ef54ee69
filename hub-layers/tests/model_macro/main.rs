//! Right models of `model!`: every form of them compiles, and builds what the builders build.
//!
//! | file | holds |
//! |---|---|
//! | `main` | lists, and what surrounds the macro: names, re-exports, control flow |
//! | `agreement` | what is refused while compiling is refused by the layers too |
//! | `typed` | the types that `hub_model!` writes |
//! | `numbers` | lists and graphs that predict, beside the same models by hand |
//!
//! The lists here begin with an `InputLayer` and name their layers, so that summaries can be compared. Wrong models are
//! in `tests/ui`.

#![allow(unreachable_pub, reason = "the modules stand for crates that re-export")]

mod agreement;
mod numbers;
mod typed;

use std::cell::Cell;
use std::error::Error;
use std::sync::Mutex;

use hub_layers::{Activation, Dense, Dropout, Flatten, InputLayer, KerasLayer, Rescaling, Result, Sequential, model};

/// A handle that leads nowhere: a list with it compiles and fails.
const NOWHERE: &str = "no/such/model";

fn summary(model: Result<Sequential>) -> String {
    model.expect("the list is right").summary().to_string()
}

/// What the lists of one `Dense` below stand for.
fn ten_scores() -> String {
    summary(Sequential::new().add(InputLayer::new([4]).name("input")).add(Dense::new(10).name("scores")).build())
}

#[test]
fn builds_what_the_builders_build() {
    let declared = model!(<
        InputLayer([8, 8, 1], name = "image"),
        Rescaling(1.0 / 16.0, offset = -0.5, name = "scaled"),
        Flatten(name = "flat"),
        Dropout(0.2, seed = 7, name = "dropped"),
        Dense(32, activation = "relu", use_bias = false, name = "hidden"),
        Dense(10, name = "scores"),
        Activation("softmax", name = "probabilities"),
    >);
    let built = Sequential::new()
        .add(InputLayer::new([8, 8, 1]).name("image"))
        .add(Rescaling::new(1.0 / 16.0).offset(-0.5).name("scaled"))
        .add(Flatten::new().name("flat"))
        .add(Dropout::new(0.2).seed(7).name("dropped"))
        .add(Dense::new(32).activation("relu").use_bias(false).name("hidden"))
        .add(Dense::new(10).name("scores"))
        .add(Activation::new("softmax").name("probabilities"))
        .build();
    let declared = summary(declared);
    assert_eq!(declared, summary(built));
    assert!(declared.contains("hidden") && declared.contains("probabilities"), "{declared}");
}

#[test]
fn every_spelling_is_the_same_list() {
    let ten = ten_scores();
    assert_eq!(summary(model!(< InputLayer([4], name = "input"), Dense(10, name = "scores") >)), ten);
    assert_eq!(summary(model!(< InputLayer([4], name = "input"), Dense(10, name = "scores"), >)), ten);
    assert_eq!(summary(model! { < InputLayer([4], name = "input"), Dense(10, name = "scores") > }), ten);
    assert_eq!(summary(model![InputLayer([4], name = "input"), Dense(10, name = "scores")]), ten);
    assert_eq!(summary(model![InputLayer([4], name = "input"), Dense(10, name = "scores"),]), ten);
    assert_eq!(summary(model!(<InputLayer(shape=[4],name="input"),Dense(name="scores",units=10,)>)), ten);
}

#[test]
fn the_error_of_a_layer_is_the_models() {
    let Err(built) = KerasLayer::new(NOWHERE) else { panic!("there is no such model") };
    let Err(declared) = model!(< KerasLayer(NOWHERE, trainable = true), Dense(10) >) else {
        panic!("there is no such model")
    };
    assert_eq!(declared.to_string(), built.to_string());
}

#[test]
fn after_an_error_nothing_is_evaluated() {
    let evaluated = Cell::new(0);
    let count = |units| {
        evaluated.set(evaluated.get() + 1);
        units
    };
    assert!(model!(< Dense(count(3)), KerasLayer(NOWHERE), Dense(count(4)) >).is_err());
    assert_eq!(evaluated.get(), 1);
}

/// Stands for a crate or module with layers of its own.
mod own {
    pub mod layers {
        pub use hub_layers::Dense as Scores;
    }
}

use own::layers::Scores;

#[test]
fn own_layers_are_written_by_path() {
    let ten = ten_scores();
    assert_eq!(summary(model!(< InputLayer([4], name = "input"), own::layers::Scores(10, name = "scores") >)), ten);
    assert_eq!(summary(model!(< InputLayer([4], name = "input"), self::Scores(10, name = "scores") >)), ten);
    assert_eq!(summary(model!(< InputLayer([4], name = "input"), ::hub_layers::Dense(10, name = "scores") >)), ten);
}

/// Stands for a crate that passes the macro on, used where the name `hub_layers` means something else.
mod facade {
    pub use ::hub_layers::{Result, Sequential, model};

    pub mod elsewhere {
        /// A decoy: the expansion must not take it for the crate.
        mod hub_layers {}

        pub fn ten() -> super::Result<super::Sequential> {
            super::model!(< InputLayer([4], name = "input"), Dense(10, name = "scores") >)
        }
    }
}

extern crate hub_layers as renamed;

#[test]
fn works_through_a_reexport() {
    let ten = ten_scores();
    assert_eq!(summary(facade::model!(< InputLayer([4], name = "input"), Dense(10, name = "scores") >)), ten);
    assert_eq!(summary(renamed::model!(< InputLayer([4], name = "input"), Dense(10, name = "scores") >)), ten);
    assert_eq!(summary(facade::elsewhere::ten()), ten);
}

#[test]
fn works_within_a_macro() {
    macro_rules! two {
        ($layer:ident, $units:expr, $($more:tt)*) => {
            model!(< InputLayer([4], name = "input"), $layer($units, $($more)*) >)
        };
    }
    macro_rules! one_path {
        ($layer:path, $name:literal) => {
            model!(< InputLayer([4], name = "input"), $layer(10, name = $name) >)
        };
    }
    assert_eq!(summary(two!(Dense, 9 + 1, name = "scores")), ten_scores());
    assert_eq!(summary(one_path!(own::layers::Scores, "scores")), ten_scores());
}

#[test]
fn a_question_mark_acts_on_the_function_around() {
    fn with_units(units: &str) -> Result<Sequential, Box<dyn Error>> {
        let model = model!(< InputLayer([4], name = "input"), Dense(units.parse()?, name = "scores") >)?;
        Ok(model)
    }
    let ten = with_units("10").expect("a number").summary().to_string();
    assert_eq!(ten, ten_scores());
    assert!(with_units("many").is_err_and(|error| error.is::<std::num::ParseIntError>()));
}

#[test]
fn control_flow_acts_on_the_function_around() {
    fn or_none(units: Option<usize>) -> Option<Result<Sequential>> {
        Some(model!(< InputLayer([4], name = "input"), Dense(units?, name = "scores") >))
    }
    assert_eq!(summary(or_none(Some(10)).expect("units")), ten_scores());
    assert!(or_none(None).is_none());

    let mut built = Vec::new();
    for units in [Some(0), None, Some(10), Some(20)] {
        let Some(units) = units else { continue };
        let units = |smallest| if units < smallest { None } else { Some(units) };
        built.push(model!(<
            InputLayer([4], name = "input"),
            Dense(match units(5) { Some(20) => break, Some(units) => units, None => continue }, name = "scores")
        >));
    }
    assert_eq!(built.into_iter().map(summary).collect::<Vec<_>>(), [ten_scores()]);
}

#[test]
fn an_argument_may_await() {
    use std::future::ready;
    use std::task::{Context, Poll, Waker};

    let built =
        std::pin::pin!(async { model!(< InputLayer([4], name = "input"), Dense(ready(10).await, name = "scores") >) });
    let Poll::Ready(built) = built.poll(&mut Context::from_waker(Waker::noop())) else { panic!("nothing to wait for") };
    assert_eq!(summary(built), ten_scores());
}

#[test]
fn a_lock_is_held_for_one_layer_only() {
    let sizes = Mutex::new((10, NOWHERE));
    let ten = model!(< InputLayer([4], name = "input"), Dense(sizes.try_lock().expect("free").0, name = "scores") >);
    assert_eq!(summary(ten), ten_scores());
    let twice = model!(< Dense(sizes.try_lock().expect("free").0), KerasLayer(sizes.try_lock().expect("free").1) >);
    assert!(twice.is_err());
}

#[test]
fn the_macros_own_names_are_out_of_sight() {
    let (sequential, layer, error) = (10, "scores", [4]);
    assert_eq!(summary(model!(< InputLayer(error, name = "input"), Dense(sequential, name = layer) >)), ten_scores());
}

/// Names that the expansions use, meaning something else.
#[allow(dead_code, non_camel_case_types, non_snake_case, reason = "decoys")]
mod hostile {
    pub mod core {}
    pub mod std {}
    pub mod hub_core {}
    pub struct Sequential;
    pub struct Model;
    pub struct KerasTensor;
    pub struct InputLayer;
    pub struct Dense;
    pub struct KerasLayer;
    pub struct L2;
    pub enum Result {
        Ok,
        Err,
    }
    pub enum Option {
        Some,
        None,
    }
    pub fn Some() {}
    pub fn Ok() {}
    pub fn Err() {}
    pub struct From;
    pub struct String;
    pub struct Vec;
    pub struct f32;
    pub struct str;
    pub fn layer() {}
    pub fn error() {}
    pub fn sequential() {}

    pub fn list() -> ::hub_layers::Result<::hub_layers::Sequential> {
        ::hub_layers::model!(< InputLayer([4], name = "input"), if true { Dense(10, name = "scores", kernel_regularizer = L2(0.5)) } >)
    }

    pub fn graph() -> ::hub_layers::Result<::hub_layers::Model> {
        ::hub_layers::model! {
            input text: String[batch];
            input x: f32[batch, 4, _];
            let y = if true { Dense(10)(Flatten(input_shape = [4])(x)) } else { x };
            let loaded = KerasLayer("no/such/model")(text);
            output { y, loaded }
        }
    }
}

#[test]
fn hostile_names_are_not_in_the_way() {
    assert_eq!(summary(hostile::list()), ten_scores());
    assert!(hostile::graph().is_err_and(|error| error.to_string().contains("no/such/model")));
}
