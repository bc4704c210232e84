//! What came of scripts, per file.

use std::{collections::BTreeSet, fmt};

use crate::{compare::Mismatch, script::ScriptError};

/// What came of several scripts.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One per file, by name.
    pub files: Vec<FileReport>,
}

/// What came of a script.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// Why it could not be run, or not to its end.
    pub error: Option<ScriptError>,
    /// The evaluations in order.
    pub evals: Vec<EvalReport>,
}

/// What came of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalReport {
    /// Its line, from 1.
    pub line: usize,
    /// The expression as written.
    pub text: String,
    /// None where it is as expected, in every way that it was run.
    pub failure: Option<Failure>,
}

/// How an evaluation is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How it was run, where not as written: as a range query, pinned with `@`.
    pub way: Option<String>,
    /// What differs.
    pub mismatch: Mismatch,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(way) = &self.way {
            write!(f, "{way}: ")?;
        }
        f.write_str(&self.mismatch.message)
    }
}

impl FileReport {
    /// How many evaluations passed and failed.
    pub fn counts(&self) -> (usize, usize) {
        let failed = self.evals.iter().filter(|eval| eval.failure.is_some()).count();
        (self.evals.len() - failed, failed)
    }

    /// Whether all is as expected.
    pub fn is_ok(&self) -> bool {
        self.error.is_none() && self.counts().1 == 0
    }

    /// The evaluations that failed, and how.
    pub fn failed(&self) -> impl Iterator<Item = (&EvalReport, &Failure)> {
        self.evals.iter().filter_map(|eval| Some((eval, eval.failure.as_ref()?)))
    }
}

impl Report {
    /// The evaluations that passed, as `file.test:LINE`.
    pub fn passed(&self) -> BTreeSet<String> {
        let of_file = |file: &FileReport| {
            let passed = file.evals.iter().filter(|eval| eval.failure.is_none());
            passed.map(|eval| format!("{}:{}", file.name, eval.line)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// Files that could not be run and evaluations that failed, one per line.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for file in &self.files {
            failures.extend(file.error.iter().map(|error| format!("{}:{error}", file.name)));
            for (eval, failure) in file.failed() {
                failures.push(format!("{}:{}: {}: {failure}", file.name, eval.line, eval.text));
            }
        }
        failures
    }
}

impl fmt::Display for Report {
    /// A table: per file how many passed and failed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28} {:>6} {:>6}", "file", "passed", "failed")?;
        let mut total = (0, 0);
        for file in &self.files {
            let (passed, failed) = file.counts();
            write!(f, "{:<28} {passed:>6} {failed:>6}", file.name)?;
            if let Some(error) = &file.error {
                write!(f, "  {error}")?;
            }
            writeln!(f)?;
            total = (total.0 + passed, total.1 + failed);
        }
        writeln!(f, "{:<28} {:>6} {:>6}", "all", total.0, total.1)
    }
}
