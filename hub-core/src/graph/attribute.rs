//! What an attribute of an operation can be.

use prost::Message;

use crate::dtype::DType;
use crate::saved_model::proto::{AttrList, AttrValue, AttrValueValue, NameAttrList};
use crate::saved_model::shape;
use crate::tensor::{Shape, Tensor};

/// The value of an attribute; most Rust values convert into it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Attribute {
    /// Anything but a tensor, as TensorFlow's message.
    Value(Box<AttrValue>),
    /// A tensor, handed over without the message.
    Tensor(Tensor),
}

impl Attribute {
    /// The name of a function in the graph's library.
    pub fn function(name: impl Into<String>) -> Attribute {
        AttrValueValue::Func(Box::new(NameAttrList { name: name.into(), attr: Default::default() })).into()
    }

    /// The attribute as the bytes of an `AttrValue`, where it is no tensor.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        match self {
            Attribute::Value(value) => Some(value.encode_to_vec()),
            Attribute::Tensor(_) => None,
        }
    }
}

impl From<AttrValueValue> for Attribute {
    fn from(value: AttrValueValue) -> Attribute {
        Attribute::Value(Box::new(AttrValue { value: Some(value) }))
    }
}

impl From<AttrValue> for Attribute {
    fn from(value: AttrValue) -> Attribute {
        Attribute::Value(Box::new(value))
    }
}

macro_rules! into_attribute {
    ($($from:ty => |$value:ident| $attribute:expr;)*) => {
        $(impl From<$from> for Attribute {
            fn from($value: $from) -> Attribute {
                Attribute::from($attribute)
            }
        })*
    };
}

into_attribute! {
    DType => |dtype| AttrValueValue::Type(dtype.number());
    i64 => |value| AttrValueValue::I(value);
    i32 => |value| AttrValueValue::I(value.into());
    f32 => |value| AttrValueValue::F(value);
    bool => |value| AttrValueValue::B(value);
    &str => |text| AttrValueValue::S(text.as_bytes().to_vec());
    String => |text| AttrValueValue::S(text.into_bytes());
    &Shape => |shape| AttrValueValue::Shape(Box::new(shape::encode(shape)));
    Shape => |shape| AttrValueValue::Shape(Box::new(shape::encode(&shape)));
    Vec<DType> => |types| AttrValueValue::List(Box::new(AttrList {
        r#type: types.iter().map(|dtype| dtype.number()).collect(),
        ..AttrList::default()
    }));
    Vec<String> => |texts| AttrValueValue::List(Box::new(AttrList {
        s: texts.into_iter().map(String::into_bytes).collect(),
        ..AttrList::default()
    }));
    Vec<i64> => |values| AttrValueValue::List(Box::new(AttrList { i: values, ..AttrList::default() }));
}

impl From<Tensor> for Attribute {
    fn from(tensor: Tensor) -> Attribute {
        Attribute::Tensor(tensor)
    }
}
