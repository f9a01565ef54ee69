//! `tfhub convert-tf1`: a TF1 Hub module, or a plain SavedModel of TF1, as a TF2 SavedModel.
//!
//! ```text
//! tfhub convert-tf1 path/to/module out               the variant without tags, and that called `train` for training
//! tfhub convert-tf1 path/to/model out --tags serve   a SavedModel of TF1 by its tags
//! ```
//!
//! Prints the directory, and on stderr what became of the module.

use std::io::{Write, stderr};
use std::path::PathBuf;

use clap::Args;
use hub_core::LoadOptions;
use hub_core::saved_model::hub_module::is_hub_module;
use hub_legacy::{ConvertOptions, ModuleSpec, convert_tf1};

use crate::failure::Failure;
use crate::ops::{self, Ops};
use crate::sources::Sources;

/// Write a TF1 Hub module as a TF2 SavedModel that can be called and trained
#[derive(Args)]
pub(crate) struct ConvertTf1 {
    /// The module: an address, a Kaggle handle, gs://, hf://, or a path
    handle: String,
    /// The new directory
    output: PathBuf,
    /// The variant with just these tags; the one without any unless given
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    tags: Vec<String>,
    /// The variant to train with; the one called `train`, where there is one, unless given
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    training_tags: Option<Vec<String>>,
    /// Replace the directory where it holds a model already
    #[arg(long)]
    force: bool,
    /// Load more ops: `text` for TensorFlow Text, which is installed if need be, or the file of an op library
    #[arg(long, value_name = "text|FILE")]
    ops: Vec<Ops>,
    #[command(flatten)]
    sources: Sources,
}

impl ConvertTf1 {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let directory = self.sources.hub()?.resolve(&self.handle)?;
        let spec = match is_hub_module(&directory)? {
            true => ModuleSpec::from_directory(&directory)?,
            false => ModuleSpec::from_saved_model(&directory)?,
        };
        let given = |tags: Vec<String>| tags.into_iter().filter(|tag| !tag.is_empty());
        let options = ConvertOptions::new().tags(given(self.tags)).overwrite(self.force);
        let options = options.loading(LoadOptions::new().op_libraries(ops::libraries(&self.ops)));
        let options = match self.training_tags {
            Some(tags) => options.training_tags(given(tags)),
            None => options,
        };
        let converted = convert_tf1(&spec, &self.output, &options)?;
        // A closed stderr cannot be told anything.
        let say = |line: String| drop(writeln!(stderr(), "tfhub: {line}"));
        match converted.training_tags {
            Some(tags) => say(format!("`training=True` calls the variant {tags:?}")),
            None => say("there is no variant for training".into()),
        }
        for (signature, why) in converted.refused {
            say(format!("left out the signature `{}`: {why}", signature.escape_debug()));
        }
        writeln!(out, "{}", self.output.display())?;
        Ok(())
    }
}
