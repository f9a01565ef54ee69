//! The kinds of values that arguments take, and the names that some of them are chosen by.
//!
//! [`check`](crate::check) holds literals against them. The names are those of hub-layers; a test there holds the two
//! together.

/// What an argument takes. Only literals are held against it; all else is left to the compiler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Anything; the compiler knows.
    Any,
    /// A whole number from 1.
    Count,
    /// A whole number from 0.
    Natural,
    /// A whole number.
    Integer,
    /// A whole number or a list of them.
    Axes,
    /// A number from 0 to 1.
    Share,
    /// A number.
    Number,
    /// A number, or several.
    Numbers,
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// Texts.
    Texts,
    /// The handle of a model.
    Handle,
    /// One size for both directions, or two.
    Window,
    /// The shape of one example.
    Shape,
    /// An element type, by TensorFlow's name or as `DType`.
    DType,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// A name of a class of this family, or one itself.
    Class(Family),
}

/// Things that layers take by name or themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    /// What weights begin with.
    Initializer,
    /// Penalties on weights.
    Regularizer,
    /// What weights are held to.
    Constraint,
}

impl Family {
    /// In words.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Family::Initializer => "an initializer",
            Family::Regularizer => "a regularizer",
            Family::Constraint => "a constraint",
        }
    }

    /// One of them, as it is written.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Family::Initializer => "GlorotUniform(seed = 7)",
            Family::Regularizer => "L2(1e-4)",
            Family::Constraint => "MaxNorm(2.0)",
        }
    }

    /// The names of its classes with all defaults.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Family::Initializer => INITIALIZERS,
            Family::Regularizer => REGULARIZERS,
            Family::Constraint => CONSTRAINTS,
        }
    }
}

impl Kind {
    /// In words, after "is" or "found".
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Kind::Any => "a value",
            Kind::Count => "a whole number from 1",
            Kind::Natural => "a whole number from 0",
            Kind::Integer => "a whole number",
            Kind::Axes => "a whole number, or several as in `[1, 2]`",
            Kind::Share => "a number from 0 to 1",
            Kind::Number => "a number",
            Kind::Numbers => "a number, or several as in `[0.5, 1.0]`",
            Kind::Bool => "`true` or `false`",
            Kind::Text | Kind::OneOf(_) => "a text",
            Kind::Texts => "a list of texts, as in `[\"one\", \"two\"]`",
            Kind::Handle => "the handle of a model, as a text",
            Kind::Window => "a whole number from 1, or two for height and width as in `[3, 5]`",
            Kind::Shape => "the shape of one example, as in `[28, 28, 1]`",
            Kind::DType => "an element type, as in `\"float32\"`",
            Kind::Class(family) => family.in_words(),
        }
    }
}

/// `ActivationFunction::ALL`, and the second name that one of them has.
pub(crate) const ACTIVATIONS: &[&str] = &[
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "softmax",
    "log_softmax",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "gelu",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "swish",
    "exponential",
    "mish",
    "silu",
];

/// Names of initializers.
pub(crate) const INITIALIZERS: &[&str] = &[
    "zeros",
    "ones",
    "zero",
    "one",
    "constant",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "variance_scaling",
    "random_normal",
    "random_uniform",
    "normal",
    "uniform",
    "truncated_normal",
    "orthogonal",
    "identity",
];

/// Names of regularizers.
pub(crate) const REGULARIZERS: &[&str] = &["l1", "l2", "l1_l2"];

/// Names of constraints.
pub(crate) const CONSTRAINTS: &[&str] = &["max_norm", "min_max_norm", "non_neg", "unit_norm"];
