//! How large an image says that it is, read before anything is decoded: a few bytes may claim a picture of gigabytes.
//!
//! Formats are told by their first bytes, as TensorFlow does; what is none of them is left to it to refuse.

use crate::error::{Error, Result};

/// An error where an image claims more than so many pixels.
pub(super) fn check(contents: &[u8], max_pixels: u64) -> Result<()> {
    match pixels(contents) {
        Some(pixels) if pixels > max_pixels => {
            let expected = format!("an image of at most {max_pixels} pixels");
            Err(Error::BadConfig { argument: "max_pixels".into(), expected, found: pixels.to_string() })
        }
        _ => Ok(()),
    }
}

/// The pixels that an image claims, where its header can be read.
fn pixels(contents: &[u8]) -> Option<u64> {
    match contents {
        [0xff, 0xd8, 0xff, ..] => jpeg(contents),
        [0x89, b'P', b'N', b'G', ..] => {
            Some(area(u32::from_be_bytes(array(contents, 16)?), u32::from_be_bytes(array(contents, 20)?)))
        }
        [b'B', b'M', ..] => {
            let side = |at| Some(i32::from_le_bytes(array(contents, at)?).unsigned_abs());
            Some(area(side(18)?, side(22)?))
        }
        [b'G', b'I', b'F', b'8', ..] => gif(contents),
        _ => None,
    }
}

fn area(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

fn array<const N: usize>(contents: &[u8], at: usize) -> Option<[u8; N]> {
    contents.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// From marker to marker up to the one that begins a frame.
fn jpeg(contents: &[u8]) -> Option<u64> {
    let mut at = 2;
    loop {
        let [before, marker] = array(contents, at)?;
        match (before, marker) {
            (0xff, 0xff) => at += 1,
            // Those that have nothing behind them.
            (0xff, 0x01 | 0xd0..=0xd8) => at += 2,
            (0xff, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) => {
                let side = |at| Some(u32::from(u16::from_be_bytes(array(contents, at)?)));
                return Some(area(side(at + 7)?, side(at + 5)?));
            }
            (0xff, 0xd9 | 0xda) => return None,
            (0xff, _) => at += 2 + usize::from(u16::from_be_bytes(array(contents, at + 2)?)),
            // Bytes between segments are passed over, as the decoder does.
            _ => at += 1,
        }
    }
}

/// The screen once for each picture, as they are all decoded, or the pictures where those are larger.
fn gif(contents: &[u8]) -> Option<u64> {
    let side = |at| Some(u32::from(u16::from_le_bytes(array(contents, at)?)));
    let screen = area(side(6)?, side(8)?);
    let palette = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + palette(*contents.get(10)?);
    let mut sum = 0_u64;
    loop {
        match contents.get(at) {
            Some(0x21) => at = blocks(contents, at + 2),
            Some(0x2c) => {
                let (Some(width), Some(height)) = (side(at + 5), side(at + 7)) else { break };
                sum = sum.saturating_add(area(width, height).max(screen));
                let Some(flags) = contents.get(at + 9) else { break };
                at = blocks(contents, at + 11 + palette(*flags));
            }
            _ => break,
        }
    }
    Some(sum.max(screen))
}

/// Where a row of blocks, each with its length before it, has ended.
fn blocks(contents: &[u8], mut at: usize) -> usize {
    while let Some(length) = contents.get(at).filter(|length| **length > 0) {
        at += 1 + usize::from(*length);
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn each_format_says_how_large_it_is() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/folders/mixed");
        for (name, expected) in [
            ("cats/a.jpg", 9 * 13),
            ("cats/progressive.jpg", 20 * 11),
            ("cats/d.png", 5 * 11),
            ("dogs/a.bmp", 7 * 6),
            ("dogs/top_down.bmp", 5 * 9),
            ("dogs/still.gif", 9 * 7),
            ("dogs/moving.gif", 3 * 6 * 12),
            ("dogs/jpeg_in_truth.png", 100),
        ] {
            let contents = fs::read(folder.join(name)).unwrap();
            assert_eq!(pixels(&contents), Some(expected), "{name}");
            assert!(check(&contents, expected).is_ok(), "{name}");
            assert!(check(&contents, expected - 1).is_err(), "{name}");
            for end in 0..contents.len() {
                // Whatever is left: no panic, and no more than there is.
                assert!(pixels(&contents[..end]).is_none_or(|pixels| pixels <= expected), "{name} up to {end}");
            }
        }
        assert_eq!(pixels(b"no image"), None);
    }
}
