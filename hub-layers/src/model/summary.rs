//! [`Summary`]: a model as a table of its layers.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::Model;
use super::network::is_input;
use crate::layer::{Layer, WeightSlot};

/// A model as a table: layers with their classes, output shapes and numbers of parameters, and totals.
///
/// Prints itself. Of a model that is not built yet, only the layers are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    model: String,
    rows: Vec<Row>,
    built: bool,
    trainable: Size,
    non_trainable: Size,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    layer: String,
    output: String,
    parameters: Option<usize>,
}

/// How much some weights are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    parameters: usize,
    bytes: usize,
}

impl Size {
    fn of<'w>(weights: impl Iterator<Item = &'w WeightSlot>) -> Size {
        weights.fold(Size::default(), |size, weight| {
            let count: usize = weight.shape.iter().product();
            let bytes = count * weight.dtype.size_bytes().unwrap_or(0);
            Size { parameters: size.parameters + count, bytes: size.bytes + bytes }
        })
    }
}

impl Model {
    /// The model as a table, to be printed.
    pub fn summary(&self) -> Summary {
        let built = self.built.get();
        let row = |(index, layer): (usize, &dyn Layer)| {
            let made = built.and_then(|built| built.layers.get(index));
            Row {
                layer: format!("{} ({})", self.network.places[index].name(), layer.class_name()),
                output: made.map_or("?".into(), |made| made.output.to_string()),
                parameters: made.map(|made| Size::of(made.weights.iter()).parameters),
            }
        };
        let listed = self.network.layers.iter().map(AsRef::as_ref).enumerate().filter(|(_, layer)| !is_input(*layer));
        let trained = built.map(|built| self.trained(built)).unwrap_or_default();
        let size = |trainable: bool| {
            let weights = built.into_iter().flat_map(|built| built.distinct_weights());
            Size::of(weights.filter(|weight| trained.contains(&weight.handle) == trainable))
        };
        Summary {
            model: self.name.clone(),
            rows: listed.map(row).collect(),
            built: built.is_some(),
            trainable: size(true),
            non_trainable: size(false),
        }
    }
}

impl Summary {
    /// The number of all parameters.
    pub fn total_params(&self) -> usize {
        self.trainable.parameters + self.non_trainable.parameters
    }

    /// The number of parameters that training changes.
    pub fn trainable_params(&self) -> usize {
        self.trainable.parameters
    }

    /// The number of parameters that training leaves as they are.
    pub fn non_trainable_params(&self) -> usize {
        self.non_trainable.parameters
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["Layer (type)", "Output Shape", "Params"]);
        for row in &self.rows {
            let parameters = row.parameters.map_or("?".to_owned(), |count| count.to_string());
            table.add_row([row.layer.as_str(), &row.output, &parameters]);
        }
        if let Some(column) = table.column_mut(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "Model: \"{}\"\n{table}", self.model)?;
        if !self.built {
            return write!(f, "Total params: ? (not built yet)");
        }
        let all = Size { parameters: self.total_params(), bytes: self.trainable.bytes + self.non_trainable.bytes };
        writeln!(f, "Total params: {all}")?;
        writeln!(f, "Trainable params: {}", self.trainable)?;
        write!(f, "Non-trainable params: {}", self.non_trainable)
    }
}

impl fmt::Display for Size {
    /// As Keras prints it: `2410 (9.41 KB)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.bytes as f64;
        let mut unit = "Byte";
        for larger in ["KB", "MB", "GB", "TB"] {
            if amount < 1024.0 {
                break;
            }
            (amount, unit) = (amount / 1024.0, larger);
        }
        write!(f, "{} ({amount:.2} {unit})", self.parameters)
    }
}
