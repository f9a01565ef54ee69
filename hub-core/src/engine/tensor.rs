//! Tensors across the border: ours to TensorFlow's and back, without a copy where the engine allows it.
//!
//! The `tensorflow` crate has one Rust type per element type and takes only UTF-8 as strings. Here one carrier type
//! takes any `TF_Tensor` through the crate's session. Called by `session`; nothing else touches a `TF_Tensor`.

use std::ffi::{c_char, c_int, c_void};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::Arc;

use tensorflow::{DataType, FetchToken, SessionRunArgs, Status, TensorInner, TensorType};
use tensorflow_sys_runtime as c;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{ByteOwner, Tensor};

/// A `TF_Tensor` as the "element" of one of the crate's tensors; `NUMBER` is the element type that it claims.
pub(crate) struct Carrier<const NUMBER: u32>(*mut c::TF_Tensor);

/// The place in one of the crate's tensors where its only carrier lies.
pub(crate) struct Hold<const NUMBER: u32>([Carrier<NUMBER>; 1]);

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

/// The error of a failed call into the engine.
pub(crate) fn status(status: Status) -> Error {
    const LONGEST: usize = 2000;
    let text = status.to_string();
    let message = text.split_once(": ").map_or(text.as_str(), |(_, message)| message);
    Error::Engine { code: code_name(status.code()), message: message.chars().take(LONGEST).collect() }
}

/// TensorFlow's name of a status code: `InvalidArgument` is `INVALID_ARGUMENT`.
fn code_name(code: tensorflow::Code) -> String {
    let mut name = String::new();
    for (index, letter) in code.to_string().chars().enumerate() {
        if index > 0 && letter.is_uppercase() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    name
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

macro_rules! same_types {
    ($($ours:ident = $number:literal = $theirs:ident = $c:ident),* $(,)?) => {
        /// The C interface's name of an element type.
        fn c_type(dtype: DType) -> c::TF_DataType {
            match dtype { $(DType::$ours => c::TF_DataType::$c,)* }
        }

        /// Our name of one of the crate's element types; `None` for those that nothing here can hold.
        pub(crate) fn dtype_of(theirs: DataType) -> Option<DType> {
            match theirs { $(DataType::$theirs => Some(DType::$ours),)* _ => None }
        }

        /// The crate's element type with this number.
        const fn crate_type(number: u32) -> DataType {
            match number { $($number => DataType::$theirs,)* other => DataType::UnrecognizedEnumValue(other) }
        }
    };
}

same_types! {
    F32 = 1 = Float = TF_FLOAT,
    F64 = 2 = Double = TF_DOUBLE,
    I32 = 3 = Int32 = TF_INT32,
    U8 = 4 = UInt8 = TF_UINT8,
    I16 = 5 = Int16 = TF_INT16,
    I8 = 6 = Int8 = TF_INT8,
    String = 7 = String = TF_STRING,
    Complex64 = 8 = Complex64 = TF_COMPLEX64,
    I64 = 9 = Int64 = TF_INT64,
    Bool = 10 = Bool = TF_BOOL,
    QInt8 = 11 = QInt8 = TF_QINT8,
    QUInt8 = 12 = QUInt8 = TF_QUINT8,
    QInt32 = 13 = QInt32 = TF_QINT32,
    BF16 = 14 = BFloat16 = TF_BFLOAT16,
    QInt16 = 15 = QInt16 = TF_QINT16,
    QUInt16 = 16 = QUInt16 = TF_QUINT16,
    U16 = 17 = UInt16 = TF_UINT16,
    Complex128 = 18 = Complex128 = TF_COMPLEX128,
    F16 = 19 = Half = TF_HALF,
    Resource = 20 = Resource = TF_RESOURCE,
    Variant = 21 = Variant = TF_VARIANT,
    U32 = 22 = UInt32 = TF_UINT32,
    U64 = 23 = UInt64 = TF_UINT64,
}

// What the crate asks of an element type and its storage. The carriers are never packed, cloned or displayed on the
// way through a session; the methods are there because the traits want them.

impl<const NUMBER: u32> Drop for Carrier<NUMBER> {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a carrier owns its tensor until `take` leaves null in its place.
            unsafe { c::TF_DeleteTensor(self.0) };
        }
    }
}

impl<const NUMBER: u32> Default for Carrier<NUMBER> {
    fn default() -> Self {
        Carrier(ptr::null_mut())
    }
}

impl<const NUMBER: u32> Clone for Carrier<NUMBER> {
    /// An empty carrier: two cannot own one tensor.
    fn clone(&self) -> Self {
        Carrier::default()
    }
}

impl<const NUMBER: u32> fmt::Debug for Carrier<NUMBER> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Carrier<{NUMBER}>")
    }
}

impl<const NUMBER: u32> fmt::Display for Carrier<NUMBER> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl<const NUMBER: u32> TensorType for Carrier<NUMBER> {
    type InnerType = Hold<NUMBER>;

    fn data_type() -> DataType {
        crate_type(NUMBER)
    }

    fn zero() -> Self {
        Carrier::default()
    }

    fn one() -> Self {
        Carrier::default()
    }

    fn is_repr_c() -> bool {
        false
    }

    fn unpack(_data: &[u8], _count: usize) -> tensorflow::Result<Vec<Self>> {
        Ok(Vec::new())
    }

    fn pack(_data: &[Self], _dims: &[u64]) -> tensorflow::Result<*mut c::TF_Tensor> {
        Err(Status::new_set_lossy(tensorflow::Code::Unimplemented, "carriers are not packed"))
    }
}

impl<const NUMBER: u32> Deref for Hold<NUMBER> {
    type Target = [Carrier<NUMBER>];

    fn deref(&self) -> &[Carrier<NUMBER>] {
        &self.0
    }
}

impl<const NUMBER: u32> DerefMut for Hold<NUMBER> {
    fn deref_mut(&mut self) -> &mut [Carrier<NUMBER>] {
        &mut self.0
    }
}

impl<const NUMBER: u32> Clone for Hold<NUMBER> {
    fn clone(&self) -> Self {
        Hold(self.0.clone())
    }
}

impl<const NUMBER: u32> fmt::Debug for Hold<NUMBER> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const NUMBER: u32> TensorInner<Carrier<NUMBER>> for Hold<NUMBER> {
    fn new_inner(_dims: &[u64]) -> Self {
        Hold([Carrier::default()])
    }

    unsafe fn from_tf_tensor(tensor: *mut c::TF_Tensor) -> Option<Self> {
        Some(Hold([Carrier(tensor)]))
    }

    fn as_mut_ptr(&self, _dims: &[u64]) -> tensorflow::Result<*mut c::TF_Tensor> {
        match self.0[0].0 {
            pointer if pointer.is_null() => {
                Err(Status::new_set_lossy(tensorflow::Code::FailedPrecondition, "an empty carrier was fed"))
            }
            pointer => Ok(pointer),
        }
    }
}
