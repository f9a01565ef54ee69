//! [`Example`]: named features, what most records are.

use std::collections::BTreeMap;

use prost::Message;

use super::proto::{self, BytesList, FloatList, Int64List, Kind};
use crate::error::{Error, Result};

/// Named features: TensorFlow's message `tf.train.Example`.
///
/// ```
/// use hub_layers::data::{Example, Feature};
/// let example = Example::new().feature("class", 3_i64).feature("pixels", vec![0.5_f32, 1.0]).feature("name", "seven");
/// let bytes = example.encode();
/// assert_eq!(Example::decode(&bytes)?.get("pixels"), Some(&Feature::Floats(vec![0.5, 1.0])));
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Example {
    features: BTreeMap<String, Feature>,
}

/// The values of a feature.
#[derive(Debug, Clone, PartialEq)]
pub enum Feature {
    /// Strings of bytes.
    Bytes(Vec<Vec<u8>>),
    /// Numbers of float32.
    Floats(Vec<f32>),
    /// Numbers of int64.
    Ints(Vec<i64>),
}

impl Example {
    /// Without features.
    pub fn new() -> Example {
        Example::default()
    }

    /// With a feature.
    pub fn feature(mut self, name: impl Into<String>, feature: impl Into<Feature>) -> Example {
        self.features.insert(name.into(), feature.into());
        self
    }

    /// A feature.
    pub fn get(&self, name: &str) -> Option<&Feature> {
        self.features.get(name)
    }

    /// All features, by name.
    pub fn features(&self) -> impl Iterator<Item = (&str, &Feature)> {
        self.features.iter().map(|(name, feature)| (name.as_str(), feature))
    }

    /// The bytes of a record.
    pub fn encode(&self) -> Vec<u8> {
        let feature = self.features.iter().map(|(name, feature)| (name.clone(), feature.to_proto())).collect();
        proto::Example { features: Some(proto::Features { feature }) }.encode_to_vec()
    }

    /// The example in a record. A feature without any kind of values counts as none.
    ///
    /// # Errors
    /// [`Error::BadExample`] for bytes that are none.
    pub fn decode(record: &[u8]) -> Result<Example> {
        let message = proto::Example::decode(record).map_err(|why| Error::BadExample {
            feature: None,
            expected: "the message `tf.train.Example`".into(),
            found: why.to_string(),
        })?;
        let features = message.features.unwrap_or_default().feature.into_iter();
        Ok(Example { features: features.filter_map(|(name, feature)| Some((name, of_proto(feature)?))).collect() })
    }
}

impl Feature {
    fn to_proto(&self) -> proto::Feature {
        let kind = match self.clone() {
            Feature::Bytes(value) => Kind::Bytes(BytesList { value }),
            Feature::Floats(value) => Kind::Floats(FloatList { value }),
            Feature::Ints(value) => Kind::Ints(Int64List { value }),
        };
        proto::Feature { kind: Some(kind) }
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Feature::Bytes(values) => values.len(),
            Feature::Floats(values) => values.len(),
            Feature::Ints(values) => values.len(),
        }
    }
}

fn of_proto(feature: proto::Feature) -> Option<Feature> {
    Some(match feature.kind? {
        Kind::Bytes(list) => Feature::Bytes(list.value),
        Kind::Floats(list) => Feature::Floats(list.value),
        Kind::Ints(list) => Feature::Ints(list.value),
    })
}

macro_rules! into_feature {
    ($($from:ty => |$value:ident| $feature:expr;)*) => {
        $(impl From<$from> for Feature {
            fn from($value: $from) -> Feature {
                $feature
            }
        })*
    };
}

into_feature! {
    i64 => |value| Feature::Ints(vec![value]);
    Vec<i64> => |values| Feature::Ints(values);
    f32 => |value| Feature::Floats(vec![value]);
    Vec<f32> => |values| Feature::Floats(values);
    &str => |text| Feature::Bytes(vec![text.as_bytes().to_vec()]);
    String => |text| Feature::Bytes(vec![text.into_bytes()]);
    Vec<u8> => |bytes| Feature::Bytes(vec![bytes]);
    Vec<Vec<u8>> => |values| Feature::Bytes(values);
}
