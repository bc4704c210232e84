//! What a rule file defines. Definitions carry no status.

use std::sync::Arc;

use diagnostics::Span;
use promql::Expr;

use crate::{Template, yaml::Node};

/// Rules that are evaluated one after the other, at the same time.
#[derive(Clone, Debug)]
pub struct Group {
    /// Unique in its file.
    pub name: String,
    /// The file, as the caller named it.
    pub file: String,
    /// Milliseconds between evaluations; the configured default if none.
    pub interval: Option<i64>,
    /// Milliseconds by which queries look back from the evaluation time.
    pub query_offset: Option<i64>,
    /// Most series or alerts that one rule may produce; 0 for no limit.
    pub limit: usize,
    /// Labels of the group, as written. Rules have them already.
    pub labels: Vec<(String, String)>,
    /// In the order of evaluation. Rules with errors are left out.
    pub rules: Vec<Rule>,
    /// Where the group is written, from 1.
    pub line: u32,
}

/// A recording or alerting rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What is evaluated.
    pub expr: Expr,
    /// The expression as written. Its spans count in this text.
    pub expr_text: String,
    /// The expression in its canonical form.
    pub query: String,
    /// Labels, sorted by name: the rule's, and those of its group that it does not override.
    /// Those of a recording rule are literal.
    pub labels: Vec<(String, Template)>,
    /// Recording or alerting.
    pub kind: RuleKind,
    /// Where the rule is written, from 1.
    pub line: u32,
    /// Where the rule is written, in bytes of the file.
    pub span: Span,
    /// The scalar that holds the expression.
    pub expr_node: Arc<Node>,
}

/// What a rule does with its result.
#[derive(Clone, Debug)]
pub enum RuleKind {
    /// Stores it as series.
    Recording {
        /// The metric name of the series.
        record: String,
    },
    /// Makes each row an alert.
    Alerting(Alerting),
}

/// The alerting part of a rule.
#[derive(Clone, Debug)]
pub struct Alerting {
    /// The alert's name.
    pub alert: String,
    /// Milliseconds for which a row must be there before the alert fires.
    pub for_ms: i64,
    /// Milliseconds for which an alert keeps firing after its row has gone.
    pub keep_firing_for_ms: i64,
    /// Sorted by name.
    pub annotations: Vec<(String, Template)>,
}

impl Rule {
    /// The alert's name, or the metric name of what is recorded.
    pub fn name(&self) -> &str {
        match &self.kind {
            RuleKind::Recording { record } => record,
            RuleKind::Alerting(alerting) => &alerting.alert,
        }
    }

    /// The alerting part, if it is an alerting rule.
    pub fn alerting(&self) -> Option<&Alerting> {
        match &self.kind {
            RuleKind::Recording { .. } => None,
            RuleKind::Alerting(alerting) => Some(alerting),
        }
    }

    /// Where a part of the expression stands in the file's text; the whole expression where that
    /// cannot be told.
    pub fn locate(&self, file_text: &str, part: Span) -> Span {
        self.expr_node.locate(file_text, part).unwrap_or(self.expr_node.span)
    }
}
