//! [`Labels`]: where the labels of files come from; and in which form they are given.

use hub_core::Tensor;

use crate::error::{Error, Result};

/// Where the labels of files come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Labels {
    /// From the folders: each folder directly in the directory is a class.
    #[default]
    Inferred,
    /// There are none: folders do not matter.
    None,
    /// One for each file, in the order of their paths.
    Given(Vec<i32>),
}

impl From<Vec<i32>> for Labels {
    fn from(labels: Vec<i32>) -> Labels {
        Labels::Given(labels)
    }
}

impl<const N: usize> From<[i32; N]> for Labels {
    fn from(labels: [i32; N]) -> Labels {
        Labels::Given(labels.to_vec())
    }
}

/// The form of labels: Keras's `label_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelMode {
    Int,
    Categorical,
    Binary,
}

impl LabelMode {
    /// The form of this name; no name, no labels.
    pub(super) fn named(name: Option<&str>) -> Result<Option<LabelMode>> {
        Ok(Some(match name {
            None => return Ok(None),
            Some("int") => LabelMode::Int,
            Some("categorical") => LabelMode::Categorical,
            Some("binary") => LabelMode::Binary,
            Some(other) => {
                return Err(Error::BadConfig {
                    argument: "label_mode".into(),
                    expected: "`int`, `categorical`, `binary` or none".into(),
                    found: format!("`{other}`"),
                });
            }
        }))
    }

    /// The labels, one row for each.
    pub(super) fn tensor(self, labels: Vec<i32>, classes: usize) -> Result<Tensor> {
        let count = labels.len();
        match self {
            LabelMode::Int => Ok(Tensor::vector(labels)),
            LabelMode::Binary => Ok(Tensor::new(&[count, 1], labels.into_iter().map(|label| label as f32).collect())?),
            LabelMode::Categorical => {
                let size = count.checked_mul(classes).ok_or_else(|| Error::BadConfig {
                    argument: "labels".into(),
                    expected: "fewer classes".into(),
                    found: format!("{classes} for each of {count} files"),
                })?;
                let mut hot = vec![0.0_f32; size];
                for (row, label) in labels.into_iter().enumerate() {
                    // As in Python, what is no class has no place.
                    if let Some(class) = usize::try_from(label).ok().filter(|class| *class < classes) {
                        hot[row * classes + class] = 1.0;
                    }
                }
                Ok(Tensor::new(&[count, classes], hot)?)
            }
        }
    }
}
