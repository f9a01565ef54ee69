//! The structs of a model's signatures.
//!
//! For a signature `sig` with the inputs `x1`, `x2` and the outputs `y`, `z`:
//!
//! ```text
//! pub struct SigInputs { pub x1: Array2<f32>, pub x2: Array2<f32> }
//! pub struct SigOutputs { pub y: Array2<f32>, pub z: Array2<f32> }
//! pub struct Sig { ... }
//! impl Sig {
//!     pub const HANDLE: &str = "models/affine";
//!     pub const SIGNATURE: &str = "sig";
//!     pub const INPUTS: &[TensorInfo] = &[...];
//!     pub const OUTPUTS: &[TensorInfo] = &[...];
//!     pub fn load() -> Result<Sig>
//!     pub fn of(model: &LoadedModel) -> Result<Sig>
//!     pub fn call(&self, inputs: SigInputs) -> Result<SigOutputs>
//! }
//! ```

use std::collections::BTreeSet;

use hub_core::DType;
use hub_core::saved_model::describe::{MetaGraph, Signature, SignatureTensor};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned as _;

use super::names;

/// Arrays of more dimensions have a number of them that is known only when the program runs.
const ARRAYS: [&str; 7] = ["Array0", "Array1", "Array2", "Array3", "Array4", "Array5", "Array6"];

/// Items for each signature.
pub(super) fn structs(
    krate: &TokenStream,
    handle: &Expr,
    tags: Option<&[String]>,
    shown: &str,
    graph: &MetaGraph,
) -> TokenStream {
    let mut taken = BTreeSet::new();
    let mut place = Span::call_site().located_at(handle.span());
    if let Expr::Macro(_) = handle {
        place = Span::call_site();
    }
    graph.signatures.iter().map(|signature| one(krate, handle, tags, shown, signature, &mut taken, place)).collect()
}

/// One side of a signature.
struct Side {
    /// The name of its struct.
    name: Ident,
    /// Keys and fields.
    fields: Vec<(String, Ident)>,
    /// The struct.
    item: TokenStream,
    /// What its tensors are, as an expression.
    info: TokenStream,
}

fn one(
    krate: &TokenStream,
    handle: &Expr,
    tags: Option<&[String]>,
    shown: &str,
    signature: &Signature,
    taken: &mut BTreeSet<String>,
    place: Span,
) -> TokenStream {
    let text = &signature.name;
    let name = names::of_struct(text, taken, place);
    let inputs = side(krate, &name, "Inputs", &format!("What the signature `{text}` takes."), &signature.inputs);
    let outputs = side(krate, &name, "Outputs", &format!("What the signature `{text}` gives."), &signature.outputs);
    let (inputs_item, outputs_item) = (&inputs.item, &outputs.item);
    let (inputs_name, outputs_name) = (&inputs.name, &outputs.name);
    let (inputs_info, outputs_info) = (&inputs.info, &outputs.info);
    let given =
        inputs.fields.iter().map(|(key, field)| quote!((#key, #krate::__macro::Structure::from(inputs.#field))));
    let found = outputs.fields.iter().map(|(key, field)| quote!(#field: #krate::__macro::output(&outputs, #key)?));
    let tags = match tags {
        None => quote!(::core::option::Option::None),
        Some(tags) => quote!(::core::option::Option::Some(&[#(#tags),*])),
    };
    let doc = format!("The signature `{text}` of `{shown}`.");
    quote_spanned! {place=>
        #inputs_item
        #outputs_item

        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        pub struct #name {
            signature: #krate::__macro::Signature,
        }

        impl #name {
            /// The handle of the model.
            pub const HANDLE: &'static ::core::primitive::str = #handle;
            /// The name of the signature.
            pub const SIGNATURE: &'static ::core::primitive::str = #text;
            /// What it takes, as the model said while this was compiled.
            pub const INPUTS: &'static [#krate::TensorInfo] = &[#inputs_info];
            /// What it gives.
            pub const OUTPUTS: &'static [#krate::TensorInfo] = &[#outputs_info];

            /// Loads the model, and takes the signature.
            ///
            /// # Errors
            /// Those of loading, and of [`of`](Self::of).
            pub fn load() -> #krate::Result<Self> {
                Self::of(&#krate::__macro::load(Self::HANDLE, #tags)?)
            }

            /// The signature of a model that has been loaded.
            ///
            /// # Errors
            /// Where the model is another than the one that this was compiled for.
            pub fn of(model: &#krate::LoadedModel) -> #krate::Result<Self> {
                let signature = #krate::__macro::signature(model, Self::SIGNATURE, Self::INPUTS, Self::OUTPUTS)?;
                ::core::result::Result::Ok(Self { signature })
            }

            /// Calls the signature.
            ///
            /// # Errors
            /// What goes wrong in the engine, and shapes that do not fit.
            pub fn call(&self, inputs: #inputs_name) -> #krate::Result<#outputs_name> {
                let inputs: ::std::vec::Vec<(&::core::primitive::str, #krate::__macro::Structure)> =
                    ::std::vec::Vec::from([#(#given),*]);
                let outputs = #krate::__macro::call(&self.signature, inputs)?;
                ::core::result::Result::Ok(#outputs_name { #(#found),* })
            }
        }
    }
}

fn side(krate: &TokenStream, of: &Ident, kind: &str, doc: &str, tensors: &[SignatureTensor]) -> Side {
    let place = of.span();
    let mut taken = BTreeSet::new();
    let fields: Vec<(String, Ident)> =
        tensors.iter().map(|tensor| (tensor.name.clone(), names::of_field(&tensor.name, &mut taken, place))).collect();
    let name = format_ident!("{of}{kind}", span = place);
    let written = tensors.iter().zip(&fields).map(|(tensor, (_, field))| {
        let (doc, holds) = (shown(tensor), holds(krate, tensor));
        quote!(#[doc = #doc] pub #field: #holds)
    });
    let item = quote_spanned! {place=>
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        pub struct #name { #(#written),* }
    };
    let info = tensors.iter().map(|tensor| info(krate, tensor));
    let info = quote!(#(#info),*);
    Side { name, fields, item, info }
}

fn shown(tensor: &SignatureTensor) -> String {
    match &tensor.composite {
        None => format!("`{}`: {} `{}`", tensor.name, tensor.dtype, tensor.shape),
        Some(class) => format!("`{}`: {class} of {} `{}`", tensor.name, tensor.dtype, tensor.shape),
    }
}

/// The type of a field: an array where Rust has the element type, else a tensor.
fn holds(krate: &TokenStream, tensor: &SignatureTensor) -> TokenStream {
    if tensor.composite.is_some() {
        return quote!(#krate::__macro::Structure);
    }
    let element = match tensor.dtype.parse::<DType>() {
        Ok(DType::F32) => quote!(f32),
        Ok(DType::F64) => quote!(f64),
        Ok(DType::I8) => quote!(i8),
        Ok(DType::I16) => quote!(i16),
        Ok(DType::I32) => quote!(i32),
        Ok(DType::I64) => quote!(i64),
        Ok(DType::U8) => quote!(u8),
        Ok(DType::U16) => quote!(u16),
        Ok(DType::U32) => quote!(u32),
        Ok(DType::U64) => quote!(u64),
        Ok(DType::Bool) => quote!(bool),
        _ => return quote!(#krate::Tensor),
    };
    let array = tensor.shape.rank().and_then(|rank| ARRAYS.get(rank)).unwrap_or(&"ArrayD");
    let array = Ident::new(array, Span::call_site());
    quote!(#krate::__macro::ndarray::#array<::core::primitive::#element>)
}

/// What a tensor is, as a constant.
fn info(krate: &TokenStream, tensor: &SignatureTensor) -> TokenStream {
    let name = &tensor.name;
    let dtype = match tensor.dtype.parse::<DType>() {
        Ok(dtype) if tensor.composite.is_none() => {
            let variant = Ident::new(&format!("{dtype:?}"), Span::call_site());
            quote!(::core::option::Option::Some(#krate::DType::#variant))
        }
        _ => quote!(::core::option::Option::None),
    };
    let shape = match tensor.shape.dimensions().filter(|_| tensor.composite.is_none()) {
        None => quote!(::core::option::Option::None),
        Some(dimensions) => {
            let sizes = dimensions.iter().map(|size| match size {
                Some(size) => quote!(::core::option::Option::Some(#size)),
                None => quote!(::core::option::Option::None),
            });
            quote!(::core::option::Option::Some(&[#(#sizes),*]))
        }
    };
    quote!(#krate::TensorInfo { name: #name, dtype: #dtype, shape: #shape })
}
