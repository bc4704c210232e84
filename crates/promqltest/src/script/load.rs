//! `load` and the series below it.

use model::{Labels, duration, quote::quote};

use super::{Lines, Load, LoadSeries, ScriptError, error, start};
use crate::series;

/// Reads a command `load…` and its block.
pub(super) fn load(text: &str, line: usize, lines: &mut Lines<'_>) -> Result<Load, ScriptError> {
    let (with_nhcb, step) = match text.split_once([' ', '\t']) {
        Some(("load", step)) => (false, step.trim()),
        Some(("load_with_nhcb", step)) => (true, step.trim()),
        _ => {
            let message = "invalid load command. (load[_with_nhcb] <step:duration>)";
            return Err(error(line, message));
        }
    };
    let step = duration::parse(step).map_err(|message| {
        error(line, format!("invalid step definition {}: {message}", quote(step)))
    })?;
    let mut load = Load { line, step, with_nhcb, series: Vec::new() };
    let mut pending = None;
    while let Some((line, text)) = lines.next_in_block() {
        if let Some((metric, items)) = start::split(text) {
            let starts = Starts::read(metric, items, line)?;
            if let Some(before) = pending.replace(starts) {
                return Err(before.error("@st line has no following sample line"));
            }
            continue;
        }
        let read = series::parse(text).map_err(|error| error.in_line(line))?;
        let starts = match pending.take() {
            Some(starts) => starts.of(&read)?,
            None => Vec::new(),
        };
        // Later lines replace earlier ones.
        load.series.retain(|s| s.labels != read.labels);
        load.series.push(LoadSeries { labels: read.labels, points: read.points, starts });
    }
    match pending {
        Some(pending) => Err(pending.error("@st line has no following sample line")),
        None => Ok(load),
    }
}

/// A line of start timestamps that waits for its samples.
struct Starts {
    line: usize,
    labels: Labels,
    offsets: Vec<Option<i64>>,
}

impl Starts {
    fn read(metric: &str, items: &str, line: usize) -> Result<Self, ScriptError> {
        let labels = series::parse_labels(metric).map_err(|wrong| {
            let wrong = wrong.in_line(line);
            error(line, format!("invalid @st line metric {}: {wrong}", quote(metric)))
        })?;
        let offsets = start::parse(items)
            .map_err(|message| error(line, format!("invalid @st sequence: {message}")))?;
        Ok(Self { line, labels, offsets })
    }

    /// The start timestamps of the samples that follow.
    fn of(self, samples: &series::Series) -> Result<Vec<Option<i64>>, ScriptError> {
        if self.labels != samples.labels {
            return Err(self.error("@st metric does not match the following sample line metric"));
        }
        let (starts, values) = (self.offsets.len(), samples.points.len());
        if starts != values {
            let message = format!("@st line has {starts} values but sample line has {values}");
            return Err(self.error(&message));
        }
        Ok(self.offsets)
    }

    fn error(&self, message: &str) -> ScriptError {
        error(self.line, message)
    }
}
