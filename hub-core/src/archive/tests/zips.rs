//! Zip archives that say two things, and those that are fine.

use super::build::{Zipped, deflate, zip, zip_with};
use super::unpack;

fn good() -> Vec<Zipped> {
    vec![Zipped::directory("d/"), Zipped::file("d/packed", &[1; 5000]), Zipped::stored("stored", b"s")]
}

/// One entry, changed.
fn one(change: impl FnOnce(&mut Zipped)) -> Vec<u8> {
    let mut entry = Zipped::file("file", &[1; 5000]);
    change(&mut entry);
    zip(&[entry])
}

#[test]
fn good_archives_are_unpacked() {
    let outcome = unpack(&zip(&good()));
    assert_eq!(outcome.paths(), ["d/packed", "stored"]);
    assert_eq!(outcome.files()["d/packed"], [1; 5000]);
    assert!(outcome.root().join("d").is_dir());
    assert_eq!(unpack(&zip_with(&good(), b"a comment")).paths().len(), 2);
    assert_eq!(unpack(&zip(&[])).paths(), [""; 0]);
    let in_other_order = {
        let mut bytes = zip(&[Zipped::stored("a", b"x"), Zipped::stored("b", b"y")]);
        let end = bytes.len() - 22;
        let directory = end - 2 * 47;
        bytes[directory..end].rotate_left(47);
        bytes
    };
    assert_eq!(unpack(&in_other_order).paths(), ["a", "b"]);
}

/// The descriptor behind an entry's data.
fn descriptor(entry: &Zipped, signature: &[u8], long: bool) -> Vec<u8> {
    let mut bytes = [signature, &entry.crc.to_le_bytes()].concat();
    for size in [entry.packed_size, entry.size] {
        bytes.extend(size.to_le_bytes());
        bytes.resize(bytes.len() + if long { 4 } else { 0 }, 0);
    }
    bytes
}

#[test]
fn sizes_may_follow_the_data() {
    for (signature, long) in [(&b""[..], false), (b"PK\x07\x08", false), (b"", true), (b"PK\x07\x08", true)] {
        let with = |change: fn(&mut Vec<u8>)| {
            let mut entry = Zipped { flags: 8, ..Zipped::file("file", &[1; 5000]) };
            entry.descriptor = descriptor(&entry, signature, long);
            change(&mut entry.descriptor);
            unpack(&zip(&[entry, Zipped::stored("next", b"x")]))
        };
        assert_eq!(with(|_| ()).paths(), ["file", "next"]);
        with(|bytes| *bytes.last_mut().expect("it has some") ^= 1).is_damaged();
        with(|bytes| bytes[0] ^= 1).is_damaged();
        with(Vec::clear).is_damaged();
        with(|bytes| bytes.push(0)).is_damaged();
    }
}

#[test]
fn fault_69_two_headers_that_disagree() {
    unpack(&one(|entry| entry.local_name = b"evil".to_vec())).is_damaged();
    unpack(&one(|entry| entry.local_name = b"longer".to_vec())).is_damaged();
    unpack(&one(|entry| entry.local_size += 1)).is_damaged();
    unpack(&one(|entry| entry.size += 1)).is_damaged();
    for difference in [-1, 1] {
        let size = (5000 + difference) as u32;
        unpack(&one(|entry| (entry.size, entry.local_size) = (size, size))).is_damaged();
        unpack(&one(|entry| entry.packed_size = entry.packed_size.wrapping_add_signed(difference))).is_damaged();
    }
    unpack(&one(|entry| entry.crc ^= 1)).is_damaged();
    unpack(&one(|entry| entry.data.push(0))).is_damaged();
    unpack(&one(|entry| entry.data = deflate(&[2; 5000]))).is_damaged();
    unpack(&one(|entry| (entry.method, entry.packed_size) = (0, entry.packed_size))).is_damaged();
}

#[test]
fn fault_69_long_numbers_must_fit() {
    let long = |numbers: &[u64]| {
        let data: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        [&1u16.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), &data].concat()
    };
    let with = |sizes: (u32, u32), extra: Vec<u8>, local_extra: Vec<u8>| {
        let entry = Zipped::stored("file", b"four");
        let entry = Zipped { size: sizes.0, packed_size: sizes.1, local_size: sizes.0, extra, local_extra, ..entry };
        unpack(&zip(&[entry]))
    };
    let all = u32::MAX;
    assert_eq!(with((all, all), long(&[4, 4]), long(&[4, 4])).paths(), ["file"]);
    with((all, all), long(&[4]), long(&[4, 4])).is_damaged();
    with((all, all), long(&[4, 4]), long(&[5, 4])).is_damaged();
    with((all, all), long(&[4, 4]), vec![]).is_damaged();
    assert_eq!(with((4, 4), long(&[5, 5]), vec![]).files()["file"], b"four", "numbers that no reader asks for");
    with((all, all), long(&[4, u64::MAX]), long(&[4, u64::MAX])).is_damaged();
    with((all, all), [long(&[4, 4]), long(&[4, 4])].concat(), long(&[4, 4])).is_damaged();
    assert_eq!(with((4, 4), vec![1, 0, 200, 0], vec![]).paths(), ["file"], "a field that is cut, but not asked for");
    assert_eq!(with((4, 4), vec![9], vec![]).paths(), ["file"], "padding that is no field");
    assert_eq!(with((4, 4), b"UT\x05\0\x03time".to_vec(), b"UT\x09\0\x03timeread".to_vec()).paths(), ["file"]);
    let mut crc = flate2::Crc::new();
    crc.update(b"file");
    let second_name = [b"up\x09\0\x01", &crc.sum().to_le_bytes()[..], b"evil"].concat();
    with((4, 4), second_name.clone(), vec![]).is_damaged();
    with((4, 4), second_name.clone(), second_name).is_damaged();
}

#[test]
fn fault_69_an_end_that_can_be_read_in_two_ways() {
    let inner = zip(&[Zipped::stored("evil", b"x")]);
    unpack(&zip_with(&good(), &inner)).is_damaged();
    unpack(&[zip(&good()), inner].concat()).is_damaged();
    unpack(&[zip(&good()), b"tail".to_vec()].concat()).is_damaged();
    let sound = zip(&good());
    for (at, bytes) in
        [(4, [1, 0]), (6, [1, 0]), (8, [2, 0]), (10, [4, 0]), (12, [0, 0]), (16, [0, 0]), (10, [255, 255])]
    {
        let mut archive = sound.clone();
        let end = archive.len() - 22;
        archive[end + at..end + at + 2].copy_from_slice(&bytes);
        unpack(&archive).is_damaged();
    }
}

#[test]
fn fault_69_entries_and_records_that_some_readers_would_see() {
    let mut hidden = zip(&good());
    let end = hidden.len() - 22;
    hidden[end + 8] = 2;
    hidden[end + 10] = 2;
    assert!(unpack(&hidden).is_damaged().contains("another number of entries"));
    let sound = zip(&good());
    let unasked = with_long_end(&sound, |records| records[32] = 2);
    let unasked = [&unasked[..unasked.len() - 22], &sound[sound.len() - 22..]].concat();
    assert!(unpack(&unasked).is_damaged().contains("64-bit end record"));
    let two_names = zip(&[Zipped::stored("a", b"x"), Zipped::stored("b", b"y"), Zipped::stored("a", b"z")]);
    unpack(&two_names).is_damaged();
}

/// The same archive with a 64-bit end record and its locator.
fn with_long_end(archive: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (entries, end) = archive.split_at(archive.len() - 22);
    let number = |at: usize| u64::from(u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]));
    let count = u64::from(u16::from_le_bytes([end[8], end[9]]));
    let mut records = b"PK\x06\x06".to_vec();
    records.extend(44u64.to_le_bytes());
    records.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [count, count, number(12), number(16)] {
        records.extend(number.to_le_bytes());
    }
    records.extend(b"PK\x06\x07\0\0\0\0");
    records.extend((entries.len() as u64).to_le_bytes());
    records.extend([1, 0, 0, 0]);
    change(&mut records);
    let end = [&b"PK\x05\x06\0\0\0\0"[..], &[255; 12], &[0; 2]].concat();
    [entries, &records, &end].concat()
}

#[test]
fn fault_69_long_end_records() {
    let archive = zip(&good());
    assert_eq!(unpack(&with_long_end(&archive, |_| ())).paths().len(), 2);
    for at in [0, 4, 16, 20, 24, 32, 40, 48, 56, 60, 64, 72] {
        unpack(&with_long_end(&archive, |records| records[at] ^= 2)).is_damaged();
    }
    unpack(&with_long_end(&archive, |records| records.truncate(70))).is_damaged();
    unpack(&with_long_end(&archive, |records| records[48 + 7] = 255)).is_damaged();
}

#[test]
fn fault_70_entries_that_overlap() {
    let mut entries = [Zipped::file("a", &[1; 9000]), Zipped::file("b", &[1; 9000])];
    entries[1].offset = Some(0);
    unpack(&zip(&entries)).is_damaged();
    let inside = zip(&[Zipped::stored("inner", b"x")]);
    let mut entries = [Zipped::stored("outer", &inside), Zipped::stored("inner", b"x")];
    entries[1].offset = Some(35);
    unpack(&zip(&entries)).is_damaged();
    let mut gap = zip(&good());
    gap.splice(0..0, *b"PK\x03\x04 in front of everything");
    unpack(&gap).is_damaged();
    let mut far = Zipped::stored("far", b"x");
    far.offset = Some(u32::MAX - 1);
    unpack(&zip(&[far])).is_damaged();
}

#[test]
fn fault_70_entries_that_are_no_plain_files() {
    let refused = |change: fn(&mut Zipped)| {
        let outcome = unpack(&one(change));
        let (entry, why) = outcome.rejected();
        assert_eq!(entry, "file");
        why.to_owned()
    };
    for flag in [0, 6, 13] {
        let mut entry = Zipped::file("file", b"x");
        entry.flags = 1 << flag;
        assert_eq!(unpack(&zip(&[entry])).rejected().1, "it is encrypted");
    }
    assert_eq!(refused(|entry| entry.flags = 1 << 5), "it is a patch");
    for method in [1, 6, 9, 12, 14, 93, 95, 98, 99] {
        let mut entry = Zipped::file("file", b"x");
        entry.method = method;
        assert!(unpack(&zip(&[entry])).rejected().1.starts_with("it is packed by method"));
    }
    assert_eq!(refused(|entry| entry.attributes = 0o120_777 << 16), "it is a symbolic link, not a file or directory");
    for kind in [0o010_000, 0o020_000, 0o060_000, 0o140_000] {
        let mut entry = Zipped::file("file", b"x");
        entry.attributes = kind << 16;
        assert!(unpack(&zip(&[entry])).rejected().1.contains("unknown type"));
    }
    refused(|entry| entry.attributes = 0o040_755 << 16);
    let mut directory = Zipped::stored("d/", b"data");
    directory.attributes = 0;
    unpack(&zip(&[directory])).rejected();
}

#[test]
fn a_zip_cut_anywhere_is_refused() {
    let archive = zip(&good());
    for length in 0..archive.len() {
        unpack(&archive[..length]).is_cut_short();
    }
}
