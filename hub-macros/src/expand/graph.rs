//! A graph as a `Model`.
//!
//! `model! { input x: f32[batch, 3]; let head = Dense(2); output head(Dropout(0.1)(x)) }` becomes
//!
//! ```text
//! {
//!     let tensor_x = KerasTensor::input(InputLayer::new([3]).name("x"));
//!     let shared_head = SharedLayer::from(Dense::new(2).name("head"));
//!     Model::new(tensor_x, tensor_x.then(Dropout::new(0.1)).then(&shared_head)).build()
//! }
//! ```
//!
//! A layer whose constructor can fail becomes a `match`, within which the rest stands. What the user names `x` is
//! `tensor_x` here, so that no name of the macro's own can be in its way.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::LitStr;
use syn::ext::IdentExt as _;

use super::{layer, match_layer};
use crate::ast::Conditional;
use crate::check::CheckedLayer;
use crate::check::graph::{CheckedGraph, CheckedNode, Defined};
use hub_core::DType;

/// The whole expression.
pub(super) fn model(krate: &TokenStream, graph: &CheckedGraph) -> TokenStream {
    let here = Span::mixed_site();
    let mut writer = Writer { krate, graph, steps: Vec::new(), called: 0 };
    for (index, definition) in graph.definitions.iter().enumerate() {
        let name = writer.name(index);
        match &definition.what {
            Defined::Input(dtype, dimensions) => {
                let input = writer.input(&definition.name, *dtype, dimensions);
                writer.steps.push(Step::Let(name, input));
            }
            Defined::Layer(checked) => writer.shared(name, checked),
            Defined::Tensor(node) => {
                let value = writer.node(node);
                // A name for what has a name already is that once more.
                let again = matches!(node, CheckedNode::Tensor(_));
                let value = if again { quote_spanned!(here=> #value.clone()) } else { value };
                writer.bind(name, value);
            }
            Defined::Wrong => {}
        }
    }
    let outputs = graph.output.as_ref().map(|node| writer.owned(node));
    let inputs = writer.inputs();
    let build = quote_spanned!(here=> #krate::__macro::Model::new(#inputs, #outputs).build());
    follow(writer.steps, build)
}

/// One statement.
enum Step {
    /// `let name = value;`
    Let(Ident, TokenStream),
    /// A constructor that can fail; `layer` has what it gives.
    Layer(TokenStream),
    /// A variable with its type, and a choice that can fail.
    Result(TokenStream, TokenStream),
    /// The `Result` of this name; the other has what it gives.
    Branch(Ident, Ident),
}

/// Statements, and what follows them.
fn follow(steps: Vec<Step>, end: TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    steps.into_iter().rev().fold(end, |rest, step| match step {
        Step::Let(name, value) => quote_spanned!(here=> let #name = #value; #rest),
        Step::Layer(new) => match_layer(&new, &rest),
        Step::Result(typed, value) => quote_spanned!(here=> let #typed = #value; #rest),
        Step::Branch(name, result) => quote_spanned! {here=>
            match #result {
                ::core::result::Result::Ok(#name) => { #rest }
                ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
            }
        },
    })
}

/// Statements under construction.
struct Writer<'a> {
    krate: &'a TokenStream,
    graph: &'a CheckedGraph,
    steps: Vec<Step>,
    /// How many values have got a name of the macro's.
    called: usize,
}

impl Writer<'_> {
    /// The variable of a definition.
    fn name(&self, index: usize) -> Ident {
        let definition = &self.graph.definitions[index];
        let kind = if matches!(definition.what, Defined::Layer(_)) { "shared" } else { "tensor" };
        let place = Span::mixed_site().located_at(definition.name.span());
        format_ident!("{kind}_{}", definition.name.unraw(), span = place)
    }

    fn input(&self, name: &Ident, dtype: DType, dimensions: &[Option<syn::Expr>]) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), self.krate);
        let unknown = dimensions.iter().any(Option::is_none);
        let sizes = dimensions.iter().map(|dimension| match dimension {
            None => quote_spanned!(here=> ::core::option::Option::None),
            Some(size) if unknown => quote_spanned!(here=> ::core::option::Option::Some(#size)),
            Some(size) => quote_spanned!(here=> #size),
        });
        let shape = match dimensions {
            [] => quote_spanned!(here=> ()),
            _ => quote_spanned!(here=> [#(#sizes),*]),
        };
        let dtype = (dtype != DType::F32).then(|| {
            let variant = Ident::new(&format!("{dtype:?}"), here);
            quote_spanned!(here=> .dtype(#krate::__macro::DType::#variant))
        });
        let name = LitStr::new(&name.unraw().to_string(), name.span());
        quote_spanned!(here=> #krate::__macro::KerasTensor::input(
            #krate::__macro::InputLayer::new(#shape) #dtype .name(#name)
        ))
    }

    /// A layer that may be applied several times.
    fn shared(&mut self, name: Ident, checked: &CheckedLayer) {
        let (here, krate) = (Span::mixed_site(), self.krate);
        let (new, setters) = (layer::new(krate, checked), layer::setters(krate, checked));
        let value = if layer::is_fallible(checked) {
            self.steps.push(Step::Layer(new));
            quote_spanned!(here=> layer #setters)
        } else {
            quote_spanned!(here=> #new #setters)
        };
        self.steps.push(Step::Let(name, quote_spanned!(here=> #krate::__macro::SharedLayer::from(#value))));
    }

    /// A node as a value of its own.
    fn owned(&mut self, node: &CheckedNode) -> TokenStream {
        let value = self.node(node);
        match node {
            CheckedNode::Tensor(_) => quote_spanned!(Span::mixed_site()=> #value.clone()),
            _ => value,
        }
    }

    /// The expression of a node; what has to come before it becomes statements.
    fn node(&mut self, node: &CheckedNode) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), self.krate);
        match node {
            CheckedNode::Tensor(index) => {
                let name = self.name(*index);
                quote_spanned!(here=> #name)
            }
            CheckedNode::Apply(checked, inputs) => {
                let is_name = matches!(**inputs, CheckedNode::Tensor(_));
                let value = self.node(inputs);
                let then = quote_spanned!(here.located_at(checked.place())=> then);
                let (new, setters) = (layer::new(krate, checked), layer::setters(krate, checked));
                if !layer::is_fallible(checked) {
                    return quote_spanned!(here=> #value.#then(#new #setters));
                }
                // What goes in is computed before the layer is made, in the order of the data.
                let inputs = if is_name { value } else { self.keep(value) };
                self.steps.push(Step::Layer(new));
                self.keep(quote_spanned!(here=> #inputs.#then(layer #setters)))
            }
            CheckedNode::ApplyShared(index, place, inputs) => {
                let inputs = self.node(inputs);
                let (name, then) = (self.name(*index), quote_spanned!(here.located_at(*place)=> then));
                quote_spanned!(here=> #inputs.#then(&#name))
            }
            CheckedNode::Key(of, key) => {
                let of = self.node(of);
                quote_spanned!(here=> #of.key(#key))
            }
            CheckedNode::Index(of, index, _) => {
                let of = self.node(of);
                quote_spanned!(here=> #of.item(#index))
            }
            CheckedNode::List(items) => {
                let items: Vec<TokenStream> = items.iter().map(|item| self.owned(item)).collect();
                quote_spanned!(here=> #krate::__macro::KerasTensor::list([#(#items),*]))
            }
            CheckedNode::Dict(entries) => {
                let entry = |(key, item): &(Ident, CheckedNode)| {
                    let (key, item) = (LitStr::new(&key.unraw().to_string(), key.span()), self.owned(item));
                    quote_spanned!(here=> (#key, #item))
                };
                let entries: Vec<TokenStream> = entries.iter().map(entry).collect();
                quote_spanned!(here=> #krate::__macro::KerasTensor::dict([#(#entries),*]))
            }
            CheckedNode::If(conditional) => self.choose(conditional),
            CheckedNode::Wrong => TokenStream::new(),
        }
    }

    /// A variable for a value; what has one already gets another name.
    fn bind(&mut self, name: Ident, value: TokenStream) {
        match self.steps.last_mut() {
            Some(Step::Let(last, _) | Step::Branch(last, _)) if *last == value.to_string() => *last = name,
            _ => self.steps.push(Step::Let(name, value)),
        }
    }

    /// A variable with a value.
    fn keep(&mut self, value: TokenStream) -> TokenStream {
        self.called += 1;
        let name = format_ident!("called_{}", self.called, span = Span::mixed_site());
        self.steps.push(Step::Let(name.clone(), value));
        quote_spanned!(Span::mixed_site()=> #name)
    }

    fn choose(&mut self, conditional: &Conditional<CheckedNode>) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), self.krate);
        let Conditional { condition, then, otherwise, .. } = conditional;
        let (then, then_can) = self.branch(then);
        let (otherwise, otherwise_can) = match otherwise {
            Some(node) => self.branch(node),
            None => (Box::new(|_: bool| TokenStream::new()) as Branch, false),
        };
        let can_fail = then_can || otherwise_can;
        let (then, otherwise) = (then(can_fail), otherwise(can_fail));
        let chosen = quote_spanned!(here=> if #condition { #then } else { #otherwise });
        if !can_fail {
            return self.keep(chosen);
        }
        self.called += 1;
        let name = |kind: &str| format_ident!("{kind}_{}", self.called, span = here);
        let (result, name) = (name("branch"), name("called"));
        let typed = quote_spanned!(here=> #result: #krate::__macro::Result<#krate::__macro::KerasTensor>);
        self.steps.push(Step::Result(typed, chosen));
        self.steps.push(Step::Branch(name.clone(), result));
        quote_spanned!(here=> #name)
    }

    /// A branch, written once it is known whether one of the two can fail; and whether this one can.
    fn branch(&mut self, node: &CheckedNode) -> (Branch, bool) {
        let outside = std::mem::take(&mut self.steps);
        let value = self.owned(node);
        let steps = std::mem::replace(&mut self.steps, outside);
        let can_fail = steps.iter().any(|step| !matches!(step, Step::Let(..)));
        let write = move |can_fail: bool| {
            let here = Span::mixed_site();
            follow(steps, if can_fail { quote_spanned!(here=> ::core::result::Result::Ok(#value)) } else { value })
        };
        (Box::new(write), can_fail)
    }

    /// The inputs of the model: one tensor, or a dict by their names.
    fn inputs(&self) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), self.krate);
        let inputs = self.graph.definitions.iter().enumerate();
        let inputs: Vec<_> = inputs.filter(|(_, definition)| matches!(definition.what, Defined::Input(..))).collect();
        if let [(index, _)] = inputs[..] {
            let name = self.name(index);
            return quote_spanned!(here=> #name.clone());
        }
        let entries = inputs.iter().map(|(index, definition)| {
            let (key, name) = (LitStr::new(&definition.name.unraw().to_string(), here), self.name(*index));
            quote_spanned!(here=> (#key, #name.clone()))
        });
        quote_spanned!(here=> #krate::__macro::KerasTensor::dict([#(#entries),*]))
    }
}

/// Writes a branch, as a `Result` or plain.
type Branch = Box<dyn FnOnce(bool) -> TokenStream>;
