//! The `model!` macro as users see it: its documentation, and the hidden module that its expansion goes through.
//!
//! The work is done in hub-macros. The macro here only hands over the way to this crate, so that the list may be
//! written wherever the macro has been re-exported to, under whatever name. The layers' types are not here.

/// Declares a model in one place, checked while it compiles: as a list of layers, or as a graph.
///
/// `Dense(10, activation = "relu")` is exactly `Dense::new(10).activation("relu")`. A list is an expression of the type
/// [`Result<Sequential>`](crate::Result), a graph one of `Result<Model>`: what `build()` of the builders returns, or the
/// error of a `KerasLayer` that could not be loaded.
///
/// ```
/// use hub_layers::model;
///
/// # fn main() -> hub_layers::Result<()> {
/// let handle = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/digits_features/model");
/// let list = model!(< KerasLayer(handle), Dropout(0.2), scores = Dense(10) >)?;
/// assert_eq!(list.summary().trainable_params(), 32 * 10 + 10);
///
/// let graph = model! {
///     input images: f32[batch, 8, 8, 1];
///     let features = KerasLayer(handle, trainable = true)(images);
///     let logits = Dense(2)(Dropout(0.1)(features));
///     output { logits, features }
/// }?;
/// assert_eq!(graph.layers().count(), 3);
/// # Ok(())
/// # }
/// ```
///
/// # Lists
///
/// A list stands in angle brackets or without them, with a trailing comma or without, and the macro's own brackets are
/// whichever reads best: `model!(< Flatten(), Dense(10) >)`, `model!{ < Flatten(), Dense(10) > }` and
/// `model![Flatten(), Dense(10)]` are the same model. Between the commas stand
///
/// * layers, `Dense(10)`; with a name before it, `scores = Dense(10)`, which is `Dense(10, name = "scores")` (the keyword
///   takes any expression);
/// * `..layers`, a `Vec` or other iterator of layers, of [`SharedLayer`](crate::SharedLayer)s where they are of several
///   kinds;
/// * conditions, `if augment { RandomFlip("horizontal"), RandomZoom(0.1) }`, with `else` or without, `if let` too.
///
/// # Graphs
///
/// Statements, each with a semicolon behind it:
///
/// * `input x: f32[batch, 28, 28, 1];` an input: its element type as Rust names it (`String` for texts), then its shape;
///   `_` is a dimension of any size. Several inputs go in as a dict of their names.
/// * `let y = Dense(2)(x);` a tensor. Layers are applied to a tensor, to a list `Concatenate()([x, y])` or to a dict
///   `KerasLayer(handle)({ text, mask: y })`; a part of several is taken by `y["key"]` or `y[0]`; and
///   `if deep { Dense(10)(x) } else { x }` is one of two.
/// * `let head = Dense(2);` a layer of that name, to be applied as often as needed, `head(x)`, with the same weights.
/// * `output y`, last: one tensor, a list, or a dict `{ logits, embedding: y["key"] }`.
///
/// Every name stands for one thing and leads to the output. The tensors' names are seen by the graph alone: in an argument
/// `Dense(units)(x)`, `units` is Rust's.
///
/// # Grammar
///
/// ```text
/// model     = list | "<" list ">" | graph ;
/// list      = item { "," item } [ "," ] ;
/// item      = [ NAME "=" ] layer | ".." EXPR | choice ;
/// choice    = "if" EXPR "{" list "}" [ "else" ( choice | "{" list "}" ) ] ;
/// layer     = CLASS "(" [ argument { "," argument } [ "," ] ] ")" ;
/// argument  = [ NAME "=" ] value ;                      (* by position first, then by keyword *)
/// value     = CLASS "(" [ argument { "," argument } ] ")" | EXPR ;  (* L2(1e-4): a regularizer, initializer, constraint *)
///
/// graph     = { input | let } output ;
/// input     = "input" NAME ":" TYPE "[" "batch" { "," ( EXPR | "_" ) } "]" ";" ;
/// let       = "let" NAME "=" ( node | layer ) ";" ;
/// output    = "output" node [ ";" ] ;
/// node      = NAME | ( layer | NAME ) "(" node ")" | node "[" ( TEXT | NUMBER ) "]" | "(" node ")"
///           | "[" node { "," node } "]" | "{" entry { "," entry } "}"
///           | "if" EXPR "{" node "}" "else" ( "{" node "}" | node ) ;
/// entry     = NAME [ ":" node ] ;
/// ```
///
/// `CLASS` is a layer of the table below or a path, `EXPR` any expression of Rust, `NAME` a word that begins with a small
/// letter.
///
/// # What is checked
///
/// Every mistake of one declaration is reported at once, at the smallest token: unknown layers, arguments and names with
/// the nearest right one; literals of the wrong kind or out of range; missing, doubled and conflicting arguments; names
/// that are undefined, unused, doubled or in a circle. Element types and shapes are followed through the layers as far
/// as literals tell, and a layer that cannot take what comes is named with both. What is no literal, and every type, is
/// left to the compiler.
///
/// Where a handle is a text (or `concat!(env!("CARGO_MANIFEST_DIR"), "/models/digits")`), the macro reads what the model
/// takes and gives, without the engine and without the network:
///
/// * from the model, where the text is a path in the crate and `saved_model.pb` has at most 64 MB (the path is meant from
///   the crate's directory here, and from the working directory when the program runs);
/// * else from its record in `hub.lock`, in the crate's directory or above it up to that of `Cargo.lock`. `tfhub lock
///   HANDLE` writes it, on a machine that has the model.
///
/// Then input, signature, output key, tags, `arguments` and trainability are checked, and what comes out is followed
/// further. A record that does not fit the model beside it is an error that names the command. Cargo compiles the crate
/// again when the model or `hub.lock` changes; when one of them is new, `touch` the source. What the macro should leave
/// alone goes through a variable: `KerasLayer(handle)`.
///
/// # Style
///
/// rustfmt leaves a declaration as it is. Short lists stand on one line, `model!(< KerasLayer(handle), Dense(10) >)`;
/// longer ones in braces or parentheses with one layer to a line, indented once, and a trailing comma; graphs in braces
/// with one statement to a line.
///
/// # Layers
///
/// | Layer | By position | By keyword |
/// |---|---|---|
/// | `KerasLayer` | `handle` | `trainable`, `arguments`, `signature`, `output_key`, `signature_outputs_as_dict`, `output_shape`, `tags`, `load_options`, and those of every layer |
/// | `Dense` | `units` | `activation`, `use_bias`, `kernel_initializer`, `bias_initializer`, `kernel_regularizer`, `bias_regularizer`, `activity_regularizer`, `kernel_constraint`, `bias_constraint`, and those of every layer |
/// | `Dropout` | `rate` | `seed`, and those of every layer |
/// | `Flatten` | | `data_format`, and those of every layer |
/// | `Activation` | `activation` | those of every layer |
/// | `InputLayer` | `shape`, without the batch | `dtype`, `name` |
/// | `Rescaling` | `scale` | `offset`, and those of every layer |
/// | `StringLookup` | | `max_tokens`, `num_oov_indices`, `mask_token`, `oov_token`, `vocabulary`, `invert`, `output_mode`, `pad_to_max_tokens`, and those of every layer |
/// | `TextVectorization` | | `max_tokens`, `standardize`, `split`, `output_mode`, `output_sequence_length`, `pad_to_max_tokens`, `vocabulary`, and those of every layer |
/// | `Normalization` | | `axis`, `mean`, `variance`, `invert`, and those of every layer |
/// | `Resizing` | `height`, `width` | `interpolation`, `crop_to_aspect_ratio`, and those of every layer |
/// | `CenterCrop` | `height`, `width` | those of every layer |
/// | `RandomFlip` | | `mode`, `seed`, and those of every layer |
/// | `RandomTranslation` | `height_factor`, `width_factor` | `fill_mode`, `interpolation`, `fill_value`, `seed`, and those of every layer |
/// | `RandomRotation` | `factor` | the same |
/// | `RandomZoom` | `height_factor` | `width_factor`, and the same |
/// | `RandomContrast` | `factor` | `seed`, and those of every layer |
/// | `BatchNormalization` | | `axis`, `momentum`, `epsilon`, `center`, `scale`, `beta_initializer`, `gamma_initializer`, `moving_mean_initializer`, `moving_variance_initializer`, `beta_regularizer`, `gamma_regularizer`, `beta_constraint`, `gamma_constraint`, and those of every layer |
/// | `LayerNormalization` | | `axis`, `epsilon`, `center`, `scale`, `beta_initializer`, `gamma_initializer`, `beta_regularizer`, `gamma_regularizer`, `beta_constraint`, `gamma_constraint`, and those of every layer |
/// | `Embedding` | `input_dim`, `output_dim` | `embeddings_initializer`, `embeddings_regularizer`, `embeddings_constraint`, `activity_regularizer`, `mask_zero`, `input_length`, and those of every layer |
/// | `Conv2D` | `filters`, `kernel_size` | `strides`, `padding`, `data_format`, `dilation_rate`, `groups`, and those of `Dense` |
/// | `GlobalAveragePooling2D` | | `data_format`, `keepdims`, and those of every layer |
/// | `Concatenate` | | `axis`, `name`, `dtype` |
/// | every layer but `InputLayer` and `Concatenate` | | `name`, `trainable`, `dtype`, `input_shape` |
///
/// What stands under "by position" is required; it may be given by keyword too, as in Keras: `Dense(units = 10)`. More may
/// stand by position in Keras's order: `Dense(10, "relu")`, `RandomFlip("horizontal")`.
///
/// A layer of your own is written by its path, `self::Attention(8, dropout = 0.1)`, and becomes
/// `self::Attention::new(8).dropout(0.1)`.
///
/// # Arguments
///
/// Any Rust expression will do. Initializers, regularizers and constraints may be written as in Keras,
/// `kernel_regularizer = L2(1e-4)`, `kernel_initializer = GlorotUniform(seed = 7)`, and `dtype = "float64"` is
/// `DType::F64`. An expression is evaluated where the macro stands, layer by layer in the order of the data: `?`, `return`, `break` and
/// `.await` act on the function around it.
///
/// ```no_run
/// # use hub_layers::model;
/// fn classifier(directory: &std::path::Path, units: &str) -> Result<(), Box<dyn std::error::Error>> {
///     let model = model!(<
///         KerasLayer(directory.join("features").display().to_string()),
///         Dense(units.parse()?),
///     >)?;
///     println!("{}", model.summary());
///     Ok(())
/// }
/// ```
#[macro_export]
macro_rules! model {
    ($($list:tt)*) => {
        $crate::__macro::model!([$crate] $($list)*)
    };
}

/// Types for the signatures of a model, from its description while the program compiles.
///
/// Stands where items do. For a signature `sig` it writes a struct `Sig` with `load`, `of` and `call`, `SigInputs` and
/// `SigOutputs` with a field for each tensor, and the constants `INPUTS` and `OUTPUTS`. A field is an array of `ndarray`
/// where Rust has the element type (`Array2<f32>`), else a [`Tensor`](crate::Tensor); what is no plain tensor is a
/// `Structure`. Two models in one module would have types of the same names: put each in a module of its own.
///
/// ```
/// mod affine {
///     hub_layers::hub_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model"));
/// }
/// use affine::{Sig, SigInputs};
/// use ndarray::array;
///
/// let sig = Sig::load()?;
/// let outputs = sig.call(SigInputs { x1: array![[1.0, 2.0, 3.0]], x2: array![[0.0, 0.0, 1.0]] })?;
/// assert_eq!(outputs.y.shape(), [1, 2]);
/// assert_eq!(Sig::INPUTS[0].name, "x1");
/// # Ok::<(), hub_layers::Error>(())
/// ```
///
/// The description comes from the model where it lies in the crate, else from its record in `hub.lock`, as for
/// [`model!`]; without either it is an error that names the command, `tfhub lock`. `hub_model!("module", tags =
/// ["train"])` means the graph with those tags. A model that is another when the program runs is an error of `of`.
#[macro_export]
macro_rules! hub_model {
    ($($handle:tt)*) => {
        $crate::__macro::hub_model!([$crate] $($handle)*);
    };
}

/// What the expansion of [`model!`] names. Not for use by hand.
#[doc(hidden)]
pub mod __macro {
    pub use hub_core::{Signature, Structure};
    pub use hub_macros::{hub_model, kind_table, layer_table, model, rule_table};
    pub use ndarray;

    pub use crate::typed_signature::{FromOutput, call, load, output, signature};

    pub use crate::constraints::{MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
    pub use crate::initializers::{
        Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, LecunNormal, LecunUniform, Ones,
        Orthogonal, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling, Zeros,
    };
    pub use crate::regularizers::{L1, L1L2, L2};
    pub use crate::{
        Activation, BatchNormalization, CenterCrop, Concatenate, Conv2D, DType, Dense, Dropout, Embedding, Flatten,
        GlobalAveragePooling2D, InputLayer, KerasLayer, KerasTensor, LayerNormalization, Model, Normalization,
        RandomContrast, RandomFlip, RandomRotation, RandomTranslation, RandomZoom, Rescaling, Resizing, Result,
        Sequential, SharedLayer, StringLookup, TextVectorization,
    };

    /// What stands in for a model whose declaration has a mistake; the program does not compile.
    pub fn never_built() -> Result<Model> {
        unreachable!("the declaration of the model has a mistake")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::ActivationFunction;
    use crate::choice::HasNames;
    use crate::constraints::Constraint;
    use crate::initializers::Initializer;
    use crate::regularizers::Regularizer;

    fn table(kind: &str) -> BTreeSet<&'static str> {
        let rows = super::__macro::kind_table!();
        let (_, names) = rows.iter().find(|(own, _)| *own == kind).expect("a kind of the table");
        names.iter().copied().collect()
    }

    fn names<T: HasNames + ?Sized>() -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
        T::names().iter().map(|(name, class_name, _)| (*name, *class_name)).unzip()
    }

    #[test]
    fn the_macro_knows_the_names_that_arguments_take() {
        let functions = ActivationFunction::ALL.iter().map(|function| function.name());
        assert_eq!(table("activation"), functions.chain(["silu"]).collect());
        for (kind, (by_name, classes)) in [
            ("initializer", names::<dyn Initializer>()),
            ("regularizer", names::<dyn Regularizer>()),
            ("constraint", names::<dyn Constraint>()),
        ] {
            assert_eq!(table(kind), by_name, "{kind}");
            assert_eq!(table(&format!("{kind} class")), classes, "{kind}");
        }
    }
}
