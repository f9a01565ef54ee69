//! Weights in a safetensors file, and how the weights of a file differ from those of a model.
//!
//! ```text
//! length of the header: u64 · header: JSON, name → type, shape, place · the tensors, one after another
//! ```
//!
//! Saving and loading the weights of models goes through here, whoever holds them. Strings, complex128 and quantised
//! numbers have no place in the format.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, View, serialize_to_file};

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Shape, Tensor};

/// The name in the format's header that is no tensor's.
const RESERVED: &str = "__metadata__";

/// The types that the format shares with TensorFlow.
const DTYPES: [(DType, Dtype); 14] = [
    (DType::F64, Dtype::F64),
    (DType::F32, Dtype::F32),
    (DType::F16, Dtype::F16),
    (DType::BF16, Dtype::BF16),
    (DType::I64, Dtype::I64),
    (DType::I32, Dtype::I32),
    (DType::I16, Dtype::I16),
    (DType::I8, Dtype::I8),
    (DType::U64, Dtype::U64),
    (DType::U32, Dtype::U32),
    (DType::U16, Dtype::U16),
    (DType::U8, Dtype::U8),
    (DType::Bool, Dtype::BOOL),
    (DType::Complex64, Dtype::C64),
];

/// Whether a path names a safetensors file; other paths of weights are prefixes of checkpoints.
pub fn is_safetensors(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "safetensors")
}

/// Writes weights by their names to a new file, which appears when it is whole.
///
/// # Errors
/// [`Error::SaveExists`] where the path is taken and not to be overwritten, [`Error::Unsupported`] for a weight that the
/// format has no place for, [`Error::Io`] and its kin from the disk.
pub fn write_safetensors(path: &Path, overwrite: bool, weights: &BTreeMap<String, Tensor>) -> Result<()> {
    let views = weights.iter().map(|(name, tensor)| Ok((name, Stored::of(name, tensor)?)));
    let views = views.collect::<Result<Vec<_>>>()?;
    super::write::publish_files(path, overwrite, |staging| {
        let file = staging.join("weights");
        let kind = HashMap::from([("format".to_owned(), "tf".to_owned())]);
        serialize_to_file(views, Some(kind), &file).map_err(|why| match why {
            SafeTensorError::IoError(why) => Error::io("write", &file, why),
            other => Error::structure(other.to_string()),
        })?;
        Ok(vec![(file, path.to_owned())])
    })
}

/// Reads all weights of a file.
///
/// # Errors
/// [`Error::ModelParse`] where it is no such file, or one that lies; [`Error::Unsupported`] for a type that TensorFlow
/// does not have; [`Error::Io`] and its kin from the disk.
pub fn read_safetensors(path: &Path) -> Result<BTreeMap<String, Tensor>> {
    let bytes = fs::read(path).map_err(|why| Error::io("read", path, why))?;
    let damaged = |why: String| Error::ModelParse { path: path.to_owned(), why };
    let stored = SafeTensors::deserialize(&bytes).map_err(|why| damaged(why.to_string()))?;
    let tensor = |name: &str, view: safetensors::tensor::TensorView<'_>| {
        let dtype = DTYPES.iter().find(|(_, theirs)| *theirs == view.dtype()).map(|(ours, _)| *ours);
        let dtype =
            dtype.ok_or_else(|| Error::Unsupported { what: format!("{:?}, the type of `{name}`,", view.dtype()) })?;
        Tensor::from_bytes(dtype, view.shape(), view.data()).map_err(|why| damaged(format!("`{name}`: {why}")))
    };
    stored.iter().map(|(name, view)| Ok((name.to_owned(), tensor(name, view)?))).collect()
}

/// A weight on its way to the file.
struct Stored<'t> {
    dtype: Dtype,
    shape: &'t [usize],
    bytes: &'t [u8],
}

impl<'t> Stored<'t> {
    fn of(name: &str, tensor: &'t Tensor) -> Result<Stored<'t>> {
        let dtype = DTYPES.iter().find(|(ours, _)| *ours == tensor.dtype()).map(|(_, theirs)| *theirs);
        match dtype {
            Some(dtype) if name != RESERVED => Ok(Stored { dtype, shape: tensor.shape(), bytes: tensor.bytes()? }),
            _ => Err(Error::Unsupported { what: format!("`{name}`, a {}, in a safetensors file", tensor.dtype()) }),
        }
    }
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Holds the weights that a model has against those that a file has, by name, before any is changed.
///
/// # Errors
/// [`Error::WeightsMismatch`] with every difference: weights that are missing, that the model does not have, and whose
/// type or shape is another.
pub fn compare(
    path: &Path,
    expected: &BTreeMap<String, (DType, Shape)>,
    found: &BTreeMap<String, (DType, Shape)>,
) -> Result<()> {
    let mut differences = Vec::new();
    for (name, (dtype, shape)) in expected {
        match found.get(name) {
            None => differences.push(format!("`{name}` is missing ({dtype} {shape})")),
            Some((other, of)) => {
                let fits = of.to_known().is_some_and(|of| shape.accepts(&of));
                if other != dtype || !fits {
                    differences.push(format!("`{name}`: expected {dtype} {shape}, found {other} {of}"));
                }
            }
        }
    }
    let unknown = found.iter().filter(|(name, _)| !expected.contains_key(*name));
    differences.extend(unknown.map(|(name, (dtype, shape))| format!("`{name}` ({dtype} {shape}) is not of the model")));
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Error::WeightsMismatch { path: path.to_owned(), differences }),
    }
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;

    #[test]
    fn weights_round_trip_and_files_that_lie_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("w.safetensors");
        let weights = BTreeMap::from([
            ("a.kernel".to_owned(), Tensor::from([[1.0_f32, 2.0]])),
            ("a.bias".to_owned(), Tensor::from([bf16::ONE])),
            ("flag".to_owned(), Tensor::scalar(true)),
            ("none".to_owned(), Tensor::new(&[0, 2], Vec::<i64>::new()).unwrap()),
        ]);
        write_safetensors(&path, false, &weights).unwrap();
        assert_eq!(read_safetensors(&path).unwrap(), weights);
        assert!(matches!(write_safetensors(&path, false, &weights), Err(Error::SaveExists { .. })));
        write_safetensors(&path, true, &BTreeMap::new()).unwrap();
        assert!(read_safetensors(&path).unwrap().is_empty());
        let words = BTreeMap::from([("words".to_owned(), Tensor::from(["a"]))]);
        assert!(matches!(write_safetensors(&path, true, &words), Err(Error::Unsupported { .. })));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left");
        write_safetensors(&path, true, &weights).unwrap();
        let good = fs::read(&path).unwrap();
        for end in [0, 7, 8, 40, good.len() - 1] {
            fs::write(&path, &good[..end]).unwrap();
            assert!(matches!(read_safetensors(&path), Err(Error::ModelParse { .. })), "{end}");
        }
    }

    #[test]
    fn fault_164_every_difference_is_told() {
        let of = |weights: &[(&str, DType, &[usize])]| -> BTreeMap<String, (DType, Shape)> {
            weights.iter().map(|(name, dtype, shape)| ((*name).to_owned(), (*dtype, Shape::known(shape)))).collect()
        };
        let expected = of(&[("a", DType::F32, &[2]), ("b", DType::F32, &[2]), ("c", DType::F32, &[2])]);
        let found = of(&[("a", DType::F32, &[2]), ("b", DType::F64, &[3]), ("d", DType::F32, &[])]);
        let error = compare(Path::new("file"), &expected, &found).unwrap_err();
        let Error::WeightsMismatch { differences, .. } = &error else { panic!("{error}") };
        assert_eq!(
            *differences,
            [
                "`b`: expected float32 [2], found float64 [3]",
                "`c` is missing (float32 [2])",
                "`d` (float32 []) is not of the model"
            ]
        );
        compare(Path::new("file"), &expected, &expected).unwrap();
    }
}
