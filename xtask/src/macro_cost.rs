//! What `model!` costs in compile time: `cargo xtask macro-cost`.
//!
//! Checks two crates that declare the same 50 models of 10 layers, one with the macro and one by hand, several times each
//! in turns, and prints the medians. The dependencies are checked before the clock starts; they lie in the workspace's
//! target directory. A third crate has a loaded model in each declaration, whose description is read while compiling.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// How often each crate is checked.
const ROUNDS: usize = 5;

/// The models of a crate.
const MODELS: usize = 50;

/// What a declared model may cost more than one by hand.
const LIMIT: Duration = Duration::from_secs(1);

/// A crate's name, and how it writes a model.
type Kind = (&'static str, fn(usize) -> String);

pub(crate) fn run() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("macro-cost: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> std::io::Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let kinds: [Kind; 3] = [("by_hand", by_hand), ("declared", declared), ("with_contracts", with_contracts)];
    for (name, model) in kinds {
        write_crate(&root, &target.join("macro_cost").join(name), name, model)?;
        check(&target, name)?;
    }
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for ((name, _), times) in kinds.iter().zip(&mut times) {
            times.push(check(&target, name)?);
        }
    }
    let [by_hand, declared, contracts] = times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2]
    });
    let more = declared.saturating_sub(by_hand);
    println!("{MODELS} models of 10 layers, `cargo check`, medians of {ROUNDS}:");
    println!("  by hand {by_hand:.2?}, by `model!` {declared:.2?}, that is {more:.2?} more (at most {LIMIT:?})");
    println!("  by `model!` with a contract each {contracts:.2?}");
    Ok(more <= LIMIT)
}

fn write_crate(root: &Path, directory: &Path, name: &str, model: fn(usize) -> String) -> std::io::Result<()> {
    fs::create_dir_all(directory.join("src"))?;
    let layers = root.join("hub-layers").display().to_string();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nhub-layers = {{ path = {layers:?} }}\n\n[workspace]\n"
    );
    fs::write(directory.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock"))?;
    let models: String = (0..MODELS).map(model).collect();
    let head = "//! Models to be checked.\nuse hub_layers::*;\n";
    fs::write(directory.join("src/lib.rs"), format!("{head}{models}"))?;
    let fixture = root.join("fixtures/digits_features/model");
    for file in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
        let to = directory.join("models/digits").join(file);
        fs::create_dir_all(to.parent().unwrap_or(directory))?;
        fs::copy(fixture.join(file), to)?;
    }
    Ok(())
}

/// Checks a crate anew, its dependencies as they are.
fn check(target: &Path, name: &str) -> std::io::Result<Duration> {
    let directory = target.join("macro_cost").join(name);
    let source = directory.join("src/lib.rs");
    let text = fs::read(&source)?;
    fs::write(&source, text)?;
    let start = Instant::now();
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["check", "--quiet", "--offline"])
        .current_dir(&directory)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .output()?;
    match output.status.success() {
        true => Ok(start.elapsed()),
        false => Err(std::io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

fn declared(number: usize) -> String {
    format!(
        "pub fn model_{number}() -> Result<Sequential> {{ model!(< InputLayer([28, 28, 1]), Rescaling(0.5), \
         Conv2D(8, 3, activation = \"relu\"), BatchNormalization(), Dropout(0.2), Flatten(), Dense(64, activation = \"relu\"), \
         Dropout(0.5), Dense(32), Dense(10, activation = \"softmax\") >) }}\n"
    )
}

fn by_hand(number: usize) -> String {
    format!(
        "pub fn model_{number}() -> Result<Sequential> {{ Sequential::new().add(InputLayer::new([28, 28, 1])).add(Rescaling::new(0.5))\
         .add(Conv2D::new(8, 3).activation(\"relu\")).add(BatchNormalization::new()).add(Dropout::new(0.2)).add(Flatten::new())\
         .add(Dense::new(64).activation(\"relu\")).add(Dropout::new(0.5)).add(Dense::new(32)).add(Dense::new(10).activation(\"softmax\")).build() }}\n"
    )
}

fn with_contracts(number: usize) -> String {
    format!(
        "pub fn model_{number}() -> Result<Sequential> {{ model!(< InputLayer([8, 8, 1]), Rescaling(0.5), \
         KerasLayer(\"models/digits\"), BatchNormalization(), Dropout(0.2), Flatten(), Dense(64, activation = \"relu\"), \
         Dropout(0.5), Dense(32), Dense(10, activation = \"softmax\") >) }}\n"
    )
}
