//! [`ConfusionMatrix`]: how often each class was taken for each.

use std::fmt;
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use hub_core::Tensor;
use plotters::prelude::{Color, Rectangle, Text, WHITE};
use plotters::style::text_anchor::HPos;

use super::{BLUE, Canvas, FAINT, Failure, INK, drawn, text, width, write};
use crate::classes::{classes, in_f64};
use crate::error::{Error, Result};

/// The most classes of a matrix: more cannot be looked at.
const MOST_CLASSES: usize = 1000;

/// How often each class was taken for each: a row for each label, a column for each prediction.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::ConfusionMatrix;
/// let labels = Tensor::from([0_i64, 1, 1]);
/// let probabilities = Tensor::from([[0.9_f32, 0.1], [0.2, 0.8], [0.7, 0.3]]);
/// let matrix = ConfusionMatrix::new(&labels, &probabilities)?.class_names(["cat", "dog"])?;
/// assert_eq!(matrix.count(1, 0), 1, "a dog was taken for a cat");
/// assert_eq!(matrix.accuracy(), 2.0 / 3.0);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    names: Vec<String>,
    counts: Vec<Vec<usize>>,
}

impl ConfusionMatrix {
    /// Counts labels against predictions.
    ///
    /// `labels` are numbers of classes, `[examples]` or `[examples, 1]`, or one-hot, `[examples, classes]`; `predictions`
    /// the same, or probabilities or logits, of which the largest counts. Of a single probability for each example, those
    /// above 0.5 count as class 1.
    ///
    /// # Errors
    /// [`Error::BadLabels`] where they are not of as many examples, or where a class is negative or above 999.
    pub fn new(labels: &Tensor, predictions: &Tensor) -> Result<ConfusionMatrix> {
        let (labels_of, predicted) = (numbers(labels)?, numbers(predictions)?);
        if labels_of.len() != predicted.len() {
            let expected = format!("a label for each of {} predictions", predicted.len());
            return Err(Error::BadLabels { index: None, expected, found: labels_of.len().to_string() });
        }
        let columns = [labels, predictions].map(|tensor| tensor.shape().get(1).copied().unwrap_or(0));
        let largest = labels_of.iter().chain(&predicted).max().map_or(0, |class| class + 1);
        let count = columns.into_iter().filter(|columns| *columns <= MOST_CLASSES).fold(largest, usize::max);
        let mut counts = vec![vec![0; count]; count];
        labels_of.iter().zip(&predicted).for_each(|(label, prediction)| counts[*label][*prediction] += 1);
        Ok(ConfusionMatrix { names: (0..count).map(|class| class.to_string()).collect(), counts })
    }

    /// Names the classes, in order. Default: their numbers.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for another number of names than there are classes.
    pub fn class_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<ConfusionMatrix> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() < self.counts.len() {
            let expected = format!("a name for each of {} classes", self.counts.len());
            return Err(Error::BadConfig { argument: "class_names".into(), expected, found: names.len().to_string() });
        }
        // Classes that nobody met are classes too.
        self.counts.resize(names.len(), Vec::new());
        self.counts.iter_mut().for_each(|row| row.resize(names.len(), 0));
        self.names = names;
        Ok(self)
    }

    /// How often `label` was taken for `prediction`; 0 for classes that there are none of.
    pub fn count(&self, label: usize, prediction: usize) -> usize {
        self.counts.get(label).and_then(|row| row.get(prediction)).copied().unwrap_or(0)
    }

    /// The share that was right; 0 without examples.
    pub fn accuracy(&self) -> f64 {
        let right: usize = (0..self.counts.len()).map(|class| self.counts[class][class]).sum();
        right as f64 / self.counts.iter().flatten().sum::<usize>().max(1) as f64
    }

    /// Draws the matrix to an `.svg` file, the darker the greater a cell's share of its row.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for a path that does not end in `.svg`; [`hub_core::Error::Io`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<()> {
        write(&self.to_svg()?, path.as_ref())
    }

    /// The picture that [`ConfusionMatrix::plot`] writes.
    ///
    /// # Errors
    /// [`Error::Plot`] where drawing fails.
    pub fn to_svg(&self) -> Result<String> {
        let longest = self.names.iter().map(|name| width(name, 13.0)).fold(0.0, f64::max) as i32;
        let layout = Layout {
            cell: (longest + 14).clamp(40, 90),
            left: 56 + longest.min(160),
            top: 34,
            count: self.names.len().max(1) as i32,
        };
        let (width, height) = (layout.left + layout.side() + 20, layout.top + layout.side() + 62);
        drawn(width as u32, height as u32, |canvas| self.draw(canvas, &layout))
    }

    fn draw(&self, canvas: &Canvas<'_>, layout: &Layout) -> Result<(), Failure> {
        let middle = |size, colour| text(size, colour, HPos::Center);
        for (label, row) in self.counts.iter().enumerate() {
            let all = row.iter().sum::<usize>().max(1) as f64;
            for (prediction, count) in row.iter().enumerate() {
                let (corner, opposite, centre) = layout.cell(label, prediction);
                let share = *count as f64 / all;
                canvas.draw(&Rectangle::new([corner, opposite], WHITE.filled()))?;
                canvas.draw(&Rectangle::new([corner, opposite], BLUE.mix(share).filled()))?;
                canvas.draw(&Rectangle::new([corner, opposite], FAINT.stroke_width(1)))?;
                let colour = if share > 0.5 { &WHITE } else { &INK };
                canvas.draw(&Text::new(count.to_string(), centre, middle(14, colour)))?;
            }
        }
        for (class, name) in self.names.iter().enumerate() {
            let (_, _, (_, y)) = layout.cell(class, 0);
            let (_, (_, bottom), (x, _)) = layout.cell(self.names.len() - 1, class);
            canvas.draw(&Text::new(name.as_str(), (layout.left - 8, y), text(13, &INK, HPos::Right)))?;
            canvas.draw(&Text::new(name.as_str(), (x, bottom + 16), middle(13, &INK)))?;
        }
        let title = format!("{:.1} % are right", self.accuracy() * 100.0);
        let centre = layout.left + layout.side() / 2;
        canvas.draw(&Text::new(title, (centre, 16), middle(15, &INK)))?;
        canvas.draw(&Text::new("prediction", (centre, layout.top + layout.side() + 42), middle(13, &INK)))?;
        canvas.draw(&Text::new("label", (8, 16), text(13, &INK, HPos::Left)))?;
        Ok(())
    }
}

/// Where the cells are, in pixels.
struct Layout {
    cell: i32,
    left: i32,
    top: i32,
    count: i32,
}

impl Layout {
    fn side(&self) -> i32 {
        self.cell * self.count
    }

    /// Two corners and the centre.
    fn cell(&self, row: usize, column: usize) -> ((i32, i32), (i32, i32), (i32, i32)) {
        let (x, y) = (self.left + column as i32 * self.cell, self.top + row as i32 * self.cell);
        ((x, y), (x + self.cell, y + self.cell), (x + self.cell / 2, y + self.cell / 2))
    }
}

/// The class of each example.
fn numbers(tensor: &Tensor) -> Result<Vec<usize>> {
    let values = in_f64(tensor)?;
    let values = values.as_slice::<f64>()?;
    let single = values.len() == tensor.shape().first().copied().unwrap_or(0);
    let found = match single && values.iter().any(|value| value.fract() != 0.0) {
        true => values.iter().map(|value| i64::from(*value > 0.5)).collect(),
        false => classes(tensor)?,
    };
    let class = |(index, class): (usize, &i64)| match usize::try_from(*class) {
        Ok(class) if class < MOST_CLASSES => Ok(class),
        _ => {
            let expected = format!("a class from 0 to {}", MOST_CLASSES - 1);
            Err(Error::BadLabels { index: Some(index), expected, found: class.to_string() })
        }
    };
    found.iter().enumerate().map(class).collect()
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(std::iter::once("label \\ prediction").chain(self.names.iter().map(String::as_str)));
        for (name, row) in self.names.iter().zip(&self.counts) {
            table.add_row(std::iter::once(name.clone()).chain(row.iter().map(usize::to_string)));
        }
        table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        write!(f, "{table}")
    }
}
