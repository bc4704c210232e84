//! Prometheus's script language: `load`, `clear` and `eval` commands with their expectations.
//!
//! It reads the text; nothing is evaluated here (see `run`). An expression that does not parse is
//! the error of its `eval` alone, so that the rest of a file is still worth running.
//! Start at [`parse`]; `script/load.rs` reads samples, `script/start.rs` their start timestamps,
//! `script/eval.rs` evaluations, `script/expect.rs` their `expect` lines.
//! As in prometheus promql/promqltest/README.md and test.go.

mod eval;
mod expect;
mod load;
mod start;

use std::fmt;

use engine::Steps;
use model::{Labels, duration, quote::quote};
use promql::{Expr, ParseError};

pub use self::expect::{Expected, ExpectedSeries, Notices, Pattern};
use crate::series::{Point, SeriesError};

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
#[derive(Clone, Debug)]
pub struct LoadSeries {
    /// The label set.
    pub labels: Labels,
    /// The samples from time 0 on.
    pub points: Vec<Point>,
    /// How long before its sample each one's counting started, in negative milliseconds; empty
    /// without a line `…@st`.
    pub starts: Vec<Option<i64>>,
}

/// `eval`, with the lines below it.
#[derive(Debug)]
pub struct Eval {
    /// The line of the command, from 1.
    pub line: usize,
    /// The expression as written.
    pub text: String,
    /// Where it begins in its line, in bytes.
    pub column: usize,
    /// The expression, or why it does not parse.
    pub expr: Result<Expr, ParseError>,
    /// When it is evaluated.
    pub when: When,
    /// When a range query ends: at its last step or less than a step after it.
    pub end: Option<i64>,
    /// Where samples are expected: the steps of a range query or of `expect range vector`.
    pub steps: Steps,
    /// What should come of it.
    pub expected: Expected,
}

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once, in milliseconds.
    Instant(i64),
    /// At all steps.
    Range,
}

/// A script that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// From 1.
    pub line: usize,
    /// In bytes from 1, where it is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ScriptError {
    /// `3: …`, or `3:7: parse error: …` as Prometheus has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "{}:{column}: parse error: {}", self.line, self.message),
            None => write!(f, "{}: {}", self.line, self.message),
        }
    }
}

impl std::error::Error for ScriptError {}

/// Reads a script. All guarded syntax is allowed.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let mut lines = Lines::new(text);
    let mut commands = Vec::new();
    while let Some((line, text)) = lines.next_line() {
        let word = text.split([' ', '\t']).next().unwrap_or("").to_lowercase();
        commands.push(if word == "clear" {
            Command::Clear
        } else if word.starts_with("load") {
            Command::Load(load::load(text, line, &mut lines)?)
        } else if word.starts_with("eval") {
            Command::Eval(Box::new(eval::eval(text, line, &mut lines)?))
        } else {
            return Err(error(line, format!("invalid command {}", quote(text))));
        });
    }
    Ok(Script { commands })
}

/// Reads the `load` that a text begins with, and nothing behind its block. promtool puts the input
/// series of a rule's unit test into that form.
pub fn parse_load(text: &str) -> Result<Load, ScriptError> {
    let mut lines = Lines::new(text);
    let (line, text) = lines.next_line().unwrap_or((1, ""));
    load::load(text, line, &mut lines)
}

fn error(line: usize, message: impl Into<String>) -> ScriptError {
    ScriptError { line, column: None, message: message.into() }
}

impl SeriesError {
    /// As the mistake of a line.
    fn in_line(self, line: usize) -> ScriptError {
        ScriptError { line, column: Some(self.at + 1), message: self.message }
    }
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

/// Start, end and step of words `from START to END step STEP` at the beginning of a text, and what
/// follows; `None` where the words are others.
fn from_to_step(text: &str) -> Option<([&str; 3], &str)> {
    let mut rest = text;
    let mut values = [""; 3];
    for (value, keyword) in values.iter_mut().zip(["from", "to", "step"]) {
        let (word, after) = next_word(rest);
        if word != keyword {
            return None;
        }
        (*value, rest) = next_word(after);
    }
    (!values[2].is_empty()).then_some((values, rest))
}

/// The steps of three durations.
/// The steps, and when the range ends.
fn steps([start, end, step]: [&str; 3]) -> Result<(Steps, i64), String> {
    let read = |what: &str, text: &str| {
        duration::parse(text)
            .map_err(|error| format!("invalid {what} definition {}: {error}", quote(text)))
    };
    let from = read("start timestamp", start)?;
    let to = read("end timestamp", end)?;
    if to < from {
        return Err(format!(
            "invalid test definition, end timestamp ({end}) is before start timestamp ({start})"
        ));
    }
    let step = read("step", step)?;
    if step == 0 {
        return Err("invalid step definition \"0\": zero".to_owned());
    }
    Ok((Steps::range(from, to, step), to))
}

/// The first word and what follows it, both trimmed.
fn next_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.trim_start().split_once([' ', '\t']).unwrap_or((text.trim(), ""));
    (word, rest.trim_start())
}

#[cfg(test)]
mod tests;
