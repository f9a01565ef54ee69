//! How long it takes to resolve a 500 MB archive from loopback, beside Python's tensorflow_hub and `curl | tar xz`.
//!
//! `cargo bench -p hub-core --bench resolve` runs each in a process of its own, in turn, against the same server, and
//! prints the medians, their ratios and our peak memory. Python is the interpreter in `TFHUB_PYTHON` (it needs
//! tensorflow_hub; only its `hub.resolve` is timed, not its imports); where a side is missing, a line says so.
//! `TFHUB_BENCH_MEGABYTES` and `TFHUB_BENCH_ROUNDS` change the size and the rounds.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use hub_fixtures::server::{Answer, Server};

/// The variable by which this program starts itself as the one that resolves.
const ROLE: &str = "TFHUB_BENCH_RESOLVE";

/// What Python runs: the imports come first, and are not timed.
const PYTHON: &str = "
import sys, time
import tensorflow_hub as hub
start = time.perf_counter()
hub.resolve(sys.argv[1])
print(time.perf_counter() - start)
";

fn main() {
    if let Some(handle) = env::var_os(ROLE) {
        return resolve_once(&handle);
    }
    let megabytes = number("TFHUB_BENCH_MEGABYTES", 500);
    let rounds = number("TFHUB_BENCH_ROUNDS", 3);
    let archive = archive(megabytes << 20);
    println!("a model of {megabytes} MB in an archive of {} MB, {rounds} rounds", archive.len() >> 20);
    let server = Server::limited(1000, Duration::from_secs(3600));
    server.on("/model.tar.gz", Answer::ok(archive));
    let url = server.url("/model.tar.gz");
    let python = env::var_os("TFHUB_PYTHON");
    let (mut ours, mut theirs, mut pipes) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak_kilobytes = 0;
    for _ in 0..rounds {
        let (seconds, kilobytes) = this_crate(&url);
        ours.push(seconds);
        peak_kilobytes = peak_kilobytes.max(kilobytes);
        theirs.extend(python.as_deref().and_then(|python| python_resolve(python, &url)));
        pipes.extend(curl_and_tar(&url));
    }
    let median_ours = median(&mut ours).expect("there is at least one round");
    println!("hub_core::resolve  {median_ours:6.2} s   peak memory {} MB", peak_kilobytes >> 10);
    compare("hub.resolve", "Python with tensorflow_hub: set TFHUB_PYTHON", median_ours, &mut theirs);
    compare("curl | tar xz", "curl and tar", median_ours, &mut pipes);
}

fn compare(name: &str, needs: &str, ours: f64, seconds: &mut [f64]) {
    match median(seconds) {
        Some(theirs) => println!("{name:<17}  {theirs:6.2} s   ours takes {:.2} of it", ours / theirs),
        None => println!("{name:<17}  skipped: needs {needs}"),
    }
}

/// The role of the child: resolve once, print the seconds and the peak memory in kilobytes.
fn resolve_once(handle: &OsStr) {
    let handle = handle.to_str().expect("a URL is UTF-8");
    let start = Instant::now();
    hub_core::resolve(handle).expect("the server answers");
    let seconds = start.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
    println!("{seconds} {}", peak.unwrap_or("0"));
}

fn this_crate(url: &str) -> (f64, u64) {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let program = env::current_exe().expect("this program has a path");
    let text = output(Command::new(program).env(ROLE, url).env("TFHUB_CACHE_DIR", cache.path())).expect("it resolves");
    let (seconds, kilobytes) = text.trim().split_once(' ').expect("two numbers");
    (seconds.parse().expect("seconds"), kilobytes.parse().expect("kilobytes"))
}

fn python_resolve(python: &OsStr, url: &str) -> Option<f64> {
    let cache = tempfile::tempdir().ok()?;
    let mut command = Command::new(python);
    command.args(["-c", PYTHON, url]).env("TFHUB_CACHE_DIR", cache.path()).env("TF_CPP_MIN_LOG_LEVEL", "3");
    output(&mut command)?.trim().parse().ok()
}

fn curl_and_tar(url: &str) -> Option<f64> {
    let directory = tempfile::tempdir().ok()?;
    let start = Instant::now();
    let mut curl = Command::new("curl").args(["-s", url]).stdout(Stdio::piped()).spawn().ok()?;
    let archive = curl.stdout.take()?;
    let tar = Command::new("tar").arg("xz").arg("-C").arg(directory.path()).stdin(archive).status().ok()?;
    let seconds = start.elapsed().as_secs_f64();
    (curl.wait().ok()?.success() && tar.success()).then_some(seconds)
}

/// What a command prints, where it succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}

/// A model with weights that hardly compress, as real ones do.
fn archive(bytes: usize) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::with_capacity(bytes), Compression::fast()));
    let model = hub_fixtures::folder("add_one/model/saved_model.pb");
    let graph = fs::read(model).expect("the fixture is there");
    append(&mut builder, "saved_model.pb", &graph);
    // Python makes no directories by itself.
    let mut directory = tar::Header::new_gnu();
    directory.set_entry_type(tar::EntryType::Directory);
    directory.set_size(0);
    directory.set_mode(0o755);
    builder.append_data(&mut directory, "variables/", &[][..]).expect("memory takes everything");
    append(&mut builder, "variables/weights.bin", &weights(bytes));
    builder.into_inner().and_then(GzEncoder::finish).expect("memory takes everything")
}

fn append(builder: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, Path::new(name), bytes).expect("memory takes everything");
}

/// Floats between -0.5 and 0.5 whose low bits are noise: a generator of the xorshift family is noise enough.
fn weights(bytes: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut numbers = Vec::with_capacity(bytes);
    while numbers.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        #[allow(clippy::cast_precision_loss)] // a float of 24 bits out of 24 bits
        let number = (state >> 40) as f32 / 16_777_216.0 - 0.5;
        numbers.extend_from_slice(&number.to_le_bytes());
    }
    numbers
}

fn median(seconds: &mut [f64]) -> Option<f64> {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}

fn number(variable: &str, default: usize) -> usize {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
