//! The progress bar on a terminal: one listener among others.
//!
//! [`super::standard`] picks it where stderr is a terminal. One bar at a time: jobs follow each other.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Event, Progress, Unit};

/// A listener that draws a bar on stderr.
#[derive(Debug, Default)]
pub struct Bar {
    current: Mutex<Option<ProgressBar>>,
}

impl Progress for Bar {
    fn event(&self, event: &Event<'_>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { task, total, unit } => *current = Some(draw(task, *total, *unit)),
            Event::Advanced { done } => {
                if let Some(bar) = &*current {
                    bar.set_position(*done);
                }
            }
            Event::Stage { text } => {
                if let Some(bar) = &*current {
                    bar.set_message((*text).to_owned());
                }
            }
            Event::Note { text } => match &*current {
                Some(bar) => bar.println(text),
                None => eprintln!("{text}"),
            },
            Event::Finished { success } => {
                if let Some(bar) = current.take() {
                    if *success { bar.finish() } else { bar.abandon() }
                }
            }
        }
    }
}

/// A new bar, or a spinner where the total is not known.
fn draw(task: &str, total: Option<u64>, unit: Unit) -> ProgressBar {
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = match (total, unit) {
        (Some(_), Unit::Bytes) => "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        (Some(_), Unit::Steps) => "{msg} [{bar:30}] {pos}/{len}",
        (None, Unit::Bytes) => "{spinner} {msg} {bytes} {bytes_per_sec}",
        (None, Unit::Steps) => "{spinner} {msg} {pos}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(task.to_owned());
    bar
}
