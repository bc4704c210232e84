//! Several files at a time; what comes of them is handed over in their order.

use std::{
    io::{self, IsTerminal},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use unittest::{FileReport, Options};

use super::files::Reader;

/// How long a run may take before a terminal shows how far it is.
const PATIENCE: Duration = Duration::from_millis(500);
/// Enough for the deepest expression that the parser takes.
const STACK: usize = 64 << 20;

/// Runs all files.
pub(super) fn run(
    files: &[PathBuf],
    reader: &Reader,
    options: &Options,
    mut take: impl FnMut(anyhow::Result<FileReport>),
) {
    let next = AtomicUsize::new(0);
    let (sender, done) = mpsc::channel();
    let n_threads = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let work = |sender: mpsc::Sender<(usize, anyhow::Result<FileReport>)>| {
        while let Some((i, path)) = take_next(&next, files) {
            let run = || Ok(unittest::run(&reader.read(path)?, options));
            let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
                Err(anyhow::anyhow!("{}: the tests could not be run: a panic", path.display()))
            });
            if sender.send((i, result)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for i in 0..n_threads {
            let (work, to) = (&work, sender.clone());
            let started =
                thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(to));
            // Where the system has no threads to give, this one has to do.
            if started.is_err() && i == 0 {
                work(sender.clone());
            }
        }
        // The receiver ends with the last thread.
        drop(sender);
        in_order(files.len(), &done, &mut take);
    });
}

fn take_next<'f>(next: &AtomicUsize, files: &'f [PathBuf]) -> Option<(usize, &'f PathBuf)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    Some((i, files.get(i)?))
}

/// Hands over what is done as soon as all before it is.
fn in_order(
    n: usize,
    done: &mpsc::Receiver<(usize, anyhow::Result<FileReport>)>,
    take: &mut impl FnMut(anyhow::Result<FileReport>),
) {
    let progress = progress(n);
    let mut waiting: Vec<Option<anyhow::Result<FileReport>>> = (0..n).map(|_| None).collect();
    let mut next = 0;
    loop {
        match done.recv_timeout(PATIENCE) {
            Ok((i, result)) => {
                waiting[i] = Some(result);
                progress.inc(1);
            }
            Err(RecvTimeoutError::Timeout) => progress.tick(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        while let Some(result) = waiting.get_mut(next).and_then(Option::take) {
            progress.suspend(|| take(result));
            next += 1;
        }
    }
    progress.finish_and_clear();
}

fn progress(files: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {elapsed}");
    let bar = ProgressBar::new(files as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
