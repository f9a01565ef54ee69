//! Tensors from and to their messages.
//!
//! A message holds its elements as one run of bytes or in the list of its type, where the last element stands for all
//! that follow it. Nothing is allocated before the number of elements is known to be sane. Resources and variants are
//! not values that a file can hold.

use half::{bf16, f16};
use num_complex::Complex;

use super::proto::TensorProto;
use super::shape;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Element, Shape, Tensor, element_count};

/// The largest tensor that a message may stand for.
const SIZE_LIMIT: usize = 1 << 31;

/// Type and shape of the tensor that a message describes, checked without making it.
///
/// # Errors
/// [`Error::ModelStructure`] for an unknown type, a shape that is not whole, or 2 GiB and more.
pub fn describe(message: &TensorProto) -> Result<(DType, Vec<usize>)> {
    let dtype = DType::from_number(message.dtype)
        .ok_or_else(|| Error::structure(format!("a tensor of the unknown element type {}", message.dtype)))?;
    let shape = message.tensor_shape.as_ref().map_or(Ok(Shape::scalar()), shape::decode)?;
    let whole = shape.to_known().ok_or_else(|| Error::structure(format!("a tensor value of the shape {shape}")))?;
    let size = dtype.size_bytes().unwrap_or(size_of::<Vec<u8>>());
    let bytes = element_count(&whole).and_then(|count| count.checked_mul(size));
    match bytes {
        Some(bytes) if bytes < SIZE_LIMIT => Ok((dtype, whole)),
        _ => Err(Error::structure(format!("a {dtype} tensor of the shape {shape} is too large for a message"))),
    }
}

/// Checks a message without making its tensor: all that [`decode`] checks but the bytes of packed strings and `bool`s.
///
/// # Errors
/// [`Error::ModelStructure`] as [`decode`].
pub fn check(message: &TensorProto) -> Result<()> {
    let (dtype, shape) = describe(message)?;
    let count: usize = shape.iter().product();
    let given = given(dtype, message);
    if !message.tensor_content.is_empty() {
        let expected = dtype.size_bytes().map(|size| size * count);
        if expected.is_some_and(|expected| expected != message.tensor_content.len()) {
            let found = message.tensor_content.len();
            return Err(Error::structure(format!("{found} bytes in a {dtype} tensor of {count} elements")));
        }
    } else if given > count {
        return Err(Error::structure(format!("{given} values in a tensor of {count} elements")));
    }
    Ok(())
}

/// The number of elements in the list of the type.
fn given(dtype: DType, message: &TensorProto) -> usize {
    match dtype {
        DType::F32 => message.float_val.len(),
        DType::F64 => message.double_val.len(),
        DType::F16 | DType::BF16 => message.half_val.len(),
        DType::I64 => message.int64_val.len(),
        DType::U32 => message.uint32_val.len(),
        DType::U64 => message.uint64_val.len(),
        DType::Bool => message.bool_val.len(),
        DType::String => message.string_val.len(),
        DType::Complex64 => message.scomplex_val.len().div_ceil(2),
        DType::Complex128 => message.dcomplex_val.len().div_ceil(2),
        DType::Resource => message.resource_handle_val.len(),
        DType::Variant => message.variant_val.len(),
        _ => message.int_val.len(),
    }
}

/// The tensor that a message holds.
///
/// # Errors
/// [`Error::ModelStructure`] as [`describe`], and where the number of elements is not that of the shape.
pub fn decode(message: &TensorProto) -> Result<Tensor> {
    let (dtype, shape) = describe(message)?;
    if !message.tensor_content.is_empty() {
        return match dtype {
            DType::String => Tensor::strings(&shape, packed_strings(&shape, &message.tensor_content)?),
            _ => Tensor::from_bytes(dtype, &shape, &message.tensor_content),
        }
        .map_err(|why| Error::structure(why.to_string()));
    }
    let half = |bits: &i32| *bits as u16;
    match dtype {
        DType::F32 => numbers(&shape, &message.float_val, |value| *value),
        DType::F64 => numbers(&shape, &message.double_val, |value| *value),
        DType::F16 => numbers(&shape, &message.half_val, |bits| f16::from_bits(half(bits))),
        DType::BF16 => numbers(&shape, &message.half_val, |bits| bf16::from_bits(half(bits))),
        DType::I8 => numbers(&shape, &message.int_val, |value| *value as i8),
        DType::I16 => numbers(&shape, &message.int_val, |value| *value as i16),
        DType::I32 => numbers(&shape, &message.int_val, |value| *value),
        DType::U8 => numbers(&shape, &message.int_val, |value| *value as u8),
        DType::U16 => numbers(&shape, &message.int_val, |value| *value as u16),
        DType::I64 => numbers(&shape, &message.int64_val, |value| *value),
        DType::U32 => numbers(&shape, &message.uint32_val, |value| *value),
        DType::U64 => numbers(&shape, &message.uint64_val, |value| *value),
        DType::Bool => numbers(&shape, &message.bool_val, |value| *value),
        DType::Complex64 => {
            numbers(&shape, pairs(&message.scomplex_val)?, |[real, imaginary]| Complex::new(*real, *imaginary))
        }
        DType::Complex128 => {
            numbers(&shape, pairs(&message.dcomplex_val)?, |[real, imaginary]| Complex::new(*real, *imaginary))
        }
        DType::QInt8 => quantised(dtype, &shape, &message.int_val, |value| (*value as i8).to_ne_bytes()),
        DType::QUInt8 => quantised(dtype, &shape, &message.int_val, |value| (*value as u8).to_ne_bytes()),
        DType::QInt16 => quantised(dtype, &shape, &message.int_val, |value| (*value as i16).to_ne_bytes()),
        DType::QUInt16 => quantised(dtype, &shape, &message.int_val, |value| (*value as u16).to_ne_bytes()),
        DType::QInt32 => quantised(dtype, &shape, &message.int_val, |value| value.to_ne_bytes()),
        DType::String => Tensor::strings(&shape, fill(&shape, &message.string_val, Vec::clone)?),
        DType::Resource | DType::Variant => Err(Error::structure(format!("a {dtype} as a value"))),
    }
}

/// The message that holds a tensor.
pub fn encode(tensor: &Tensor) -> TensorProto {
    let mut message = TensorProto {
        dtype: tensor.dtype().number(),
        tensor_shape: Some(shape::encode(&Shape::known(tensor.shape()))),
        ..Default::default()
    };
    match tensor.as_strings() {
        Ok(strings) => message.string_val = strings.to_vec(),
        Err(_) => message.tensor_content = tensor.bytes().map(<[u8]>::to_vec).unwrap_or_default(),
    }
    message
}

/// The elements of a list field as a tensor.
fn numbers<S, T: Element + Default>(shape: &[usize], values: &[S], convert: impl Fn(&S) -> T) -> Result<Tensor> {
    Tensor::new(shape, fill(shape, values, convert)?)
}

/// Elements of a type that Rust has no name for, by their bytes.
fn quantised<const N: usize>(
    dtype: DType,
    shape: &[usize],
    values: &[i32],
    convert: impl Fn(&i32) -> [u8; N],
) -> Result<Tensor>
where
    [u8; N]: Default,
{
    Tensor::from_bytes(dtype, shape, &fill(shape, values, convert)?.concat())
}

/// As many elements as the shape has: those given, then the last of them (or the type's zero) again and again.
fn fill<S, T: Clone + Default>(shape: &[usize], values: &[S], convert: impl Fn(&S) -> T) -> Result<Vec<T>> {
    let count = shape.iter().product();
    if values.len() > count {
        return Err(Error::structure(format!("{} values in a tensor of {count} elements", values.len())));
    }
    let last = values.last().map(&convert).unwrap_or_default();
    let mut elements = Vec::with_capacity(count);
    elements.extend(values.iter().map(convert));
    elements.resize(count, last);
    Ok(elements)
}

fn pairs<T>(values: &[T]) -> Result<&[[T; 2]]> {
    match values.as_chunks() {
        (pairs, []) => Ok(pairs),
        _ => Err(Error::structure("a complex tensor with half a number")),
    }
}

/// Strings in one run of bytes: the lengths of all, then the bytes of all.
fn packed_strings(shape: &[usize], mut content: &[u8]) -> Result<Vec<Vec<u8>>> {
    let cut = || Error::structure("a tensor of strings is cut short");
    let count: usize = shape.iter().product();
    if count > content.len() {
        return Err(cut());
    }
    let lengths = (0..count)
        .map(|_| prost::encoding::decode_varint(&mut content).map_err(|_| cut()))
        .collect::<Result<Vec<u64>>>()?;
    let mut strings = Vec::with_capacity(count);
    for length in lengths {
        let length = usize::try_from(length).map_err(|_| cut())?;
        let (string, rest) = content.split_at_checked(length).ok_or_else(cut)?;
        strings.push(string.to_vec());
        content = rest;
    }
    if content.is_empty() { Ok(strings) } else { Err(Error::structure("a tensor of strings with bytes left over")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(dtype: DType, shape: &[usize]) -> TensorProto {
        TensorProto {
            dtype: dtype.number(),
            tensor_shape: Some(shape::encode(&Shape::known(shape))),
            ..Default::default()
        }
    }

    #[test]
    fn tensors_round_trip() {
        for tensor in [
            Tensor::from([[1.5_f32, f32::NAN]]),
            Tensor::from([Complex::new(1.0_f64, -2.0)]),
            Tensor::from([true, false]),
            Tensor::from([bf16::from_f32(0.5)]),
            Tensor::strings(&[2], [vec![0xff, 0], Vec::new()]).unwrap(),
            Tensor::new(&[0, 3], Vec::<i64>::new()).unwrap(),
        ] {
            assert_eq!(decode(&encode(&tensor)).unwrap(), tensor);
        }
    }

    #[test]
    fn the_last_value_stands_for_the_rest() {
        let ints = TensorProto { int_val: vec![-1, 300], ..message(DType::U8, &[2, 2]) };
        assert_eq!(decode(&ints).unwrap().as_slice::<u8>().unwrap(), [255, 44, 44, 44]);
        let none = message(DType::F32, &[3]);
        assert_eq!(decode(&none).unwrap().as_slice::<f32>().unwrap(), [0.0; 3]);
        let half = TensorProto { half_val: vec![0x3c00], ..message(DType::F16, &[2]) };
        assert_eq!(decode(&half).unwrap().as_slice::<f16>().unwrap(), [f16::ONE; 2]);
        let words = TensorProto { string_val: vec![b"a".to_vec()], ..message(DType::String, &[2]) };
        assert_eq!(decode(&words).unwrap().as_strings().unwrap(), [b"a", b"a"]);
        let complex = TensorProto { scomplex_val: vec![1.0, 2.0], ..message(DType::Complex64, &[2]) };
        assert_eq!(decode(&complex).unwrap().as_slice::<Complex<f32>>().unwrap(), [Complex::new(1.0_f32, 2.0); 2]);
        let quantised = TensorProto { int_val: vec![7], ..message(DType::QInt16, &[2]) };
        assert_eq!(decode(&quantised).unwrap().bytes().unwrap(), [7, 0, 7, 0]);
    }

    #[test]
    fn strings_in_one_run_of_bytes() {
        let packed = TensorProto { tensor_content: b"\x01\x02abc".to_vec(), ..message(DType::String, &[2]) };
        assert_eq!(decode(&packed).unwrap().as_strings().unwrap(), [b"a".to_vec(), b"bc".to_vec()]);
        for bad in [&b"\x01\x05abc"[..], b"\x01\x01abc", b"\x01"] {
            let packed = TensorProto { tensor_content: bad.to_vec(), ..message(DType::String, &[2]) };
            assert!(matches!(decode(&packed), Err(Error::ModelStructure { .. })), "{bad:?}");
        }
    }

    #[test]
    fn lies_about_the_size_are_errors_and_not_allocations() {
        let bad = [
            TensorProto { float_val: vec![1.0], ..message(DType::F32, &[1 << 38]) },
            TensorProto { float_val: vec![1.0], ..message(DType::F32, &[usize::MAX, 2]) },
            TensorProto { string_val: vec![vec![1]], ..message(DType::String, &[1 << 30]) },
            TensorProto { float_val: vec![1.0; 3], ..message(DType::F32, &[2]) },
            TensorProto { tensor_content: vec![0; 7], ..message(DType::F32, &[2]) },
            TensorProto { tensor_content: vec![2], ..message(DType::Bool, &[1]) },
            TensorProto { scomplex_val: vec![1.0], ..message(DType::Complex64, &[1]) },
            TensorProto { dtype: 101, ..message(DType::F32, &[]) },
            TensorProto { tensor_shape: Some(shape::encode(&Shape::from([None]))), ..message(DType::F32, &[]) },
            message(DType::Resource, &[]),
        ];
        for message in bad {
            assert!(matches!(decode(&message), Err(Error::ModelStructure { .. })), "{message:?}");
        }
        let checked = [
            TensorProto { float_val: vec![1.0], ..message(DType::F32, &[1 << 38]) },
            TensorProto { float_val: vec![1.0; 3], ..message(DType::F32, &[2]) },
            TensorProto { string_val: vec![vec![]; 3], ..message(DType::String, &[2]) },
            TensorProto { tensor_content: vec![0; 7], ..message(DType::F32, &[2]) },
        ];
        assert!(checked.iter().all(|message| check(message).is_err()));
        check(&TensorProto { float_val: vec![1.0], ..message(DType::F32, &[2]) }).unwrap();
    }
}
