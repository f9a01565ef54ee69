//! Wrong lists of `model!`, and how the compiler shows what is wrong with them.
//!
//! One file of `tests/ui` for each diagnostic, named for the mistake, with what rustc prints beside it. Only failing
//! cases: right lists are in `model_macro.rs`, whose one binary compiles faster.

#[test]
fn mistakes_in_a_list() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
