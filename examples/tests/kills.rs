//! `image_retraining`, killed at random moments and started again each time, ends with the numbers of an undisturbed run.
//!
//! Three kills; twenty with `FAULTS=full`. `KILLS_SEED` draws other moments. That any training goes on so, and after other
//! ways to be broken off, is tested with the layers; what the example prints, in `snapshots`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

#[test]
fn a_run_that_is_killed_and_started_again_ends_as_an_undisturbed_one() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let (out, other) = (place.path().join("undisturbed"), place.path().join("killed"));
    let started = Instant::now();
    let undisturbed = finished(example(place.path(), &out).output());
    let takes = started.elapsed();

    let kills = if env::var_os("FAULTS").is_some_and(|value| value == "full") { 20 } else { 3 };
    let seed = env::var("KILLS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let (mut moments, mut seen) = (Moments(seed), Seen::default());
    // Another kill where none has broken off a training with an epoch behind it: it is that which is to be seen.
    while seen.killed < kills || seen.went_on == 0 {
        assert!(seen.started < 10 * kills, "no training could be broken off: {seen:?}");
        let moment = takes.mul_f64(moments.next());
        kill_after(example(place.path(), &other), moment, &other.join("backup/training.safetensors"), &mut seen);
    }
    eprintln!("an undisturbed run takes {takes:?}; {seen:?}");

    let disturbed = finished(example(place.path(), &other).output());
    assert_eq!(String::from_utf8_lossy(&disturbed.stdout), String::from_utf8_lossy(&undisturbed.stdout));
    let (expected, found) = (written(&out), written(&other));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, expected) in &expected {
        assert!(found[path] == *expected, "{} is not that of an undisturbed run", path.display());
    }
    assert!(expected.contains_key(Path::new("model/variables/variables.data-00000-of-00001")), "weights are compared");
}

/// What the kills have met.
#[derive(Debug, Default)]
struct Seen {
    started: usize,
    killed: usize,
    /// Of those started: how many found the state of a training that had been broken off.
    went_on: usize,
}

/// Parts of a whole, drawn one after the other.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> f64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The example, with its temporary files where they are removed even if it cannot do so itself.
fn example(temporary: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_image_retraining"));
    command.arg(out).env("TMPDIR", temporary);
    command
}

fn finished(output: std::io::Result<Output>) -> Output {
    let output = output.expect("the example starts");
    assert!(output.status.success(), "the example failed: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Kills a process some time after its start; one that has ended by then must have ended well.
fn kill_after(mut command: Command, moment: Duration, backup: &Path, seen: &mut Seen) {
    seen.started += 1;
    seen.went_on += usize::from(backup.exists());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the example starts");
    std::thread::sleep(moment);
    match child.try_wait().expect("the example can be asked") {
        Some(status) => assert!(status.success(), "the example failed after a kill: {status}"),
        None => {
            child.kill().expect("the example can be killed");
            child.wait().expect("the example ends");
            seen.killed += 1;
        }
    }
}

/// What a run has written, by path: its history with every digit, its pictures, its model with all weights.
fn written(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![out.join("model")]);
    for name in ["history.txt", "history.svg", "confusion.svg", "model.svg"] {
        files.insert(name.into(), fs::read(out.join(name)).expect("the example has written it"));
    }
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().expect("the model can be listed") {
            let path = entry.expect("the model can be listed").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let contents = fs::read(&path).expect("the model can be read");
                    files.insert(path.strip_prefix(out).expect("it lies there").to_owned(), contents);
                }
            }
        }
    }
    files
}
