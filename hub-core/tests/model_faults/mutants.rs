//! Damaged models given to the engine: 118.
//!
//! Random changes to `saved_model.pb` go through everything that stands in front of the engine and, where it lets them, into
//! it: loaded under `Trust`, each signature called with zeros. A child does it, so that a death of the process is one
//! count and not the end. `FAULTS=full` makes a million of them over eight models; the figures are printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hub_core::{Arguments, Error, LoadOptions, LoadedModel, OpPolicy, Tensor};
use hub_fixtures::folder;

use super::edit::copy;

const MODELS: [&str; 8] =
    ["add_one", "affine", "stateful", "effects", "strings", "structures", "tf1_graph", "inlining"];

/// The model, the first mutant, the one behind the last, and the directory for all of it.
const ROLE: &str = "MODEL_FAULTS_MUTANTS";

/// No mutant may take longer.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A small generator of numbers: xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit.max(1) as u64) as usize
    }

    /// One to three changes.
    fn mutate(&mut self, bytes: &mut [u8]) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            let length = 1 + self.below(16.min(bytes.len() - at));
            match self.below(6) {
                0 | 1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = self.below(256) as u8,
                3 => bytes[at] = [0x00, 0x01, 0x7f, 0x80, 0xff][self.below(5)],
                4 => {
                    let part = bytes[at..at + length].to_vec();
                    let to = self.below(bytes.len() - length);
                    bytes[to..to + length].copy_from_slice(&part);
                }
                _ => bytes[at] = bytes[at].wrapping_add(1),
            }
        }
    }
}

/// How far a child got, and what came of its mutants.
#[derive(Default, Debug, Clone, Copy)]
struct Counts {
    next: u64,
    rejected: u64,
    refused_by_engine: u64,
    loaded: u64,
    died: u64,
    hung: u64,
}

impl Counts {
    fn write(&self, place: &Path) {
        let Counts { next, rejected, refused_by_engine, loaded, .. } = self;
        fs::write(place, format!("{next} {rejected} {refused_by_engine} {loaded}")).expect("the counts can be written");
    }

    fn read(place: &Path) -> Option<[u64; 4]> {
        let text = fs::read_to_string(place).ok()?;
        let numbers: Vec<u64> = text.split(' ').map_while(|number| number.parse().ok()).collect();
        numbers.try_into().ok()
    }
}

/// What a child does; nothing where this is none.
#[test]
fn role() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let parts: Vec<&str> = role.splitn(4, ' ').collect();
    let [model, first, end, directory] = parts[..] else { panic!("{role}") };
    let (first, end): (u64, u64) = (first.parse().unwrap(), end.parse().unwrap());
    let directory = PathBuf::from(directory);
    let good = fs::read(folder(model).join("model/saved_model.pb")).unwrap();
    let mut counts = Counts::default();
    for number in first..end {
        counts.next = number;
        counts.write(&directory.join("counts"));
        let mut bytes = good.clone();
        Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1).mutate(&mut bytes);
        fs::write(directory.join("model/saved_model.pb"), &bytes).unwrap();
        match LoadedModel::from_directory(&directory.join("model"), &LoadOptions::new().op_policy(OpPolicy::Trust)) {
            Ok(model) => {
                counts.loaded += 1;
                call(&model);
            }
            Err(Error::Engine { .. } | Error::Graph { .. }) => counts.refused_by_engine += 1,
            Err(_) => counts.rejected += 1,
        }
    }
    counts.next = end;
    counts.write(&directory.join("counts"));
    std::process::exit(0);
}

/// Calls every signature with zeros.
fn call(model: &LoadedModel) {
    let signatures = model.signatures();
    for name in signatures.names() {
        let Ok(inputs) = signatures[name].inputs() else { continue };
        let zeros = inputs.iter().map(|(name, spec)| {
            let shape: Vec<usize> = spec.shape.dimensions().unwrap_or(&[]).iter().map(|it| it.unwrap_or(1)).collect();
            let count =
                shape.iter().try_fold(1_usize, |count, it| count.checked_mul(*it)).filter(|it| *it <= 1 << 16)?;
            let tensor = match spec.dtype.size_bytes() {
                Some(size) => Tensor::from_bytes(spec.dtype, &shape, &vec![0; size * count]).ok()?,
                None => Tensor::strings(&shape, vec![Vec::<u8>::new(); count]).ok()?,
            };
            Some((*name, tensor))
        });
        let Some(zeros) = zeros.collect::<Option<Vec<_>>>() else { continue };
        let arguments = zeros.into_iter().fold(Arguments::new(), |all, (name, tensor)| all.keyword(name, tensor));
        let _ = signatures[name].call(arguments);
    }
}

/// Runs a child over mutants until it ends; answers whether it was killed because it took too long, or died.
fn run_child(model: &str, first: u64, end: u64, directory: &Path) -> (bool, bool) {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["--exact", "mutants::role", "--nocapture", "--quiet"]);
    command.env(ROLE, format!("{model} {first} {end} {}", directory.display()));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a child");
    let (mut seen, mut since) = (None, Instant::now());
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return (false, !status.success());
        }
        let now = Counts::read(&directory.join("counts"));
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        if since.elapsed() > TIME_LIMIT {
            child.kill().and_then(|()| child.wait()).expect("the child can be ended");
            return (true, false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All mutants of one model.
fn over(model: &str, count: u64) -> Counts {
    let directory = tempfile::tempdir().unwrap();
    copy(&folder(model).join("model"), &directory.path().join("model"));
    let place = directory.path().join("counts");
    let mut total = Counts::default();
    while total.next < count {
        let _ = fs::remove_file(&place);
        let (hung, died) = run_child(model, total.next, count, directory.path());
        let [next, rejected, refused, loaded] = Counts::read(&place).expect("the child began");
        total.rejected += rejected;
        total.refused_by_engine += refused;
        total.loaded += loaded;
        total.next = next;
        if hung || died {
            println!("{model}: mutant {next} {}", if hung { "hung" } else { "ended the process" });
            (total.hung, total.died) = (total.hung + u64::from(hung), total.died + u64::from(died));
            total.next += 1;
        }
    }
    total
}

#[test]
fn fault_118_mutants_do_not_end_the_process() {
    let full = std::env::var("FAULTS").is_ok_and(|value| value == "full");
    let each = match std::env::var("MUTANTS") {
        Ok(number) => number.parse().expect("a number of mutants for each model"),
        Err(_) => {
            if full {
                125_000
            } else {
                60
            }
        }
    };
    let mut total = Counts::default();
    for model in MODELS {
        let counts = over(model, each);
        println!("{model}: {counts:?}");
        total.rejected += counts.rejected;
        total.refused_by_engine += counts.refused_by_engine;
        total.loaded += counts.loaded;
        (total.died, total.hung) = (total.died + counts.died, total.hung + counts.hung);
    }
    println!("in all: {total:?}");
    assert!(total.rejected > 0 && total.loaded > 0);
    let reached = total.refused_by_engine + total.loaded + total.died + total.hung;
    // What is left is TensorFlow's own: it is published, and bounded here.
    assert!((total.died + total.hung) * 2000 <= reached, "{total:?}");
}
