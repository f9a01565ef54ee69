//! What the layers that alter images at random share: ranges of factors, draws from them, and moving pixels.
//!
//! Each draws for each image by itself, but where its file says otherwise; not training, all are the identity.

use hub_core::graph::Node;
use hub_core::{DType, Shape};

use crate::config::{Argument, At};
use crate::error::Result;
use crate::layer::{Call, Place};

/// The range that a factor is drawn from: both ends, or one number whose range the layer says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Factor {
    /// One number.
    One(f64),
    /// The lower and the upper end.
    Range(f64, f64),
}

impl From<f64> for Factor {
    fn from(factor: f64) -> Factor {
        Factor::One(factor)
    }
}

impl From<(f64, f64)> for Factor {
    fn from((lower, upper): (f64, f64)) -> Factor {
        Factor::Range(lower, upper)
    }
}

impl From<[f64; 2]> for Factor {
    fn from([lower, upper]: [f64; 2]) -> Factor {
        Factor::Range(lower, upper)
    }
}

impl Argument for Factor {
    fn write(&self) -> Result<serde_json::Value> {
        match self {
            Factor::One(factor) => factor.write(),
            Factor::Range(lower, upper) => vec![*lower, *upper].write(),
        }
    }

    fn read(json: &serde_json::Value, at: At<'_>) -> Result<Factor> {
        match Vec::<f64>::read(json, at).as_deref() {
            Ok([lower, upper]) => Ok(Factor::Range(*lower, *upper)),
            _ => json.as_f64().map(Factor::One).ok_or_else(|| at.expected("a number or two", json)),
        }
    }
}

impl Factor {
    /// The range where one number stands for both directions.
    pub(super) fn symmetric(self) -> (f64, f64) {
        match self {
            Factor::One(factor) => (-factor, factor),
            Factor::Range(lower, upper) => (lower, upper),
        }
    }

    /// Checks a range that must have its ends in order.
    pub(super) fn check_order(self, place: &Place, argument: &str) -> Result<(f64, f64)> {
        match self.symmetric() {
            (lower, upper) if lower <= upper => Ok((lower, upper)),
            (lower, upper) => Err(refuse(place, argument, "the lower end first", (lower, upper))),
        }
    }

    /// Checks a range within -1 and 1.
    pub(super) fn check_share(self, place: &Place, argument: &str) -> Result<(f64, f64)> {
        match self.symmetric() {
            (lower, upper) if lower.abs() <= 1.0 && upper.abs() <= 1.0 => Ok((lower, upper)),
            range => Err(refuse(place, argument, "numbers between -1 and 1", range)),
        }
    }
}

pub(super) fn refuse(place: &Place, argument: &str, expected: &str, (lower, upper): (f64, f64)) -> crate::Error {
    place.invalid_argument(argument, expected, format!("{lower} to {upper}"))
}

/// Where the pixels of a moved image come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moving {
    pub(super) fill_mode: String,
    pub(super) interpolation: String,
    pub(super) fill_value: f64,
    pub(super) seed: Option<u64>,
}

impl Default for Moving {
    fn default() -> Moving {
        Moving { fill_mode: "reflect".into(), interpolation: "bilinear".into(), fill_value: 0.0, seed: None }
    }
}

/// The builder methods of a layer with a field `moving: Moving`.
macro_rules! moving_builders {
    () => {
        /// What lies beyond the edges: `"reflect"` (`d c b a | a b c d`), `"wrap"` (`a b c d | a b c d`), `"nearest"`
        /// (`a a a a | a b c d`) or `"constant"`. Default: `"reflect"`.
        pub fn fill_mode(mut self, fill_mode: impl Into<String>) -> Self {
            self.moving.fill_mode = fill_mode.into();
            self
        }

        /// `"nearest"` or `"bilinear"`. Default: `"bilinear"`.
        pub fn interpolation(mut self, interpolation: impl Into<String>) -> Self {
            self.moving.interpolation = interpolation.into();
            self
        }

        /// What lies beyond the edges with the fill mode `"constant"`. Default: 0.
        pub fn fill_value(mut self, fill_value: f64) -> Self {
            self.moving.fill_value = fill_value;
            self
        }

        /// The seed of the random choice. Default: the model's seed decides.
        pub fn seed(mut self, seed: u64) -> Self {
            self.moving.seed = Some(seed);
            self
        }
    };
}

pub(super) use moving_builders;

impl Moving {
    /// Checks the names.
    pub(super) fn check(&self, place: &Place) -> Result<()> {
        for (argument, name, names) in [
            ("fill_mode", &self.fill_mode, &["reflect", "wrap", "constant", "nearest"][..]),
            ("interpolation", &self.interpolation, &["nearest", "bilinear"]),
        ] {
            if !names.contains(&name.as_str()) {
                return Err(place.unknown_name(argument, name, names.iter().copied()));
            }
        }
        Ok(())
    }

    /// A number for each image, `[batch, 1]`.
    pub(super) fn draw<'g>(&self, call: &mut Call<'g>, images: Node<'g>, range: (f64, f64)) -> Node<'g> {
        let scope = images.scope();
        let shape = scope.op("Pack").input_list([batch(images), scope.constant(1_i32)]).build();
        draw(call, shape, range, self.seed)
    }

    /// Each image with its pixels taken from where its row of `matrix` says: the first two rows of a projection, as eight
    /// numbers `[batch, 8]`.
    pub(super) fn apply<'g>(&self, images: Node<'g>, matrix: Node<'g>) -> Node<'g> {
        let scope = images.scope();
        let [height, width] = sizes(images);
        let size = match (images.shape().dimension(1), images.shape().dimension(2)) {
            // What is known while the graph is built stays known.
            (Some(height), Some(width)) => scope.constant([height as i32, width as i32]),
            _ => scope.op("Pack").input_list([height, width]).build(),
        };
        let moved = scope.op("ImageProjectiveTransformV3").input(images).input(matrix).input(size);
        let moved = moved.input(scope.constant(self.fill_value as f32));
        let moved = moved.attr("fill_mode", self.fill_mode.to_uppercase());
        moved.attr("interpolation", self.interpolation.to_uppercase()).build()
    }
}

/// Random numbers of a range, its upper end not among them unless it is the lower too.
pub(super) fn draw<'g>(
    call: &mut Call<'g>,
    shape: Node<'g>,
    (lower, upper): (f64, f64),
    seed: Option<u64>,
) -> Node<'g> {
    let (lower, upper) = (lower as f32, upper as f32);
    call.random_uniform(shape, DType::F32, seed) * (upper - lower) + lower
}

/// Checks that images come in: `[batch, height, width, channels]`.
pub(super) fn check_images(place: &Place, shape: &Shape) -> Result<()> {
    match shape.rank() {
        Some(4) => Ok(()),
        _ => Err(place.input_mismatch("images [batch, height, width, channels]", shape)),
    }
}

/// How many images there are.
pub(super) fn batch(images: Node<'_>) -> Node<'_> {
    dimensions(images)[0]
}

/// Height and width of images.
pub(super) fn sizes(images: Node<'_>) -> [Node<'_>; 2] {
    let [_, height, width, _] = dimensions(images);
    [height, width]
}

fn dimensions(images: Node<'_>) -> [Node<'_>; 4] {
    let shape = images.shape_of();
    let parts = shape.scope().op("Unpack").input(shape).attr("num", 4_i64).attr("axis", 0_i64).build_operation();
    [0, 1, 2, 3].map(|part| parts.output(part))
}

/// Columns `[batch, 1]` side by side, with the two of a projection that are always 0.
pub(super) fn matrix<'g>(columns: [Node<'g>; 6]) -> Node<'g> {
    let scope = columns[0].scope();
    let zero = columns[0] * 0.0;
    let axis = scope.constant(1_i32);
    scope.op("ConcatV2").input_list(columns.into_iter().chain([zero, zero])).input(axis).build()
}
