//! Damaged models: random changes to `saved_model.pb` and `variables.index`, through the reader and `describe`.
//!
//! Whatever the change, there is a description or an error: no panic, no abort, no hang, and never more memory than ten
//! times the file. `READER_MUTATIONS` sets the number of changes to each file; the same number gives the same changes.
#![allow(unsafe_code, reason = "the allocator that counts is the only way to know how much is allocated")]

mod directories;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hub_core::saved_model::checkpoint::{check_variables, key_map};
use hub_core::saved_model::{Checkpoint, ObjectGraph, SavedModel, describe};
use hub_core::{Error, Result};

/// Changes to each file, unless the environment says otherwise.
const MUTATIONS: usize = 300;

/// What a file may take in memory, its own bytes included.
const MEMORY_FACTOR: usize = 10;

/// What is not counted against a file: paths, buffers of the system, the first node of each map.
const MEMORY_FLOOR: usize = 16 << 10;

/// No change may keep the reader busy for longer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

thread_local! {
    static ALLOCATED: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread.
struct Counting;

fn count(change: isize) {
    let now = ALLOCATED.get() + change;
    ALLOCATED.set(now);
    PEAK.set(PEAK.get().max(now));
}

// SAFETY: every call is passed on unchanged to the system's allocator; counting touches plain thread-local numbers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that `work` has at one time.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.get();
    PEAK.set(before);
    let result = work();
    (result, usize::try_from(PEAK.get() - before).unwrap())
}

/// A small generator of numbers: xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A few changes to `bytes`.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            if bytes.is_empty() {
                return;
            }
            let at = self.below(bytes.len());
            let length = 1 + self.below(64.min(bytes.len() - at));
            match self.below(8) {
                0 | 1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = self.next() as u8,
                3 => bytes[at] = [0x00, 0x01, 0x7f, 0x80, 0xff][self.below(5)],
                4 => {
                    let new: Vec<u8> = (0..1 + self.below(8)).map(|_| self.next() as u8).collect();
                    bytes.splice(at..at, new);
                }
                5 => drop(bytes.drain(at..at + length)),
                6 => {
                    let part = bytes[at..at + length].to_vec();
                    let to = self.below(bytes.len());
                    let end = if self.below(2) == 0 { to } else { (to + part.len()).min(bytes.len()) };
                    bytes.splice(to..end, part);
                }
                _ if self.below(8) == 0 => bytes.truncate(at),
                _ => {}
            }
        }
    }
}

fn mutations() -> usize {
    std::env::var("READER_MUTATIONS").ok().map_or(MUTATIONS, |count| count.parse().expect("a number of changes"))
}

/// Counts outcomes by kind, and keeps the largest share of memory.
#[derive(Default)]
struct Outcomes {
    kinds: BTreeMap<&'static str, usize>,
    factor: f64,
    slowest: Duration,
}

impl Outcomes {
    /// Runs one case and checks what must hold for each.
    fn run<T>(&mut self, what: &str, file_size: usize, work: impl FnOnce() -> Result<T>) {
        let start = Instant::now();
        let (result, peak) = peak(work);
        let took = start.elapsed();
        assert!(
            peak <= (MEMORY_FACTOR * file_size).max(MEMORY_FLOOR),
            "{what}: {peak} bytes of memory for {file_size} bytes"
        );
        assert!(took <= TIME_LIMIT, "{what}: {took:?}");
        self.factor = self.factor.max(peak as f64 / file_size as f64);
        self.slowest = self.slowest.max(took);
        let kind = match result {
            Ok(_) => "described",
            Err(Error::ModelParse { .. }) => "not parsed",
            Err(Error::ModelStructure { .. }) => "not sound",
            Err(Error::MissingVariables { .. } | Error::VariableMismatch { .. }) => "other variables",
            Err(_) => "other",
        };
        *self.kinds.entry(kind).or_default() += 1;
    }

    fn print(&self, file: &str, model: &Path) {
        let (factor, slowest) = (self.factor, self.slowest);
        println!("{} {file}: {:?}, memory x{factor:.1}, slowest {slowest:?}", model.display(), self.kinds);
    }
}

/// Every model, and those over several data files and in slices.
fn models() -> Vec<PathBuf> {
    let bundles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bundles");
    let bundles = ["sharded/model", "tf1_hub/model"].map(|name| bundles.join(name));
    directories::models().into_iter().chain(bundles).collect()
}

#[test]
fn saved_models() {
    for (seed, model) in models().into_iter().enumerate() {
        let good = fs::read(model.join("saved_model.pb")).unwrap();
        let variables: u64 =
            model.join("variables").read_dir().unwrap().map(|it| it.unwrap().metadata().unwrap().len()).sum();
        let mut random = Random(seed as u64 + 1);
        let mut outcomes = Outcomes::default();
        for number in 0..=mutations() {
            let mut bytes = good.clone();
            if number > 0 {
                random.mutate(&mut bytes);
            }
            let what = format!("{} change {number}", model.display());
            let size = bytes.len().max(good.len() / 2) + variables as usize;
            outcomes.run(&what, size, || {
                // The file's own bytes count.
                let bytes = bytes.clone();
                SavedModel::from_bytes(&model, &bytes)?.describe(None).map(|description| description.to_string())
            });
        }
        outcomes.print("saved_model.pb", &model);
        assert!(outcomes.kinds["described"] > 0 && outcomes.kinds["not parsed"] > 0);
    }
}

#[test]
fn indexes() {
    for (seed, model) in models().into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("variables")).unwrap();
        fs::copy(model.join("saved_model.pb"), directory.path().join("saved_model.pb")).unwrap();
        let mut data = 0;
        for file in model.join("variables").read_dir().unwrap().map(|file| file.unwrap()) {
            data += fs::copy(file.path(), directory.path().join("variables").join(file.file_name())).unwrap() as usize;
        }
        let index = directory.path().join("variables/variables.index");
        let good = fs::read(model.join("variables/variables.index")).unwrap();
        let data = data - good.len();
        let message = directory.path().join("saved_model.pb").metadata().unwrap().len() as usize;
        let whole_model = SavedModel::read(directory.path()).unwrap();
        let graph = ObjectGraph::read(&whole_model.meta_graphs()[0]).ok();
        let mut random = Random(seed as u64 + 1);
        let (mut outcomes, mut whole) = (Outcomes::default(), Outcomes::default());
        for number in 0..=mutations() {
            let mut bytes = good.clone();
            if number > 0 {
                random.mutate(&mut bytes);
            }
            if number % 2 == 0 {
                renew_checksums(&mut bytes);
            }
            let what = format!("{} change {number}", model.display());
            outcomes.run(&what, bytes.len() + data, || read_index(directory.path(), graph.as_ref(), &bytes));
            if number % 20 == 0 {
                fs::write(&index, &bytes).unwrap();
                whole.run(&what, bytes.len() + data + message, || describe(directory.path(), None));
            }
        }
        outcomes.print("variables.index", &model);
        whole.print("variables.index, described", &model);
        assert!(outcomes.kinds["described"] > 0 && outcomes.kinds["not parsed"] > 0);
    }
}

/// A field of a message: its number, then its payload.
fn field(number: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 12);
    prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend(payload);
    bytes
}

/// Two megabytes of the smallest possible elements of each list that a model has, at its place.
#[test]
fn floods_of_small_elements() {
    const SIZE: usize = 2 << 20;
    // The numbers of the fields on the way to the list, outermost first.
    let lists: [(&str, &[u32]); 24] = [
        ("meta graphs", &[2]),
        ("tags", &[2, 1, 4]),
        ("collections", &[2, 4]),
        ("signatures", &[2, 5]),
        ("signature inputs", &[2, 5, 2, 1]),
        ("assets", &[2, 6]),
        ("nodes", &[2, 2, 1]),
        ("inputs", &[2, 2, 1, 3]),
        ("attributes", &[2, 2, 1, 5]),
        ("shapes in an attribute", &[2, 2, 1, 5, 2, 1, 7]),
        ("tensors in an attribute", &[2, 2, 1, 5, 2, 1, 8]),
        ("strings in an attribute", &[2, 2, 1, 5, 2, 1, 2]),
        ("functions in an attribute", &[2, 2, 1, 5, 2, 1, 9]),
        ("variants in a tensor", &[2, 2, 1, 5, 2, 8, 15]),
        ("handles in a tensor", &[2, 2, 1, 5, 2, 8, 14]),
        ("functions", &[2, 2, 2, 1]),
        ("arguments", &[2, 2, 2, 1, 1, 2]),
        ("argument attributes", &[2, 2, 2, 1, 7]),
        ("results", &[2, 2, 2, 1, 4]),
        ("objects", &[2, 7, 1]),
        ("children", &[2, 7, 1, 1]),
        ("concrete functions", &[2, 7, 2]),
        ("list values", &[2, 7, 2, 2, 3, 51, 1]),
        ("variable components", &[2, 7, 1, 7, 8]),
    ];
    for (what, path) in lists {
        let (last, way) = path.split_last().unwrap();
        let element = field(*last, &[]);
        let flood = element.repeat(SIZE / element.len());
        let bytes = way.iter().rev().fold(flood, |inner, number| field(*number, &inner));
        let (result, peak) = peak(|| SavedModel::from_bytes(Path::new("model"), &bytes));
        assert!(peak <= (MEMORY_FACTOR - 1) * bytes.len(), "{what}: {peak} bytes of memory");
        let refused = matches!(&result, Err(Error::ModelParse { why, .. }) if why.contains("memory") || why.contains("attributes"));
        assert!(refused, "{what}: {:?}", result.err());
    }
}

/// Reads a changed index, all tensors that it names, and the way from the model's objects to them.
fn read_index(directory: &Path, graph: Option<&ObjectGraph>, bytes: &[u8]) -> Result<()> {
    let checkpoint = Checkpoint::from_index(directory, bytes)?;
    checkpoint.check_shards()?;
    for key in checkpoint.entries().keys() {
        // A damaged entry spoils its own tensor only.
        let _ = checkpoint.read_tensor(key);
    }
    if let (Some(saved), Some(graph)) = (checkpoint.object_graph()?, graph) {
        check_variables(directory, graph, Some(&checkpoint), &key_map(graph, &saved)?)?;
    }
    Ok(())
}

/// Puts the right checksum behind every block that can still be found, so that damage gets past them.
fn renew_checksums(bytes: &mut [u8]) {
    let Some(footer) = bytes.len().checked_sub(48) else { return };
    let mut places = &bytes[footer..];
    let Some([_, _, offset, size]) = numbers(&mut places) else { return };
    let Some(index) = bytes.get(offset..).and_then(|rest| rest.get(..size)).map(<[u8]>::to_vec) else { return };
    renew(bytes, offset, size);
    let mut rest = &index[..];
    while let Some([shared, added, value]) = numbers(&mut rest) {
        let (0, Some(after)) = (shared, rest.get(added..)) else { return };
        let Some(mut place) = after.get(..value) else { return };
        let Some([offset, size]) = numbers(&mut place) else { return };
        renew(bytes, offset, size);
        rest = &after[value..];
    }
}

fn numbers<const N: usize>(bytes: &mut &[u8]) -> Option<[usize; N]> {
    let mut found = [0; N];
    for number in &mut found {
        *number = usize::try_from(prost::encoding::decode_varint(bytes).ok()?).ok()?;
    }
    Some(found)
}

fn renew(bytes: &mut [u8], offset: usize, size: usize) {
    let Some(end) = offset.checked_add(size).and_then(|end| end.checked_add(5)) else { return };
    let Some(block) = bytes.get_mut(offset..end) else { return };
    let (contents, checksum) = block.split_at_mut(size + 1);
    let crc = crc32c::crc32c(contents).rotate_right(15).wrapping_add(0xa282_ead8);
    checksum.copy_from_slice(&crc.to_le_bytes());
}
