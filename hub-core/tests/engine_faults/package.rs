//! Wheels and C archives of stub libraries, sound and otherwise.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::stub;

/// A package and the digest that a user would give with it.
pub(crate) struct Package {
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
}

/// The two libraries of a wheel.
pub(crate) fn members(place: &Path) -> Vec<(String, Vec<u8>)> {
    let library = stub::library_with_framework(&place.join("build/libtensorflow_cc.so.2"));
    let read = |path: &Path| fs::read(path).expect("the stub is read");
    vec![
        ("tensorflow/libtensorflow_cc.so.2".into(), read(&library)),
        (format!("tensorflow/{}", stub::FRAMEWORK), read(&library.with_file_name(stub::FRAMEWORK))),
    ]
}

/// A wheel of those members with a true `RECORD`.
pub(crate) fn wheel(place: &Path, members: &[(String, Vec<u8>)]) -> Package {
    wheel_with_record(place, members, &record(members))
}

/// The `RECORD` of those members.
pub(crate) fn record(members: &[(String, Vec<u8>)]) -> String {
    let lines = members.iter().map(|(name, bytes)| {
        let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
        format!("{name},sha256={digest},{}\n", bytes.len())
    });
    lines.collect()
}

/// A wheel of those members with any `RECORD`.
pub(crate) fn wheel_with_record(place: &Path, members: &[(String, Vec<u8>)], record: &str) -> Package {
    let path = place.join("tensorflow_cpu-2.21.0-cp312-cp312-linux.whl");
    let mut wheel = ZipWriter::new(File::create(&path).expect("the wheel is made"));
    let record = ("tensorflow_cpu-2.21.0.dist-info/RECORD".to_owned(), record.as_bytes().to_vec());
    for (name, bytes) in members.iter().chain([&record]) {
        wheel.start_file(name.as_str(), SimpleFileOptions::default()).expect("a member is begun");
        wheel.write_all(bytes).expect("a member is written");
    }
    wheel.finish().expect("the wheel is finished");
    package(path)
}

/// A C archive: the library under its full version, and the links to it.
pub(crate) fn archive(place: &Path) -> Package {
    let library = stub::library_with_framework(&place.join("build/libtensorflow.so.2.18.0"));
    let path = place.join("libtensorflow.tar.gz");
    let file = File::create(&path).expect("the archive is made");
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    for (name, target) in
        [("libtensorflow.so", "libtensorflow.so.2"), ("libtensorflow.so.2", "libtensorflow.so.2.18.0")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, format!("./lib/{name}"), target).expect("a link is written");
    }
    let framework = library.with_file_name(stub::FRAMEWORK);
    archive.append_path_with_name(&framework, format!("./lib/{}.18.0", stub::FRAMEWORK)).expect("a file is written");
    archive.append_path_with_name(&library, "./lib/libtensorflow.so.2.18.0").expect("a file is written");
    archive.append_path_with_name(&library, "./include/tensorflow/c/c_api.h").expect("a file is written");
    archive.into_inner().and_then(flate2::write::GzEncoder::finish).expect("the archive is finished");
    package(path)
}

/// A file as it is, with its true digest.
pub(crate) fn package(path: PathBuf) -> Package {
    let digest = Sha256::digest(fs::read(&path).expect("the package is read"));
    Package { path, sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect() }
}
