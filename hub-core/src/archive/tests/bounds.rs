//! Archives that would never end, fill the disk or the memory.

use std::io::{self, Read};

use super::build::{Tar, Zipped, bzip2, gzip, header, seal, zip};
use super::{unpack, unpack_from, unpack_with};
use crate::archive::Source;
use crate::config::DownloadLimits;
use crate::error::Error;

fn small() -> DownloadLimits {
    DownloadLimits {
        download_bytes: 1 << 20,
        unpacked_bytes: 4 << 20,
        entries: 1000,
        ratio_free_bytes: 1 << 20,
        ..DownloadLimits::default()
    }
}

#[test]
fn fault_57_more_bytes_than_the_limit() {
    let zeros = vec![0; 3 << 20];
    let limits = DownloadLimits { ratio: 1_000_000, ..small() };
    let two = Tar::new().file("a", &zeros).file("b", &zeros).end();
    let outcome = unpack_with(&gzip(&two), &limits, true);
    outcome.is_bomb();
    assert!(!outcome.root().join("b").exists() || outcome.root().join("b").metadata().expect("it is there").len() == 0);
    unpack_with(&zip(&[Zipped::file("a", &zeros), Zipped::file("b", &zeros)]), &limits, true).is_bomb();
    assert_eq!(unpack_with(&gzip(&Tar::new().file("a", &zeros).end()), &limits, true).paths(), ["a"]);
}

#[test]
fn fault_57_zeros_by_the_thousand_for_one_byte() {
    let zeros = vec![0; 3 << 20];
    let tar = Tar::new().file("a", &zeros).end();
    for archive in [gzip(&tar), bzip2(&tar), zip(&[Zipped::file("a", &zeros)])] {
        let outcome = unpack_with(&archive, &small(), true);
        outcome.is_bomb();
        let written: usize = super::files_below(&outcome.root()).values().map(Vec::len).sum();
        assert!(written <= (1 << 20) + (256 << 10), "{written}");
    }
    let free = DownloadLimits { ratio_free_bytes: 4 << 20, ..small() };
    assert_eq!(unpack_with(&gzip(&tar), &free, true).paths(), ["a"], "empty optimizer slots pack well");
}

#[test]
fn fault_57_endless_padding_behind_the_end_is_no_way_out() {
    let tar = [Tar::new().file("a", b"x").end(), vec![0; 3 << 20]].concat();
    unpack_with(&gzip(&tar), &small(), true).is_bomb();
    assert_eq!(unpack_with(&tar, &small(), true).paths(), ["a"], "without compression the download's own limit holds");
}

#[test]
fn fault_57_archives_within_archives_are_not_opened() {
    let once = gzip(&Tar::new().file("a", b"x").end());
    unpack(&gzip(&once)).is_damaged();
    unpack(&gzip(&[once, vec![b'x'; 512]].concat())).is_damaged();
}

/// A tar archive of empty files without an end, made while it is read.
struct Endless {
    next: u64,
    block: io::Cursor<[u8; 512]>,
    flag: u8,
}

impl Endless {
    fn new(flag: u8) -> Endless {
        let mut block = io::Cursor::new([0; 512]);
        block.set_position(512);
        Endless { next: 0, block, flag }
    }
}

impl Read for Endless {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        if self.block.position() == 512 {
            self.block = io::Cursor::new(header(self.flag, format!("{}/", self.next).as_bytes(), 0));
            self.next += 1;
        }
        self.block.read(piece)
    }
}

#[test]
fn fault_57_entries_without_an_end() {
    for flag in [b'5', b'g'] {
        let mut bytes = Endless::new(flag);
        unpack_from(Source { name: "test", bytes: &mut bytes, length_is_proven: &|| false }, &small()).is_bomb();
        assert!(bytes.next < 3000, "it stops at the limit");
    }
    let mut bytes = Endless::new(b'x');
    unpack_from(Source { name: "test", bytes: &mut bytes, length_is_proven: &|| false }, &small()).is_damaged();
    let many: Vec<Zipped> = (0..1001).map(|number| Zipped::stored(&format!("{number}"), b"")).collect();
    unpack_with(&zip(&many), &small(), true).is_bomb();
}

#[test]
fn fault_57_directories_that_no_entry_names_count() {
    let mut tar = Tar::new();
    for number in 0..40 {
        tar = tar.file(&format!("{number}/{}x", "d/".repeat(30)), b"");
    }
    unpack_with(&tar.end(), &small(), true).is_bomb();
}

#[test]
fn fault_57_directories_too_deep() {
    let path = |depth: usize| "d/".repeat(depth - 1) + "x";
    unpack(&Tar::new().pax(&[("path", &path(5000))]).file("x", b"").end()).rejected();
    unpack(&Tar::new().pax(&[("path", &path(65))]).file("x", b"").end()).rejected();
    let deepest = Tar::new().pax(&[("path", &path(64))]).file("x", b"").end();
    assert_eq!(unpack(&deepest).paths(), [path(64)]);
}

#[test]
fn fault_57_a_disk_without_room() {
    let limits = DownloadLimits { reserve_bytes: u64::MAX / 2, ..small() };
    for archive in [Tar::new().file("a", b"x").end(), zip(&[Zipped::file("a", b"x")])] {
        let outcome = unpack_with(&archive, &limits, true);
        assert!(matches!(outcome.error(), Error::DiskFull { .. }), "{}", outcome.error());
        assert!(super::files_below(&outcome.root()).is_empty());
    }
}

#[test]
fn fault_57_a_zip_larger_than_the_download_limit() {
    let limits = DownloadLimits { download_bytes: 100, ..small() };
    let outcome = unpack_with(&zip(&[Zipped::stored("a", &[1; 100])]), &limits, true);
    assert!(matches!(outcome.error(), Error::TooLarge { limit_bytes: 100, .. }), "{}", outcome.error());
}

/// A file's header with any size field.
fn sized(field: &[u8; 12]) -> Vec<u8> {
    let mut block = header(b'0', b"a", 0);
    block[124..136].copy_from_slice(field);
    seal(&mut block);
    Tar::new().block(&block).data(b"x").end()
}

#[test]
fn fault_62_sizes_that_are_no_numbers() {
    for field in [
        b"0000000000x\0",
        b"-0000000001\0",
        b"00000000009\0",
        b"0x000000010\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\0\x80\0\0\0\0\0\0\0",
        b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
        b"\xc0\0\0\0\0\0\0\0\0\0\0\x01",
    ] {
        unpack(&sized(field)).is_damaged();
    }
}

#[test]
fn fault_62_sizes_that_are_absurd() {
    unpack(&sized(b"000400000000")).is_cut_short();
    unpack(&sized(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff")).is_bomb();
    unpack(&sized(b"\x80\0\0\0\0\0\0\0\0\0\0\x01")).paths();
}

#[test]
fn fault_62_checksums_of_headers() {
    for at in (0..512).filter(|at| !(148..156).contains(at)) {
        let mut archive = Tar::new().file("first", b"x").file("second", b"y").end();
        archive[1024 + at] ^= 1;
        unpack(&archive).is_damaged();
    }
    let mut signed = header(b'0', "é".as_bytes(), 0);
    signed[148..156].fill(b' ');
    let sum: i32 = signed.iter().map(|byte| i32::from(byte.cast_signed())).sum();
    signed[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    unpack(&Tar::new().file("first", b"x").block(&signed).end()).is_damaged();
}

#[test]
fn fault_63_two_sizes_of_one_entry() {
    let hidden = Tar::new().file("hidden", b"x");
    for (stated, pax) in [("abc", "0"), ("abc", "1024"), ("", "512"), ("abc", "2")] {
        let tar = Tar::new().pax(&[("size", pax)]).file("a", stated.as_bytes()).block(&hidden.0).end();
        let outcome = unpack(&tar);
        let (entry, why) = outcome.rejected();
        assert!(entry == "a" && why.starts_with("it has two sizes"), "{why}");
    }
    let same = Tar::new().pax(&[("size", "3")]).file("a", b"abc").block(&hidden.0).end();
    assert_eq!(unpack(&same).paths(), ["a", "hidden"]);
    let long = Tar::new().pax(&[("size", "8589934592")]).file("a", b"").end();
    unpack_with(&long, &small(), false).is_bomb();
    let global = Tar::new().entry(b'g', b"global", b"9 size=5\n").file("a", b"12345").end();
    assert_eq!(unpack(&global).rejected().0, "global");
    let comment = Tar::new().entry(b'g', b"global", b"13 comment=x\n").file("a", b"12345").end();
    assert_eq!(unpack(&comment).paths(), ["a"]);
}

#[test]
fn fault_63_malformed_and_huge_extensions() {
    for records in [
        &b"nonsense"[..],
        b"99 path=x\n",
        b"10 path=xx\n\0",
        b"10 path=xx\n\n",
        b"10 path=xx",
        b"9 size=x\n",
        b"0 path=x\n",
        b"7 path\n",
        b"8 path=\n",
        b"10 path=xx\n10 path=yy\n",
        b"9 size=0\n9 size=0\n",
        b"10 size=-5\n",
        b"29 size=99999999999999999999\n",
    ] {
        unpack(&Tar::new().entry(b'x', b"pax", records).file("a", b"").end()).rejected();
    }
    for (flag, size) in
        [(b'x', 100 << 20), (b'g', 100 << 20), (b'L', 100 << 20), (b'K', 100 << 20), (b'x', (1 << 20) + 1)]
    {
        let mut bytes = Tar::new().block(&header(flag, b"huge", size)).0;
        bytes.extend(vec![b'x'; 4096]);
        assert_eq!(unpack(&bytes).rejected().0, "huge");
    }
    unpack(&Tar::new().pax(&[("path", "a")]).end()).is_damaged();
    let link = Tar::new().entry(b'K', b"././@LongLink", b"target\0").entry(b'2', b"a", b"").end();
    assert_eq!(unpack(&link).rejected(), ("././@LongLink", "it is the long name of a link, not a file or directory"));
}
