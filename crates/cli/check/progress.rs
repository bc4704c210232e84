//! How far a long run is, on a terminal.

use std::{
    io::{self, IsTerminal},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// What is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(700);

/// Counts files; steps may be made on several threads.
pub(super) struct Progress {
    total: usize,
    done: AtomicUsize,
    started: Instant,
    is_terminal: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// For so many files.
    pub(super) fn new(total: usize) -> Self {
        Self {
            total,
            done: AtomicUsize::new(0),
            started: Instant::now(),
            is_terminal: io::stderr().is_terminal(),
            bar: OnceLock::new(),
        }
    }

    /// One more is done.
    pub(super) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.is_terminal && self.started.elapsed() > PATIENCE {
            self.bar.get_or_init(|| bar(self.total)).set_position(done as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files");
    let bar = ProgressBar::new(total as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
