//! The samples of a test: `series` and `values` of its `input_series`.
//!
//! promtool writes them as lines of a `load` of the test language and reads that. A line break in
//! `values` therefore ends the samples of all series there: what follows is lost without a word.
//! Here it is white space. [`promtool_load`] reads as promtool does.

use diagnostics::Span;
pub use promqltest::script::LoadSeries as Samples;
use promqltest::script::{self, ScriptError};

use crate::file::{Test, Text};

/// Samples of all series of a test; more are a slip of the pen.
const MOST: usize = 10_000_000;

/// A series with its samples.
#[derive(Clone, Debug)]
pub struct InputSeries {
    /// The label set: `name{label="value"}`.
    pub series: Text,
    /// One sample per interval: `1 2 _ 3+1x5 stale`.
    pub values: Text,
    /// What they mean; none for a line of start timestamps (`name@st`), which the samples of the
    /// next series have.
    pub samples: Option<Result<Samples, SeriesFault>>,
    /// Where it is written.
    pub span: Span,
}

/// A mistake in the samples of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesFault {
    /// What is wrong, in Prometheus's words.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl InputSeries {
    /// Whether promtool stops reading the samples of the test at this series.
    pub fn cuts_the_rest_off(&self) -> bool {
        let line = self.promtool_line();
        let blank = |line: &str| line.trim().is_empty() || line.trim().starts_with('#');
        line.split('\n').any(blank)
    }

    /// Whether promtool takes it for one line.
    fn is_one_line(&self) -> bool {
        !self.cuts_the_rest_off() && !self.promtool_line().contains('\n')
    }

    fn promtool_line(&self) -> String {
        format!("{} {}", self.series.text, self.values.text)
    }

    /// The line of a script, white space where lines break.
    fn line(&self) -> String {
        self.promtool_line().replace(['\n', '\r'], " ")
    }

    /// Whether it is a line of start timestamps.
    fn has_starts(&self) -> bool {
        self.series.text.trim().ends_with("@st")
    }

    /// Where the column of a line is written.
    fn locate(&self, file: &str, column: Option<usize>) -> Span {
        let Some(column) = column else { return self.series.span() };
        let line = self.line();
        let at = column - 1 + (line.len() - line.trim_start().len());
        let part = |at: usize| Span::new(at, at + 1);
        let start = match at.checked_sub(self.series.text.len() + 1) {
            None => self.series.locate(file, part(at)),
            Some(at) if at < self.values.text.len() => self.values.locate(file, part(at)),
            Some(_) => {
                let end = self.values.text.len();
                self.values.locate(file, Span::new(end, end))
            }
        };
        Span { end: start.end.max(start.start), ..start }
    }
}

/// Reads the samples of all series of a test.
pub(crate) fn read_all(file: &str, all: &mut [InputSeries]) {
    let mut starts: Option<usize> = None;
    let mut total = 0_usize;
    for i in 0..all.len() {
        if all[i].has_starts() && starts.is_none() && i + 1 < all.len() {
            starts = Some(i);
            continue;
        }
        let first = starts.take().unwrap_or(i);
        let read = read(file, &all[first..=i]).and_then(|samples| {
            total = total.saturating_add(samples.points.len());
            if total <= MOST {
                return Ok(samples);
            }
            let message = format!("more than {MOST} samples in a test");
            Err(SeriesFault { message, span: all[i].values.span() })
        });
        let is_enough = total > MOST;
        all[i].samples = Some(read);
        if is_enough {
            return;
        }
    }
}

/// Reads one series, with the line of start timestamps before it if there is one.
fn read(file: &str, lines: &[InputSeries]) -> Result<Samples, SeriesFault> {
    let mut text = String::from("load 1s\n");
    for line in lines {
        text.push_str(&line.line());
        text.push('\n');
    }
    let fault = |error: ScriptError| {
        let line = &lines[error.line.saturating_sub(2).min(lines.len() - 1)];
        let span = line.locate(file, error.column);
        SeriesFault { message: error.message, span }
    };
    let mut load = script::parse_load(&text).map_err(fault)?;
    load.series.pop().ok_or_else(|| {
        let span = lines[lines.len() - 1].series.span();
        SeriesFault { message: "no series is named".to_owned(), span }
    })
}

/// The samples of a test as promtool reads them: a series that is given twice has the samples of
/// the last one, and nothing follows on a blank line. The error is promtool's.
pub fn promtool_load(test: &Test) -> Result<Vec<&Samples>, String> {
    let is_plain = test.input_series.iter().all(InputSeries::is_one_line);
    let read = |s: &'_ InputSeries| s.samples.as_ref().is_none_or(Result::is_ok);
    if is_plain && test.input_series.iter().all(read) {
        return Ok(distinct(test));
    }
    let mut script = String::from("load 1s\n");
    for series in &test.input_series {
        script.push_str("  ");
        script.push_str(&series.promtool_line());
        script.push('\n');
    }
    let load = promqltest::script::parse_load(&script).map_err(|error| promtool_words(&error))?;
    let kept = |s: &&Samples| load.series.iter().any(|read| read.labels == s.labels);
    Ok(distinct(test).into_iter().filter(kept).collect())
}

/// A mistake as promtool words it: those that its parser does not find have no place.
fn promtool_words(error: &ScriptError) -> String {
    match error.column {
        Some(_) if error.message.ends_with(": invalid sample") => error.message.clone(),
        Some(_) => error.to_string(),
        None => format!("unknown position: parse error: {}", error.message),
    }
}

/// The samples of a test; those of the last series that has a label set.
pub fn distinct(test: &Test) -> Vec<&Samples> {
    let all = test.input_series.iter().filter_map(|s| s.samples.as_ref()?.as_ref().ok());
    let mut by_labels = std::collections::BTreeMap::new();
    for samples in all {
        by_labels.insert(&samples.labels, samples);
    }
    by_labels.into_values().collect()
}
