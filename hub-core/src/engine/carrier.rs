//! Carriers: any `TF_Tensor` through the crate's session, whatever its element type.
//!
//! The `tensorflow` crate has one Rust type per element type. A carrier claims to be an element, and is the tensor. The
//! traits' other methods are never called on the way through a session; they are there because the traits want them.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr;

use tensorflow::{DataType, Status, TensorInner, TensorType};
use tensorflow_sys_runtime as c;

use super::types::crate_type;

/// A `TF_Tensor` as the "element" of one of the crate's tensors; `NUMBER` is the element type that it claims.
pub(crate) struct Carrier<const NUMBER: u32>(pub(super) *mut c::TF_Tensor);

/// The place in one of the crate's tensors where its only carrier lies.
pub(crate) struct Hold<const NUMBER: u32>([Carrier<NUMBER>; 1]);

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
