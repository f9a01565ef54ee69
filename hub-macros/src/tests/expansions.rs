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
