//! How far a benchmark is, on a terminal.

use std::{
    io::{self, IsTerminal},
    sync::Mutex,
};

use harness::{Subject, report::Settings};
use indicatif::{ProgressBar, ProgressStyle};

/// A line on standard error; nothing where that is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    seen: Mutex<Seen>,
    n_subjects: usize,
}

#[derive(Default)]
struct Seen {
    last: Option<Subject>,
    n: usize,
    size: String,
}

impl Progress {
    pub(super) fn new(n_subjects: usize) -> Self {
        let bar = if io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {msg} {bar:30} {elapsed}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(1000).with_style(style);
            bar.enable_steady_tick(std::time::Duration::from_millis(200));
            bar
        } else {
            ProgressBar::hidden()
        };
        Self { bar, seen: Mutex::default(), n_subjects }
    }

    /// All subjects are measured again, at another size.
    pub(super) fn begin(&self, settings: &Settings) {
        let Settings { series, rules, .. } = settings;
        let size = format!("{series} series, {rules} rules: ");
        *self.seen.lock().expect("nobody panics with it") = Seen { size, ..Seen::default() };
    }

    /// What is done with a subject, and how far that is, from 0 to 1.
    pub(super) fn show(&self, subject: Subject, stage: &str, share: f64) {
        let mut seen = self.seen.lock().expect("nobody panics with it");
        if seen.last != Some(subject) {
            seen.last = Some(subject);
            seen.n += 1;
        }
        let (n, of, size) = (seen.n, self.n_subjects, &seen.size);
        self.bar.set_message(format!("{size}{subject} ({n} of {of}): {stage}"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        self.bar.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
