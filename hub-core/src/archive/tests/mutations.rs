//! Random changes of good archives, from fixed seeds.

use super::build::{Dice, Tar, Zipped, gzip, zip};
use super::unpack;
use crate::fuzzing;

fn model() -> Tar {
    Tar::new()
        .directory("variables/")
        .pax(&[("path", "variables/variables.data-00000-of-00001"), ("mtime", "1.5")])
        .file("data", &Dice::new(1).bytes(3000))
        .file("variables/variables.index", &[7; 700])
        .long_name(b"saved_model.pb")
        .file("s", b"graph")
}

fn flipped(archive: &[u8], bit: usize) -> Vec<u8> {
    let mut flipped = archive.to_vec();
    flipped[bit / 8] ^= 1 << (bit % 8);
    flipped
}

#[test]
fn fault_59_a_flipped_bit_of_gzip_never_goes_through() {
    let whole = gzip(&model().end());
    let files = unpack(&whole).files();
    let mut dice = Dice::new(59);
    let mut accepted = 0;
    for _ in 0..1000 {
        let bit = dice.below(whole.len() * 8);
        let outcome = unpack(&flipped(&whole, bit));
        if outcome.result.is_ok() {
            assert_eq!(outcome.files(), files, "bit {bit}");
            accepted += 1;
        }
    }
    assert!(accepted < 50, "only flags and times of the header may change: {accepted}");
}

#[test]
fn fault_59_a_flipped_bit_of_tar_shows_in_structure() {
    let whole = model().end();
    let files = unpack(&whole).files();
    // Tar has no checksum of contents: those of the two larger files and paddings are left out.
    let structure: Vec<usize> = (0..whole.len()).filter(|at| unpack_is_structure(*at)).collect();
    let mut dice = Dice::new(60);
    for _ in 0..1000 {
        let bit = structure[dice.below(structure.len())] * 8 + dice.below(8);
        let outcome = unpack(&flipped(&whole, bit));
        if outcome.result.is_ok() {
            assert_eq!(outcome.files(), files, "bit {bit} of {:?}", &whole[bit / 8..bit / 8 + 1]);
        }
    }
}

/// Whether a byte of the model is in a header or the end marker: blocks 0, 1, 3, 10, 13, 15 and from 17 on.
fn unpack_is_structure(at: usize) -> bool {
    matches!(at / 512, 0 | 1 | 3 | 10 | 13 | 15 | 17..)
}

#[test]
fn fault_59_a_flipped_bit_of_zip_never_goes_through() {
    let entries = [Zipped::directory("v/"), Zipped::file("v/data", &[5; 600]), Zipped::stored("s", b"graph")];
    let whole = zip(&entries);
    let files = unpack(&whole).files();
    for bit in 0..whole.len() * 8 {
        let outcome = unpack(&flipped(&whole, bit));
        if outcome.result.is_ok() {
            assert_eq!(outcome.files(), files, "bit {bit}");
        }
    }
}

#[test]
fn anything_keeps_what_must_hold() {
    let entries = [Zipped::directory("v/"), Zipped::file("v/data", &[5; 600]), Zipped::stored("s", b"graph")];
    let seeds = [model().end(), gzip(&model().end()), super::formats::xz(), zip(&entries)];
    let mut dice = Dice::new(7);
    for seed in &seeds {
        fuzzing::archive(seed);
        for _ in 0..500 {
            let mut bytes = seed.clone();
            for _ in 0..=dice.below(4) {
                let (at, to) = (dice.below(bytes.len()), dice.below(bytes.len()));
                match dice.below(5) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] = dice.below(256) as u8,
                    2 => bytes[at] ^= 1 << dice.below(8),
                    3 => bytes.copy_within(at.min(to)..at.max(to), 0),
                    _ => bytes.extend_from_within(at.min(to)..at.max(to)),
                }
            }
            fuzzing::archive(&bytes);
        }
    }
}
