//! What is run, and how.

use std::sync::Arc;

use diagnostics::Source;
use model::Regex;
use promql::ParseOptions;
use ruler::Evaluation;

/// A file of unit tests with the rule files that it names.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file of tests, under the name by which the user knows it.
    pub source: Arc<Source>,
    /// What it says.
    pub file: Arc<testfile::TestFile>,
    /// The rule files, in the order of their patterns.
    pub rules: Vec<RuleText>,
    /// Patterns of rule files that match nothing, by their places among `rule_files`, as paths.
    pub unmatched: Vec<(usize, String)>,
    /// The place of the first pattern that is none, and why.
    pub bad_pattern: Option<(usize, String)>,
}

/// A rule file.
#[derive(Clone, Debug)]
pub enum RuleText {
    /// It could be read.
    Read(Arc<rules::RuleFile>),
    /// It could not be read.
    Unreadable {
        /// Its name.
        name: String,
        /// Why.
        message: String,
    },
}

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// In whose way.
    pub mode: Mode,
    /// Which tests are run: those whose names match one of these; all if there are none.
    pub run: Vec<Regex>,
    /// Whether all samples of each test are told, as promtool's `--debug` does.
    pub debug: bool,
    /// Which syntax rules and expressions may have.
    pub syntax: ParseOptions,
    /// How expressions are evaluated.
    pub evaluation: Evaluation,
    /// Whether it is noted what the tests exercise.
    pub coverage: bool,
}

/// In whose way tests are run and told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Ours.
    #[default]
    Ours,
    /// promtool's, its quirks included.
    Promtool {
        /// Whether alerts that differ are shown as its `--diff` does.
        diff: bool,
    },
}

impl Options {
    /// Whether everything is done and said as promtool does.
    pub(crate) fn compat(&self) -> bool {
        self.mode != Mode::Ours
    }

    /// Whether a test is run.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.run.is_empty() || self.run.iter().any(|regex| regex.is_match(name))
    }
}
