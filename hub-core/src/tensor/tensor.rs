//! One tensor: element type, whole shape, shared read-only bytes.
//!
//! Cloning and cutting rows share the bytes. Numbers lie in row-major order; strings are byte strings, each on its
//! own. Who made the bytes (a `Vec`, an array, the engine) owns them until the last tensor over them is gone.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::element::Element;
use super::shape::Shape;
use crate::dtype::DType;
use crate::error::{Error, Result};

/// Whoever holds the bytes of a tensor.
pub(crate) trait ByteOwner: Send + Sync {
    /// The bytes; the same at every call.
    fn bytes(&self) -> &[u8];
}

/// A `Vec` of elements as the owner of its bytes.
struct Elements<T>(Vec<T>);

impl<T: Element> ByteOwner for Elements<T> {
    fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

/// Bytes at a 64-byte boundary, which the engine takes without a copy.
pub(super) struct AlignedBytes {
    blocks: Vec<Block>,
    length: usize,
}

impl AlignedBytes {
    /// So many bytes, written by `fill`, which finds zeros.
    pub(super) fn filled(length: usize, fill: impl FnOnce(&mut [u8])) -> AlignedBytes {
        let mut blocks = vec![Block([0; 64]); length.div_ceil(64)];
        fill(&mut bytemuck::cast_slice_mut::<Block, u8>(&mut blocks)[..length]);
        AlignedBytes { blocks, length }
    }
}

#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Block([u8; 64]);

impl ByteOwner for AlignedBytes {
    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.blocks)[..self.length]
    }
}

#[derive(Clone)]
enum Data {
    Bytes { owner: Arc<dyn ByteOwner>, range: Range<usize> },
    Strings { strings: Arc<[Vec<u8>]>, range: Range<usize> },
}

/// An n-dimensional array of one element type; cheap to clone.
///
/// ```
/// use hub_core::{DType, Tensor};
/// let t = Tensor::new(&[2, 3], vec![1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!((t.dtype(), t.shape()), (DType::F32, &[2, 3][..]));
/// assert_eq!(t.rows(1..2)?.as_slice::<f32>()?, [4.0, 5.0, 6.0]);
/// let words = Tensor::strings(&[2], ["hub", "näher"])?;
/// assert_eq!(words.as_strings()?[1], "näher".as_bytes());
/// # Ok::<(), hub_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Tensor {
    dtype: DType,
    shape: Arc<[usize]>,
    data: Data,
}

impl Tensor {
    /// A tensor over `values` in row-major order, without a copy.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] where the shape does not hold just as many elements.
    pub fn new<T: Element>(shape: &[usize], values: Vec<T>) -> Result<Tensor> {
        check_count(shape, values.len())?;
        let range = 0..size_of_val(values.as_slice());
        Ok(Tensor {
            dtype: T::DTYPE,
            shape: shape.into(),
            data: Data::Bytes { owner: Arc::new(Elements(values)), range },
        })
    }

    /// A scalar.
    pub fn scalar<T: Element>(value: T) -> Tensor {
        let range = 0..size_of::<T>();
        Tensor {
            dtype: T::DTYPE,
            shape: [].into(),
            data: Data::Bytes { owner: Arc::new(Elements(vec![value])), range },
        }
    }

    /// A vector.
    pub fn vector<T: Element>(values: Vec<T>) -> Tensor {
        let range = 0..size_of_val(values.as_slice());
        let shape = [values.len()].into();
        Tensor { dtype: T::DTYPE, shape, data: Data::Bytes { owner: Arc::new(Elements(values)), range } }
    }

    /// A tensor of byte strings in row-major order.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] where the shape does not hold just as many strings.
    pub fn strings<S: Into<Vec<u8>>>(shape: &[usize], values: impl IntoIterator<Item = S>) -> Result<Tensor> {
        let strings: Arc<[Vec<u8>]> = values.into_iter().map(Into::into).collect();
        check_count(shape, strings.len())?;
        let range = 0..strings.len();
        Ok(Tensor { dtype: DType::String, shape: shape.into(), data: Data::Strings { strings, range } })
    }

    /// A tensor of `dtype` whose elements are the bytes `bytes` in this machine's order, copied to an aligned place.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] where the shape does not take just as many bytes; [`Error::StructureMismatch`] for a
    /// type without a fixed size, or a `bool` that is neither 0 nor 1.
    pub fn from_bytes(dtype: DType, shape: &[usize], bytes: &[u8]) -> Result<Tensor> {
        let size = fixed_size(dtype)?;
        if element_count(shape).and_then(|count| count.checked_mul(size)) != Some(bytes.len()) {
            return Err(Error::ShapeMismatch {
                what: format!("a {dtype} tensor from bytes"),
                expected: Shape::known(shape).to_string(),
                found: format!("{} bytes", bytes.len()),
            });
        }
        if dtype == DType::Bool && bytes.iter().any(|byte| *byte > 1) {
            return Err(Error::StructureMismatch {
                what: "a bool tensor from bytes".into(),
                expected: "bytes of 0 and 1".into(),
                found: "another byte".into(),
            });
        }
        let owner = AlignedBytes::filled(bytes.len(), |own| own.copy_from_slice(bytes));
        Ok(Tensor::from_owner(dtype, shape, Arc::new(owner)))
    }

    /// A tensor over bytes that somebody else holds; the caller has checked their number.
    pub(crate) fn from_owner(dtype: DType, shape: &[usize], owner: Arc<dyn ByteOwner>) -> Tensor {
        let range = 0..owner.bytes().len();
        Tensor { dtype, shape: shape.into(), data: Data::Bytes { owner, range } }
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The dimensions; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in row-major order.
    ///
    /// # Errors
    /// [`Error::DTypeMismatch`] where `T` is not the element type.
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        if self.dtype != T::DTYPE {
            return Err(self.wrong_dtype(T::DTYPE));
        }
        let bytes = self.bytes()?;
        if bytes.is_empty() {
            return Ok(&[]);
        }
        bytemuck::checked::try_cast_slice(bytes).map_err(|why| Error::StructureMismatch {
            what: format!("the bytes of a {} tensor", self.dtype),
            expected: "whole, aligned elements".into(),
            found: why.to_string(),
        })
    }

    /// The strings in row-major order.
    ///
    /// # Errors
    /// [`Error::DTypeMismatch`] for a tensor of numbers.
    pub fn as_strings(&self) -> Result<&[Vec<u8>]> {
        match &self.data {
            Data::Strings { strings, range } => Ok(&strings[range.clone()]),
            Data::Bytes { .. } => Err(self.wrong_dtype(DType::String)),
        }
    }

    /// The one element of a tensor with just one, whatever its rank.
    ///
    /// # Errors
    /// [`Error::DTypeMismatch`] where `T` is not the element type, [`Error::ShapeMismatch`] where there is not just
    /// one element.
    pub fn item<T: Element>(&self) -> Result<T> {
        match self.as_slice::<T>()? {
            [item] => Ok(*item),
            _ => Err(Error::ShapeMismatch {
                what: "a tensor as one number".into(),
                expected: "one element".into(),
                found: Shape::known(self.shape()).to_string(),
            }),
        }
    }

    /// The bytes of the numbers.
    ///
    /// # Errors
    /// [`Error::DTypeMismatch`] for strings, which are not one run of bytes.
    pub fn bytes(&self) -> Result<&[u8]> {
        match &self.data {
            Data::Bytes { owner, range } => Ok(&owner.bytes()[range.clone()]),
            Data::Strings { .. } => Err(Error::StructureMismatch {
                what: "the bytes of a tensor".into(),
                expected: "numbers".into(),
                found: "strings".into(),
            }),
        }
    }

    /// The same elements in another shape.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] where the shape does not hold just as many elements.
    pub fn reshape(&self, shape: &[usize]) -> Result<Tensor> {
        check_count(shape, self.len())?;
        Ok(Tensor { shape: shape.into(), ..self.clone() })
    }

    /// The rows `rows` along the first axis, without a copy.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for a scalar or rows that are not there.
    pub fn rows(&self, rows: Range<usize>) -> Result<Tensor> {
        let (Some(count), true) = (self.shape.first().copied(), rows.start <= rows.end) else {
            return Err(self.no_rows(&rows));
        };
        if rows.end > count {
            return Err(self.no_rows(&rows));
        }
        let mut shape = self.shape.to_vec();
        shape[0] = rows.len();
        let cut = |range: &Range<usize>| {
            let stride = (range.len()).checked_div(count).unwrap_or(0);
            range.start + rows.start * stride..range.start + rows.end * stride
        };
        let data = match &self.data {
            Data::Bytes { owner, range } => Data::Bytes { owner: owner.clone(), range: cut(range) },
            Data::Strings { strings, range } => Data::Strings { strings: strings.clone(), range: cut(range) },
        };
        Ok(Tensor { dtype: self.dtype, shape: shape.into(), data })
    }

    /// Tensors joined along the first axis.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for no tensor, scalars, or rows of unequal shape; [`Error::DTypeMismatch`] for unequal
    /// element types.
    pub fn concatenate(parts: &[Tensor]) -> Result<Tensor> {
        let [first, rest @ ..] = parts else {
            return Err(Error::ShapeMismatch {
                what: "joining tensors".into(),
                expected: "at least one tensor".into(),
                found: "none".into(),
            });
        };
        if rest.is_empty() {
            return Ok(first.clone());
        }
        let Some(row) = first.shape.get(1..) else { return Err(first.no_rows(&(0..1))) };
        for part in rest {
            if part.dtype != first.dtype {
                return Err(part.wrong_dtype(first.dtype));
            }
            if part.shape.get(1..) != Some(row) {
                return Err(Error::ShapeMismatch {
                    what: "joining tensors".into(),
                    expected: Shape::known(&first.shape).to_string(),
                    found: Shape::known(&part.shape).to_string(),
                });
            }
        }
        let mut shape = first.shape.to_vec();
        shape[0] = parts.iter().map(|part| part.shape[0]).sum();
        if first.dtype == DType::String {
            let mut strings = Vec::new();
            for part in parts {
                strings.extend_from_slice(part.as_strings()?);
            }
            return Tensor::strings(&shape, strings);
        }
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(part.bytes()?);
        }
        Tensor::from_bytes(first.dtype, &shape, &bytes)
    }

    /// Byte strings in a shape that the caller knows to fit.
    pub(super) fn of_strings(shape: &[usize], strings: Vec<Vec<u8>>) -> Tensor {
        let range = 0..strings.len();
        Tensor { dtype: DType::String, shape: shape.into(), data: Data::Strings { strings: strings.into(), range } }
    }

    /// The same elements in a shape that the caller knows to fit.
    pub(super) fn with_shape(self, shape: &[usize]) -> Tensor {
        Tensor { shape: shape.into(), ..self }
    }

    fn wrong_dtype(&self, expected: DType) -> Error {
        Error::DTypeMismatch { what: "a tensor's elements".into(), expected, found: self.dtype }
    }

    fn no_rows(&self, rows: &Range<usize>) -> Error {
        Error::ShapeMismatch {
            what: "rows of a tensor".into(),
            expected: format!("at least {} rows", rows.end.max(1)),
            found: Shape::known(&self.shape).to_string(),
        }
    }
}

/// The number of elements of a shape, where it fits: TensorFlow multiplies dimensions as int64, those beside a zero too,
/// and ends the process over one that is too large.
pub(crate) fn element_count(shape: &[usize]) -> Option<usize> {
    const MOST_BYTES_EACH: i64 = 16;
    shape
        .iter()
        .try_fold(MOST_BYTES_EACH, |size, dimension| size.checked_mul(i64::try_from(*dimension).ok()?.max(1)))?;
    Some(shape.iter().product())
}

fn check_count(shape: &[usize], found: usize) -> Result<()> {
    if element_count(shape) == Some(found) {
        return Ok(());
    }
    Err(Error::ShapeMismatch {
        what: "a tensor from elements".into(),
        expected: Shape::known(shape).to_string(),
        found: format!("{found} elements"),
    })
}

fn fixed_size(dtype: DType) -> Result<usize> {
    dtype.size_bytes().ok_or_else(|| Error::StructureMismatch {
        what: "a tensor from bytes".into(),
        expected: "an element type of a fixed size".into(),
        found: dtype.to_string(),
    })
}

impl PartialEq for Tensor {
    /// Bit for bit: NaN equals the same NaN, and 0.0 differs from -0.0.
    fn eq(&self, other: &Tensor) -> bool {
        self.dtype == other.dtype
            && self.shape == other.shape
            && match (&self.data, &other.data) {
                (Data::Strings { .. }, Data::Strings { .. }) => self.as_strings().ok() == other.as_strings().ok(),
                _ => matches!((self.bytes(), other.bytes()), (Ok(a), Ok(b)) if a == b),
            }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({}, {})", self.dtype, Shape::known(&self.shape))
    }
}

impl fmt::Display for Tensor {
    /// Element type and shape, then the first elements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        write!(f, "{} {}", self.dtype, Shape::known(&self.shape))?;
        let Some(values) = self.first_values(SHOWN) else { return Ok(()) };
        let more = if self.len() > SHOWN { ", ..." } else { "" };
        write!(f, " = {}{more}", values.join(", "))
    }
}

impl Tensor {
    /// The first elements as text, for people.
    fn first_values(&self, count: usize) -> Option<Vec<String>> {
        fn texts<T: Element>(tensor: &Tensor, count: usize) -> Option<Vec<String>> {
            Some(tensor.as_slice::<T>().ok()?.iter().take(count).map(|value| format!("{value:?}")).collect())
        }
        match self.dtype {
            DType::F32 => texts::<f32>(self, count),
            DType::F64 => texts::<f64>(self, count),
            DType::I32 => texts::<i32>(self, count),
            DType::I64 => texts::<i64>(self, count),
            DType::U8 => texts::<u8>(self, count),
            DType::Bool => texts::<bool>(self, count),
            DType::String => Some(
                self.as_strings()
                    .ok()?
                    .iter()
                    .take(count)
                    .map(|string| format!("{:?}", String::from_utf8_lossy(string)))
                    .collect(),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_checked() {
        assert!(matches!(Tensor::new(&[2, 2], vec![1_i32]), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(Tensor::new(&[usize::MAX, 2], vec![1_i32]), Err(Error::ShapeMismatch { .. })));
        for shape in [[usize::MAX, 0, 2], [0, 1 << 63, 2], [1 << 62, 2, 0]] {
            assert!(matches!(Tensor::new(&shape, Vec::<f32>::new()), Err(Error::ShapeMismatch { .. })), "{shape:?}");
        }
        assert!(matches!(Tensor::from_bytes(DType::F32, &[2], &[0; 7]), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(Tensor::from_bytes(DType::Bool, &[1], &[2]), Err(Error::StructureMismatch { .. })));
        assert!(Tensor::from_bytes(DType::String, &[0], &[]).is_err());
    }

    #[test]
    fn empty_tensors_have_slices() {
        let empty = Tensor::new(&[0, 3], Vec::<f64>::new()).unwrap();
        assert!(empty.is_empty());
        assert!(empty.as_slice::<f64>().unwrap().is_empty());
        assert!(empty.rows(0..0).unwrap().is_empty());
    }

    #[test]
    fn rows_and_concatenate_are_inverse() {
        let whole = Tensor::new(&[5, 2], (0..10).collect::<Vec<i64>>()).unwrap();
        let parts = [whole.rows(0..2).unwrap(), whole.rows(2..2).unwrap(), whole.rows(2..5).unwrap()];
        assert_eq!(parts[2].as_slice::<i64>().unwrap(), [4, 5, 6, 7, 8, 9]);
        assert_eq!(parts[2].rows(1..2).unwrap().as_slice::<i64>().unwrap(), [6, 7]);
        assert_eq!(Tensor::concatenate(&parts).unwrap(), whole);
        assert!(whole.rows(4..6).is_err());
        let words = Tensor::from(["a", "b", "c"]);
        assert_eq!(Tensor::concatenate(&[words.rows(0..1).unwrap(), words.rows(1..3).unwrap()]).unwrap(), words);
    }

    #[test]
    fn copied_bytes_are_aligned() {
        let tensor = Tensor::from_bytes(DType::F32, &[3], &[0; 12]).unwrap();
        assert_eq!(tensor.bytes().unwrap().as_ptr() as usize % 64, 0);
    }
}
