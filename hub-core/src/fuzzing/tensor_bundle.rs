//! What must hold for any bytes that are read as the index of a checkpoint, and for values that it finds in a data file.

use std::path::Path;
use std::sync::OnceLock;

use crate::saved_model::Checkpoint;

/// The bytes of each data file.
const DATA: u64 = 1 << 12;

/// Reads the bytes as an index, as they are and with their checksums set right, and every value that it names.
///
/// # Panics
/// Where a value is not of the size that its entry says.
pub fn tensor_bundle(bytes: &[u8]) {
    read(bytes);
    let mut renewed = bytes.to_vec();
    renew_checksums(&mut renewed);
    if renewed != bytes {
        read(&renewed);
    }
}

fn read(bytes: &[u8]) {
    let Ok(checkpoint) = Checkpoint::from_index(directory(), bytes) else { return };
    let _ = checkpoint.check_shards();
    for (key, entry) in checkpoint.entries().iter().take(100) {
        if let Ok(tensor) = checkpoint.read_tensor(key) {
            assert_eq!(tensor.shape(), entry.shape, "{key:?}");
            assert_eq!(tensor.dtype(), entry.dtype, "{key:?}");
        }
    }
    let _ = checkpoint.object_graph();
}

/// A model with data files, but without an index: one for the whole process.
fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<std::path::PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let path = std::env::temp_dir().join("hub-fuzzing-bundle");
        std::fs::create_dir_all(path.join("variables")).expect("the directory can be made");
        for (shard, count) in [(0, 1), (0, 2), (1, 2)] {
            let file = path.join(format!("variables/variables.data-{shard:05}-of-{count:05}"));
            std::fs::write(file, vec![0; DATA as usize]).expect("the file can be written");
        }
        path
    })
}

/// Puts the right checksum behind every block that can be found, so that damage gets past them.
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
