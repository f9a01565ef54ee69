//! The sockets under a download: they wait in slices, so that every wait ends when the watch says so.
//!
//! The HTTP library is handed this as the innermost part of its connections; TLS and proxies lie above.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, time,
};

use super::watch::{SLICE, Watch};

/// Makes connections that keep to a watch.
#[derive(Debug)]
pub(super) struct Wires(pub(super) Arc<Watch>);

impl<In: Transport> Connector<In> for Wires {
    type Out = Either<In, Wire>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(transport) = chained {
            // A proxy's tunnel is there already.
            return Ok(Some(Either::A(transport)));
        }
        let addresses: Vec<SocketAddr> = details.addrs.iter().copied().collect();
        let limit = remaining(&details.timeout);
        let socket = patiently(&self.0, &details.timeout, move || dial(&addresses, limit))?.map_err(|error| {
            let is_late = error.kind() == io::ErrorKind::TimedOut;
            if is_late { ureq::Error::Timeout(details.timeout.reason) } else { ureq::Error::Io(error) }
        })?;
        socket.set_nodelay(true)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Wire { socket, buffers, watch: self.0.clone(), slice: Duration::ZERO })))
    }
}

/// Does something that blocks on a thread of its own, and waits for it as long as the watch and the limit allow. The
/// thread is left behind where it takes longer; it ends by itself.
pub(super) fn patiently<T: Send + 'static>(
    watch: &Watch,
    timeout: &NextTimeout,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ureq::Error> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    let end = Instant::now() + remaining(timeout);
    loop {
        watch.check().map_err(|error| ureq::Error::Other(Box::new(error)))?;
        let left = end.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left.min(SLICE)) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(ureq::Error::Timeout(timeout.reason)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(ureq::Error::ConnectionFailed),
        }
    }
}

/// A connection to the first address that takes one. Each gets half of the time that is left, the last one all of it.
fn dial(addresses: &[SocketAddr], limit: Duration) -> io::Result<TcpStream> {
    let end = Instant::now() + limit;
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for (index, address) in addresses.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let share = if index + 1 < addresses.len() { left / 2 } else { left };
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The time until a limit of the library; a year, where there is none.
fn remaining(timeout: &NextTimeout) -> Duration {
    match timeout.after {
        time::Duration::Exact(time) => time,
        time::Duration::NotHappening => Duration::from_secs(365 * 24 * 3600),
    }
}

/// A connection.
pub(super) struct Wire {
    socket: TcpStream,
    buffers: LazyBuffers,
    watch: Arc<Watch>,
    /// The longest wait that the socket is set to.
    slice: Duration,
}

impl Wire {
    fn set_slice(&mut self, slice: Duration) -> io::Result<()> {
        // Zero would be no limit at all.
        let slice = slice.max(Duration::from_millis(1));
        if slice != self.slice {
            self.socket.set_read_timeout(Some(slice))?;
            self.slice = slice;
        }
        Ok(())
    }

    fn came(&self, bytes: usize, after: Duration) -> Result<(), ureq::Error> {
        self.watch.came(bytes, after).map_err(|error| ureq::Error::Other(Box::new(error)))
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let end = Instant::now() + remaining(&timeout);
        let mut rest = &self.buffers.output()[..amount];
        while !rest.is_empty() {
            self.watch.check().map_err(|error| ureq::Error::Other(Box::new(error)))?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ureq::Error::Timeout(timeout.reason));
            }
            self.socket.set_write_timeout(Some(left.min(SLICE).max(Duration::from_millis(1))))?;
            match self.socket.write(rest) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(written) => rest = &rest[written..],
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(broken(error).into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let end = Instant::now() + remaining(&timeout);
        loop {
            self.watch.check().map_err(|error| ureq::Error::Other(Box::new(error)))?;
            let start = Instant::now();
            let left = end.saturating_duration_since(start);
            if left.is_zero() {
                return Err(ureq::Error::Timeout(timeout.reason));
            }
            self.set_slice(left.min(SLICE))?;
            match self.socket.read(self.buffers.input_append_buf()) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    self.came(count, start.elapsed())?;
                    return Ok(count > 0);
                }
                Err(error) if is_passing(&error) => self.came(0, start.elapsed())?,
                Err(error) => return Err(broken(error).into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // One request, one connection.
        false
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Wire").field(&self.socket).finish()
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// A broken connection. The library takes some kinds for the end of a body that only the connection's end delimits.
fn broken(error: io::Error) -> io::Error {
    io::Error::other(format!("the connection broke: {error}"))
}
