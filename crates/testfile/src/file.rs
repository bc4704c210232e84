//! What a file of unit tests holds.

use std::sync::Arc;

use diagnostics::Span;
use yaml::Node;

use crate::{FileError, error, series::InputSeries};

/// A file of unit tests.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Paths of rule files, relative to this one; may be globs.
    pub rule_files: Vec<Text>,
    /// Milliseconds between two evaluations of the rules; a minute unless the file says.
    pub evaluation_interval: i64,
    /// Names of groups in the order of their evaluation; others come first.
    pub group_eval_order: Vec<Text>,
    /// Whether floats may differ in their last bit.
    pub fuzzy_compare: bool,
    /// The tests.
    pub tests: Vec<Test>,
    /// Everything wrong with the file's shape. promtool runs nothing of such a file.
    pub errors: Vec<FileError>,
    /// Keys of ours that the file uses, in the words in which promtool refuses them.
    pub extensions: Vec<FileError>,
    /// Whether documents follow that nobody reads.
    pub has_more: bool,
}

/// A test: samples, and what the rules should make of them. promtool calls it a test group.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its place in the file, from 0.
    pub number: usize,
    /// Its name, if it has one that is not empty.
    pub name: Option<Text>,
    /// Milliseconds between two samples of the input series.
    pub interval: i64,
    /// The time of the first sample and evaluation, in milliseconds.
    pub start: i64,
    /// The samples.
    pub input_series: Vec<InputSeries>,
    /// What should fire.
    pub alerts: Vec<AlertTest>,
    /// What expressions should return.
    pub exprs: Vec<ExprTest>,
    /// What templates see as `$externalLabels`.
    pub external_labels: Names,
    /// What templates see as `$externalURL`.
    pub external_url: String,
    /// Our key `use_group_intervals`: rule groups are evaluated at their own intervals.
    pub use_group_intervals: bool,
    /// Where it is written.
    pub span: Span,
}

/// What of an alert should fire at a time.
#[derive(Clone, Debug)]
pub struct AlertTest {
    /// When, from the test's start.
    pub eval_time: Time,
    /// The alert's name; promtool refuses to go on without one.
    pub alertname: Option<Text>,
    /// All that should fire.
    pub exp_alerts: Vec<ExpAlert>,
    /// Where it is written.
    pub span: Span,
}

/// An alert that should fire.
#[derive(Clone, Debug)]
pub struct ExpAlert {
    /// Its labels without `alertname`.
    pub labels: Names,
    /// Its annotations.
    pub annotations: Names,
    /// Our key `exp_labels_subset`: the alert may have labels beside these and `exp_labels`.
    pub labels_subset: Option<Names>,
    /// Our key `exp_annotations_subset`: the same of annotations.
    pub annotations_subset: Option<Names>,
    /// Where it is written.
    pub span: Span,
}

/// What an expression should return.
#[derive(Clone, Debug)]
pub struct ExprTest {
    /// The expression.
    pub expr: Text,
    /// When, from the test's start.
    pub eval_time: Time,
    /// All samples of the result.
    pub exp_samples: Vec<ExpSample>,
    /// Where it is written.
    pub span: Span,
}

/// A sample that an expression should return.
#[derive(Clone, Debug)]
pub struct ExpSample {
    /// The series: `name{label="value"}`.
    pub labels: Text,
    /// The number.
    pub value: f64,
    /// A native histogram in the notation of series, which then counts instead of the number.
    pub histogram: Option<Text>,
    /// Where it is written.
    pub span: Span,
}

/// A text and where it is written.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text, quotes and escapes undone.
    pub text: String,
    /// The scalar that holds it; the node around where there is none.
    pub node: Arc<Node>,
}

/// A time from the start of a test.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// Milliseconds.
    pub ms: i64,
    /// Where it is written; where it belongs if it is not.
    pub span: Span,
}

/// Names with their values, sorted by name; values may be empty.
pub type Names = Vec<(String, String)>;

impl TestFile {
    /// What is left of a file that is no UTF-8 from a byte on.
    pub fn not_utf8(at: usize) -> Self {
        let mut file = crate::parse("");
        file.errors.push(FileError::not_utf8(at));
        file
    }

    /// The one error with which promtool refuses the file, if it does.
    pub fn to_promtool(&self) -> Option<String> {
        let mut all: Vec<FileError> = self.errors.iter().chain(&self.extensions).cloned().collect();
        all.sort_by_key(|e| e.span.start);
        error::to_promtool(&all)
    }

    /// The groups that are named twice in the order of evaluation.
    pub fn repeated_groups(&self) -> impl Iterator<Item = &Text> {
        let named = self.group_eval_order.iter().enumerate();
        named
            .filter(|(i, name)| {
                self.group_eval_order[..*i].iter().any(|other| other.text == name.text)
            })
            .map(|(_, name)| name)
    }

    /// The place of a group in the order of evaluation; groups that the file does not name have
    /// the first one's.
    pub fn order_of(&self, group: &str) -> usize {
        self.group_eval_order.iter().position(|name| name.text == group).unwrap_or(0)
    }
}

impl Test {
    /// Its name, or `unnamed#N`.
    pub fn shown_name(&self) -> String {
        match &self.name {
            Some(name) => name.text.clone(),
            None => format!("unnamed#{}", self.number),
        }
    }

    /// The name that `--run` chooses by; empty where it has none.
    pub fn wanted_name(&self) -> &str {
        self.name.as_ref().map_or("", |name| &name.text)
    }

    /// The latest time at which something is expected, from the start.
    pub fn last_eval_time(&self) -> i64 {
        let alerts = self.alerts.iter().map(|alert| alert.eval_time.ms);
        let exprs = self.exprs.iter().map(|expr| expr.eval_time.ms);
        alerts.chain(exprs).max().unwrap_or(0)
    }

    /// Whether it expects anything at all.
    pub fn expects_something(&self) -> bool {
        !self.alerts.is_empty() || !self.exprs.is_empty()
    }
}

impl Text {
    /// Where it is written.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Where a part of it is written; all of it where that cannot be told.
    pub fn locate(&self, file: &str, part: Span) -> Span {
        self.node.locate(file, part).unwrap_or(self.node.span)
    }
}
