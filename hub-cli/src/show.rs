//! `tfhub show`: what a model holds: signatures, callables with their traces, variables, assets, attachments, ops.
//!
//! Then what the audit has found: the ops that `OpPolicy::Standard` or `OpPolicy::Strict` refuse. Needs no engine. A model
//! that is not sound is not shown: the command fails with the reason.

use std::io::Write;

use clap::Args;
use hub_core::saved_model::audit::{Finding, audit};
use hub_core::saved_model::{Description, SavedModel};
use serde::Serialize;

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
        let audit = audit(&SavedModel::read(&directory)?);
        let description = hub_core::saved_model::describe(&directory, tags.as_deref())?;
        if self.json {
            let shown = Shown { description, audit };
            serde_json::to_writer_pretty(&mut *out, &shown).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else {
            write!(out, "{description}")?;
            write_audit(out, &audit)?;
        }
        Ok(())
    }
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    description: Description,
    audit: Vec<Finding>,
}

/// The findings, one to a line, each with the policy that refuses it.
fn write_audit(out: &mut dyn Write, audit: &[Finding]) -> std::io::Result<()> {
    writeln!(out, "\nAudit")?;
    if audit.is_empty() {
        return writeln!(out, "  nothing that Standard or Strict refuses");
    }
    audit.iter().try_for_each(|finding| writeln!(out, "  {}: {finding}", finding.refused_by))
}
