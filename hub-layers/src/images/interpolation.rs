//! [`Interpolation`]: the methods of resizing, by Keras's names.

/// How an image gets another size. As everywhere in Keras, without antialiasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interpolation {
    Bilinear,
    Nearest,
    Bicubic,
    Area,
    /// By a kernel of TensorFlow's `ScaleAndTranslate`.
    Kernel(&'static str),
}

impl Interpolation {
    /// The names that Keras knows.
    pub(crate) const NAMES: [&'static str; 8] =
        ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"];

    /// The method of this name, in upper or lower case.
    pub(crate) fn named(name: &str) -> Option<Interpolation> {
        let name = Interpolation::NAMES.into_iter().find(|known| name.eq_ignore_ascii_case(known))?;
        Some(match name {
            "bilinear" => Interpolation::Bilinear,
            "nearest" => Interpolation::Nearest,
            "bicubic" => Interpolation::Bicubic,
            "area" => Interpolation::Area,
            kernel => Interpolation::Kernel(kernel),
        })
    }
}
