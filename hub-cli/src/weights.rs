//! `tfhub weights`: a model's variables as a safetensors file, straight from the checkpoint.
//!
//! ```text
//! encoder.layers.0.kernel     a TF2 model: the dotted path, as `tfhub show` prints it
//! dense/kernel                a TF1 model: the variable's name; one in slices is written whole
//! ```
//!
//! Needs no engine. One variable is in memory at a time. Strings, complex128 and quantised numbers have no place in the
//! format: each such variable is named on stderr and left out. The file appears whole or not at all, and another one in
//! its place is only replaced where that is asked for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write, stderr};
use std::path::{Path, PathBuf};

use clap::Args;
use hub_core::saved_model::{self, describe::Variable};
use hub_core::{DType, Error, StopSignal};
use safetensors::tensor::{Dtype, SafeTensorError, View, serialize_to_file};

use crate::failure::Failure;
use crate::sources::Sources;

/// The name in the format's header that is no tensor's.
const RESERVED: &str = "__metadata__";

/// Write a model's variables to a safetensors file, and print its path
#[derive(Args)]
pub(crate) struct Weights {
    /// The model: an address, a Kaggle handle, gs://, hf://, or a path
    handle: String,

    /// The file
    #[arg(long, value_name = "FILE", default_value = "model.safetensors")]
    output: PathBuf,

    /// Replace the file where it is there already
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    sources: Sources,
}

impl Weights {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        // Known before anything is downloaded; what appears meanwhile is not overwritten either.
        if !self.force && self.output.symlink_metadata().is_ok() {
            return Err(in_the_way(&self.output));
        }
        let (hub, stop) = self.sources.stoppable_hub()?;
        let weights = saved_model::Weights::open(&hub.resolve(&self.handle)?)?;
        let mut written = Vec::new();
        for variable in weights.variables() {
            match place(variable) {
                Ok(dtype) => written.push((variable, dtype)),
                // A closed stderr cannot be told anything.
                Err(why) => drop(writeln!(stderr(), "tfhub: left out `{}`: {why}", variable.path.escape_debug())),
            }
        }
        write(&self.output, self.force, &weights, &written, &stop)?;
        writeln!(out, "{}", self.output.display())?;
        Ok(())
    }
}

/// How the format holds a variable, or why it does not.
fn place(variable: &Variable) -> Result<Dtype, String> {
    if variable.path == RESERVED {
        return Err("the format has another use for the name".into());
    }
    Ok(match variable.dtype {
        DType::F64 => Dtype::F64,
        DType::F32 => Dtype::F32,
        DType::F16 => Dtype::F16,
        DType::BF16 => Dtype::BF16,
        DType::I64 => Dtype::I64,
        DType::I32 => Dtype::I32,
        DType::I16 => Dtype::I16,
        DType::I8 => Dtype::I8,
        DType::U64 => Dtype::U64,
        DType::U32 => Dtype::U32,
        DType::U16 => Dtype::U16,
        DType::U8 => Dtype::U8,
        DType::Bool => Dtype::BOOL,
        DType::Complex64 => Dtype::C64,
        other => return Err(format!("safetensors has no {other}")),
    })
}

/// One variable, read when it is written.
struct Lazy<'a> {
    weights: &'a saved_model::Weights,
    variable: &'a Variable,
    dtype: Dtype,
    stop: &'a StopSignal,
    /// What went wrong first: the trait has no way to say so.
    failed: &'a RefCell<Option<Error>>,
}

impl View for Lazy<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.variable.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut failed = self.failed.borrow_mut();
        if failed.is_some() {
            return Cow::Borrowed(&[]);
        }
        let read = match self.stop.is_stopped() {
            true => Err(Error::Stopped { what: "the file is not written".into() }),
            false => self.weights.read_bytes(self.variable),
        };
        Cow::Owned(read.unwrap_or_else(|why| {
            *failed = Some(why);
            Vec::new()
        }))
    }

    fn data_len(&self) -> usize {
        // The checkpoint's entry has been held against type and shape, so that this is small enough.
        self.variable.shape.iter().product::<usize>() * self.dtype.bitsize() / 8
    }
}

/// Writes the variables to a file beside the one that is wanted, and gives it its name once all are there.
fn write(
    output: &Path,
    force: bool,
    weights: &saved_model::Weights,
    variables: &[(&Variable, Dtype)],
    stop: &StopSignal,
) -> Result<(), Failure> {
    let directory = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failure = |operation, source| Failure::Hub(Error::Io { operation, path: output.to_owned(), source });
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tfhub-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let passing = builder.tempdir_in(directory).map_err(|why| failure("write", why))?;
    let file = passing.path().join("weights");
    let failed = RefCell::new(None);
    let views = variables
        .iter()
        .map(|(variable, dtype)| (&variable.path, Lazy { weights, variable, dtype: *dtype, stop, failed: &failed }));
    let kind = HashMap::from([("format".to_owned(), "tf".to_owned())]);
    let serialized = serialize_to_file(views, Some(kind), &file);
    if let Some(why) = failed.take() {
        return Err(Failure::Hub(why));
    }
    serialized.map_err(|why| failure("write", into_io(why)))?;
    publish(&file, output, force).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => in_the_way(output),
        _ => failure("write", why),
    })
}

/// Gives a whole file its name.
fn publish(file: &Path, output: &Path, force: bool) -> io::Result<()> {
    let opened = File::options().write(true).open(file)?;
    // The crate makes its files for their owner alone; this one is like any other that the user writes.
    #[cfg(unix)]
    opened.set_permissions(file_permissions(file)?)?;
    opened.sync_all()?;
    drop(opened);
    let file = tempfile::TempPath::try_from_path(file)?;
    let named = if force { file.persist(output) } else { file.persist_noclobber(output) };
    named.map_err(|why| why.error)
}

/// What the directory of the file was given, which is what the user's mask leaves, without the right to execute.
#[cfg(unix)]
fn file_permissions(file: &Path) -> io::Result<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    let directory = file.parent().unwrap_or(Path::new(".")).metadata()?;
    Ok(PermissionsExt::from_mode(directory.permissions().mode() & 0o666))
}

fn into_io(error: SafeTensorError) -> io::Error {
    match error {
        SafeTensorError::IoError(why) => why,
        other => io::Error::other(other.to_string()),
    }
}

fn in_the_way(output: &Path) -> Failure {
    let source = io::ErrorKind::AlreadyExists.into();
    let error = Box::new(Error::Io { operation: "write", path: output.to_owned(), source });
    Failure::Explained { error, hint: "name another file with `--output`, or replace this one with `--force`".into() }
}
