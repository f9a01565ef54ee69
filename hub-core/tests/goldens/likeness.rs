//! Which of our errors stands for which of Python's.

use hub_core::Error;
use hub_fixtures::PythonError;

/// Whether our error is of the kind that stands for Python's.
pub(crate) fn is_like(ours: &Error, python: &PythonError) -> bool {
    // Python infers the shapes of a call anew and refuses what the kernel would.
    let python = match python.message.starts_with("Dimensions must be equal") {
        true => "InvalidArgumentError",
        false => python.kind.as_str(),
    };
    if let Some(code) = code(python) {
        return match ours {
            Error::Engine { code: own, .. } => own == code,
            // What Python leaves to the kernels is seen before they run.
            Error::DTypeMismatch { .. } | Error::ShapeMismatch { .. } => python == "InvalidArgumentError",
            _ => false,
        };
    }
    match python {
        "TypeError" | "ValueError" => matches!(
            ours,
            Error::Arguments { .. }
                | Error::NoMatchingTrace { .. }
                | Error::NotCallable { .. }
                | Error::FunctionNotFound { .. }
                | Error::StructureMismatch { .. }
                | Error::TagsNotFound { .. }
        ),
        "RuntimeError" => matches!(ours, Error::TagsNotFound { .. }),
        // Python's look for the matching trace stumbles over fields of named tuples with a `KeyError` of its own.
        "KeyError" => matches!(
            ours,
            Error::SignatureNotFound { .. } | Error::FunctionNotFound { .. } | Error::NoMatchingTrace { .. }
        ),
        "AttributeError" | "IndexError" => matches!(ours, Error::FunctionNotFound { .. }),
        "UnliftableError" => matches!(ours, Error::ModelStructure { .. }),
        _ => false,
    }
}

/// The status code behind one of TensorFlow's exceptions.
fn code(python: &str) -> Option<&'static str> {
    Some(match python {
        "InvalidArgumentError" => "INVALID_ARGUMENT",
        "FailedPreconditionError" => "FAILED_PRECONDITION",
        "OutOfRangeError" => "OUT_OF_RANGE",
        "NotFoundError" => "NOT_FOUND",
        "UnimplementedError" => "UNIMPLEMENTED",
        "InternalError" => "INTERNAL",
        "ResourceExhaustedError" => "RESOURCE_EXHAUSTED",
        "AbortedError" => "ABORTED",
        _ => return None,
    })
}
