//! One layer: the call of its constructor, and its setters.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::check::{Arguments, CheckedLayer, Constructor, Meaning, Value};

/// Whether the constructor returns a `Result`.
pub(crate) fn is_fallible(layer: &CheckedLayer) -> bool {
    layer.known().is_some_and(|known| known.fallible)
}

/// The call of the constructor.
///
/// All that the user did not write stands where the layer's name does, so that the compiler's own errors point there.
pub(crate) fn new(krate: &TokenStream, layer: &CheckedLayer) -> TokenStream {
    let place = layer.place();
    let positional = layer.arguments.positional.iter().map(|argument| value(krate, argument));
    let path = match &layer.constructor {
        Constructor::Known(_, name) => hidden(krate, name),
        Constructor::Path(path) => path.to_token_stream(),
    };
    quote_spanned!(place=> #path::new(#(#positional),*))
}

/// The calls of the setters.
pub(crate) fn setters(krate: &TokenStream, layer: &CheckedLayer) -> TokenStream {
    let name = layer.name.as_ref().map(|name| {
        let text = syn::LitStr::new(&name.unraw().to_string(), name.span());
        let setter = Ident::new("name", name.span());
        quote!(.#setter(#text))
    });
    let others = keywords(krate, &layer.arguments);
    quote!(#name #others)
}

fn keywords(krate: &TokenStream, arguments: &Arguments) -> TokenStream {
    let setter = |(name, argument): &(Ident, Value)| {
        let argument = value(krate, argument);
        quote!(.#name(#argument))
    };
    arguments.keywords.iter().map(setter).collect()
}

/// The value of an argument.
fn value(krate: &TokenStream, value: &Value) -> TokenStream {
    match &value.meaning {
        Meaning::Expression => value.given.to_token_stream(),
        Meaning::DType(variant) => {
            let dtype = hidden(krate, &Ident::new("DType", variant.span()));
            quote_spanned!(variant.span()=> #dtype::#variant)
        }
        Meaning::Class(class, name, _) if class.unit => hidden(krate, name),
        Meaning::Class(_, name, arguments) => {
            let path = hidden(krate, name);
            let positional = arguments.positional.iter().map(|argument| self::value(krate, argument));
            let setters = keywords(krate, arguments);
            quote_spanned!(name.span()=> #path::new(#(#positional),*) #setters)
        }
    }
}

/// The path of a type in the one hidden module.
pub(crate) fn hidden(krate: &TokenStream, name: &Ident) -> TokenStream {
    let place: Span = name.span();
    let krate: TokenStream = krate
        .clone()
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(place));
            token
        })
        .collect();
    quote_spanned!(place=> #krate::__macro::#name)
}
