//! What the data sets of directories take alike: where labels come from, the order of the files, the split.
//!
//! Its answers are Python's: the same files in the same order, with the same labels.

use std::hash::{BuildHasher, RandomState as Fresh};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use hub_core::Tensor;

use super::labels::{LabelMode, Labels};
use super::listing::Listing;
use super::mersenne_twister::RandomState;
use crate::error::{Error, Result};

/// The arguments.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    pub(super) labels: Labels,
    pub(super) label_mode: Option<String>,
    pub(super) class_names: Option<Vec<String>>,
    pub(super) shuffle: bool,
    pub(super) seed: Option<u64>,
    pub(super) validation_split: Option<f64>,
    pub(super) subset: Option<String>,
    pub(super) follow_links: bool,
}

impl Directory {
    pub(super) fn new(path: PathBuf) -> Directory {
        Directory {
            path,
            labels: Labels::Inferred,
            label_mode: Some("int".into()),
            class_names: None,
            shuffle: true,
            seed: None,
            validation_split: None,
            subset: None,
            follow_links: true,
        }
    }
}

/// Files with their labels, as far as a data set goes through them.
#[derive(Debug, Clone)]
pub(super) struct Indexed {
    pub(super) files: Arc<[PathBuf]>,
    /// One row for each file, where there are labels.
    pub(super) labels: Option<Tensor>,
    pub(super) class_names: Arc<[String]>,
    /// Of the order of each pass, where there is to be one.
    pub(super) shuffle: Option<u64>,
}

/// Files with the numbers of their classes.
#[derive(Debug)]
struct Files {
    paths: Vec<PathBuf>,
    labels: Vec<i32>,
    class_names: Vec<String>,
}

impl Directory {
    /// One part of the files, or all.
    pub(super) fn index(&self, formats: &'static [&'static str]) -> Result<Indexed> {
        let (mode, seed) = self.check()?;
        let files = self.ordered(formats, mode, seed)?;
        let part = match (self.validation_split, self.subset.as_deref()) {
            (Some(share), Some("training")) => files.training(share)?,
            (Some(share), Some("validation")) => files.validation(share)?,
            (None, None) => files,
            (_, subset) => return Err(bad_subset(subset)),
        };
        self.finish(part, mode, seed)
    }

    /// Both parts.
    pub(super) fn index_both(&self, formats: &'static [&'static str]) -> Result<(Indexed, Indexed)> {
        let both = Directory { subset: Some("both".into()), ..self.clone() };
        let (mode, seed) = both.check()?;
        let files = self.ordered(formats, mode, seed)?;
        let share = self.validation_split.unwrap_or_default();
        let training = self.finish(files.training(share)?, mode, seed)?;
        Ok((training, Indexed { shuffle: None, ..self.finish(files.validation(share)?, mode, seed)? }))
    }

    /// What can be wrong before a file is looked for; gives the form of the labels and the seed.
    fn check(&self) -> Result<(Option<LabelMode>, u32)> {
        if matches!(self.labels, Labels::Given(_)) && self.class_names.is_some() {
            return Err(bad("class_names", "none where labels are given", "some"));
        }
        let mode = match self.labels {
            Labels::None => LabelMode::named(self.label_mode.as_deref()).map(|_| None)?,
            _ => LabelMode::named(self.label_mode.as_deref())?,
        };
        if let Some(share) = self.validation_split.filter(|share| !(*share > 0.0 && *share < 1.0)) {
            return Err(bad("validation_split", "a number between 0 and 1", share));
        }
        match (self.validation_split, self.subset.as_deref()) {
            (None, None) | (Some(_), Some("training" | "validation" | "both")) => {}
            (Some(_), subset) => return Err(bad_subset(subset)),
            (None, Some(_)) => return Err(bad("validation_split", "a number between 0 and 1, with `subset`", "none")),
        }
        if self.validation_split.is_some() && self.shuffle && self.seed.is_none() {
            return Err(bad("seed", "a number, so that both parts are of the same order", "none"));
        }
        // Any below a million, as in Python.
        let seed = self.seed.unwrap_or_else(|| Fresh::new().hash_one(0) % 1_000_000);
        let seed = u32::try_from(seed).map_err(|_| bad("seed", "a number below 2^32, as NumPy takes", seed))?;
        Ok((mode, seed))
    }

    /// All files with their labels, in the order in which they are split.
    fn ordered(&self, formats: &'static [&'static str], mode: Option<LabelMode>, seed: u32) -> Result<Files> {
        let mut files = self.list(formats, mode)?;
        if self.shuffle {
            RandomState::new(seed).shuffle(&mut files.paths);
            RandomState::new(seed).shuffle(&mut files.labels);
        }
        Ok(files)
    }

    /// All files with their labels, by path.
    fn list(&self, formats: &'static [&'static str], mode: Option<LabelMode>) -> Result<Files> {
        let listing = Listing { formats, follow_links: self.follow_links };
        let files = match &self.labels {
            // Without a form of labels, folders do not matter.
            _ if mode.is_none() => Files { labels: Vec::new(), ..self.unlabelled(listing)? },
            Labels::Inferred => self.inferred(listing)?,
            Labels::None => self.unlabelled(listing)?,
            Labels::Given(labels) => self.labelled(listing, labels)?,
        };
        if mode == Some(LabelMode::Binary) && files.class_names.len() != 2 {
            let found = format!("{} classes: {}", files.class_names.len(), files.class_names.join(", "));
            return Err(bad("label_mode", "two classes for `binary`", found));
        }
        match files.paths.is_empty() {
            true => Err(bad("directory", formats.join(", "), format!("no such file in `{}`", self.path.display()))),
            false => Ok(files),
        }
    }

    fn unlabelled(&self, listing: Listing) -> Result<Files> {
        Ok(Files { paths: listing.files(&self.path)?, labels: Vec::new(), class_names: Vec::new() })
    }

    /// The classes are the folders.
    fn inferred(&self, listing: Listing) -> Result<Files> {
        let folders = listing.classes(&self.path)?;
        let names: Vec<String> = folders.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        let class_names = self.class_names.clone().filter(|given| !given.is_empty()).unwrap_or_else(|| names.clone());
        if !is_same_set(&class_names, &names) {
            let expected = format!("the names of the folders ({})", names.join(", "));
            return Err(bad("class_names", expected, class_names.join(", ")));
        }
        let mut files = Files { paths: Vec::new(), labels: Vec::new(), class_names };
        for (folder, name) in folders.iter().zip(&names) {
            let paths = listing.files(&self.path.join(folder))?;
            // As in a Python dict, the last of equal names counts.
            let class = files.class_names.iter().rposition(|class| class == name).unwrap_or(0);
            files.labels.extend(paths.iter().map(|_| class as i32));
            files.paths.extend(paths);
        }
        Ok(files)
    }

    /// The labels are given.
    fn labelled(&self, listing: Listing, labels: &[i32]) -> Result<Files> {
        let paths = listing.files(&self.path)?;
        if labels.len() != paths.len() {
            let expected = format!("one for each of the {} files in `{}`", paths.len(), self.path.display());
            return Err(bad("labels", expected, labels.len()));
        }
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let class_names = classes.iter().map(i32::to_string).collect();
        Ok(Files { paths, labels: labels.to_vec(), class_names })
    }

    fn finish(&self, files: Files, mode: Option<LabelMode>, seed: u32) -> Result<Indexed> {
        let classes = files.class_names.len();
        Ok(Indexed {
            labels: mode.map(|mode| mode.tensor(files.labels, classes)).transpose()?,
            files: files.paths.into(),
            class_names: files.class_names.into(),
            shuffle: self.shuffle.then_some(seed.into()),
        })
    }
}

impl Files {
    /// All but the files for validation.
    fn training(&self, share: f64) -> Result<Files> {
        Ok(self.cut(0..self.paths.len() - self.for_validation(share)?))
    }

    /// The last files, a share of them.
    fn validation(&self, share: f64) -> Result<Files> {
        Ok(self.cut(self.paths.len() - self.for_validation(share)?..self.paths.len()))
    }

    /// How many files are for validation: some, and not all.
    fn for_validation(&self, share: f64) -> Result<usize> {
        let files = self.paths.len();
        let count = (share * files as f64) as usize;
        match (1..files).contains(&count) {
            true => Ok(count),
            false => {
                let found = format!("{share} of {files} files");
                Err(bad("validation_split", "a share that leaves files in both parts", found))
            }
        }
    }

    fn cut(&self, part: Range<usize>) -> Files {
        // Without labels there is nothing to cut.
        let labels = self.labels.get(part.clone()).unwrap_or_default().to_vec();
        Files { paths: self.paths[part].to_vec(), labels, class_names: self.class_names.clone() }
    }
}

/// Whether the same names are in both, in whatever order and number.
fn is_same_set(some: &[String], others: &[String]) -> bool {
    some.iter().all(|name| others.contains(name)) && others.iter().all(|name| some.contains(name))
}

fn bad_subset(found: Option<&str>) -> Error {
    bad("subset", "`training` or `validation`, with `validation_split`", found.unwrap_or("none"))
}

/// The error of an argument.
pub(super) fn bad(argument: &str, expected: impl Into<String>, found: impl ToString) -> Error {
    Error::BadConfig { argument: argument.into(), expected: expected.into(), found: found.to_string() }
}

/// The arguments that the builders of both kinds take.
macro_rules! directory_arguments {
    () => {
        /// Where the labels come from. Default: from the folders.
        pub fn labels(mut self, labels: impl Into<Labels>) -> Self {
            self.directory.labels = labels.into();
            self
        }

        /// The form of the labels: `int` (int32), `categorical` (a 1 among zeros, float32), `binary` (0 or 1, float32, in
        /// rows of one), or none. Default: `int`.
        pub fn label_mode<'a>(mut self, label_mode: impl Into<Option<&'a str>>) -> Self {
            self.directory.label_mode = label_mode.into().map(str::to_owned);
            self
        }

        /// The order of the classes; their names are those of the folders. Default: that of the alphabet.
        pub fn class_names<S: Into<String>>(mut self, class_names: impl IntoIterator<Item = S>) -> Self {
            self.directory.class_names = Some(class_names.into_iter().map(Into::into).collect());
            self
        }

        /// How many examples are in a batch; none for examples one by one. Default: 32.
        pub fn batch_size(mut self, batch_size: impl Into<Option<usize>>) -> Self {
            self.reading.batch_size = batch_size.into();
            self
        }

        /// Whether the files are put into a random order at first, and examples into another at each pass. Default: true.
        pub fn shuffle(mut self, shuffle: bool) -> Self {
            self.directory.shuffle = shuffle;
            self
        }

        /// The seed of the orders; below 2^32. The files come in the order that Python gives them by this seed. Default:
        /// another one at each time.
        pub fn seed(mut self, seed: u64) -> Self {
            self.directory.seed = Some(seed);
            self
        }

        /// Which share of the files is for validation: the last ones, after shuffling. Default: none.
        pub fn validation_split(mut self, validation_split: f64) -> Self {
            self.directory.validation_split = Some(validation_split);
            self
        }

        /// Which part of the files this data set has: `training` or `validation`. For both use `build_both`.
        pub fn subset(mut self, subset: impl Into<String>) -> Self {
            self.directory.subset = Some(subset.into());
            self
        }

        /// Whether folders that are links are gone into. Default: true, as Python does whatever this argument says.
        pub fn follow_links(mut self, follow_links: bool) -> Self {
            self.directory.follow_links = follow_links;
            self
        }

        /// How many threads read files. Default: as many as there are processors. The elements and their order do not
        /// depend on it.
        pub fn num_parallel_calls(mut self, num_parallel_calls: usize) -> Self {
            self.reading.threads = Some(num_parallel_calls);
            self
        }

        /// Whether a broken file is left out and counted instead of an error: see
        /// [`DirectoryDataset::broken_files`](super::DirectoryDataset::broken_files). Default: false.
        pub fn skip_broken(mut self, skip_broken: bool) -> Self {
            self.reading.skip_broken = skip_broken;
            self
        }
    };
}

pub(super) use directory_arguments;
