//! TensorFlow's statuses as errors of ours.

use tensorflow::Status;

use crate::error::Error;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_names_of_the_c_interface() {
        assert_eq!(code_name(tensorflow::Code::InvalidArgument), "INVALID_ARGUMENT");
        assert_eq!(code_name(tensorflow::Code::NotFound), "NOT_FOUND");
        assert_eq!(code_name(tensorflow::Code::Internal), "INTERNAL");
    }
}
