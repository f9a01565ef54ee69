//! Stub libraries: every function of TensorFlow's C interface that is asked for, doing nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hub_core::engine::REQUIRED_SYMBOLS;

pub(crate) const FRAMEWORK: &str = "libtensorflow_framework.so.2";

/// Compiles a library of that version at that place.
pub(crate) fn library(path: &Path, version: &str) -> PathBuf {
    library_without(path, version, "")
}

/// Compiles a library that lacks one function.
pub(crate) fn library_without(path: &Path, version: &str, missing: &str) -> PathBuf {
    compile(path, &source(version, missing), &[])
}

/// Compiles a library that needs the framework library beside it, and that one too.
pub(crate) fn library_with_framework(path: &Path) -> PathBuf {
    let framework = path.with_file_name(FRAMEWORK);
    compile(&framework, "int framework(void) { return 1; }\n", &[&format!("-Wl,-soname,{FRAMEWORK}")]);
    let source = source("2.21.0", "") + "int framework(void);\nint uses(void) { return framework(); }\n";
    let framework = framework.to_str().expect("a plain path");
    compile(path, &source, &[framework, "-Wl,-rpath,$ORIGIN"])
}

fn source(version: &str, missing: &str) -> String {
    let mut source = String::new();
    for symbol in REQUIRED_SYMBOLS.iter().filter(|symbol| **symbol != missing) {
        let _ = match *symbol {
            "TF_Version" => writeln!(source, "const char *TF_Version(void) {{ return \"{version}\"; }}"),
            symbol => writeln!(source, "void {symbol}(void) {{}}"),
        };
    }
    source
}

fn compile(path: &Path, source: &str, arguments: &[&str]) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a directory")).expect("the directory is made");
    let file = path.with_extension("c");
    fs::write(&file, source).expect("the source is written");
    let output = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(path).arg(&file).args(arguments).output();
    let output = output.expect("`cc` is on PATH");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(file).expect("the source is removed");
    path.to_owned()
}
