//! The mistakes found in one model, and what they are called.
//!
//! [`parse`](crate::parse), [`check`](crate::check), [`infer`](crate::infer) and [`contract`](crate::contract) add to it,
//! [`expand`](crate::expand) turns it into `compile_error!`s. All wording stands here: what is wrong in the user's own syntax, then what would be right.

use proc_macro2::{Span, TokenStream};
use syn::{Error, Expr};

use crate::nearest::nearest;
use crate::table::classes::Class;
use crate::table::kinds::{Family, Kind};
use crate::table::layers::{Callee, LAYERS, Parameter};

/// Every mistake of one model, in the order found.
#[derive(Default)]
pub(crate) struct Report {
    errors: Vec<Error>,
    variables: Vec<Expr>,
}

impl Report {
    /// Reports `message` at `place`, the smallest token at fault.
    pub(crate) fn add(&mut self, place: Span, message: impl std::fmt::Display) {
        self.push(Error::new(place, message));
    }

    /// Reports an error that has its place already.
    pub(crate) fn push(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Keeps variables used that stand in a layer that is left out.
    pub(crate) fn keep_used(&mut self, variables: Vec<Expr>) {
        self.variables.extend(variables);
    }

    /// The variables that only stand in layers that are left out.
    pub(crate) fn variables(&self) -> &[Expr] {
        &self.variables
    }

    /// One `compile_error!` for each.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.errors.iter().map(Error::to_compile_error).collect()
    }

    /// The same where items stand.
    pub(crate) fn to_compile_errors_as_items(&self) -> TokenStream {
        let errors = self.errors.iter().map(Error::to_compile_error);
        errors.map(|error| quote::quote!(const _: () = { #error };)).collect()
    }

    /// Each mistake with the source text that it points at.
    #[cfg(test)]
    pub(crate) fn describe(&self) -> String {
        let describe = |error: &Error| {
            let place = error.span().source_text().unwrap_or_else(|| "the whole list".to_owned());
            format!("at {place}\n{error}\n")
        };
        self.errors.iter().map(describe).collect::<Vec<_>>().join("\n")
    }
}

// The list.
pub(crate) const EMPTY_LIST: &str = "the list of layers is empty: write at least one, as in `< Dense(10) >`";
pub(crate) const NOT_CLOSED: &str = "the list opens with `<` but does not end with `>`";
pub(crate) const NOT_OPENED: &str = "the list ends with `>` but does not open with `<`";
pub(crate) const NO_LAYER: &str = "expected a layer, as in `Dense(10)`";
pub(crate) const COMMA_BETWEEN_LAYERS: &str = "expected `,` between two layers";
pub(crate) const AFTER_LAYER: &str =
    "expected `,` after a layer: what is set on it stands in its parentheses, as in `Dense(10, name = \"scores\")`";
pub(crate) const TURBOFISH: &str = "type parameters are written with `::` before them, as in `my::Layer::<f32>(10)`";
pub(crate) const NAME_EQUALS: &str = "a name for a layer is written with `=`, as in `head = Dense(10)`";
pub(crate) const NOTHING_TO_SPREAD: &str = "expected layers after `..`, as in `..more_layers`";
pub(crate) const NO_CONDITION: &str = "expected a condition after `if`, as in `if augment { RandomFlip() }`";
pub(crate) const BRACES_AFTER_CONDITION: &str = "expected braces, as in `if augment { RandomFlip() }`";
pub(crate) const EMPTY_BRANCH: &str = "no layer stands between these braces";

// The arguments of a layer.
pub(crate) const COMMA_BETWEEN_ARGUMENTS: &str = "expected `,` between two arguments";
pub(crate) const KEYWORD_EQUALS: &str = "a keyword argument is written with `=`, as in `name = \"scores\"`";
pub(crate) const POSITIONAL_AFTER_KEYWORD: &str =
    "positional argument after a keyword argument: positional ones come first";

// What goes together in a `KerasLayer`.
pub(crate) const BOTH_OUTPUTS: &str =
    "when using a signature, either `output_key` or `signature_outputs_as_dict = true` should be set, not both";
pub(crate) const NEITHER_OUTPUT: &str = "when using a signature, either `output_key` or `signature_outputs_as_dict = true` \
    should be set, and neither is\nthe output of a TF1 Hub module is mostly `output_key = \"default\"`";
pub(crate) const DICT_WITHOUT_SIGNATURE: &str = "`signature_outputs_as_dict` is only valid if specifying a signature\n\
    that of a TF1 Hub module is mostly `signature = \"default\"`";
pub(crate) const TRAINABLE_SIGNATURE: &str =
    "`trainable = true` is unsupported when calling a signature: leave one of the two out";

// A `KerasLayer` against the description of its model.
pub(crate) const TRAINABLE_HUB_FORMAT: &str = "`trainable = true` is unsupported when loading from the TF1 Hub format";
pub(crate) const TRAINING_ARGUMENT: &str =
    "the layer itself says whether it is trained: take `training` out, and set `trainable`";

// The statements of a graph.
pub(crate) const NO_STATEMENT: &str = "expected `input x: f32[batch, 3];`, `let y = Dense(2)(x);` or `output y`";
pub(crate) const SEMICOLON: &str = "expected `;` after a statement";
pub(crate) const LET_NAME: &str = "expected a name after `let`, as in `let y = Dense(2)(x);`";
pub(crate) const LET_EQUALS: &str = "expected `=` after the name, as in `let y = Dense(2)(x);`";
pub(crate) const INPUT_FORM: &str = "an input is written `input x: f32[batch, 28, 28, 1];`, with its type and shape";
pub(crate) const BATCH_FIRST: &str = "the first dimension is `batch`, as in `f32[batch, 3]`";
pub(crate) const BATCH_ONCE: &str = "only the first dimension is `batch`; one of unknown size is `_`";
pub(crate) const COMMA_BETWEEN_DIMENSIONS: &str = "expected `,` between two dimensions";
pub(crate) const EMPTY_OUTPUT: &str = "expected what comes out, as in `output y` or `output { y, z: x[\"z\"] }`";
pub(crate) const NO_OUTPUT: &str = "the model has no output: end it with `output y`";
pub(crate) const NO_INPUT: &str = "the model has no input: begin it with `input x: f32[batch, 3];`";
pub(crate) const SECOND_OUTPUT: &str = "a model has one `output`; several tensors stand in it as `output { y, z }`";
pub(crate) const AFTER_OUTPUT: &str = "`output` comes last";

// What stands for tensors in a graph.
pub(crate) const NO_NODE: &str = "expected a tensor, as in `x` or `Dense(2)(x)`";
pub(crate) const NOTHING_GOES_IN: &str = "expected what goes into the layer, as in `Dense(2)(x)`";
pub(crate) const KEYWORD_WITH_INPUT: &str =
    "arguments stand in the layer's own parentheses, as in `Dense(2, name = \"y\")(x)`";
pub(crate) const SEVERAL_IN_A_LIST: &str =
    "a layer takes one tensor; several stand in a list, as in `Concatenate()([x, y])`";
pub(crate) const METHOD_OF_A_TENSOR: &str =
    "tensors have no methods here: what computes is a layer, as in `Dense(2)(x)`";
pub(crate) const KEY_FORM: &str = "a part is taken by its key or number, as in `x[\"pooled_output\"]` or `x[0]`";
pub(crate) const ENTRY_FORM: &str =
    "an entry is a name, or a key with a tensor, as in `{ logits, embedding: x[\"y\"] }`";
pub(crate) const COMMA_BETWEEN_TENSORS: &str = "expected `,` between two tensors";
pub(crate) const ELSE_MISSING: &str =
    "a tensor of a condition needs both branches, as in `if deep { Dense(2)(x) } else { x }`";
pub(crate) const ONE_NODE_IN_A_BRANCH: &str = "a branch is one tensor, as in `if deep { Dense(2)(x) } else { x }`";
pub(crate) const APPLIED_TWICE: &str = "what is applied must be a layer: what comes out of one is a tensor";

pub(crate) fn unknown_layer(name: &str) -> String {
    let names: Vec<&str> = LAYERS.iter().map(|layer| layer.callee.name).collect();
    let instead = near_or_list(name, &names);
    format!("unknown layer `{name}`, {instead}\na layer of your own is written by its path: `self::{name}(...)`")
}

pub(crate) fn type_parameters(callee: &Callee) -> String {
    format!("`{}` takes no type parameters, write `{}`", callee.name, callee.example)
}

pub(crate) fn calls_new(path: &str) -> String {
    format!("the macro calls `new` itself, write `{path}(...)`")
}

pub(crate) fn parentheses_missing(example: &str) -> String {
    format!("a layer is written with parentheses: `{example}`")
}

pub(crate) fn wrong_brackets(path: &str) -> String {
    format!("the arguments of a layer stand in parentheses: `{path}(...)`")
}

pub(crate) fn unknown_argument(callee: &Callee, name: &str) -> String {
    let names: Vec<&str> = callee.arguments().collect();
    format!("`{}` has no argument `{name}`, {}", callee.name, near_or_list(name, &names))
}

pub(crate) fn missing_argument(callee: &Callee, name: &str) -> String {
    format!("`{}` lacks its argument `{name}`, as in `{}`", callee.name, callee.example)
}

pub(crate) fn extra_argument(callee: &Callee) -> String {
    let taken: Vec<&str> = callee.by_position().map(|parameter| parameter.name).collect();
    let taken = match taken[..] {
        [] => "no positional argument".to_owned(),
        [one] => format!("one positional argument, `{one}`"),
        _ => format!("{} positional arguments, {}", taken.len(), quoted(&taken)),
    };
    let keywords: Vec<&str> = callee.keywords.iter().map(|parameter| parameter.name).collect();
    match keywords[..] {
        [] => format!("`{}` takes {taken}", callee.name),
        _ => format!("`{}` takes {taken}; the others are written by keyword: {}", callee.name, quoted(&keywords)),
    }
}

pub(crate) fn given_twice(name: &str) -> String {
    format!("`{name}` is given twice")
}

pub(crate) fn given_by_position(name: &str) -> String {
    format!("`{name}` is given twice, by position already")
}

pub(crate) fn named_twice(name: &str) -> String {
    format!("the layer has a name already, `{name}` before it")
}

pub(crate) fn same_name(name: &str) -> String {
    format!("another layer is named `{name}` already")
}

/// A value of the wrong kind, or out of range.
pub(crate) fn wrong_value(callee: &Callee, parameter: &Parameter, found: &str) -> String {
    let expected = match parameter.kind {
        Kind::OneOf(names) => format!("one of {}", quoted(names)),
        Kind::Class(family) => format!("{}, as a name or as in `{}`", family.in_words(), family.example()),
        kind => kind.in_words().to_owned(),
    };
    format!("`{}` of `{}` is {expected}, found `{found}`", parameter.name, callee.name)
}

pub(crate) fn unknown_name(callee: &Callee, parameter: &str, name: &str, names: &[&str]) -> String {
    format!("`{parameter}` of `{}`: `{name}` is unknown, {}", callee.name, near_or_list(name, names))
}

pub(crate) fn other_family(callee: &Callee, parameter: &str, wanted: Family, found: &Class) -> String {
    let (wanted, example) = (wanted.in_words(), wanted.example());
    let found = format!("`{}` is {}", found.callee.name, found.family.in_words());
    format!("`{parameter}` of `{}` is {wanted}, as in `{example}`, and {found}", callee.name)
}

pub(crate) fn invalid_handle(why: &str) -> String {
    why.to_owned()
}

pub(crate) fn input_without_shape(name: &str, dtype: &str) -> String {
    format!("the shape of an input follows its type, as in `input {name}: {dtype}[batch]`")
}

pub(crate) fn dimension(found: &str) -> String {
    format!("a dimension is a whole number from 0, or `_` where it is unknown, found `{found}`")
}

pub(crate) fn dtype_of_rust(found: &str, name: &str) -> String {
    format!("element types have their names of Rust here: `{found}` is `{name}`")
}

pub(crate) fn unknown_dtype(found: &str, names: &[&str]) -> String {
    format!("unknown element type `{found}`, {}", near_or_list(found, names))
}

pub(crate) fn defined_twice(name: &str) -> String {
    format!("`{name}` is defined twice: each name stands for one thing, so that none is shadowed")
}

pub(crate) fn capital_name(name: &str) -> String {
    format!("`{name}` looks like a layer's class: names of tensors and layers begin with a small letter")
}

pub(crate) fn unused(name: &str) -> String {
    format!("`{name}` leads nowhere: use it, or take it out")
}

pub(crate) fn undefined<'a>(name: &str, near: Option<&str>, names: impl Iterator<Item = &'a str>) -> String {
    match near {
        Some(near) => format!("`{name}` is not defined, did you mean `{near}`?"),
        None => match names.collect::<Vec<_>>()[..] {
            [] => format!("`{name}` is not defined"),
            ref names => format!("`{name}` is not defined, expected one of {}", quoted(names)),
        },
    }
}

pub(crate) fn used_too_early(name: &str) -> String {
    format!("`{name}` is used before its definition: move that up")
}

pub(crate) fn circle(way: &[String]) -> String {
    let way = way.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" needs ");
    format!("a tensor cannot need itself: {way}")
}

pub(crate) fn layer_for_a_tensor(name: &str) -> String {
    format!("`{name}` is a layer, not a tensor: apply it, as in `{name}(x)`")
}

pub(crate) fn tensor_for_a_layer(name: &str) -> String {
    format!("`{name}` is a tensor, not a layer: layers are defined as in `let {name} = Dense(2);`")
}

pub(crate) fn not_applied(layer: &str) -> String {
    format!("`{layer}` is not applied to a tensor, as in `{layer}(...)(x)`")
}

pub(crate) const INPUT_LAYER_LATER: &str = "an `InputLayer` stands in front of all other layers";

/// What goes into a layer is not what it takes.
pub(crate) fn mismatch(layer: &str, expected: &str, from: &str, found: &str) -> String {
    match from {
        "" => format!("{layer} takes {expected}, found {found}"),
        from => format!("{layer} takes {expected}, but {} {found}", gives(from)),
    }
}

/// One thing gives, several give.
fn gives(from: &str) -> String {
    let several = from.contains(" and ") || from.contains(" or ");
    format!("{from} {}", if several { "give" } else { "gives" })
}

pub(crate) fn no_such_key(from: &str, key: &str, near: Option<&str>, keys: &[&str]) -> String {
    let instead = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", quoted(keys)),
    };
    format!("{} no `{key}`, {instead}", gives(from))
}

pub(crate) fn no_dict(from: &str, found: &str) -> String {
    format!("{} {found}, which has no keys", gives(from))
}

pub(crate) fn no_such_item(from: &str, count: usize) -> String {
    format!("{} {count} tensors, counted from 0", gives(from))
}

pub(crate) fn no_list(from: &str, found: &str) -> String {
    format!("{} {found}, which has no items", gives(from))
}

/// What a model takes, for [`mismatch`].
pub(crate) fn takes(handle: &str, wanted: &[String]) -> String {
    format!("{} as `{handle}` says", wanted.join(" or "))
}

pub(crate) fn neither_output(keys: &[&str]) -> String {
    let short = NEITHER_OUTPUT.split('\n').next().unwrap_or_default();
    match keys {
        [] => short.to_owned(),
        _ => format!("{short}\nits outputs are {}", quoted(keys)),
    }
}

pub(crate) fn dict_without_signature(names: &[&str]) -> String {
    let short = DICT_WITHOUT_SIGNATURE.split('\n').next().unwrap_or_default();
    match names {
        [] => short.to_owned(),
        _ => format!("{short}\nthe model has {}", quoted(names)),
    }
}

pub(crate) fn signature_needed(handle: &str, names: &[&str]) -> String {
    match names {
        [] => format!("`{handle}` cannot be called, and has no signatures"),
        _ => format!("`{handle}` cannot be called itself: name a `signature`, one of {}", quoted(names)),
    }
}

pub(crate) fn unknown_signature(handle: &str, name: &str, names: &[&str]) -> String {
    match names {
        [] => format!("`{handle}` has no signatures, `{name}` was asked for"),
        _ => format!("`{handle}` has no signature `{name}`, {}", near_or_list(name, names)),
    }
}

pub(crate) fn output_is_no_dict(handle: &str) -> String {
    format!("`output_key` takes one output of several, and `{handle}` gives no dict")
}

pub(crate) fn no_such_parameter(handle: &str, name: &str, near: Option<&str>, names: &[&str]) -> String {
    match (near, names) {
        (Some(near), _) => format!("`{handle}` takes no `{name}`, did you mean `{near}`?"),
        (None, []) => format!("`{handle}` takes no `{name}`, and no other arguments"),
        (None, _) => format!("`{handle}` takes no `{name}`, expected one of {}", quoted(names)),
    }
}

pub(crate) fn nothing_to_train(handle: &str) -> String {
    format!("`trainable = true`, but `{handle}` has no variables that can be trained")
}

pub(crate) fn no_such_tags(handle: &str, available: &[String]) -> String {
    format!("`{handle}` has no graph with just these tags, available: {}", available.join(", "))
}

pub(crate) fn tags_needed(handle: &str, available: &[String]) -> String {
    format!("`{handle}` has several graphs: choose one by `tags`, available: {}", available.join(", "))
}

// `hub_model!`.
pub(crate) const HUB_MODEL_FORM: &str = "expected the handle of a model, as in `hub_model!(\"models/digits\")` or `hub_model!(\"models/digits\", tags = [\"serve\"])`";
pub(crate) const HANDLE_TO_READ: &str = "the handle is read while compiling: write it as a text, or as \
    `concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/models/digits\")`";

pub(crate) fn no_signatures(handle: &str) -> String {
    format!("`{handle}` has no signatures")
}

// From a handle to a description.

pub(crate) fn too_large(handle: &str, bytes: u64, limit: u64) -> String {
    format!(
        "the graph of `{handle}` has {} MB, and more than {} MB are not read while compiling: \
         record its description by `tfhub lock {handle}`",
        bytes.div_ceil(1 << 20),
        limit >> 20
    )
}

pub(crate) fn stale(handle: &str, why: &str) -> String {
    format!("the record of `{handle}` in `hub.lock` is stale, {why}: refresh it by `tfhub lock {handle}`")
}

pub(crate) fn damaged_lock_file(handle: &str, why: &str) -> String {
    format!("{why}\nwrite it anew by `tfhub lock {handle}`, after taking it away")
}

pub(crate) fn no_such_model(handle: &str, near: Option<&str>) -> String {
    let instead = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    format!("there is no model at `{handle}` in this crate{instead}")
}

pub(crate) fn not_at_hand(handle: &str) -> String {
    format!("no description of `{handle}` is at hand: record it by `tfhub lock {handle}`")
}

/// The near miss when there is one, else all the names.
fn near_or_list(name: &str, names: &[&str]) -> String {
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", quoted(names)),
    }
}

pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// An expression as its author wrote it, near enough for a message.
pub(crate) fn source(expr: &Expr) -> String {
    use quote::ToTokens as _;
    let text = expr.to_token_stream().to_string();
    ["- ", "[ ", "( "].iter().fold(text, |text, spaced| text.replace(spaced, spaced.trim_end())).replace(" ,", ",")
}
