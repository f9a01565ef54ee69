//! Lists with mistakes: what is said, at which text, and what is left of the list.

use crate::expand;
use crate::mistakes::Mistakes;

/// Describes the mistakes of a list.
fn mistakes(list: &str) -> String {
    let mut mistakes = Mistakes::default();
    expand::layers(list.parse().expect("tokens"), &mut mistakes);
    mistakes.describe()
}

/// Describes the mistakes of each list, one after the other.
fn each(lists: &[&str]) -> String {
    let describe = |list: &&str| format!("model!({list})\n\n{}", mistakes(list));
    lists.iter().map(describe).collect::<Vec<_>>().join("\n----\n")
}

#[test]
fn of_the_list() {
    insta::assert_snapshot!(each(&[
        "",
        "<>",
        "< Dense(10)",
        "Dense(10) >",
        "< 10, Dense(10) >",
        "< Dense(10),, Flatten() >",
        "< , >",
        "< Dense(10) Flatten() >",
        "< Dense(10).name(\"scores\"), Flatten() >",
        "< Dense(10)? >",
        "< Dense(10) > >",
    ]));
}

#[test]
fn of_a_layer() {
    insta::assert_snapshot!(each(&[
        "< Dens(10) >",
        "< Linear(10) >",
        "< dense >",
        "< Layer::<f32>(1) >",
        "< Flatten >",
        "< my::Layer >",
        "< Dense[10] >",
        "< my::Layer { size: 2 }, Flatten() >",
        "< Dense::new(10) >",
        "< my::Layer::<f32>::new(10) >",
        "< Dense::<f32>(10) >",
        "< my::Layer<f32>(10), Flatten() >",
    ]));
}

#[test]
fn of_arguments() {
    insta::assert_snapshot!(each(&[
        "< Dense() >",
        "< Dense(activation = \"relu\") >",
        "< Dense(activaton = \"relu\") >",
        "< Dense(unit = 10) >",
        "< Dense(10, \"relu\") >",
        "< Flatten(1 + 2) >",
        "< Dense(10, activaton = \"relu\") >",
        "< Dropout(0.2, noise_shape = 1) >",
        "< Dense(10, name = \"a\", name = \"b\") >",
        "< Dense(10, units = 10) >",
        "< Dense(activation = \"relu\", 10) >",
        "< my::Layer(size = 2, 3, size = 4) >",
        "< Dense(10, activation: \"relu\") >",
        "< Dense(10, activation => \"relu\") >",
        "< Dense(10, activation =) >",
        "< Dense(10 activation = \"relu\") >",
        "< Dense(*) >",
        "< Dense(10, , name = \"a\") >",
    ]));
}

#[test]
fn all_at_once() {
    insta::assert_snapshot!(mistakes(
        "< Dens(10), Dense(), Flatten, Dense(10, activaton = f(), unts = 3, 4) Dropout(0.2, 0.3), my::Layer(1, a = 2, a = 3), 5 >"
    ));
}

#[test]
fn the_layers_without_a_mistake_stay() {
    let expansion = expand::model("< Dens(10), Dense(20) >".parse().expect("tokens")).to_string();
    assert!(expansion.contains("compile_error"), "{expansion}");
    assert!(expansion.contains("Dense :: new (20)"), "{expansion}");
    assert!(expansion.contains("sequential . build ()"), "{expansion}");
}
