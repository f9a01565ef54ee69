//! The table of `model!` says of each layer what its builder says.
//!
//! The builders are read as source: `new`'s parameters are what the table calls positional, each public method that
//! takes the layer and one argument and returns the layer is a keyword. What most layers take comes from the macro
//! `option_builders!`, and of moving images from `moving_builders!`, of words from `vocabulary_builders!`, whose bodies are read in their places; what is said of a weight from `weight_builders!`, in which the
//! methods are named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::{FnArg, ImplItem, Item, Pat, ReceiverKind, ReturnType, Signature, Type, Visibility};

/// What one builder takes.
#[derive(Debug, Default, PartialEq)]
struct Builder {
    positional: Vec<String>,
    keywords: BTreeSet<String>,
}

#[test]
fn the_table_is_what_the_builders_take() {
    let mut builders = BTreeMap::new();
    read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut builders);
    for (layer, positional, optional, keywords) in hub_layers::__macro::layer_table!() {
        let table = Builder {
            positional: positional.iter().map(ToString::to_string).collect(),
            keywords: optional.iter().chain(*keywords).map(ToString::to_string).collect(),
        };
        let builder = builders.get(*layer).unwrap_or_else(|| panic!("`{layer}` has no builder"));
        assert_eq!(builder, &table, "`{layer}`: left as built, right as in the table of hub-macros");
    }
}

/// Reads the inherent methods of every type under a directory.
fn read(directory: &Path, builders: &mut BTreeMap<String, Builder>) {
    for entry in fs::read_dir(directory).expect("the crate's source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, builders);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("a source file");
            read_items(syn::parse_file(&source).expect("Rust").items, builders);
        }
    }
}

fn read_items(items: Vec<Item>, builders: &mut BTreeMap<String, Builder>) {
    for item in items {
        let Item::Impl(block) = item else { continue };
        let (None, Type::Path(of)) = (&block.trait_, &*block.self_ty) else { continue };
        let builder = builders.entry(of.path.segments.last().expect("a name").ident.to_string()).or_default();
        builder.keywords.extend(block.items.iter().flat_map(weight_builders));
        let items = block.items.into_iter().flat_map(|item| match item {
            ImplItem::Macro(call) if call.mac.path.is_ident("option_builders") => body("options.rs", "option_builders"),
            ImplItem::Macro(call) if call.mac.path.is_ident("vocabulary_builders") => {
                body("vocabulary.rs", "vocabulary_builders")
            }
            ImplItem::Macro(call) if call.mac.path.is_ident("moving_builders") => {
                body("augmentation.rs", "moving_builders")
            }
            item => vec![item],
        });
        for item in items {
            let ImplItem::Fn(method) = item else { continue };
            if matches!(method.vis, Visibility::Public(_)) {
                builder.read(&method.sig);
            }
        }
    }
}

/// The methods that a `weight_builders!` names: `kernel_initializer`, `kernel_regularizer`, `kernel_constraint`.
fn weight_builders(item: &ImplItem) -> Vec<String> {
    let ImplItem::Macro(call) = item else { return Vec::new() };
    if !call.mac.path.is_ident("weight_builders") {
        return Vec::new();
    }
    let endings = ["_initializer", "_regularizer", "_constraint"];
    let tokens = call.mac.tokens.to_string();
    let words = tokens.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| endings.iter().any(|ending| word.ends_with(ending))).map(str::to_owned).collect()
}

/// The methods in the body of a macro in a file of the layers.
fn body(file: &str, name: &str) -> Vec<ImplItem> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layers").join(file);
    let source = fs::read_to_string(path).expect("the file of the macro");
    let definition = syn::parse_file(&source).expect("Rust").items.into_iter().find_map(|item| match item {
        Item::Macro(item) if item.ident.as_ref().is_some_and(|ident| ident == name) => Some(item.mac.tokens),
        _ => None,
    });
    let text = definition.expect("the macro").to_string();
    let (_, body) = text.split_once("=>").expect("one rule");
    let body = body.trim().trim_end_matches(';');
    let block: syn::ItemImpl = syn::parse_str(&format!("impl Layer {body}")).expect("methods");
    block.items
}

impl Builder {
    fn read(&mut self, method: &Signature) {
        let arguments: Vec<_> = method.inputs.iter().collect();
        if method.ident == "new" {
            self.positional = arguments.into_iter().map(parameter).collect();
        } else if let [FnArg::Receiver(layer), _] = arguments[..]
            && matches!(layer.kind, ReceiverKind::Value)
            && returns_the_layer(method)
        {
            self.keywords.insert(method.ident.to_string());
        }
    }
}

fn parameter(argument: &FnArg) -> String {
    match argument {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) => name.ident.to_string(),
            _ => panic!("a parameter of `new` has no name"),
        },
        FnArg::Receiver(_) => panic!("`new` takes no layer"),
    }
}

fn returns_the_layer(method: &Signature) -> bool {
    matches!(&method.output, ReturnType::Type(_, of) if matches!(&**of, Type::Path(of) if of.path.is_ident("Self")))
}
