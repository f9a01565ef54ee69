//! [`CSVLogger`]: a file with a line for each epoch.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::python_text::number;
use super::{Callback, Logs, Training};
use crate::error::Result;

/// Writes a line for each epoch to a file, as Keras's `CSVLogger`: the epoch, counted from 0, and the logs by name.
///
/// Which columns there are is settled by the first epoch; if it was not validated, each also has one for its `val_`
/// value. What an epoch does not have is `NA`. Each line is in the file as soon as its epoch is over.
///
/// ```
/// let callback = hub_layers::callbacks::CSVLogger::new("training.csv").separator(';').append(true);
/// ```
#[derive(Debug)]
pub struct CSVLogger {
    path: PathBuf,
    separator: char,
    append: bool,
    file: Option<File>,
    columns: Option<Vec<String>>,
}

impl CSVLogger {
    /// Writes to the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> CSVLogger {
        CSVLogger { path: path.into(), separator: ',', append: false, file: None, columns: None }
    }

    /// What stands between the values of a line. Default: `,`.
    pub fn separator(mut self, separator: char) -> CSVLogger {
        self.separator = separator;
        self
    }

    /// Whether lines are added to a file that is there, instead of beginning it anew. Default: false.
    pub fn append(mut self, append: bool) -> CSVLogger {
        self.append = append;
        self
    }

    /// The lines of an epoch: its own and, with the first, that of the names.
    fn lines(&mut self, epoch: usize, logs: &Logs, with_names: bool) -> String {
        let mut lines = String::new();
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => {
                let columns = columns(logs);
                if with_names {
                    lines = self.line("epoch".into(), columns.iter().map(|name| name.to_owned()));
                }
                columns
            }
        };
        let value = |name: &String| logs.get(name).map_or_else(|| "NA".to_owned(), number);
        lines += &self.line(epoch.to_string(), columns.iter().map(value));
        self.columns = Some(columns);
        lines
    }

    /// A line as Python's `csv` writes it.
    fn line(&self, epoch: String, rest: impl Iterator<Item = String>) -> String {
        let mut line = epoch;
        for value in rest {
            line.push(self.separator);
            match value.contains([self.separator, '"', '\r', '\n']) {
                true => line += &format!("\"{}\"", value.replace('"', "\"\"")),
                false => line += &value,
            }
        }
        line + "\r\n"
    }
}

/// The names of the columns after that of the epoch.
fn columns(logs: &Logs) -> Vec<String> {
    let mut columns: Vec<String> = logs.names().map(str::to_owned).collect();
    columns.sort();
    if !columns.iter().any(|name| name.starts_with("val_")) {
        let validated: Vec<_> = columns.iter().map(|name| format!("val_{name}")).collect();
        columns.extend(validated);
    }
    columns
}

impl Callback for CSVLogger {
    fn on_train_begin(&mut self, _training: &mut Training<'_>) -> Result<()> {
        let mut options = OpenOptions::new();
        match self.append {
            true => options.read(true).append(true).create(true),
            false => options.write(true).create(true).truncate(true),
        };
        let file = options.open(&self.path).map_err(|source| failed("open", &self.path, source))?;
        (self.file, self.columns) = (Some(file), None);
        Ok(())
    }

    fn on_epoch_end(&mut self, _training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        // A file that goes on has its names already.
        let has_content = self.append && self.columns.is_none() && has_content(&mut file, &self.path)?;
        let lines = self.lines(epoch, logs, !has_content);
        file.write_all(lines.as_bytes()).map_err(|source| failed("write", &self.path, source))?;
        self.file = Some(file);
        Ok(())
    }

    fn on_train_end(&mut self, _training: &mut Training<'_>, _logs: &Logs) -> Result<()> {
        self.file = None;
        Ok(())
    }
}

fn has_content(file: &mut File, path: &Path) -> Result<bool> {
    file.read(&mut [0]).map(|count| count > 0).map_err(|source| failed("read", path, source).into())
}

fn failed(operation: &'static str, path: &Path, source: io::Error) -> hub_core::Error {
    hub_core::Error::Io { operation, path: path.to_owned(), source }
}
