//! [`Window`]: a size or step in height and width; and `padding`, what is done at the edges.

use std::fmt;

use crate::config::{Argument, At};
use crate::error::Result;
use crate::layer::Place;

/// Height and width, or steps down and across: `3` for both, or `[3, 5]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(pub(super) [usize; 2]);

impl From<usize> for Window {
    fn from(both: usize) -> Window {
        Window([both; 2])
    }
}

impl From<[usize; 2]> for Window {
    fn from(sizes: [usize; 2]) -> Window {
        Window(sizes)
    }
}

impl From<(usize, usize)> for Window {
    fn from((height, width): (usize, usize)) -> Window {
        Window([height, width])
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.0[0], self.0[1])
    }
}

impl Window {
    pub(super) fn largest(self) -> usize {
        self.0[0].max(self.0[1])
    }

    /// Checks that neither is 0 or more than TensorFlow takes.
    pub(super) fn check(self, place: &Place, argument: &str) -> Result<()> {
        match self.0.iter().all(|size| (1..=i32::MAX as usize).contains(size)) {
            true => Ok(()),
            false => Err(place.invalid_argument(argument, "1 or more", self)),
        }
    }

    /// Whether an image of this size has at least one place for the window; an unknown size may have.
    pub(super) fn fits(self, image: [Option<usize>; 2], dilation: Window, padding: &Padding) -> bool {
        (0..2).all(|axis| match image[axis] {
            None => true,
            Some(_) if padding.is_same() => true,
            Some(size) => (self.0[axis] - 1).saturating_mul(dilation.0[axis]) < size,
        })
    }
}

const NAMES: [&str; 2] = ["valid", "same"];

/// The value of an argument `padding`.
#[derive(Debug, Clone, Default)]
pub(super) struct Padding(Option<String>);

impl Padding {
    pub(super) fn new(name: impl Into<String>) -> Padding {
        Padding(Some(name.into().to_lowercase()))
    }

    pub(super) fn check(&self, place: &Place) -> Result<()> {
        match &self.0 {
            Some(name) if !NAMES.contains(&name.as_str()) => Err(place.unknown_name("padding", name, NAMES)),
            _ => Ok(()),
        }
    }

    fn is_same(&self) -> bool {
        self.0.as_deref() == Some(NAMES[1])
    }

    pub(super) fn of_tensorflow(&self) -> &'static str {
        if self.is_same() { "SAME" } else { "VALID" }
    }
}

impl Argument for Window {
    fn write(&self) -> Result<serde_json::Value> {
        self.0.to_vec().write()
    }

    fn read(json: &serde_json::Value, at: At<'_>) -> Result<Window> {
        match (json.as_array(), json) {
            (None, json) => usize::read(json, at).map(Into::into),
            (Some(_), json) => match Vec::read(json, at)?[..] {
                [height, width] => Ok([height, width].into()),
                _ => Err(at.expected("one size or two", json)),
            },
        }
    }
}

impl Argument for Padding {
    fn write(&self) -> Result<serde_json::Value> {
        Ok(self.0.as_deref().unwrap_or(NAMES[0]).into())
    }

    fn read(json: &serde_json::Value, at: At<'_>) -> Result<Padding> {
        String::read(json, at).map(Padding::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fit_into_images() {
        let valid = Padding::default();
        let fits = |window: usize, dilation: usize, size: usize| {
            Window::from(window).fits([Some(size), None], dilation.into(), &valid)
        };
        assert!(fits(3, 1, 3) && !fits(3, 1, 2));
        assert!(fits(3, 2, 5) && !fits(3, 2, 4), "a window with holes is larger");
        assert!(!fits(usize::MAX, usize::MAX, 9), "more than a number holds");
        assert!(Window::from(9).fits([Some(1), Some(1)], 1.into(), &Padding::new("SAME")));
    }
}
