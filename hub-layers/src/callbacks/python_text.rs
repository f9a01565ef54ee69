//! Numbers and fields as Python writes them: for files that are named or filled by Keras's rules.

use crate::error::{Error, Result};

/// A number as Python's `str` writes it.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "nan".into() } else { value.to_string() };
    }
    match value.abs() {
        0.0 | 1e-4..1e16 => format!("{value:?}"),
        _ => exponential(&format!("{value:e}")),
    }
}

/// Rust's `1.5e7` as Python's `1.5e+07`.
fn exponential(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, power) = exponent.strip_prefix('-').map_or(('+', exponent), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    /// A count.
    Whole(usize),
    /// A loss or metric.
    Real(f64),
}

/// The text with its fields filled, as Python's `str.format` does: `{epoch:02d}`, `{val_loss:.3f}`, `{{` for a brace.
///
/// A field may say a width, with `0` before it to fill with zeros, a precision, and `d`, `f` or `e`.
///
/// # Errors
/// [`Error::BadConfig`] for a field that there is no value for, or whose format is none of these.
pub(super) fn filled(text: &str, value: impl Fn(&str) -> Option<Field>) -> Result<String> {
    let bad = |expected: &str, found: &str| Error::BadConfig {
        argument: "filepath".into(),
        expected: expected.to_owned(),
        found: format!("`{found}` in `{text}`"),
    };
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        out += &rest[..at];
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            (out, rest) = (out + brace, after);
            continue;
        }
        let end = rest.find('}').filter(|_| brace == "{").ok_or_else(|| bad("fields in braces", brace))?;
        let (name, format) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        let field = value(name).ok_or_else(|| bad("a field that the logs have", name))?;
        out += &formatted(field, format).ok_or_else(|| bad("a format such as `02d`, `.3f` or `.2e`", format))?;
        rest = &rest[end + 1..];
    }
    Ok(out + rest)
}

/// A value in a format; `None` where there is no such format.
fn formatted(field: Field, format: &str) -> Option<String> {
    let (sizes, kind) = match format.char_indices().last() {
        Some((at, kind)) if kind.is_ascii_alphabetic() => (&format[..at], Some(kind)),
        _ => (format, None),
    };
    let (width, precision) = match sizes.split_once('.') {
        Some((width, precision)) => (width, Some(precision.parse::<u8>().ok()?)),
        None => (sizes, None),
    };
    let zeros = width.starts_with('0');
    let width = if width.is_empty() { 0 } else { width.parse::<u8>().ok()? };
    let text = match (field, kind, precision) {
        (Field::Whole(count), None | Some('d'), None) => count.to_string(),
        (Field::Real(value), None, None) => number(value),
        (Field::Whole(count), kind, precision) => real(count as f64, kind, precision)?,
        (Field::Real(value), kind, precision) => real(value, kind, precision)?,
    };
    Some(match (zeros, text.strip_prefix('-')) {
        (true, Some(digits)) => format!("-{digits:0>width$}", width = usize::from(width).saturating_sub(1)),
        (true, None) => format!("{text:0>width$}", width = usize::from(width)),
        (false, _) => format!("{text:>width$}", width = usize::from(width)),
    })
}

fn real(value: f64, kind: Option<char>, precision: Option<u8>) -> Option<String> {
    let digits = usize::from(precision.unwrap_or(6));
    match kind? {
        _ if !value.is_finite() => Some(number(value)),
        'f' => Some(format!("{value:.digits$}")),
        'e' => Some(exponential(&format!("{value:.digits$e}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_filled_or_named() {
        let value = |name: &str| match name {
            "epoch" => Some(Field::Whole(7)),
            "loss" => Some(Field::Real(-0.03125)),
            "nan" => Some(Field::Real(f64::NAN)),
            _ => None,
        };
        let fill = |text: &str| filled(text, value);
        assert_eq!(fill("{epoch:03d}é{{{loss:.2f}}}{loss:010.1e}").unwrap(), "007é{-0.03}-003.1e-02");
        assert_eq!(fill("{nan:.2f}-{epoch:.1f}").unwrap(), "nan-7.0");
        for wrong in ["{", "}", "{epoch", "{val_loss}", "{epoch:x}", "{loss:d}", "{loss:999f}", "{loss:.}", "{epoch:é}"]
        {
            let error = fill(wrong).unwrap_err();
            assert!(matches!(error, Error::BadConfig { .. }), "{wrong}: {error}");
        }
    }
}
