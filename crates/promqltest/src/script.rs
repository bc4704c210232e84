//! Prometheus's script language: `load`, `clear` and `eval` commands with their expectations.
//!
//! It reads the text; nothing is evaluated here (see `run`). An expression that does not parse is
//! the error of its `eval` alone, so that the rest of a file is still worth running.
//! Start at [`parse`]; `script/eval.rs` reads evaluations, `script/expect.rs` their `expect` lines.
//! As in Prometheus's `promql/promqltest/README.md`.

mod eval;
mod expect;

use std::fmt;

use engine::Steps;
use model::{Labels, duration};
use promql::Expr;

pub use self::expect::Pattern;
use crate::series::{self, Point};

/// A script's commands in order.
#[derive(Debug)]
pub struct Script {
    /// The commands.
    pub commands: Vec<Command>,
}

/// One command.
#[derive(Debug)]
pub enum Command {
    /// Forgets all samples.
    Clear,
    /// Adds samples.
    Load(Load),
    /// Evaluates an expression and compares.
    Eval(Box<Eval>),
}

/// `load 1m`, with the lines below it.
#[derive(Debug)]
pub struct Load {
    /// The line of the command, from 1.
    pub line: usize,
    /// Milliseconds between samples.
    pub step: i64,
    /// Whether classic histograms are to be loaded as native ones also.
    pub with_nhcb: bool,
    /// One item per label set.
    pub series: Vec<LoadSeries>,
}

/// A line of `load`.
#[derive(Debug)]
pub struct LoadSeries {
    /// The label set.
    pub labels: Labels,
    /// The samples from time 0 on.
    pub points: Vec<Point>,
    /// Whether a line `…@st` gives the samples start timestamps.
    pub start_timestamps: bool,
}

/// `eval`, with the lines below it.
#[derive(Debug)]
pub struct Eval {
    /// The line of the command, from 1.
    pub line: usize,
    /// The expression as written.
    pub text: String,
    /// The expression, or why it does not parse.
    pub expr: Result<Expr, String>,
    /// When it is evaluated.
    pub when: When,
    /// Where samples are expected: the steps of a range query or of `expect range vector`.
    pub steps: Steps,
    /// What the result should be.
    pub result: Expected,
    /// The error that should be.
    pub fail: Option<Pattern>,
    /// What every warning should match, and each of these some warning; unchecked where empty.
    pub warn: Vec<Pattern>,
    /// The same for infos.
    pub info: Vec<Pattern>,
    /// Whether there should be no warning.
    pub no_warn: bool,
    /// Whether there should be no info.
    pub no_info: bool,
    /// Whether the order of results matters.
    pub ordered: bool,
}

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once, in milliseconds.
    Instant(i64),
    /// At all steps.
    Range,
}

/// What a result should be.
#[derive(Debug)]
pub enum Expected {
    /// A number.
    Scalar(f64),
    /// A string.
    String(String),
    /// Series in the order written, none of them twice.
    Series(Vec<ExpectedSeries>),
    /// The samples of an instant query's windows.
    RangeVector(Vec<ExpectedSeries>),
}

/// A series that should be in the result.
#[derive(Debug)]
pub struct ExpectedSeries {
    /// The label set.
    pub labels: Labels,
    /// Its place among the lines below `eval`, from 1.
    pub position: usize,
    /// One sample, or one per step.
    pub points: Vec<Point>,
}

/// A script that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Reads a script. All guarded syntax is allowed.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let mut lines = Lines::new(text);
    let mut commands = Vec::new();
    while let Some((line, text)) = lines.next_line() {
        let word = text.split([' ', '\t']).next().unwrap_or("").to_ascii_lowercase();
        commands.push(if word == "clear" {
            Command::Clear
        } else if word.starts_with("load") {
            Command::Load(load(text, line, &mut lines)?)
        } else if word.starts_with("eval") {
            Command::Eval(Box::new(eval::eval(text, line, &mut lines)?))
        } else {
            return Err(error(line, format!("invalid command {}", model::quote::quote(text))));
        });
    }
    Ok(Script { commands })
}

fn error(line: usize, message: impl Into<String>) -> ScriptError {
    ScriptError { line, message: message.into() }
}

/// Trimmed lines; a comment is an empty line, and an empty line ends a block.
struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let lines = text.lines().map(str::trim);
        Self { lines: lines.map(|l| if l.starts_with('#') { "" } else { l }).collect(), next: 0 }
    }

    /// The next line with text, and its number.
    fn next_line(&mut self) -> Option<(usize, &'a str)> {
        loop {
            let line = *self.lines.get(self.next)?;
            self.next += 1;
            if !line.is_empty() {
                return Some((self.next, line));
            }
        }
    }

    /// The next line of the block.
    fn next_in_block(&mut self) -> Option<(usize, &'a str)> {
        let line = *self.lines.get(self.next).filter(|line| !line.is_empty())?;
        self.next += 1;
        Some((self.next, line))
    }
}

fn load(text: &str, line: usize, lines: &mut Lines<'_>) -> Result<Load, ScriptError> {
    let (with_nhcb, step) = match text.split_once([' ', '\t']) {
        Some(("load", step)) => (false, step),
        Some(("load_with_nhcb", step)) => (true, step),
        _ => return Err(error(line, "a load is `load STEP` or `load_with_nhcb STEP`")),
    };
    let step = duration(step.trim(), line)?;
    let mut load = Load { line, step, with_nhcb, series: Vec::new() };
    let mut start_of: Option<Labels> = None;
    while let Some((line, text)) = lines.next_in_block() {
        if let Some(metric) = start_timestamp_line(text) {
            let labels = series::parse_labels(metric).map_err(|e| error(line, e))?;
            if start_of.replace(labels).is_some() {
                return Err(error(line - 1, "@st line has no following sample line"));
            }
            continue;
        }
        let read = series::parse(text).map_err(|e| error(line, e))?;
        let start_timestamps = match start_of.take() {
            Some(labels) if labels != read.labels => {
                let message = "@st metric does not match the following sample line metric";
                return Err(error(line - 1, message));
            }
            start => start.is_some(),
        };
        load.series.retain(|s| s.labels != read.labels);
        load.series.push(LoadSeries { labels: read.labels, points: read.points, start_timestamps });
    }
    if start_of.is_some() {
        return Err(error(lines.next, "@st line has no following sample line"));
    }
    Ok(load)
}

/// The metric of a line `metric@st …`.
fn start_timestamp_line(text: &str) -> Option<&str> {
    text.split([' ', '\t']).next()?.strip_suffix("@st")
}

fn duration(text: &str, line: usize) -> Result<i64, ScriptError> {
    duration::parse(text).map_err(|message| error(line, message))
}

/// Start, end and step of words `from START to END step STEP` at the beginning of a text, and what
/// follows.
fn from_to_step(text: &str, line: usize) -> Result<([i64; 3], &str), ScriptError> {
    let mut rest = text;
    let mut values = [0; 3];
    for (value, keyword) in values.iter_mut().zip(["from", "to", "step"]) {
        let (word, after) = next_word(rest);
        if word != keyword {
            return Err(error(line, format!("expected `{keyword}`, got {word:?}")));
        }
        let (word, after) = next_word(after);
        *value = duration(word, line)?;
        rest = after;
    }
    if values[1] < values[0] {
        return Err(error(line, "the end is before the start"));
    }
    Ok((values, rest))
}

/// The first word and what follows it, both trimmed.
fn next_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.trim_start().split_once([' ', '\t']).unwrap_or((text.trim(), ""));
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests;
