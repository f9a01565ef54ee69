//! Tensors across the border: ours to TensorFlow's and back, without a copy where the engine allows it.
//!
//! Strings are bytes here; the `tensorflow` crate takes only UTF-8. Called by `session` and `graph`; nothing else touches a
//! `TF_Tensor`.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use tensorflow::{FetchToken, SessionRunArgs};
use tensorflow_sys_runtime as c;

use super::carrier::Carrier;
use super::status::status;
use super::types::{c_type, dtype_of};

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{ByteOwner, Tensor};

/// A tensor of ours, ready to be fed.
pub(crate) type Fed = tensorflow::Tensor<Carrier<0>>;

/// The most dimensions that TensorFlow can hold; it ends the process over one more.
const MOST_DIMENSIONS: usize = 254;

/// Makes the engine's view of a tensor. Numbers at a 64-byte boundary are shared, others copied by the engine.
pub(crate) fn feed(tensor: &Tensor) -> Result<Fed> {
    if tensor.shape().len() > MOST_DIMENSIONS {
        return Err(Error::ShapeMismatch {
            what: "a tensor for TensorFlow".into(),
            expected: format!("at most {MOST_DIMENSIONS} dimensions"),
            found: format!("{} dimensions", tensor.shape().len()),
        });
    }
    let pointer = match tensor.dtype() {
        DType::String => new_strings(tensor)?,
        _ => new_numbers(tensor)?,
    };
    if pointer.is_null() {
        return Err(Error::Engine { code: "INTERNAL".into(), message: format!("TF_NewTensor refused {tensor:?}") });
    }
    let mut fed = Fed::new(&[]);
    fed[0].0 = pointer;
    Ok(fed)
}

/// Takes a fetched tensor out of a finished run.
pub(crate) fn fetch(arguments: &mut SessionRunArgs<'_>, token: FetchToken, index: usize) -> Result<Tensor> {
    let Some(actual) = arguments.output_data_type(index) else {
        return Err(Error::Engine { code: "INTERNAL".into(), message: format!("no output {index} after a run") });
    };
    macro_rules! by_number {
        ($($number:literal)*) => {
            match dtype_of(actual).map(DType::number) {
                $(Some($number) => take(&mut *arguments.fetch::<Carrier<$number>>(token).map_err(status)?),)*
                _ => return Err(Error::Unsupported { what: format!("an output of the element type {actual}") }),
            }
        };
    }
    let pointer = by_number!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 22 23);
    from_pointer(EngineBytes(pointer))
}

/// The carrier's tensor, which from now on is the caller's.
fn take<const NUMBER: u32>(carriers: &mut [Carrier<NUMBER>]) -> *mut c::TF_Tensor {
    std::mem::replace(&mut carriers[0].0, ptr::null_mut())
}

fn dimensions(tensor: &Tensor) -> Vec<i64> {
    tensor.shape().iter().map(|dimension| *dimension as i64).collect()
}

fn new_numbers(tensor: &Tensor) -> Result<*mut c::TF_Tensor> {
    let bytes = tensor.bytes()?;
    let dimensions = dimensions(tensor);
    let keeper = Box::into_raw(Box::new(tensor.clone()));
    // SAFETY: `bytes` belongs to `keeper`, which lives until the engine calls `drop_keeper`, once, when it is done with
    // the bytes. The engine takes them as mutable but writes to a buffer only when nobody else holds it; a fed tensor
    // is held by the run itself. Number of dimensions and bytes are those of the tensor.
    Ok(unsafe {
        c::TF_NewTensor(
            c_type(tensor.dtype()),
            dimensions.as_ptr(),
            dimensions.len() as c_int,
            bytes.as_ptr().cast_mut().cast(),
            bytes.len(),
            Some(drop_keeper),
            keeper.cast(),
        )
    })
}

/// Lets go of the tensor whose bytes the engine has used.
unsafe extern "C" fn drop_keeper(_data: *mut c_void, _length: usize, keeper: *mut c_void) {
    // SAFETY: `keeper` is the box that `new_numbers` gave away; the engine calls this once.
    drop(unsafe { Box::from_raw(keeper.cast::<Tensor>()) });
}

fn new_strings(tensor: &Tensor) -> Result<*mut c::TF_Tensor> {
    let strings = tensor.as_strings()?;
    let dimensions = dimensions(tensor);
    // SAFETY: an all-zero `TF_TString` is a plain value; `TF_StringInit` makes it a string before it is used.
    let mut cells: Box<[c::TF_TString]> = strings.iter().map(|_| unsafe { std::mem::zeroed() }).collect();
    for (cell, string) in cells.iter_mut().zip(strings) {
        // SAFETY: `cell` is ours and `string` is valid for its length; the copy belongs to `cell`.
        unsafe {
            c::TF_StringInit(cell);
            c::TF_StringCopy(cell, string.as_ptr().cast::<c_char>(), string.len());
        }
    }
    let length = size_of_val(&*cells);
    let data = Box::into_raw(cells).cast::<c_void>();
    // SAFETY: `data` is `length` bytes of string cells, which the engine hands back to `drop_strings`, once.
    Ok(unsafe {
        c::TF_NewTensor(
            c_type(DType::String),
            dimensions.as_ptr(),
            dimensions.len() as c_int,
            data,
            length,
            Some(drop_strings),
            ptr::null_mut(),
        )
    })
}

/// Frees the string cells that the engine has used.
unsafe extern "C" fn drop_strings(data: *mut c_void, length: usize, _argument: *mut c_void) {
    let count = length / size_of::<c::TF_TString>();
    // SAFETY: `data` is the slice of `count` cells that `new_strings` gave away; the engine calls this once.
    let mut cells = unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(data.cast::<c::TF_TString>(), count)) };
    for cell in &mut cells {
        // SAFETY: each cell was initialised by `new_strings`.
        unsafe { c::TF_StringDealloc(cell) };
    }
}

/// A tensor of the engine as the owner of its bytes; they are only read.
struct EngineBytes(*mut c::TF_Tensor);

// SAFETY: the buffer of a fetched tensor is not written by anybody, and its count of holders is atomic.
unsafe impl Send for EngineBytes {}
// SAFETY: as above.
unsafe impl Sync for EngineBytes {}

impl ByteOwner for EngineBytes {
    fn bytes(&self) -> &[u8] {
        // SAFETY: the pointer is a live tensor; data and size are its own, and live as long as it.
        let (data, length) = unsafe { (c::TF_TensorData(self.0), c::TF_TensorByteSize(self.0)) };
        if data.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) }
    }
}

impl Drop for EngineBytes {
    fn drop(&mut self) {
        // SAFETY: the tensor is ours and is deleted once.
        unsafe { c::TF_DeleteTensor(self.0) };
    }
}

/// Our tensor over one of the engine's: numbers share its bytes, strings are copied out.
fn from_pointer(owner: EngineBytes) -> Result<Tensor> {
    // SAFETY: the pointer is a live tensor; each dimension asked for exists.
    let (number, shape) = unsafe {
        let rank = c::TF_NumDims(owner.0);
        let shape: Vec<usize> =
            (0..rank).map(|axis| usize::try_from(c::TF_Dim(owner.0, axis)).unwrap_or_default()).collect();
        (c::TF_TensorType(owner.0) as i32, shape)
    };
    match DType::from_number(number) {
        Some(DType::String) => Tensor::strings(&shape, string_cells(&owner)),
        Some(dtype) => Ok(Tensor::from_owner(dtype, &shape, Arc::new(owner))),
        None => Err(Error::Unsupported { what: format!("an output of the element type number {number}") }),
    }
}

fn string_cells(owner: &EngineBytes) -> Vec<Vec<u8>> {
    let bytes = owner.bytes();
    let count = bytes.len() / size_of::<c::TF_TString>();
    let cells = bytes.as_ptr().cast::<c::TF_TString>();
    // SAFETY: the bytes of a string tensor are `count` initialised cells; each string is read while its cell lives.
    (0..count)
        .map(|index| unsafe {
            let cell = cells.add(index);
            let length = c::TF_StringGetSize(cell);
            let data = c::TF_StringGetDataPointer(cell).cast::<u8>();
            if length == 0 { Vec::new() } else { std::slice::from_raw_parts(data, length).to_vec() }
        })
        .collect()
}
