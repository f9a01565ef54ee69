//! Shapes from and to their messages.

use super::proto::{Dim, TensorShapeProto};
use crate::error::{Error, Result};
use crate::tensor::Shape;

/// TensorFlow's own limit on the number of dimensions.
const RANK_LIMIT: usize = 254;

/// The shape that a message describes; -1 stands for an unknown dimension.
///
/// # Errors
/// [`Error::ModelStructure`] for other negative dimensions and more than 254 dimensions.
pub fn decode(message: &TensorShapeProto) -> Result<Shape> {
    if message.unknown_rank {
        return Ok(Shape::unknown());
    }
    if message.dim.len() > RANK_LIMIT {
        return Err(Error::structure(format!("a shape of {} dimensions", message.dim.len())));
    }
    let dimension = |dim: &Dim| match dim.size {
        -1 => Ok(None),
        size => usize::try_from(size).map(Some).map_err(|_| Error::structure(format!("a dimension of {size}"))),
    };
    Ok(Shape::from(message.dim.iter().map(dimension).collect::<Result<Vec<_>>>()?))
}

/// The shape of a message that may be absent, which means that nothing is known.
///
/// # Errors
/// As [`decode`].
pub fn decode_optional(message: Option<&TensorShapeProto>) -> Result<Shape> {
    message.map_or(Ok(Shape::unknown()), decode)
}

/// The message of a shape.
pub fn encode(shape: &Shape) -> TensorShapeProto {
    let Some(dimensions) = shape.dimensions() else {
        return TensorShapeProto { dim: Vec::new(), unknown_rank: true };
    };
    let size = |dimension: &Option<usize>| dimension.map_or(-1, |size| i64::try_from(size).unwrap_or(i64::MAX));
    let dim = dimensions.iter().map(|dimension| Dim { size: size(dimension), name: String::new() });
    TensorShapeProto { dim: dim.collect(), unknown_rank: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_round_trip() {
        for shape in [Shape::unknown(), Shape::scalar(), Shape::from([None, Some(3)]), Shape::from([0])] {
            assert_eq!(decode(&encode(&shape)).unwrap(), shape);
        }
    }

    #[test]
    fn negative_dimensions_are_refused() {
        let shape = |size| TensorShapeProto { dim: vec![Dim { size, name: String::new() }], unknown_rank: false };
        assert!(matches!(decode(&shape(-2)), Err(Error::ModelStructure { .. })));
        assert!(matches!(decode(&shape(i64::MIN)), Err(Error::ModelStructure { .. })));
    }
}
