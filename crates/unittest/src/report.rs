//! What came of a file of tests.

use std::{sync::Arc, time::Duration};

use diagnostics::{Finding, Severity, Source};

use crate::coverage::Coverage;

/// What came of a file of tests.
#[derive(Debug)]
pub struct FileReport {
    /// The file.
    pub source: Arc<Source>,
    /// Why nothing was run; also what is odd about the file as a whole.
    pub findings: Vec<Finding>,
    /// promtool's words for why nothing was run.
    pub refused: Option<String>,
    /// promtool's warnings.
    pub warned: Vec<String>,
    /// The tests that were run.
    pub tests: Vec<TestReport>,
    /// What the tests exercise, if that was asked for.
    pub coverage: Option<Coverage>,
}

/// What came of a test.
#[derive(Debug, Default)]
pub struct TestReport {
    /// Its name, or `unnamed#N`.
    pub name: String,
    /// What is not as it should be.
    pub failures: Vec<Failure>,
    /// What is odd: expectations that cannot fail, notices of the engine.
    pub warnings: Vec<Finding>,
    /// What promtool's `--debug` tells of it.
    pub debug: Vec<String>,
    /// How long it took, if the caller measured it.
    pub took: Duration,
}

/// Something that is not as it should be.
#[derive(Debug)]
pub struct Failure {
    /// What and where.
    pub finding: Finding,
    /// What was expected, what came, and why.
    pub lines: Vec<Line>,
    /// promtool's words; none for what it says nothing about.
    pub promtool: Option<String>,
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub mark: Mark,
    /// How far it is indented.
    pub depth: usize,
    /// Its text.
    pub text: String,
}

/// What a line of a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// What both have, or words about it.
    Both,
    /// What only was expected.
    Expected,
    /// What only came.
    Got,
}

impl FileReport {
    /// Whether everything is as it should be.
    pub fn passed(&self) -> bool {
        self.refused.is_none() && self.tests.iter().all(TestReport::passed)
    }

    /// How many tests failed.
    pub fn n_failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.passed()).count()
    }

    /// All that is odd but no failure.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        let of_file = self.findings.iter().filter(|f| f.diagnostic.severity < Severity::Error);
        of_file.chain(self.tests.iter().flat_map(|test| &test.warnings))
    }
}

impl TestReport {
    /// Whether everything is as it should be.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// What failed, in promtool's words.
    pub fn promtool(&self) -> impl Iterator<Item = &str> {
        self.failures.iter().filter_map(|failure| failure.promtool.as_deref())
    }
}

impl Line {
    pub(crate) fn new(mark: Mark, depth: usize, text: impl Into<String>) -> Self {
        Self { mark, depth, text: text.into() }
    }

    pub(crate) fn both(depth: usize, text: impl Into<String>) -> Self {
        Self::new(Mark::Both, depth, text)
    }
}
