//! The compressions around tar.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::build::{Tar, bzip2, gzip};
use super::{unpack, unpack_with};
use crate::config::DownloadLimits;

/// Python's `lzma.compress` of a tar archive with the file `a.txt`, which holds `hello`.
const XZ: &str = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AF1dADCLiofEDvKXpPh1PcWp7dmXqh+bSp6krW04vBYHqqCPKVTvjXvM/CinOmbCwbC\
                  yU+mHBgZJJhFqNx/Yfj4O/M6Bg9jEP0PV9mA7rpGoLJnO8IQ/OGH0tqGHUz38AAAAAABhUSMsLKpedQABeYBQAAAA5DeTlbHEZ/sCAA\
                  AAAARZWg==";

pub(super) fn xz() -> Vec<u8> {
    BASE64_STANDARD.decode(XZ).expect("it is base64")
}

#[test]
fn each_compression_gives_the_same_files() {
    let tar = Tar::new().file("b", b"2").file("a.txt", b"hello").end();
    for archive in [tar.clone(), gzip(&tar), bzip2(&tar)] {
        let outcome = unpack(&archive);
        assert_eq!(outcome.files()["a.txt"], b"hello");
        assert_eq!(outcome.paths(), ["a.txt", "b"]);
    }
    assert_eq!(unpack(&xz()).files()["a.txt"], b"hello");
}

#[test]
fn files_of_many_pieces_are_whole() {
    let large: Vec<u8> = (0..3_000_001_u32).map(|number| (number.wrapping_mul(number) >> 7) as u8).collect();
    let tar = Tar::new().file("large", &large).file("empty", b"").file("small", b"s").end();
    for archive in [tar.clone(), gzip(&tar), bzip2(&tar)] {
        assert!(unpack(&archive).files()["large"] == large);
    }
}

#[test]
fn xz_and_bzip2_cut_or_flipped_are_refused() {
    for whole in [xz(), bzip2(&Tar::new().file("a.txt", b"hello").end())] {
        for length in 0..whole.len() {
            unpack(&whole[..length]).is_cut_short();
            unpack_with(&whole[..length], &DownloadLimits::default(), true).is_damaged();
        }
        for bit in 0..whole.len() * 8 {
            let mut archive = whole.clone();
            archive[bit / 8] ^= 1 << (bit % 8);
            let outcome = unpack(&archive);
            if outcome.result.is_ok() {
                assert_eq!(outcome.files(), unpack(&whole).files(), "bit {bit}");
            }
        }
        unpack(&[whole, b"garbage".to_vec()].concat()).is_damaged();
    }
}

#[test]
fn xz_that_wants_gigabytes_of_memory_is_refused() {
    let mut archive = xz();
    // The dictionary's size is the one property of the block's only filter; its checksum stands behind.
    assert_eq!(archive[12..20], [0x02, 0x00, 0x21, 0x01, 0x16, 0, 0, 0]);
    archive[16] = 40;
    let mut crc = flate2::Crc::new();
    crc.update(&archive[12..20]);
    archive[20..24].copy_from_slice(&crc.sum().to_le_bytes());
    assert!(unpack(&archive).is_damaged().contains("mem"));
}
