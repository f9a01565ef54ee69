//! Lists without mistakes and their expansions, as a reader would format them.

use quote::quote;

use crate::expand;

/// Expands a list and formats the result.
fn expand(list: &str) -> String {
    let expansion = expand::model(list.parse().expect("tokens"));
    let file = syn::parse2(quote!(fn expansion() { #expansion })).expect("an expansion is an expression");
    prettyplease::unparse(&file)
}

#[test]
fn layers_of_the_table() {
    insta::assert_snapshot!(expand(
        r#"< KerasLayer(handle, trainable = true), Dropout(0.2), Dense(10, activation = "relu") >"#
    ));
}

#[test]
fn two_layers_that_can_fail() {
    insta::assert_snapshot!(expand("< Dense(10), KerasLayer(first), KerasLayer(second), Flatten() >"));
}

#[test]
fn any_expression_as_an_argument() {
    insta::assert_snapshot!(expand(
        "< KerasLayer(&directory.join(\"model\")?), \
           Dense(if wide { 1 << 9 } else { units(|a, b| a > b) }, name = format!(\"scores-{}\", a == b)), \
           Dense(HashMap::<u8, u8>::new().len()) >"
    ));
}

#[test]
fn layers_by_path() {
    insta::assert_snapshot!(expand(
        "< my::Layer(3, size = 2), ::other::Layer::<A, B>(), self::Dense(1), <T as Family>::Layer(4) >"
    ));
}

#[test]
fn names_before_layers() {
    insta::assert_snapshot!(expand(
        "< head = Dense(10, activation = \"relu\"), own = my::Layer(3), r#in = Flatten() >"
    ));
}

#[test]
fn layers_from_elsewhere() {
    insta::assert_snapshot!(expand("< Flatten(), ..hidden_layers(3), Dense(10) >"));
}

#[test]
fn conditions() {
    insta::assert_snapshot!(expand(
        "< if augment { RandomFlip(\"horizontal\"), RandomZoom(0.2) }, \
           if let Some(rate) = rate { Dropout(rate) } else if (Wide { units: 3 }).is_wide() { Dense(9) } else { Dense(3) } >"
    ));
}

#[test]
fn conditions_with_layers_that_can_fail() {
    insta::assert_snapshot!(expand("< if large { KerasLayer(large_handle), Dense(3) } else { Dense(3) }, Dense(10) >"));
}

#[test]
fn classes_in_arguments() {
    insta::assert_snapshot!(expand(
        "< Dense(10, \"relu\", kernel_regularizer = L2(1e-4), kernel_initializer = GlorotUniform(seed = 7), \
           bias_initializer = Zeros(), kernel_constraint = MinMaxNorm(0.5, rate = rate), dtype = \"float64\") >"
    ));
}

#[test]
fn a_graph() {
    insta::assert_snapshot!(expand(
        "input text: String[batch];
         let tokens  = KerasLayer(preprocess)(text);
         let encoded = KerasLayer(encoder, trainable = true)(tokens);
         let logits  = Dense(2)(Dropout(0.1)(encoded[\"pooled_output\"]));
         output { logits, embedding: encoded[\"pooled_output\"] }"
    ));
}

#[test]
fn a_graph_with_several_inputs_and_shared_layers() {
    insta::assert_snapshot!(expand(
        "input left: f32[batch, 28, _, 3];
         input right: f32[batch, SIZE];
         let tower = KerasLayer(handle);
         let head = Dense(4);
         let both = Concatenate()([tower(left), head(right)]);
         output [both, head(right), both[0]]"
    ));
}

#[test]
fn a_graph_with_conditions() {
    insta::assert_snapshot!(expand(
        "input x: f32[batch, 4];
         let y = if deep { Dense(3)(x) } else { x };
         let z = if large { KerasLayer(handle)(y) } else { y };
         output z"
    ));
}

#[test]
fn a_graph_after_a_mistake() {
    insta::assert_snapshot!(expand(
        "input x: f32[batch, 4];
         let y = KerasLayer(handle, trainable = true)(x);
         let z = Dense(units, activaton = function)(Dropout(rate)(y));
         output z"
    ));
}

#[test]
fn a_list_after_a_mistake() {
    insta::assert_snapshot!(expand("< Dens(units), Dense(20), Dropout(rate, sed = 3) >"));
}

#[test]
fn positional_arguments_by_keyword() {
    assert_eq!(expand("< Dense(activation = \"relu\", units = 10) >"), expand("< Dense(10, activation = \"relu\") >"));
    assert_eq!(expand("< KerasLayer(handle = path()) >"), expand("< KerasLayer(path()) >"));
}

#[test]
fn spellings_of_the_same_list() {
    let angled = expand("< Dense(10), Flatten() >");
    for same in ["Dense(10), Flatten()", "< Dense(10), Flatten(), >", "Dense(10), Flatten(),", "<Dense(10,),Flatten()>"]
    {
        assert_eq!(expand(same), angled, "{same}");
    }
}

#[test]
fn the_way_to_the_crate() {
    let default = expand("< Dense(10) >");
    assert!(default.contains("::hub_layers::__macro::Dense::new(10)"), "{default}");
    assert_eq!(expand("[::hub_layers] < Dense(10) >"), default);
    assert_eq!(expand("[crate::hub] Dense(10)"), default.replace("::hub_layers", "crate::hub"));
}

#[test]
fn the_table() {
    let table = expand::layer_table();
    let file = syn::parse2(quote!(fn table() { #table })).expect("the table is an expression");
    insta::assert_snapshot!(prettyplease::unparse(&file));
}
