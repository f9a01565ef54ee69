//! Names of signatures, inputs and outputs as names of Rust, each of them once.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};

/// The name of a struct: `serving_default` becomes `ServingDefault`.
pub(super) fn of_struct(name: &str, taken: &mut BTreeSet<String>, place: Span) -> Ident {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    let joined: String = words.map(capital).collect();
    let plain = match joined.chars().next() {
        Some(first) if first.is_alphabetic() => joined,
        _ => format!("Signature{joined}"),
    };
    identifier(&unique(plain, taken), place)
}

/// The name of a field: `serving_default_x:0` becomes `serving_default_x_0`.
pub(super) fn of_field(name: &str, taken: &mut BTreeSet<String>, place: Span) -> Ident {
    let letter = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let plain: String = name.chars().map(letter).collect();
    let plain = match plain.chars().next() {
        Some(first) if first.is_alphabetic() => plain,
        Some('_') if plain.chars().any(|letter| letter != '_') => plain,
        _ => format!("tensor_{plain}"),
    };
    identifier(&unique(plain, taken), place)
}

/// The name, with a number where it has been given already.
fn unique(plain: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_usize..).map(|number| format!("{plain}_{number}"));
    let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or(plain);
    taken.insert(free.clone());
    free
}

/// The identifier; words of Rust are written raw, or with an underscore where that is not allowed.
fn identifier(name: &str, place: Span) -> Ident {
    if let Ok(mut ident) = syn::parse_str::<Ident>(name) {
        ident.set_span(place);
        return ident;
    }
    if let Ok(mut raw) = syn::parse_str::<Ident>(&format!("r#{name}")) {
        raw.set_span(place);
        return raw;
    }
    // Letters that no identifier has are left out.
    let letters: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    Ident::new(&format!("{letters}_"), place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(names: &[&str]) -> Vec<String> {
        let mut taken = BTreeSet::new();
        names.iter().map(|name| of_field(name, &mut taken, Span::call_site()).to_string()).collect()
    }

    #[test]
    fn fields_are_identifiers() {
        let names = ["x", "input-1", "input_1", "input.1", "0", "type", "self", "crate", "", "_", "größe", "a b", "²"];
        let expected = [
            "x",
            "input_1",
            "input_1_2",
            "input_1_3",
            "tensor_0",
            "r#type",
            "self_",
            "crate_",
            "tensor_",
            "tensor__",
            "größe",
            "a_b",
            "tensor__",
        ];
        let found = fields(&names);
        assert_eq!(found[..12], expected[..12]);
        assert!(found.iter().all(|name| syn::parse_str::<Ident>(name).is_ok()), "{found:?}");
    }

    #[test]
    fn structs_are_identifiers() {
        let mut taken = BTreeSet::new();
        let mut name = |text: &str| of_struct(text, &mut taken, Span::call_site()).to_string();
        assert_eq!(name("serving_default"), "ServingDefault");
        assert_eq!(name("serving-default"), "ServingDefault_2");
        assert_eq!(name("1x1"), "Signature1x1");
        assert_eq!(name(""), "Signature");
        assert_eq!(name("sig"), "Sig");
        assert_eq!(name("self"), "Self_");
    }
}
