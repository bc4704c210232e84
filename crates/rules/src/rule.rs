//! What a rule file defines. Definitions carry no status.

use std::{fmt::Write, sync::Arc};

use diagnostics::{Diagnostic, Span};
use promql::Expr;
use yaml::Located;

use crate::Template;

/// Rules that are evaluated one after the other, at the same time.
#[derive(Clone, Debug)]
pub struct Group {
    /// Unique in its document.
    pub name: Located,
    /// The file, as the caller named it.
    pub file: String,
    /// Milliseconds between evaluations; the configured default if none.
    pub interval: Option<i64>,
    /// Milliseconds by which queries look back from the evaluation time.
    pub query_offset: Option<i64>,
    /// Most series or alerts that one rule may produce; 0 for no limit.
    pub limit: usize,
    /// Labels of the group, as written. Rules have them already.
    pub labels: Vec<Pair>,
    /// In the order of evaluation. Among them are rules of which a part could not be read
    /// ([`Rule::is_broken`]): a file with errors must not be run.
    pub rules: Vec<Rule>,
    /// Rules of which too little could be read, such as those whose expression does not parse.
    pub unread: Vec<UnreadRule>,
    /// What is written, known or not, in order.
    pub fields: Vec<Field>,
    /// Where the group is written, from 1.
    pub line: u32,
    /// Where the group is written, in bytes of the file.
    pub span: Span,
}

/// A recording or alerting rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The alert's name, or the metric name of what is recorded.
    pub name: Located,
    /// What is evaluated.
    pub expr: Expr,
    /// The expression as written. Its spans count in this text.
    pub expr_text: Located,
    /// Labels, sorted by name: the rule's, and those of its group that it does not override.
    /// Those of a recording rule are literal.
    pub labels: Vec<(Arc<str>, Template)>,
    /// The rule's own labels as written.
    pub own_labels: Vec<Pair>,
    /// The annotations as written.
    pub annotations: Vec<Pair>,
    /// Milliseconds for which a row must be there before the alert fires, if written.
    pub for_: Option<(i64, Located)>,
    /// Milliseconds for which an alert keeps firing after its row has gone, if written.
    pub keep_firing_for: Option<(i64, Located)>,
    /// Recording or alerting.
    pub kind: RuleKind,
    /// What is written, known or not, in order.
    pub fields: Vec<Field>,
    /// Which rule of the group as written it is, from 0.
    pub index: usize,
    /// Where the rule is written, from 1.
    pub line: u32,
    /// Where the rule is written, in bytes of the file.
    pub span: Span,
    /// Whether something is wrong with it beside the expression: what could be read is here.
    pub is_broken: bool,
}

/// A rule of which too little could be read to make it one.
#[derive(Clone, Debug)]
pub struct UnreadRule {
    /// The alert's name, or the metric name of what is recorded.
    pub name: Option<Located>,
    /// The expression as written.
    pub expr: Option<Located>,
    /// Why the expression does not parse. Spans count in its text.
    pub errors: Vec<Diagnostic>,
    /// What is written, known or not, in order.
    pub fields: Vec<Field>,
    /// Which rule of the group as written it is, from 0.
    pub index: usize,
    /// Where the rule is written, in bytes of the file.
    pub span: Span,
}

/// A label or an annotation as written.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Its name.
    pub name: Located,
    /// Its value; a text without a place where nothing is written.
    pub value: Located,
    /// What the value is expanded as; that of a recording rule is literal.
    pub template: Template,
}

/// A field of a group or a rule as written.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Where the name stands, in bytes of the file.
    pub key: Span,
    /// Where the value stands, in bytes of the file.
    pub value: Span,
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
    pub annotations: Vec<(Arc<str>, Template)>,
}

impl Group {
    /// A field, if it is written.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.name == name)
    }
}

impl Rule {
    /// The alert's name, or the metric name of what is recorded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The alerting part, if it is an alerting rule.
    pub fn alerting(&self) -> Option<&Alerting> {
        match &self.kind {
            RuleKind::Recording { .. } => None,
            RuleKind::Alerting(alerting) => Some(alerting),
        }
    }

    /// A field, if it is written.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.name == name)
    }

    /// The expression in its canonical form, printed anew.
    pub fn query(&self) -> String {
        // It is about as long as what was written.
        let length = self.expr_text.len();
        let mut text = String::with_capacity(length + length / 4);
        let _ = write!(text, "{}", self.expr);
        text
    }

    /// Where a part of the expression stands in the file.
    pub fn locate(&self, part: Span) -> Span {
        self.expr_text.locate(part)
    }
}

impl Field {
    /// The name and the value, in bytes of the file.
    pub fn span(&self) -> Span {
        self.key.to(self.value)
    }
}
