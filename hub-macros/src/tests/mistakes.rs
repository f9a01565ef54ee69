//! Lists with mistakes: what is said, at which text, and what is left of the list.

use crate::contract::Contracts;
use crate::expand;
use crate::report::Report;

/// Describes the mistakes of a list.
pub(super) fn mistakes(list: &str) -> String {
    let mut mistakes = Report::default();
    expand::checked(list.parse().expect("tokens"), &mut Contracts::within(None), &mut mistakes);
    mistakes.describe()
}

/// Describes the mistakes of each list, one after the other.
pub(super) fn each(lists: &[&str]) -> String {
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
        "< .., Dense(10) >",
        "< if { Dense(10) } >",
        "< if deep, Dense(10) >",
        "< if deep { } , Dense(10) >",
        "< if deep { Dense(10) } else Dense(3), Flatten() >",
        "< if deep { Dens(10) } else { Flatten } >",
        "< if deep { Dense(10) } Flatten() >",
        "< if deep { Dense(10) Flatten() } >",
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
        "< head: Dense(10), Flatten() >",
        "< head => Dense(10) >",
        "< \"head\" = Dense(10) >",
        "< head = Dense(10, name = \"scores\") >",
        "< head = Dense(10), head = Dense(5) >",
        "< head = Dense(10), Dense(5, name = \"head\"), if deep { head = Flatten() } >",
        "< head = >",
    ]));
}

#[test]
fn of_arguments() {
    insta::assert_snapshot!(each(&[
        "< Dense() >",
        "< Dense(activation = \"relu\") >",
        "< Dense(activaton = \"relu\") >",
        "< Dense(unit = 10) >",
        "< Dense(10, \"relu\", activation = \"tanh\") >",
        "< Dropout(0.2, 7) >",
        "< Rescaling(0.5, 1.0, 2.0, 3.0) >",
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
fn of_values() {
    insta::assert_snapshot!(each(&[
        "< Dense(0) >",
        "< Dense(-3) >",
        "< Dense(\"10\") >",
        "< Dense(10.5) >",
        "< Dense(99999999999) >",
        "< Dense(10, use_bias = \"no\") >",
        "< Dense(10, use_bias = 1) >",
        "< Dense(10, activation = \"rleu\") >",
        "< Dense(10, activation = \"step\") >",
        "< Dense(10, activation = true) >",
        "< Dense(10, kernel_initializer = \"glorot\") >",
        "< Dense(10, kernel_regularizer = \"L3\") >",
        "< Dense(10, kernel_constraint = 3) >",
        "< Dense(10, kernel_regularizer = L2()) >",
        "< Dense(10, kernel_regularizer = L2(1e-4, 3)) >",
        "< Dense(10, kernel_regularizer = L2(\"little\")) >",
        "< Dense(10, kernel_regularizer = GlorotUniform()) >",
        "< Dense(10, kernel_initializer = GlorotUniform(sed = 7)) >",
        "< Dense(10, name = 3) >",
        "< Dense(10, dtype = \"float33\") >",
        "< Dense(10, dtype = 32) >",
        "< Dense(10, input_shape = 4) >",
        "< Dropout(1.5) >",
        "< Dropout(-0.1) >",
        "< Dropout(\"0.2\") >",
        "< Dropout(0.2, seed = -1) >",
        "< Conv2D(8, 0) >",
        "< Conv2D(8, [3, 0]) >",
        "< Conv2D(8, [3, 3, 3]) >",
        "< Conv2D(8, 3, padding = \"full\") >",
        "< Conv2D(8, 3, strides = \"2\") >",
        "< BatchNormalization(axis = 1.5) >",
        "< InputLayer([28, \"28\"]) >",
        "< InputLayer([-1]) >",
        "< Rescaling(\"half\") >",
        "< RandomFlip(\"horizontl\") >",
        "< TextVectorization(vocabulary = \"words\") >",
        "< KerasLayer(7) >",
        "< KerasLayer(\"\") >",
        "< KerasLayer(\"https:/tfhub.dev/google/nnlm-en-dim50/2\") >",
        "< KerasLayer(\"HF://owner/name\") >",
    ]));
}

#[test]
fn of_what_goes_together() {
    insta::assert_snapshot!(each(&[
        "< KerasLayer(handle, signature = \"sig\") >",
        "< KerasLayer(handle, signature = name, output_key = \"y\", signature_outputs_as_dict = true) >",
        "< KerasLayer(handle, signature_outputs_as_dict = true) >",
        "< KerasLayer(handle, trainable = true, signature = \"sig\", output_key = \"y\") >",
    ]));
}

#[test]
fn right_values_are_taken() {
    for list in [
        "< Dense(UNITS) >",
        "< Dense(2 * 5, activation = chosen) >",
        "< Conv2D(8, (3, 5), padding = \"SAME\", dilation_rate = [1, rate]) >",
        "< Dropout(0.0), Dropout(1.0) >",
        "< Dense(3, kernel_initializer = \"GlorotUniform\", bias_initializer = my::Own(3)) >",
        "< Dense(3, kernel_regularizer = own(3), kernel_constraint = MaxNorm::new()) >",
        "< BatchNormalization([1, -1]) >",
        "< KerasLayer(handle, signature = \"\", output_key = \"y\") >",
        "< KerasLayer(handle, signature = \"sig\", signature_outputs_as_dict = all) >",
        "< InputLayer(()) >",
        "< InputLayer([None, Some(3)]) >",
        "< InputLayer(shape) >",
        "< if deep { head = Dense(10) } else { head = Dense(5) } >",
    ] {
        assert_eq!(mistakes(list), "", "{list}");
    }
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
