//! `tfhub show`: what a model holds: signatures, callables with their traces, variables, assets, attachments, ops.
//!
//! Needs no engine. A model that is not sound is not shown: the command fails with the reason.

use std::io::Write;

use clap::Args;
use hub_core::saved_model;

use crate::failure::Failure;

/// Describe a model without running it
#[derive(Args)]
pub(crate) struct Show {
    /// The model: a directory that holds a SavedModel
    handle: String,

    /// Describe only the meta graph with just these tags; '' is the one without any
    #[arg(long, value_delimiter = ',')]
    tags: Option<Vec<String>>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let directory = hub_core::resolve(&self.handle)?;
        // `--tags ''` asks for the meta graph without tags, which TF1 Hub modules have.
        let tags = self.tags.map(|tags| tags.into_iter().filter(|tag| !tag.is_empty()).collect::<Vec<_>>());
        let description = saved_model::describe(&directory, tags.as_deref())?;
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &description).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else {
            write!(out, "{description}")?;
        }
        Ok(())
    }
}
