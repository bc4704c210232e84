//! What came of scripts, per file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What came of a folder of scripts.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One per file, by name.
    pub files: Vec<FileReport>,
}

/// What came of a script.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Its name, relative to the folder.
    pub name: String,
    /// Why it could not be run, or not to its end.
    pub error: Option<String>,
    /// The line of each evaluation and what came of it.
    pub evals: Vec<(usize, Outcome)>,
}

/// What came of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As expected, in every way that it was run.
    Passed,
    /// What differed.
    Failed(String),
    /// What it needs that we do not have.
    Skipped(&'static str),
}

impl FileReport {
    /// How many passed, failed and were skipped.
    pub fn counts(&self) -> [usize; 3] {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.evals.iter().filter(|(_, outcome)| wanted(outcome)).count()
        };
        [
            count(|o| *o == Outcome::Passed),
            count(|o| matches!(o, Outcome::Failed(_))),
            count(|o| matches!(o, Outcome::Skipped(_))),
        ]
    }

    /// Why evaluations were skipped, and how many for each reason.
    fn reasons(&self) -> BTreeMap<&'static str, usize> {
        let mut reasons = BTreeMap::new();
        for (_, outcome) in &self.evals {
            if let Outcome::Skipped(reason) = outcome {
                *reasons.entry(*reason).or_default() += 1;
            }
        }
        reasons
    }
}

impl Report {
    /// The evaluations that passed, as `file.test:LINE`.
    pub fn passed(&self) -> BTreeSet<String> {
        let of_file = |file: &FileReport| {
            let passed = file.evals.iter().filter(|(_, outcome)| *outcome == Outcome::Passed);
            passed.map(|(line, _)| format!("{}:{line}", file.name)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// Files that could not be run and evaluations that failed, one per line.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for file in &self.files {
            failures.extend(file.error.iter().map(|error| format!("{}: {error}", file.name)));
            for (line, outcome) in &file.evals {
                if let Outcome::Failed(why) = outcome {
                    failures.push(format!("{}:{line}: {why}", file.name));
                }
            }
        }
        failures
    }
}

impl fmt::Display for Report {
    /// A table: per file how many passed, failed and were skipped, and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28} {:>6} {:>6} {:>7}", "file", "passed", "failed", "skipped")?;
        let mut total = [0; 3];
        for file in &self.files {
            let [passed, failed, skipped] = file.counts();
            write!(f, "{:<28} {passed:>6} {failed:>6} {skipped:>7}", file.name)?;
            for (reason, n) in file.reasons() {
                write!(f, "  {reason}: {n}")?;
            }
            if let Some(error) = &file.error {
                write!(f, "  {error}")?;
            }
            writeln!(f)?;
            for (sum, n) in total.iter_mut().zip(file.counts()) {
                *sum += n;
            }
        }
        writeln!(f, "{:<28} {:>6} {:>6} {:>7}", "all", total[0], total[1], total[2])
    }
}
