//! A model's directory as one file for a server: tar, compressed by gzip, the root of the archive the root of the model.
//!
//! Written by hand, the same bytes for the same files: only names and contents count. Long names go into pax headers, as
//! everybody reads them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::builder::SavedModelBuilder;
use super::publish_files::publish_files;
use crate::error::{Error, Result};

/// Everything in a tar archive comes in blocks of this length.
const BLOCK_BYTES: usize = 512;

/// The first size that has no place in a header's eleven octal digits.
const FIRST_LONG_SIZE: u64 = 1 << 33;

/// The longest name that a header has a place for.
const LONGEST_NAME: usize = 100;

/// Directories deeper than this are no model's.
const DEEPEST: usize = 16;

/// Writes the files of a model as an archive, which appears when it is whole.
///
/// # Errors
/// [`Error::SaveExists`] and [`Error::SaveRefused`] for what is in the way, [`Error::NotAModel`] where the directory holds
/// none, [`Error::Unsupported`] for files of 8 GiB and more, [`Error::Io`] and its kin from the disk.
///
/// ```
/// # fn main() -> hub_core::Result<()> {
/// let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/affine/model");
/// let directory = tempfile::tempdir().unwrap();
/// let target = directory.path().join("affine.tar.gz");
/// hub_core::saved_model::write::archive(model.as_ref(), &target, false)?;
/// assert!(target.is_file());
/// # Ok(())
/// # }
/// ```
pub fn archive(directory: &Path, target: &Path, overwrite: bool) -> Result<()> {
    if !directory.join(super::super::read::FILE_NAME).is_file() {
        return Err(Error::NotAModel { path: directory.to_owned(), why: "there is nothing to be packed".into() });
    }
    publish_files(target, overwrite, |staging| {
        let file = staging.join("archive");
        pack(directory, &file)?;
        Ok(vec![(file, target.to_owned())])
    })
}

impl SavedModelBuilder {
    /// Writes the model as an archive, as [`archive`] does with one that is there.
    ///
    /// # Errors
    /// Those of [`SavedModelBuilder::save`] and [`archive`].
    pub fn save_archive(self, target: &Path, overwrite: bool) -> Result<()> {
        let model = self.finish()?;
        publish_files(target, overwrite, |staging| {
            let directory = staging.join("model");
            fs::create_dir(&directory).map_err(|why| Error::io("create", &directory, why))?;
            model.write(&directory)?;
            let file = staging.join("archive");
            pack(&directory, &file)?;
            fs::remove_dir_all(&directory).map_err(|why| Error::io("remove", &directory, why))?;
            Ok(vec![(file, target.to_owned())])
        })
    }
}

fn pack(directory: &Path, file: &Path) -> Result<()> {
    let failed = |why| Error::io("write", file, why);
    let output = File::create_new(file).map_err(failed)?;
    let mut output = GzEncoder::new(io::BufWriter::new(output), Compression::default());
    add_directory(&mut output, directory, "", 0, file)?;
    output.write_all(&[0; 2 * BLOCK_BYTES]).map_err(failed)?;
    let mut output = output.finish().map_err(failed)?;
    output.flush().map_err(failed)
}

fn add_directory(output: &mut impl Write, directory: &Path, prefix: &str, depth: usize, file: &Path) -> Result<()> {
    if depth == DEEPEST {
        return Err(Error::structure(format!("directories more than {DEEPEST} deep")));
    }
    let read = |why| Error::io("read", directory, why);
    let mut entries = fs::read_dir(directory).map_err(read)?.collect::<io::Result<Vec<_>>>().map_err(read)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let utf8 = || Error::NotAModel { path: entry.path(), why: "its name is not UTF-8".into() };
        let name = format!("{prefix}{}", name.to_str().ok_or_else(utf8)?);
        let found = fs::metadata(entry.path()).map_err(|why| Error::io("read", &entry.path(), why))?;
        let failed = |why| Error::io("write", file, why);
        if found.is_dir() {
            add_header(output, &format!("{name}/"), 0, b'5').map_err(failed)?;
            add_directory(output, &entry.path(), &format!("{name}/"), depth + 1, file)?;
        } else {
            add_file(output, &entry.path(), &name, found.len()).map_err(failed)?;
        }
    }
    Ok(())
}

fn add_file(output: &mut impl Write, path: &Path, name: &str, size: u64) -> io::Result<()> {
    if size >= FIRST_LONG_SIZE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("{name} has {size} bytes")));
    }
    add_header(output, name, size, b'0')?;
    let copied = io::copy(&mut io::Read::take(File::open(path)?, size), output)?;
    if copied != size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} became shorter")));
    }
    pad(output, size)
}

/// The header of an entry, and one with its name before it where that is long.
fn add_header(output: &mut impl Write, name: &str, size: u64, kind: u8) -> io::Result<()> {
    if name.len() > LONGEST_NAME {
        let record = pax_record(name);
        output.write_all(&header("PaxHeader", record.len() as u64, b'x'))?;
        output.write_all(record.as_bytes())?;
        pad(output, record.len() as u64)?;
    }
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    output.write_all(&header(&name[..end], size, kind))
}

/// `LENGTH path=NAME`, where the length counts itself.
fn pax_record(name: &str) -> String {
    let rest = format!(" path={name}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

fn header(name: &str, size: u64, kind: u8) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    let mut put = |place: usize, bytes: &[u8]| block[place..place + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, if kind == b'5' { b"0000755" } else { b"0000644" });
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    // The sum is taken with spaces in its own place.
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn pad(output: &mut impl Write, size: u64) -> io::Result<()> {
    let over = (size % BLOCK_BYTES as u64) as usize;
    output.write_all(&[0; BLOCK_BYTES][..(BLOCK_BYTES - over) % BLOCK_BYTES])
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn archives_hold_what_is_in_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let model = directory.path().join("model");
        let long = format!("{}.txt", "ä".repeat(120));
        fs::create_dir_all(model.join("assets")).unwrap();
        for (name, size) in [("saved_model.pb", 513), ("empty", 0), ("assets/even", 1024)] {
            fs::write(model.join(name), vec![b'x'; size]).unwrap();
        }
        fs::write(model.join("assets").join(&long), "words").unwrap();
        let target = directory.path().join("model.tar.gz");
        archive(&model, &target, false).unwrap();
        assert!(matches!(archive(&model, &target, false), Err(Error::SaveExists { .. })));
        let bytes = fs::read(&target).unwrap();
        archive(&model, &target, true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), bytes, "the same each time");
        let mut found = Vec::new();
        let mut reader = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        for entry in reader.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = Vec::new();
            entry.read_to_end(&mut text).unwrap();
            found.push((entry.path().unwrap().to_str().unwrap().to_owned(), text.len()));
        }
        let long = format!("assets/{long}");
        let expected =
            [("assets/", 0), ("assets/even", 1024), (long.as_str(), 5), ("empty", 0), ("saved_model.pb", 513)];
        assert_eq!(found, expected.map(|(name, size)| (name.to_owned(), size)));
        let nothing = archive(directory.path(), &directory.path().join("other.tar.gz"), false);
        assert!(matches!(nothing, Err(Error::NotAModel { .. })));
    }
}
