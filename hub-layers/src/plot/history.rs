//! [`History::plot`]: losses and metrics by epoch, a panel for each with its validation beside it.

use std::ops::Range;
use std::path::Path;

use plotters::prelude::{
    ChartBuilder, Circle, Color, IntoFont, LineSeries, PathElement, RGBColor, SeriesLabelPosition, WHITE,
};

use super::{BLUE, Canvas, FAINT, Failure, INK, ORANGE, drawn, write};
use crate::error::{Error, Result};
use crate::model::History;

/// Of a panel, in pixels.
const SIZE: (u32, u32) = (480, 340);

/// Panels beside one another.
const COLUMNS: usize = 3;

impl History {
    /// Draws losses and metrics by epoch to an `.svg` file: a panel for each, with training and validation in it.
    ///
    /// What is infinite or no number is left out.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for a path that does not end in `.svg` or a history without epochs;
    /// [`hub_core::Error::Io`] where the file cannot be written.
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<()> {
        write(&self.to_svg()?, path.as_ref())
    }

    /// The picture that [`History::plot`] writes.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for a history without epochs.
    pub fn to_svg(&self) -> Result<String> {
        let panels = self.panels();
        if self.epochs().is_empty() || panels.is_empty() {
            let expected = "a history of an epoch at least".into();
            return Err(Error::BadConfig { argument: "history".into(), expected, found: "none".into() });
        }
        let columns = panels.len().min(COLUMNS);
        let rows = panels.len().div_ceil(columns);
        let (width, height) = (SIZE.0 * columns as u32, SIZE.1 * rows as u32);
        drawn(width, height, |canvas| {
            let areas = canvas.split_evenly((rows, columns));
            panels.iter().zip(&areas).try_for_each(|(name, area)| self.panel(name, area))
        })
    }

    /// What has a panel: the loss first, then the other names, without those of the validation.
    fn panels(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names().collect();
        let known = names.clone();
        names.retain(|name| name.strip_prefix("val_").is_none_or(|plain| !known.contains(&plain)));
        names.sort_by_key(|name| (*name != "loss", name.to_string()));
        names
    }

    /// The points of a name, by epoch as `fit` prints it.
    fn points(&self, name: &str) -> Vec<(f64, f64)> {
        let values = self.get(name);
        // Where a name came later than the others, its values belong to the last epochs.
        let epochs = self.epochs().iter().skip(self.epochs().len().saturating_sub(values.len()));
        let points = epochs.zip(values).map(|(epoch, value)| (*epoch as f64 + 1.0, *value));
        points.filter(|(_, value)| value.is_finite()).collect()
    }

    fn panel(&self, name: &str, area: &Canvas<'_>) -> Result<(), Failure> {
        let lines =
            [("training", self.points(name), BLUE), ("validation", self.points(&format!("val_{name}")), ORANGE)];
        let all = || lines.iter().flat_map(|(_, points, _)| points);
        let (x, y) = (range(all().map(|point| point.0), 0.0), range(all().map(|point| point.1), 0.06));
        let mut chart = ChartBuilder::on(area)
            .caption(name, ("sans-serif", 18).into_font().color(&INK))
            .margin(14)
            .x_label_area_size(38)
            .y_label_area_size(56)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(FAINT)
            .axis_style(FAINT)
            .x_labels(self.epochs().len().clamp(2, 8))
            .y_labels(6)
            .x_desc("epoch")
            .x_label_formatter(&|epoch| if epoch.fract().abs() < 1e-9 { format!("{epoch:.0}") } else { String::new() })
            .y_label_formatter(&|value| short(*value))
            .label_style(("sans-serif", 12).into_font().color(&INK))
            .draw()?;
        for (label, points, colour) in lines.into_iter().filter(|(_, points, _)| !points.is_empty()) {
            // A single epoch makes no line.
            let radius = if points.len() <= 20 { 3 } else { 0 };
            chart.draw_series(points.iter().map(|point| Circle::new(*point, radius, colour.filled())))?;
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(label)
                .legend(move |(x, y)| legend(x, y, colour));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.85))
            .border_style(FAINT)
            .label_font(("sans-serif", 12).into_font().color(&INK))
            .draw()?;
        Ok(())
    }
}

fn legend(x: i32, y: i32, colour: RGBColor) -> PathElement<(i32, i32)> {
    PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2))
}

/// From the least to the greatest, with a share of room at both ends; of some length in any case.
fn range(values: impl Iterator<Item = f64>, room: f64) -> Range<f64> {
    let (least, greatest) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), value| (least.min(value), greatest.max(value)));
    if !least.is_finite() {
        return 0.0..1.0;
    }
    let room = if greatest > least { (greatest - least) * room } else { 0.5 * greatest.abs().max(1e-3) };
    least - room..greatest + room
}

/// A number in few digits.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        1e-3..1e5 => {
            let text = format!("{value:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => format!("{value:.1e}"),
    }
}
