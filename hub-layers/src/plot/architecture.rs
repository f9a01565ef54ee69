//! [`Model::plot`]: layers as boxes, and what goes from one to the other as arrows, from above to below.

use std::collections::BTreeMap;
use std::path::Path;

use plotters::prelude::{Color, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::HPos;

use super::{BLUE, Canvas, FAINT, Failure, INK, drawn, text, width, write};
use crate::error::Result;
use crate::model::{Drawing, Model};

/// Of a box, in pixels.
const HEIGHT: i32 = 46;

/// Between boxes, beside and below one another.
const GAP: (i32, i32) = (28, 38);

/// Around everything.
const MARGIN: i32 = 20;

impl Model {
    /// Draws the model to an `.svg` file: a box for each call of a layer, with its class and output shape where the model
    /// is built, and arrows for what goes from one to the other.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig) for a path that does not end in `.svg`; [`hub_core::Error::Io`]
    /// where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<()> {
        write(&self.to_svg()?, path.as_ref())
    }

    /// The picture that [`Model::plot`] writes.
    ///
    /// # Errors
    /// [`Error::Plot`](crate::Error::Plot) where drawing fails.
    pub fn to_svg(&self) -> Result<String> {
        let drawing = self.drawing();
        let placed = place(&drawing);
        let right = placed.iter().map(|at| at.x + at.width).max().unwrap_or(0);
        let bottom = placed.iter().map(|at| at.y + HEIGHT).max().unwrap_or(0);
        drawn((right + MARGIN) as u32, (bottom + MARGIN) as u32, |canvas| draw(canvas, &drawing, &placed))
    }
}

/// Where a box is.
#[derive(Debug, Clone, Copy)]
struct At {
    x: i32,
    y: i32,
    width: i32,
}

/// Boxes on levels: each below all that it takes from, the levels centred.
fn place(drawing: &Drawing) -> Vec<At> {
    let mut levels = vec![0_usize; drawing.boxes.len()];
    // The boxes stand in an order in which what one takes comes before it.
    for index in 0..levels.len() {
        let above = drawing.arrows.iter().filter(|(_, to)| *to == index).map(|(from, _)| levels[*from] + 1);
        levels[index] = above.max().unwrap_or(0);
    }
    let width_of = |index: usize| {
        let (title, shape) = &drawing.boxes[index];
        width(title, 13.0).max(width(shape, 12.0)) as i32 + 28
    };
    let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    levels.iter().enumerate().for_each(|(index, level)| rows.entry(*level).or_default().push(index));
    let row_width = |row: &Vec<usize>| row.iter().map(|index| width_of(*index) + GAP.0).sum::<i32>() - GAP.0;
    let widest = rows.values().map(row_width).max().unwrap_or(0);
    let mut placed = vec![At { x: 0, y: 0, width: 0 }; drawing.boxes.len()];
    for (level, row) in &rows {
        let mut x = MARGIN + (widest - row_width(row)) / 2;
        for index in row {
            let width = width_of(*index);
            placed[*index] = At { x, y: MARGIN + *level as i32 * (HEIGHT + GAP.1), width };
            x += width + GAP.0;
        }
    }
    placed
}

fn draw(canvas: &Canvas<'_>, drawing: &Drawing, placed: &[At]) -> Result<(), Failure> {
    for (from, to) in &drawing.arrows {
        let (from, to) = (placed[*from], placed[*to]);
        let start = (from.x + from.width / 2, from.y + HEIGHT);
        let (x, y) = (to.x + to.width / 2, to.y);
        canvas.draw(&PathElement::new([start, (x, y - 6)], INK.stroke_width(1)))?;
        canvas.draw(&Polygon::new([(x, y), (x - 4, y - 8), (x + 4, y - 8)], INK.filled()))?;
    }
    for ((title, shape), at) in drawing.boxes.iter().zip(placed) {
        let corners = [(at.x, at.y), (at.x + at.width, at.y + HEIGHT)];
        canvas.draw(&Rectangle::new(corners, FAINT.mix(0.35).filled()))?;
        canvas.draw(&Rectangle::new(corners, BLUE.stroke_width(1)))?;
        let centre = at.x + at.width / 2;
        canvas.draw(&Text::new(title.as_str(), (centre, at.y + 15), text(13, &INK, HPos::Center)))?;
        canvas.draw(&Text::new(shape.as_str(), (centre, at.y + 33), text(12, &BLUE, HPos::Center)))?;
    }
    Ok(())
}
