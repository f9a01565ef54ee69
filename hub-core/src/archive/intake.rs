//! The bytes of an archive as they come, watched: how many came, and what a failed read means.
//!
//! `stream` decompresses them, `zip` spools them. Both read to the very end: there the transport checks its own proof.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read};
use std::rc::Rc;

use super::format::{self, Format};
use super::{Source, damaged, sniff};
use crate::error::{Error, Result};

/// Large enough that calls are not the cost.
const BUFFER_BYTES: usize = 256 * 1024;

/// The source of an archive.
pub(super) struct Intake<'a> {
    bytes: &'a mut dyn Read,
    start: Vec<u8>,
    watch: Rc<Watch<'a>>,
}

/// All bytes: those that were looked at already, then the rest.
pub(super) type Bytes<'i, 'a> = BufReader<Chain<Cursor<&'i [u8]>, Tap<'i, 'a>>>;

impl<'a> Intake<'a> {
    /// Begins to watch a source.
    pub(super) fn new(source: Source<'a>) -> Intake<'a> {
        let Source { name, bytes, length_is_proven } = source;
        let watch = Watch {
            name,
            length_is_proven,
            received_bytes: Cell::new(0),
            ended: Cell::new(false),
            failed: RefCell::new(None),
        };
        Intake { bytes, start: Vec::new(), watch: Rc::new(watch) }
    }

    /// Which format the first bytes announce.
    pub(super) fn format(&mut self) -> Result<Format> {
        let mut start = vec![0; format::START_BYTES];
        let mut tap = Tap { bytes: self.bytes, watch: Rc::clone(&self.watch) };
        let length = fill(&mut start, |piece| tap.read(piece).map_err(|error| self.watch.failure(error, "tar")))?;
        start.truncate(length);
        self.start = start;
        match sniff(&self.start) {
            Some(format) => Ok(format),
            None if length < format::START_BYTES => Err(self.watch.cut_short("the end of its first header")),
            None => {
                Err(damaged(self.watch.name, "it is neither a tar archive, plain or compressed, nor a zip archive"))
            }
        }
    }

    /// All bytes from the start.
    pub(super) fn reader(&mut self) -> Bytes<'_, 'a> {
        let tap = Tap { bytes: self.bytes, watch: Rc::clone(&self.watch) };
        BufReader::with_capacity(BUFFER_BYTES, Cursor::new(self.start.as_slice()).chain(tap))
    }

    /// What is known about the source.
    pub(super) fn watch(&self) -> &Rc<Watch<'a>> {
        &self.watch
    }
}

/// What is known about a source while something else reads it.
pub(super) struct Watch<'a> {
    name: &'a str,
    length_is_proven: &'a dyn Fn() -> bool,
    received_bytes: Cell<u64>,
    ended: Cell<bool>,
    /// The source's own error, which decoders may wrap or replace.
    failed: RefCell<Option<io::Error>>,
}

impl<'a> Watch<'a> {
    /// The archive's name for messages.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// How many bytes came.
    pub(super) fn received_bytes(&self) -> u64 {
        self.received_bytes.get()
    }

    /// Whether the transport proved, after the last byte, that all bytes came.
    pub(super) fn length_is_proven(&self) -> bool {
        (self.length_is_proven)()
    }

    /// Remembers that somebody read up to the end; who wanted more then fails for that reason.
    pub(super) fn note_end(&self) {
        self.ended.set(true);
    }

    /// What a failed read means: an error of ours, the source's own, an end that came too early, or damage.
    pub(super) fn failure(&self, error: io::Error, format: &str) -> Error {
        let error = match Error::carried(error) {
            Ok(ours) => return ours,
            Err(error) => error,
        };
        match self.failed.take().map(Error::carried) {
            Some(Ok(ours)) => ours,
            Some(Err(error)) => self.truncated(format!("more, but reading failed ({error})")),
            None if self.ended.get() || error.kind() == ErrorKind::UnexpectedEof => {
                self.cut_short(&format!("the end of the {format} data"))
            }
            None => damaged(self.name, format!("{format}: {error}")),
        }
    }

    /// The archive ends before something that must be there.
    pub(super) fn cut_short(&self, expected: &str) -> Error {
        match self.length_is_proven() {
            true => damaged(self.name, format!("it ends before {expected}")),
            false => self.truncated(expected.to_owned()),
        }
    }

    fn truncated(&self, expected: String) -> Error {
        Error::Truncated { what: self.name.to_owned(), expected, found: self.received_bytes() }
    }
}

/// The source, read through the watch.
pub(super) struct Tap<'i, 'a> {
    bytes: &'i mut (dyn Read + 'a),
    watch: Rc<Watch<'a>>,
}

impl Read for Tap<'_, '_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let watch = &self.watch;
        loop {
            match self.bytes.read(piece) {
                Ok(length) => {
                    watch.received_bytes.set(watch.received_bytes.get() + length as u64);
                    return Ok(length);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = error.kind();
                    *watch.failed.borrow_mut() = Some(error);
                    return Err(kind.into());
                }
            }
        }
    }
}

/// Reads until the piece is full or the bytes end; how many came.
pub(super) fn fill<E>(piece: &mut [u8], mut read: impl FnMut(&mut [u8]) -> Result<usize, E>) -> Result<usize, E> {
    let mut filled = 0;
    while filled < piece.len() {
        match read(&mut piece[filled..])? {
            0 => break,
            length => filled += length,
        }
    }
    Ok(filled)
}
