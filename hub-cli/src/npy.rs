//! Tensors in NumPy's `.npy` files.
//!
//! `values` reads them, `output_directory` writes them. The header is checked before anything is made of it: nothing
//! is reserved for elements that the file does not hold. Texts, structured types and half precision are not here.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use hub_core::{DType, Element, Error, Result, Tensor};
use ndarray::{Array, ArrayViewD, IxDyn, ShapeBuilder};
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadableElement, WritableElement, WriteNpyExt};
use num_complex::Complex;

/// The limit of NumPy itself, for the text of a header.
const HEADER_LIMIT: u32 = 10_000;

/// Brackets in a header: two for the dict, two for the shape; no type that is read here has more.
const BRACKET_LIMIT: usize = 8;

/// The limit of NumPy itself.
const RANK_LIMIT: usize = 64;

/// Calls `$call` with the Rust type of an element type that `.npy` files hold; `$otherwise` for the others.
macro_rules! with_element {
    ($dtype:expr, $element:ident => $call:expr, $otherwise:expr) => {
        with_element!(@arms $dtype, $element => $call, $otherwise,
            Bool bool, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64, F32 f32, F64 f64,
            Complex64 Complex<f32>, Complex128 Complex<f64>)
    };
    (@arms $dtype:expr, $element:ident => $call:expr, $otherwise:expr, $($variant:ident $rust:ty),*) => {
        match $dtype {
            $(DType::$variant => {
                type $element = $rust;
                $call
            })*
            _ => $otherwise,
        }
    };
}

/// The tensor in a file.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::InvalidTensor`] where it is no array, is cut short, or holds
/// elements of a type that is not read.
pub(crate) fn read(path: &Path) -> Result<Tensor> {
    let file = File::open(path).map_err(|source| io_error("read", path, source))?;
    decode(BufReader::new(file)).map_err(|why| match why {
        Refusal::Io(source) => io_error("read", path, source),
        Refusal::Content(why) => Error::InvalidTensor { text: path.display().to_string(), why },
    })
}

/// Whether a file can hold elements of this type.
pub(crate) fn can_hold(dtype: DType) -> bool {
    with_element!(dtype, _Rust => true, false)
}

/// Writes a tensor whose type a file can hold.
///
/// # Errors
/// What the writer answers, and what makes the tensor no array.
pub(crate) fn write(tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
    fn elements<T: Element + WritableElement>(tensor: &Tensor, out: &mut dyn Write) -> io::Result<()> {
        let values = tensor.as_slice::<T>().map_err(io::Error::other)?;
        let array = ArrayViewD::from_shape(IxDyn(tensor.shape()), values).map_err(io::Error::other)?;
        array.write_npy(out).map_err(io::Error::other)
    }
    with_element!(tensor.dtype(), Rust => elements::<Rust>(tensor, out), Err(io::ErrorKind::Unsupported.into()))
}

fn io_error(operation: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { operation, path: path.to_owned(), source }
}

/// Why there is no tensor.
enum Refusal {
    Io(io::Error),
    Content(String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Refusal::Content("the file ends within the header".into()),
            _ => Refusal::Io(error),
        }
    }
}

impl From<String> for Refusal {
    fn from(why: String) -> Refusal {
        Refusal::Content(why)
    }
}

fn decode(mut file: impl Read) -> Result<Tensor, Refusal> {
    let header = read_header(&mut file)?;
    let descriptor = header.type_descriptor.as_string().cloned().unwrap_or_default();
    let dtype = dtype_of(&descriptor)
        .ok_or_else(|| format!("its elements are `{}`, which is not read", header.type_descriptor))?;
    let expected =
        byte_count(&header.shape, dtype).ok_or_else(|| format!("its shape {:?} is beyond any memory", header.shape))?;
    let mut bytes = Vec::new();
    file.take(expected.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != expected {
        let found = if bytes.len() as u64 > expected { "more".into() } else { bytes.len().to_string() };
        let shape = &header.shape;
        return Err(format!("{dtype} of shape {shape:?} takes {expected} bytes, there are {found}").into());
    }
    with_element!(dtype, Rust => elements::<Rust>(&header, &bytes), Err(format!("{dtype} is not read")))
        .map_err(Into::into)
}

/// The header, of bounded length and depth.
fn read_header(file: &mut impl Read) -> Result<Header, Refusal> {
    let mut start = [0; 8];
    file.read_exact(&mut start)?;
    if &start[..6] != b"\x93NUMPY" {
        return Err("it does not start as an `.npy` file".to_owned().into());
    }
    let mut length = [0; 4];
    let field = if start[6] == 1 { 2 } else { 4 };
    file.read_exact(&mut length[..field])?;
    let count = u32::from_le_bytes(length);
    if count > HEADER_LIMIT {
        return Err(format!("a header of {count} bytes").into());
    }
    let mut text = vec![0; count as usize];
    file.read_exact(&mut text)?;
    if text.iter().filter(|byte| matches!(byte, b'(' | b'[' | b'{')).count() > BRACKET_LIMIT {
        return Err("its elements are structured, which is not read".to_owned().into());
    }
    let whole = [&start[..], &length[..field], &text].concat();
    let header = Header::from_reader(&mut whole.as_slice()).map_err(|why| why.to_string())?;
    match header.shape.len() > RANK_LIMIT {
        true => Err(format!("{} dimensions", header.shape.len()).into()),
        false => Ok(header),
    }
}

/// The element type of a descriptor in either byte order: `<f4`, `|u1`.
fn dtype_of(descriptor: &str) -> Option<DType> {
    let kind = descriptor.strip_prefix(['<', '>', '|', '='])?;
    Some(match kind {
        "b1" => DType::Bool,
        "u1" => DType::U8,
        "u2" => DType::U16,
        "u4" => DType::U32,
        "u8" => DType::U64,
        "i1" => DType::I8,
        "i2" => DType::I16,
        "i4" => DType::I32,
        "i8" => DType::I64,
        "f4" => DType::F32,
        "f8" => DType::F64,
        "c8" => DType::Complex64,
        "c16" => DType::Complex128,
        _ => return None,
    })
}

/// The bytes of the elements. The dimensions that are not zero must have a product in memory's reach, even where
/// another is zero.
fn byte_count(shape: &[usize], dtype: DType) -> Option<u64> {
    let size = dtype.size_bytes()?;
    let reach = shape.iter().try_fold(size, |bytes, dimension| bytes.checked_mul((*dimension).max(1)))?;
    isize::try_from(reach).ok()?;
    Some(if shape.contains(&0) { 0 } else { reach as u64 })
}

fn elements<T: Element + ReadableElement>(header: &Header, bytes: &[u8]) -> Result<Tensor, String> {
    let count = header.shape.iter().product();
    let values = T::read_to_end_exact_vec(bytes, &header.type_descriptor, count).map_err(|why| why.to_string())?;
    let shape = IxDyn(&header.shape).set_f(header.layout.is_fortran());
    let array = Array::from_shape_vec(shape, values).map_err(|why| why.to_string())?;
    Ok(Tensor::from(array))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let text = format!("{header}\n");
        [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), data].concat()
    }

    fn decoded(bytes: &[u8]) -> Result<Tensor, String> {
        decode(bytes).map_err(|why| match why {
            Refusal::Io(why) => why.to_string(),
            Refusal::Content(why) => why,
        })
    }

    #[test]
    fn every_type_round_trips() {
        let tensors = [
            Tensor::from([[1.5_f32, f32::NAN], [f32::INFINITY, -0.0]]),
            Tensor::scalar(7_i64),
            Tensor::from([u64::MAX]),
            Tensor::from([i16::MIN, 1]),
            Tensor::from([[true, false]]),
            Tensor::from([Complex::new(1.0_f32, -2.0)]),
            Tensor::from([Complex::new(1.0_f64, -2.0)]),
            Tensor::new(&[2, 0, 3], Vec::<f64>::new()).unwrap(),
        ];
        for tensor in tensors {
            let mut bytes = Vec::new();
            write(&tensor, &mut bytes).unwrap();
            assert_eq!(decoded(&bytes).unwrap(), tensor, "{tensor:?}");
            assert!(can_hold(tensor.dtype()));
            for end in 0..bytes.len() {
                assert!(decoded(&bytes[..end]).is_err(), "{tensor:?} cut at {end}");
            }
            bytes.push(0);
            assert!(decoded(&bytes).unwrap_err().contains("there are more"));
        }
        assert!(!can_hold(DType::String) && !can_hold(DType::BF16));
    }

    #[test]
    fn either_order_of_bytes_and_of_axes_is_read() {
        let big = file("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", &[0, 1, 1, 0]);
        assert_eq!(decoded(&big).unwrap(), Tensor::from([1_i16, 256]));
        let fortran = file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", &[1, 4, 2, 5, 3, 6]);
        assert_eq!(decoded(&fortran).unwrap(), Tensor::from([[1_u8, 2, 3], [4, 5, 6]]));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let refused = |descriptor: &str, shape: &str, data: &[u8]| {
            let header = format!("{{'descr': {descriptor}, 'fortran_order': False, 'shape': {shape}, }}");
            decoded(&file(&header, data)).unwrap_err()
        };
        assert!(refused("'<f4'", "(4611686018427387904,)", &[0; 4]).contains("beyond any memory"));
        assert!(refused("'<f4'", "(1152921504606846976,)", &[0; 4]).contains("there are 4"));
        assert!(refused("'<f4'", "(0, 4611686018427387904, 4611686018427387904)", &[]).contains("beyond any memory"));
        assert!(refused("'<f2'", "(1,)", &[0; 2]).contains("'<f2'"));
        assert!(refused("'<U5'", "(1,)", &[0; 20]).contains("'<U5'"));
        assert!(refused("'|b1'", "(1,)", &[7]).contains('7'));
        assert!(refused("[('a', '<f4'), ('b', '<f4')]", "(1,)", &[0; 8]).contains("not read"));
        assert!(refused("'<f4'", &"(".repeat(3000), &[]).contains("structured"));
        assert!(refused("'<f4'", "'no shape'", &[]).contains("shape"));
        assert!(decoded(b"\x93NUMPY\x02\x00\xff\xff\xff\xff").unwrap_err().contains("4294967295"));
        assert!(decoded(b"not an array").unwrap_err().contains("does not start"));
    }
}
