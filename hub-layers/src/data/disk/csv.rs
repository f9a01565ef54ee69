//! [`csv_dataset`]: tables of text, a column for each feature.
//!
//! What types columns have follows from the first rows, as in `tf.data.experimental.make_csv_dataset`. How the values of a
//! column become a tensor is in `csv_column`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::{ByteRecord, Reader, ReaderBuilder};
use hub_core::Nest;

use super::csv_column::{Column, ColumnDefault, Inferred};
use super::directory::bad;
use super::listing::cannot_read;
use crate::data::dataset::Dataset;
use crate::data::element::Element;
use crate::data::source::{Cardinality, Elements, Source};
use crate::error::{Error, Result};

/// Rows of CSV files, as `tf.data.experimental.make_csv_dataset` reads them: a dict with a value for each column, and the
/// label by itself where there is one. The files come in the order of their paths.
///
/// A pass reads the files anew, a few rows at a time; it neither shuffles nor repeats: `shuffle` and `repeat` of the data
/// set do.
///
/// ```
/// use hub_layers::data::csv_dataset;
///
/// let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/csv/plain.csv");
/// let flowers = csv_dataset([file]).select_columns(["length", "width", "kind"]).label_name("kind").build()?;
/// let batch = flowers.shuffle(100).batch(3).iter()?.next().expect("a batch")?;
/// assert_eq!(batch.x["length"].leaves()[0].shape(), [3]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
pub fn csv_dataset<P: Into<PathBuf>>(files: impl IntoIterator<Item = P>) -> CsvFiles {
    let mut files: Vec<PathBuf> = files.into_iter().map(Into::into).collect();
    files.sort();
    CsvFiles {
        files,
        batch_size: None,
        column_names: None,
        column_defaults: None,
        label_name: None,
        select_columns: None,
        field_delim: b',',
        use_quote_delim: true,
        na_value: String::new(),
        header: true,
        num_rows_for_inference: 100,
    }
}

/// The arguments of [`csv_dataset`].
#[derive(Debug, Clone)]
pub struct CsvFiles {
    files: Vec<PathBuf>,
    batch_size: Option<usize>,
    column_names: Option<Vec<String>>,
    column_defaults: Option<Vec<ColumnDefault>>,
    label_name: Option<String>,
    select_columns: Option<Vec<String>>,
    field_delim: u8,
    use_quote_delim: bool,
    na_value: String,
    header: bool,
    num_rows_for_inference: usize,
}

impl CsvFiles {
    /// How many rows are in a batch; faster than [`Dataset::batch`] where rows stay in order. Default: none, rows one by
    /// one.
    pub fn batch_size(mut self, batch_size: impl Into<Option<usize>>) -> Self {
        self.batch_size = batch_size.into();
        self
    }

    /// The names of all columns. Default: what the first line says.
    pub fn column_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.column_names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// For each column that is read, its type, where it must have a value in each row, or the value where it has none.
    /// Default: what follows from the first rows.
    pub fn column_defaults<D: Into<ColumnDefault>>(mut self, defaults: impl IntoIterator<Item = D>) -> Self {
        self.column_defaults = Some(defaults.into_iter().map(Into::into).collect());
        self
    }

    /// The column that is the label. Default: none.
    pub fn label_name(mut self, name: impl Into<String>) -> Self {
        self.label_name = Some(name.into());
        self
    }

    /// The columns that are read; they keep the order of the file. Default: all.
    pub fn select_columns<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.select_columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// What stands between two values. Default: a comma.
    pub fn field_delim(mut self, delimiter: u8) -> Self {
        self.field_delim = delimiter;
        self
    }

    /// Whether values may stand in double quotes. Default: true.
    pub fn use_quote_delim(mut self, use_quote_delim: bool) -> Self {
        self.use_quote_delim = use_quote_delim;
        self
    }

    /// What counts as no value, beside nothing at all. Default: none.
    pub fn na_value(mut self, na_value: impl Into<String>) -> Self {
        self.na_value = na_value.into();
        self
    }

    /// Whether the first line of each file names the columns. Default: true.
    pub fn header(mut self, header: bool) -> Self {
        self.header = header;
        self
    }

    /// From how many rows the types of columns follow. Default: 100.
    pub fn num_rows_for_inference(mut self, rows: usize) -> Self {
        self.num_rows_for_inference = rows;
        self
    }

    /// The data set. Reads the first lines.
    ///
    /// # Errors
    /// [`Error::BadConfig`] for arguments that do not fit the files, [`Error::BadRow`] for rows that are not like the
    /// others, [`Error::Core`] where a file cannot be read.
    pub fn build(self) -> Result<Dataset> {
        if self.batch_size == Some(0) {
            return Err(bad("batch_size", "1 or more", 0));
        }
        let names = self.names()?;
        let columns = self.columns(&names)?;
        if let Some(label) =
            self.label_name.as_ref().filter(|label| !columns.iter().any(|column| column.name == **label))
        {
            return Err(bad("label_name", format!("one of {}", names.join(", ")), format!("`{label}`")));
        }
        let batch_size = self.batch_size;
        let rows = Rows { files: Arc::new(self), columns: columns.into(), width: names.len() };
        let rows = Dataset::of(rows);
        Ok(match batch_size {
            Some(_) => rows,
            None => rows.unbatch(),
        })
    }

    /// The names of all columns, of which no two are alike.
    fn names(&self) -> Result<Vec<String>> {
        let names = match &self.column_names {
            Some(names) => names.clone(),
            None if !self.header => return Err(bad("column_names", "names, as there is no header", "none")),
            None => self.names_of_headers()?,
        };
        match names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            Some((_, name)) => Err(bad("column_names", "different names", format!("`{name}` twice"))),
            None => Ok(names),
        }
    }

    /// The first lines, which are to be the same in all files.
    fn names_of_headers(&self) -> Result<Vec<String>> {
        let mut all = self.files.iter().map(|path| -> Result<Vec<String>> {
            let mut row = ByteRecord::new();
            if !read(&mut self.open(path)?, path, &mut row)? {
                return Err(bad("files", "a first line with names", format!("`{}` without a line", path.display())));
            }
            Ok(row.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
        });
        let first = all.next().unwrap_or_else(|| Err(bad("files", "one or more", 0)))?;
        for (names, path) in all.zip(&self.files[1..]) {
            if names? != first {
                return Err(bad("files", "the same names in all", format!("others in `{}`", path.display())));
            }
        }
        Ok(first)
    }

    /// The columns that are read, in the order of the file.
    fn columns(&self, names: &[String]) -> Result<Vec<Column>> {
        let mut indices: Vec<usize> = match &self.select_columns {
            None => (0..names.len()).collect(),
            Some(selected) => {
                let index = |name: &String| {
                    let unknown = || bad("select_columns", format!("of {}", names.join(", ")), format!("`{name}`"));
                    names.iter().position(|known| known == name).ok_or_else(unknown)
                };
                selected.iter().map(index).collect::<Result<_>>()?
            }
        };
        indices.sort_unstable();
        let defaults = match &self.column_defaults {
            Some(defaults) if defaults.len() == indices.len() => defaults.clone(),
            Some(defaults) => {
                return Err(bad(
                    "column_defaults",
                    format!("one for each of {} columns", indices.len()),
                    defaults.len(),
                ));
            }
            None => self.infer(&indices, names.len())?,
        };
        let column = |(index, default): (usize, ColumnDefault)| Column { index, name: names[index].clone(), default };
        Ok(indices.into_iter().zip(defaults).map(column).collect())
    }

    /// The types that the first rows allow.
    fn infer(&self, indices: &[usize], width: usize) -> Result<Vec<ColumnDefault>> {
        let mut inferred = vec![Inferred::default(); indices.len()];
        let mut left = self.num_rows_for_inference;
        for path in &self.files {
            let (mut reader, mut row) = (self.open_rows(path)?, ByteRecord::new());
            while left > 0 && read_row(&mut reader, path, width, &mut row)? {
                left -= 1;
                for (inferred, index) in inferred.iter_mut().zip(indices) {
                    inferred.see(&row[*index], &self.na_value);
                }
            }
        }
        Ok(inferred.into_iter().map(Inferred::default_value).collect())
    }

    fn open(&self, path: &Path) -> Result<Reader<File>> {
        let file = File::open(path).map_err(|source| cannot_read(path, source))?;
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(self.field_delim).quoting(self.use_quote_delim);
        Ok(builder.from_reader(file))
    }

    /// Behind the header.
    fn open_rows(&self, path: &Path) -> Result<Reader<File>> {
        let mut reader = self.open(path)?;
        if self.header {
            read(&mut reader, path, &mut ByteRecord::new())?;
        }
        Ok(reader)
    }
}

/// Reads a line; false at the end.
fn read(reader: &mut Reader<File>, path: &Path, row: &mut ByteRecord) -> Result<bool> {
    reader.read_byte_record(row).map_err(|why| match why.into_kind() {
        csv::ErrorKind::Io(source) => cannot_read(path, source),
        other => {
            Error::BrokenFile { path: path.to_owned(), source: Box::new(Error::data_source(format!("{other:?}"))) }
        }
    })
}

/// Reads a row of so many values; false at the end.
fn read_row(reader: &mut Reader<File>, path: &Path, width: usize, row: &mut ByteRecord) -> Result<bool> {
    let is_row = read(reader, path, row)?;
    match !is_row || row.len() == width {
        true => Ok(is_row),
        false => Err(Error::BadRow {
            path: path.to_owned(),
            line: line(row),
            column: None,
            expected: format!("{width} values"),
            found: row.len().to_string(),
        }),
    }
}

/// Where a row begins, from 1.
fn line(row: &ByteRecord) -> u64 {
    row.position().map_or(0, |position| position.line())
}

/// Batches of rows.
#[derive(Debug)]
struct Rows {
    files: Arc<CsvFiles>,
    columns: Arc<[Column]>,
    /// How many values a row has.
    width: usize,
}

/// Rows that are read at once where no batches are asked for.
const AT_ONCE: usize = 256;

impl Source for Rows {
    fn elements(&self) -> Result<Elements> {
        Ok(Box::new(Pass {
            files: self.files.clone(),
            columns: self.columns.clone(),
            width: self.width,
            batch_size: self.files.batch_size.unwrap_or(AT_ONCE),
            next_file: 0,
            reader: None,
        }))
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }
}

struct Pass {
    files: Arc<CsvFiles>,
    columns: Arc<[Column]>,
    width: usize,
    batch_size: usize,
    next_file: usize,
    /// Of the file before the next.
    reader: Option<Reader<File>>,
}

impl Pass {
    /// The next row with its file; none at the end of the last one.
    fn row(&mut self, row: &mut ByteRecord) -> Result<Option<usize>> {
        loop {
            if let Some(reader) = &mut self.reader {
                let file = self.next_file - 1;
                if read_row(reader, &self.files.files[file], self.width, row)? {
                    return Ok(Some(file));
                }
            }
            let Some(path) = self.files.files.get(self.next_file) else { return Ok(None) };
            self.reader = Some(self.files.open_rows(path)?);
            self.next_file += 1;
        }
    }

    /// The next batch; none where no row is left.
    fn batch(&mut self) -> Result<Option<Element>> {
        let mut values: Vec<_> = self.columns.iter().map(Column::values).collect();
        let (mut row, mut rows) = (ByteRecord::new(), 0);
        while rows < self.batch_size {
            let Some(file) = self.row(&mut row)? else { break };
            rows += 1;
            for (column, values) in self.columns.iter().zip(&mut values) {
                let text = &row[column.index];
                values.push(text, column, &self.files.na_value).map_err(|expected| Error::BadRow {
                    path: self.files.files[file].clone(),
                    line: line(&row),
                    column: Some(column.name.clone()),
                    expected,
                    found: format!("`{}`", String::from_utf8_lossy(text)),
                })?;
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let (mut features, mut label) = (Vec::new(), None);
        for (column, values) in self.columns.iter().zip(values) {
            let leaf = Nest::Leaf(values.tensor()?);
            match self.files.label_name.as_ref() == Some(&column.name) {
                true => label = Some(leaf),
                false => features.push((column.name.clone(), leaf)),
            }
        }
        Ok(Some(Element { x: Nest::Dict(features.into_iter().collect()), y: label, sample_weight: None, rows: None }))
    }
}

impl Iterator for Pass {
    type Item = Result<Element>;

    fn next(&mut self) -> Option<Result<Element>> {
        self.batch().transpose()
    }
}
