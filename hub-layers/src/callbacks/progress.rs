//! [`Progress`]: what a training prints: a bar, a line for each epoch, or nothing.
//!
//! `fit` adds one as its `verbose` says. Everything goes to stderr, unless a place is given.

use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Callback, Logs, Training};
use crate::error::Result;

/// What a training prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbose {
    /// A bar where stderr is a terminal, otherwise a line for each epoch. Keras's `"auto"`.
    #[default]
    Auto,
    /// A bar for each epoch, and a line when it is over. Keras's 1.
    Bar,
    /// A line for each epoch. Keras's 2.
    Line,
    /// Nothing. Keras's 0.
    Silent,
}

/// Prints the progress of a training, as Keras's `ProgbarLogger` on stdout, here on stderr.
///
/// ```text
/// Epoch 1/5 - 0.4s - loss: 0.6931 - accuracy: 0.5000 - val_loss: 0.6877
/// ```
pub struct Progress {
    verbose: Verbose,
    /// Where lines go; stderr where there is none.
    place: Option<Box<dyn Write + Send>>,
    epoch: Option<Epoch>,
}

/// The epoch at work.
struct Epoch {
    started: Instant,
    steps: usize,
    /// When the last step was over.
    stepped: Instant,
    bar: Option<ProgressBar>,
    drawn: Option<Instant>,
}

/// How often a bar is drawn at most: drawing takes longer than many a step.
const DRAWN_EVERY: Duration = Duration::from_millis(50);

impl Progress {
    /// On stderr.
    pub fn new(verbose: Verbose) -> Progress {
        let verbose = match verbose {
            Verbose::Auto if stderr().is_terminal() => Verbose::Bar,
            Verbose::Auto => Verbose::Line,
            asked => asked,
        };
        Progress { verbose, place: None, epoch: None }
    }

    /// At another place, which is taken for no terminal: the bar itself is not drawn.
    pub fn to(verbose: Verbose, place: impl Write + Send + 'static) -> Progress {
        let verbose = if verbose == Verbose::Auto { Verbose::Line } else { verbose };
        Progress { verbose, place: Some(Box::new(place)), epoch: None }
    }

    fn print(&mut self, line: &str) {
        // A closed stderr is no reason to end a training.
        let _ = match &mut self.place {
            Some(place) => writeln!(place, "{line}"),
            None => writeln!(stderr(), "{line}"),
        };
    }

    /// A new bar, or a spinner where the number of steps is not known.
    fn bar(&self, steps: Option<usize>) -> ProgressBar {
        let target = match &self.place {
            Some(_) => ProgressDrawTarget::hidden(),
            None => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(steps.map(|steps| steps as u64), target);
        let template = match steps {
            Some(_) => "{pos}/{len} [{bar:30}] - ETA: {eta} - {wide_msg}",
            None => "{pos}/Unknown - {elapsed} - {wide_msg}",
        };
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style.progress_chars("=>.")),
            Err(_) => bar,
        }
    }
}

impl Callback for Progress {
    fn on_epoch_begin(&mut self, training: &mut Training<'_>, epoch: usize) -> Result<()> {
        if self.verbose == Verbose::Silent {
            return Ok(());
        }
        let bar = (self.verbose == Verbose::Bar).then(|| self.bar(training.steps()));
        if bar.is_some() {
            self.print(&format!("Epoch {}/{}", epoch + 1, training.epochs()));
        }
        let now = Instant::now();
        self.epoch = Some(Epoch { started: now, steps: 0, stepped: now, bar, drawn: None });
        Ok(())
    }

    fn on_train_batch_end(&mut self, _training: &mut Training<'_>, batch: usize, logs: &Logs) -> Result<()> {
        let Some(epoch) = &mut self.epoch else { return Ok(()) };
        (epoch.steps, epoch.stepped) = (batch + 1, Instant::now());
        if let Some(bar) = &epoch.bar
            && epoch.drawn.is_none_or(|drawn| epoch.stepped - drawn >= DRAWN_EVERY)
        {
            epoch.drawn = Some(epoch.stepped);
            bar.set_message(logs.to_string());
            bar.set_position(epoch.steps as u64);
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, epoch: usize, logs: &Logs) -> Result<()> {
        let Some(done) = self.epoch.take() else { return Ok(()) };
        let seconds = done.started.elapsed().as_secs_f64();
        let line = match done.bar {
            Some(bar) => {
                bar.finish_and_clear();
                let step = (done.stepped - done.started) / u32::try_from(done.steps.max(1)).unwrap_or(u32::MAX);
                let (steps, full) = (done.steps, "=".repeat(30));
                format!("{steps}/{steps} [{full}] - {seconds:.1}s {}/step - {logs}", brief(step))
            }
            None => format!("Epoch {}/{} - {seconds:.1}s - {logs}", epoch + 1, training.epochs()),
        };
        self.print(&line);
        Ok(())
    }
}

/// A duration as Keras writes that of a step: `2s`, `41ms`, `350us`.
fn brief(duration: Duration) -> String {
    match duration {
        long if long >= Duration::from_secs(1) => format!("{:.0}s", long.as_secs_f64()),
        middling if middling >= Duration::from_millis(1) => format!("{}ms", middling.as_millis()),
        short => format!("{}us", short.as_micros()),
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("verbose", &self.verbose).finish_non_exhaustive()
    }
}
