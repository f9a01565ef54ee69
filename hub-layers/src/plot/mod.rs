//! Pictures to be looked at, as SVG: how a training went, what a model confuses, and how it is put together.
//!
//! | file | draws |
//! |---|---|
//! | `history` | [`History`](crate::History): losses and metrics by epoch |
//! | `confusion_matrix` | [`ConfusionMatrix`]: which classes are taken for which |
//! | `architecture` | [`Model`](crate::Model): layers, and what goes from one to the other |
//!
//! Each draws into a text; `plot` writes it to a file. Text in a picture is measured by its length, not by a font.

mod architecture;
mod confusion_matrix;
mod history;

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, IntoFont, RGBColor, SVGBackend, WHITE};
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub use confusion_matrix::ConfusionMatrix;

use crate::error::{Error, Result};

/// What is drawn on.
type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What drawing may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Of training, and what stands out.
const BLUE: RGBColor = RGBColor(31, 97, 168);

/// Of validation.
const ORANGE: RGBColor = RGBColor(222, 112, 30);

/// Of text.
const INK: RGBColor = RGBColor(40, 44, 52);

/// Of lines that only guide the eye.
const FAINT: RGBColor = RGBColor(222, 226, 230);

/// Text of this size, centred upwards.
fn text(size: i32, colour: &'static RGBColor, across: HPos) -> TextStyle<'static> {
    TextStyle::from(("sans-serif", size).into_font()).color(colour).pos(Pos::new(across, VPos::Center))
}

/// The width of a text of this size, near enough for a sans serif.
fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.56
}

/// A picture of that many pixels, as SVG.
fn drawn(width: u32, height: u32, draw: impl FnOnce(&Canvas<'_>) -> Result<(), Failure>) -> Result<String> {
    let mut svg = String::new();
    {
        let canvas = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        let filled = canvas.fill(&WHITE).map_err(Failure::from);
        filled
            .and_then(|()| draw(&canvas))
            .and_then(|()| Ok(canvas.present()?))
            .map_err(|source| Error::Plot { source })?;
    }
    Ok(svg)
}

/// Writes a picture to a file, `.svg`.
fn write(svg: &str, path: &Path) -> Result<()> {
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg")) {
        let expected = "a file that ends in .svg".into();
        return Err(Error::BadConfig { argument: "path".into(), expected, found: path.display().to_string() });
    }
    let failed = |source| hub_core::Error::Io { operation: "write", path: path.to_owned(), source };
    Ok(std::fs::write(path, svg).map_err(failed)?)
}
