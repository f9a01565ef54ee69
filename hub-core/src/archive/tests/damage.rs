//! Archives that are cut, flipped, or followed by something.

use std::io::{self, Read};

use super::build::{Dice, Tar, Zipped, bzip2, gzip, header, seal, zip};
use super::{Outcome, unpack, unpack_from, unpack_with};
use crate::archive::Source;
use crate::config::DownloadLimits;
use crate::error::Error;

fn model() -> Tar {
    Tar::new().directory("variables/").file("saved_model.pb", b"graph").file("variables/variables.index", &[7; 700])
}

fn noise(length: usize) -> Vec<u8> {
    Dice::new(3).bytes(length)
}

#[test]
fn fault_58_gzip_cut_at_each_of_its_last_bytes() {
    let whole = gzip(&model().file("noise", &noise(300)).end());
    assert_eq!(unpack(&whole).paths().len(), 3);
    for cut in 1..=64 {
        let part = &whole[..whole.len() - cut];
        unpack(part).is_cut_short();
        unpack_with(part, &DownloadLimits::default(), true).is_damaged();
    }
}

#[test]
fn fault_58_checksum_and_size_of_gzip() {
    let whole = gzip(&model().end());
    for from_end in 1..=8 {
        let mut archive = whole.clone();
        let at = archive.len() - from_end;
        archive[at] ^= 0x10;
        unpack(&archive).is_damaged();
    }
}

#[test]
fn fault_60_all_members_of_gzip_are_read() {
    let tar = model().end();
    for cut in [1, 300, 512, 1024, tar.len() - 1024, tar.len() - 1] {
        let archive = [gzip(&tar[..cut]), gzip(b""), gzip(&tar[cut..])].concat();
        assert_eq!(unpack(&archive).files(), unpack(&tar).files());
        // A member that ended well before a whole header came is no tar archive; after it, it may be cut.
        let alone = unpack(&gzip(&tar[..cut]));
        if cut < 512 {
            alone.is_damaged();
        } else {
            alone.is_cut_short();
        }
        let half = [gzip(&tar[..cut]), gzip(&tar[cut..])[..12].to_vec()].concat();
        unpack(&half).is_cut_short();
    }
    let archive = [bzip2(&tar[..1000]), bzip2(&tar[1000..])].concat();
    assert_eq!(unpack(&archive).files(), unpack(&tar).files());
}

#[test]
fn fault_60_what_follows_the_end() {
    let tar = model().end();
    for garbage in [&b"x"[..], b"\n", b"\0", &noise(600)] {
        unpack(&[gzip(&tar), garbage.to_vec()].concat()).is_damaged();
        unpack(&[bzip2(&tar), garbage.to_vec()].concat()).is_damaged();
    }
    let second = [tar.clone(), Tar::new().file("second", b"x").end()].concat();
    unpack(&second).is_damaged();
    unpack(&gzip(&second)).is_damaged();
    unpack(&[gzip(&tar), gzip(&tar)].concat()).is_damaged();
    unpack(&[tar.clone(), vec![0; 700], vec![1]].concat()).is_damaged();
    assert_eq!(unpack(&[tar.clone(), vec![0; 10240 + 7]].concat()).paths().len(), 2, "writers pad with zeros");
}

#[test]
fn fault_61_and_case_250_tar_without_its_end() {
    let tar = model().0;
    let proven = |archive: &[u8]| unpack_with(archive, &DownloadLimits::default(), true);
    let one_zero_block = [tar.clone(), vec![0; 512]].concat();
    for archive in [&tar, &one_zero_block] {
        unpack(archive).is_cut_short();
        assert_eq!(proven(archive).paths().len(), 2);
        unpack(&gzip(archive)).is_cut_short();
        assert_eq!(proven(&gzip(archive)).paths().len(), 2);
    }
    let lone = [&tar[..], &[0; 512], &tar].concat();
    proven(&lone).is_damaged();
    for blocks in 0..=tar.len() / 512 {
        let part = &tar[..blocks * 512];
        unpack(part).is_cut_short();
        if blocks > 0 {
            unpack(&gzip(part)).is_cut_short();
        }
    }
}

#[test]
fn fault_58_a_short_text_that_is_packed_well_is_no_cut_archive() {
    for text in [&b""[..], b"not found", &[b'x'; 511]] {
        for archive in [gzip(text), bzip2(text)] {
            assert!(unpack(&archive).is_damaged().ends_with("data holds no tar archive"));
            if !text.is_empty() {
                unpack(&archive[..archive.len() - 1]).is_cut_short();
            }
        }
    }
}

#[test]
fn fault_61_tar_cut_anywhere_else() {
    let tar = model().end();
    for length in (0..tar.len() - 1).step_by(7) {
        unpack(&tar[..length]).is_cut_short();
    }
    unpack_with(&tar[..tar.len() - 1500], &DownloadLimits::default(), true).is_damaged();
}

#[test]
fn fault_71_the_bytes_tell_the_format_and_one_alone() {
    let ambiguous = {
        let mut block = header(b'0', b"PK\x03\x04", 0);
        seal(&mut block);
        Tar::new().block(&block).end()
    };
    unpack(&ambiguous).is_damaged();
    let tar_then_zip = [model().end(), zip(&[Zipped::file("a", b"x")])].concat();
    unpack(&tar_then_zip).is_damaged();
    let zip_then_tar = [zip(&[Zipped::file("a", b"x")]), model().end()].concat();
    unpack(&zip_then_tar).is_damaged();
    let page = b"<!DOCTYPE html><html><body>Sign in</body></html>".repeat(20);
    unpack(&page).is_damaged();
    unpack(&gzip(&zip(&[Zipped::stored("a", &[b'x'; 600])]))).is_damaged();
}

/// A source that fails after some bytes.
struct Failing<'a> {
    bytes: &'a [u8],
    error: Option<io::Error>,
}

impl Read for Failing<'_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(piece)? {
            0 => self.error.take().map_or(Ok(0), Err),
            length => Ok(length),
        }
    }
}

fn failing(bytes: &[u8], error: io::Error) -> Outcome {
    let mut bytes = Failing { bytes, error: Some(error) };
    unpack_from(Source { name: "test", bytes: &mut bytes, length_is_proven: &|| true }, &DownloadLimits::default())
}

/// Each format, whole.
fn formats() -> Vec<Vec<u8>> {
    let tar = model().end();
    let zipped = zip(&[Zipped::stored("a", &noise(900))]);
    vec![gzip(&tar), bzip2(&tar), super::formats::xz(), zipped, tar]
}

#[test]
fn fault_72_an_error_of_the_source_is_no_end() {
    for archive in formats() {
        for length in [0, 5, 100, archive.len() - 1, archive.len()] {
            for kind in [io::ErrorKind::ConnectionReset, io::ErrorKind::UnexpectedEof, io::ErrorKind::Other] {
                failing(&archive[..length.min(archive.len())], kind.into()).is_cut_short();
            }
        }
    }
}

#[test]
fn fault_72_our_own_error_passes_through_all_readers() {
    for archive in formats() {
        for length in [0, 5, 100, archive.len()] {
            let error = Error::TooLarge { what: "the body".into(), limit_bytes: 7 }.into_io();
            let outcome = failing(&archive[..length], error);
            assert!(matches!(outcome.error(), Error::TooLarge { limit_bytes: 7, .. }), "{}", outcome.error());
        }
    }
}

/// A source that gives one byte at a time, and is interrupted before each.
struct Trickle<'a> {
    bytes: &'a [u8],
    interrupted: bool,
}

impl Read for Trickle<'_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        match self.interrupted {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => self.bytes.by_ref().take(1).read(piece),
        }
    }
}

#[test]
fn fault_72_interruptions_and_small_pieces_are_no_errors() {
    for archive in formats() {
        let mut bytes = Trickle { bytes: &archive, interrupted: false };
        let source = Source { name: "test", bytes: &mut bytes, length_is_proven: &|| false };
        let outcome = unpack_from(source, &DownloadLimits::default());
        assert_eq!(outcome.files(), unpack(&archive).files());
    }
}
