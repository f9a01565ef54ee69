//! The checksum of records: CRC-32C, turned and moved so that a checksum over data with checksums in it is none of zeros.

/// The masked CRC-32C.
pub(super) fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
