//! What a signature says of one of its inputs or outputs.

use std::fmt;

use hub_core::saved_model::proto::{StructuredValue, StructuredValueKind, TensorInfo, TensorInfoEncoding};
use hub_core::saved_model::{Spec, shape, structure};
use hub_core::{DType, Nest, Shape};

use crate::error::Result;

/// The numbers of reference types are those of the plain ones and this.
const REFERENCE: i32 = 100;

/// What is known of an input or output of a signature.
///
/// As in Python, it shows itself as `<hub.ParsedTensorInfo shape=(2,) dtype=int32 is_sparse=False>`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedTensorInfo {
    spec: Spec,
    is_composite: bool,
    /// Whether it is a reference to a variable of TF1, which is taken as its value.
    is_reference: bool,
}

impl ParsedTensorInfo {
    /// Reads what a signature says of one of its ends.
    pub(crate) fn parse(name: &str, info: &TensorInfo) -> Result<ParsedTensorInfo> {
        if let Some(TensorInfoEncoding::CompositeTensor(composite)) = &info.encoding {
            let spec = composite.type_spec.clone().map(|spec| StructuredValueKind::TypeSpecValue(Box::new(spec)));
            let spec = match structure::decode(&StructuredValue { kind: spec })? {
                Nest::Leaf(spec) => spec,
                other => Spec::Other { class_name: other.kind(), components: composite.components.len() },
            };
            return Ok(ParsedTensorInfo { spec, is_composite: true, is_reference: false });
        }
        let unknown = || {
            let why = format!("`{name}` of a signature has the element type {}", info.dtype);
            hub_core::Error::structure(why)
        };
        let dtype = DType::from_number(info.dtype % REFERENCE).ok_or_else(unknown)?;
        let shape = shape::decode_optional(info.tensor_shape.as_ref())?;
        let is_composite = matches!(info.encoding, Some(TensorInfoEncoding::CooSparse(_)));
        let spec = match is_composite {
            true => Spec::Sparse { shape, dtype },
            false => Spec::Tensor(hub_core::saved_model::TensorSpec { name: None, shape, dtype }),
        };
        Ok(ParsedTensorInfo { spec, is_composite, is_reference: info.dtype > REFERENCE })
    }

    /// The element type, of a composite that of its values; `None` for a composite that is not known here.
    pub fn dtype(&self) -> Option<DType> {
        match &self.spec {
            Spec::Tensor(tensor) => Some(tensor.dtype),
            Spec::Sparse { dtype, .. } | Spec::Ragged { dtype, .. } => Some(*dtype),
            _ => None,
        }
    }

    /// The shape as far as it is known, of a composite the dense one.
    pub fn get_shape(&self) -> Shape {
        match &self.spec {
            Spec::Tensor(tensor) => tensor.shape.clone(),
            Spec::Sparse { shape, .. } | Spec::Ragged { shape, .. } => shape.clone(),
            _ => Shape::unknown(),
        }
    }

    /// Whether it is a sparse tensor.
    pub fn is_sparse(&self) -> bool {
        matches!(self.spec, Spec::Sparse { .. })
    }

    /// Whether it is made of several tensors: sparse, ragged and the like.
    pub fn is_composite(&self) -> bool {
        self.is_composite
    }

    /// Whether such a thing can be given and taken here.
    pub fn is_supported_type(&self) -> bool {
        matches!(self.spec, Spec::Tensor(_) | Spec::Sparse { .. } | Spec::Ragged { .. })
    }

    /// Its type as functions have it.
    pub fn type_spec(&self) -> &Spec {
        &self.spec
    }

    /// What it is, in a word or two.
    pub(crate) fn kind(&self) -> String {
        match &self.spec {
            Spec::Tensor(_) => "Tensor".into(),
            Spec::Sparse { .. } => "SparseTensor".into(),
            Spec::Ragged { .. } => "RaggedTensor".into(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for ParsedTensorInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.spec, self.is_composite) {
            (Spec::Ragged { shape, dtype, ragged_rank, row_splits_dtype }, _) => write!(
                f,
                "<hub.ParsedTensorInfo type_spec=RaggedTensorSpec(TensorShape({}), tf.{dtype}, {ragged_rank}, \
                 tf.{row_splits_dtype})>",
                bracketed(shape)
            ),
            (spec, true) if !self.is_sparse() => write!(f, "<hub.ParsedTensorInfo type_spec={spec}>"),
            _ => {
                let dtype = self.dtype().map_or_else(String::new, |dtype| dtype.to_string());
                let reference = if self.is_reference { "_ref" } else { "" };
                let is_sparse = if self.is_sparse() { "True" } else { "False" };
                let shape = in_python(&self.get_shape());
                write!(f, "<hub.ParsedTensorInfo shape={shape} dtype={dtype}{reference} is_sparse={is_sparse}>")
            }
        }
    }
}

/// A shape as Python writes it within a `TensorShape`: `[None, 3]`, `None`.
fn bracketed(shape: &Shape) -> String {
    let Some(dimensions) = shape.dimensions() else { return "None".into() };
    let sizes: Vec<String> =
        dimensions.iter().map(|size| size.map_or("None".into(), |size| size.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}

/// A shape as Python writes a tuple: `(None, 3)`, `(2,)`.
fn in_python(shape: &Shape) -> String {
    let Some(dimensions) = shape.dimensions() else { return "<unknown>".into() };
    let sizes: Vec<String> =
        dimensions.iter().map(|size| size.map_or_else(|| "None".into(), |size| size.to_string())).collect();
    match sizes.as_slice() {
        [only] => format!("({only},)"),
        _ => format!("({})", sizes.join(", ")),
    }
}
