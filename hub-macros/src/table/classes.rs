//! The classes that stand in arguments: `kernel_regularizer = L2(1e-4)`, `kernel_initializer = GlorotUniform(seed = 7)`.
//!
//! [`check`](crate::check) and [`expand`](crate::expand) ask it about calls of a bare name where an initializer,
//! regularizer or constraint is wanted. Paths, and all other names, are Rust's.

use super::kinds::{Family, Kind};
use super::layers::{Callee, Parameter};

/// One class.
pub(crate) struct Class {
    /// What it is.
    pub(crate) family: Family,
    /// Its name and arguments.
    pub(crate) callee: Callee,
    /// Whether it has no `new`: its name alone is the value.
    pub(crate) unit: bool,
}

/// The class of that name.
pub(crate) fn find(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.callee.name == name)
}

const fn class(
    family: Family,
    name: &'static str,
    positional: &'static [Parameter],
    optional: &'static [Parameter],
    example: &'static str,
) -> Class {
    Class { family, callee: Callee { name, positional, optional, keywords: &[], example }, unit: false }
}

const fn unit(family: Family, name: &'static str, example: &'static str) -> Class {
    Class { family, callee: Callee { name, positional: &[], optional: &[], keywords: &[], example }, unit: true }
}

const fn number(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Number }
}

const SEED: Parameter = Parameter { name: "seed", kind: Kind::Natural };
const AXIS: Parameter = Parameter { name: "axis", kind: Kind::Integer };

/// Every class, its arguments in Keras's order.
pub(crate) const CLASSES: &[Class] = &[
    class(Family::Regularizer, "L1", &[number("l1")], &[], "L1(0.01)"),
    class(Family::Regularizer, "L2", &[number("l2")], &[], "L2(0.01)"),
    class(Family::Regularizer, "L1L2", &[number("l1"), number("l2")], &[], "L1L2(0.01, 0.01)"),
    unit(Family::Initializer, "Zeros", "Zeros()"),
    unit(Family::Initializer, "Ones", "Ones()"),
    class(Family::Initializer, "Constant", &[number("value")], &[], "Constant(0.5)"),
    class(Family::Initializer, "GlorotUniform", &[], &[SEED], "GlorotUniform()"),
    class(Family::Initializer, "GlorotNormal", &[], &[SEED], "GlorotNormal()"),
    class(Family::Initializer, "HeUniform", &[], &[SEED], "HeUniform()"),
    class(Family::Initializer, "HeNormal", &[], &[SEED], "HeNormal()"),
    class(Family::Initializer, "LecunUniform", &[], &[SEED], "LecunUniform()"),
    class(Family::Initializer, "LecunNormal", &[], &[SEED], "LecunNormal()"),
    class(
        Family::Initializer,
        "VarianceScaling",
        &[],
        &[
            number("scale"),
            Parameter { name: "mode", kind: Kind::Any },
            Parameter { name: "distribution", kind: Kind::Any },
            SEED,
        ],
        "VarianceScaling(2.0)",
    ),
    class(Family::Initializer, "RandomNormal", &[], &[number("mean"), number("stddev"), SEED], "RandomNormal()"),
    class(Family::Initializer, "RandomUniform", &[], &[number("minval"), number("maxval"), SEED], "RandomUniform()"),
    class(Family::Initializer, "TruncatedNormal", &[], &[number("mean"), number("stddev"), SEED], "TruncatedNormal()"),
    class(Family::Initializer, "Orthogonal", &[], &[number("gain"), SEED], "Orthogonal()"),
    class(Family::Initializer, "Identity", &[], &[number("gain")], "Identity()"),
    class(Family::Constraint, "NonNeg", &[], &[], "NonNeg()"),
    class(Family::Constraint, "MaxNorm", &[], &[number("max_value"), AXIS], "MaxNorm(2.0)"),
    class(Family::Constraint, "UnitNorm", &[], &[AXIS], "UnitNorm()"),
    class(
        Family::Constraint,
        "MinMaxNorm",
        &[],
        &[number("min_value"), number("max_value"), number("rate"), AXIS],
        "MinMaxNorm(0.0, 1.0)",
    ),
];
