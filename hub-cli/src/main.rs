//! The program `tfhub`: one command per file, each with its arguments and what it prints.
//!
//! Results go to stdout, everything else to stderr. The exit code is 0, 1 (failed, with a message and a hint), or 2
//! (usage). A command returns its failure; only this file ends the process.

mod cache;
mod convert_tf1;
mod doctor;
mod failure;
mod lock;
mod npy;
mod ops;
mod output_directory;
mod outputs;
mod resolve;
mod run;
mod show;
mod sources;
mod train_image_classifier;
mod values;
mod vendor;
mod weights;

use std::io::{Write, stdout};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Pre-trained TensorFlow models on the command line.
#[derive(Parser)]
#[command(name = "tfhub", version, about)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Cache(cache::Cache),
    ConvertTf1(convert_tf1::ConvertTf1),
    Doctor(doctor::Doctor),
    Lock(lock::Lock),
    Resolve(resolve::Resolve),
    Run(run::Run),
    Show(show::Show),
    TrainImageClassifier(Box<train_image_classifier::TrainImageClassifier>),
    Vendor(vendor::Vendor),
    Weights(weights::Weights),
}

impl Command {
    fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Command::Cache(cache) => cache.run(out),
            Command::ConvertTf1(convert) => convert.run(out),
            Command::Doctor(doctor) => doctor.run(out),
            Command::Lock(lock) => lock.run(out),
            Command::Resolve(resolve) => resolve.run(out),
            Command::Run(run) => run.run(out),
            Command::Show(show) => show.run(out),
            Command::TrainImageClassifier(train) => train.run(out),
            Command::Vendor(vendor) => vendor.run(out),
            Command::Weights(weights) => weights.run(out),
        }
    }
}

fn main() -> ExitCode {
    let program = Program::parse();
    let mut out = stdout().lock();
    let done = program.command.run(&mut out).and_then(|()| Ok(out.flush()?));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
