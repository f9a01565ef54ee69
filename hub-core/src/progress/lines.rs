//! Progress in lines, for logs and pipes: one at the start of a job and one at its end.
//!
//! [`super::standard`] picks it where stderr is no terminal. Sizes read as in Python's tensorflow_hub: `12.34MB`, by
//! 1024.

use std::io::{Write, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Event, Progress, Unit};

/// A listener that prints lines on stderr: when a job starts and when it ends.
#[derive(Debug, Default)]
pub struct Lines {
    /// How often a line is printed in between; never, where there is none.
    interval: Option<Duration>,
    job: Mutex<Option<Job>>,
}

/// The job at work.
#[derive(Debug)]
struct Job {
    task: String,
    total: Option<u64>,
    unit: Unit,
    done: u64,
    started: Instant,
    printed: Instant,
}

impl Lines {
    /// A listener that also prints a line now and then while a job is at work.
    pub fn every(interval: Duration) -> Lines {
        Lines { interval: Some(interval), job: Mutex::default() }
    }

    /// The line that an event is worth.
    fn line(&self, event: &Event<'_>) -> Option<String> {
        let mut job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { task, total, unit } => {
                let now = Instant::now();
                let (task, total) = ((*task).to_owned(), *total);
                let line = match (total, unit) {
                    (Some(bytes), Unit::Bytes) => format!("{task} ({})", size(bytes)),
                    _ => task.clone(),
                };
                *job = Some(Job { task, total, unit: *unit, done: 0, started: now, printed: now });
                Some(line)
            }
            Event::Advanced { done } => {
                let job = job.as_mut()?;
                job.done = *done;
                if job.printed.elapsed() < self.interval? {
                    return None;
                }
                job.printed = Instant::now();
                Some(format!("{}: {}", job.task, job.amount()))
            }
            Event::Stage { .. } => None,
            Event::Note { text } => Some((*text).to_owned()),
            Event::Finished { success } => job.take()?.end(*success),
        }
    }
}

impl Job {
    /// How far it has come.
    fn amount(&self) -> String {
        match (self.unit, self.total) {
            (Unit::Bytes, Some(total)) => format!("{} of {}", size(self.done), size(total)),
            (Unit::Bytes, None) => size(self.done),
            (Unit::Steps, Some(total)) => format!("{} of {total}", self.done),
            (Unit::Steps, None) => self.done.to_string(),
        }
    }

    /// The last line; a failure is told by the error that follows.
    fn end(self, success: bool) -> Option<String> {
        if !success || self.unit != Unit::Bytes {
            return None;
        }
        let seconds = self.started.elapsed().as_secs_f64();
        Some(format!("{}: done, {} in {seconds:.1} s", self.task, size(self.done)))
    }
}

impl Progress for Lines {
    fn event(&self, event: &Event<'_>) {
        if let Some(line) = self.line(event) {
            // A closed stderr is no reason to fail.
            let _ = writeln!(stderr(), "{line}");
        }
    }
}

/// A number of bytes as Python's tensorflow_hub writes it.
fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss)] // two decimals are shown
    let amount = bytes as f64;
    match bytes {
        0..1024 => format!("{bytes}B"),
        1024..0x10_0000 => format!("{:.2}kB", amount / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.2}MB", amount / 1_048_576.0),
        _ => format!("{:.2}GB", amount / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_a_line_at_its_start_and_one_at_its_end() {
        let lines = Lines::default();
        let line = lines.line(&Event::Started { task: "downloading m", total: Some(2048), unit: Unit::Bytes });
        assert_eq!(line.as_deref(), Some("downloading m (2.00kB)"));
        assert_eq!(lines.line(&Event::Advanced { done: 2048 }), None);
        let end = lines.line(&Event::Finished { success: true }).expect("a last line");
        assert!(end.starts_with("downloading m: done, 2.00kB in "), "{end}");
    }

    #[test]
    fn lines_in_between_on_request() {
        let lines = Lines::every(Duration::ZERO);
        lines.line(&Event::Started { task: "downloading m", total: None, unit: Unit::Bytes });
        assert_eq!(lines.line(&Event::Advanced { done: 5 << 20 }).as_deref(), Some("downloading m: 5.00MB"));
        assert_eq!(lines.line(&Event::Finished { success: false }), None);
    }

    #[test]
    fn sizes_read_as_in_python() {
        for (bytes, text) in [(123, "123B"), (1024, "1.00kB"), (1_572_864, "1.50MB"), (2_147_483_648, "2.00GB")] {
            assert_eq!(size(bytes), text);
        }
    }
}
