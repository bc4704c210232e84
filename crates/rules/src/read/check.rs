//! What groups and rules mean: names, expressions, labels, templates.
//!
//! As `Validate` in Prometheus's `model/rulefmt/rulefmt.go`, in its order.

mod text;

use std::{collections::HashMap, sync::Arc};

use diagnostics::{Diagnostic, Span};
use model::{METRIC_NAME, quote::quote};
use promql::{Expr, ParseOptions};
use yaml::{Located, Node};

use super::{
    advice::MAX_WORD,
    decode::{RawGroup, RawRule},
    mistake::Mistakes,
};
use crate::{
    Alerting, DocumentKind, Group, Pair, Rule, RuleKind, Template, UnreadRule, error::ErrorKind,
    template,
};

/// Collects mistakes while it checks.
pub(super) struct Checker {
    pub(super) mistakes: Mistakes,
    options: ParseOptions,
    /// Whether expressions that are no PromQL are no mistakes.
    is_foreign: bool,
    group_names: HashMap<Arc<str>, Span>,
}

/// Which rule is checked, as messages name it.
struct Which<'r> {
    group: &'r str,
    number: usize,
    name: &'r str,
    is_alert: bool,
    node: &'r Arc<Node>,
}

/// What became of an expression.
enum Read {
    Absent,
    Broken(Vec<Diagnostic>),
    Good(Expr),
}

/// What became of a rule.
enum Outcome {
    Rule(Box<Rule>),
    Unread(Box<UnreadRule>),
}

impl Checker {
    pub(super) fn new(kind: &DocumentKind, options: ParseOptions, mistakes: Mistakes) -> Self {
        let is_foreign = matches!(kind, DocumentKind::VmRule { .. });
        Self { mistakes, options, is_foreign, group_names: HashMap::new() }
    }

    pub(super) fn group(&mut self, file: &str, raw: RawGroup) -> Group {
        let origin = Arc::clone(&self.mistakes.origin);
        let name = raw.name.unwrap_or_else(|| Located::empty(&origin, &raw.node));
        self.check_group_name(&name, raw.is_partial);
        for (label, _) in &raw.labels {
            if !is_label_name(label) {
                let message = format!("invalid label name: {label}");
                let diagnostic = bad_label_name(label);
                self.mistakes.add(ErrorKind::Rule(Vec::new()), message, diagnostic);
            }
        }
        let labels = raw.labels.into_iter().map(|(name, value)| {
            let template = Template::literal(Arc::clone(&value.text));
            Pair { name, value, template }
        });
        let labels: Vec<Pair> = labels.collect();
        let (mut rules, mut unread) = (Vec::with_capacity(raw.rules.len()), Vec::new());
        for (i, rule) in raw.rules.into_iter().enumerate() {
            match self.rule(&name, &labels, i, rule) {
                Outcome::Rule(rule) => rules.push(*rule),
                Outcome::Unread(rule) => unread.push(*rule),
            }
        }
        let span = origin.locate(raw.node.span);
        Group {
            name,
            file: file.to_owned(),
            // Prometheus takes an interval of zero for none.
            interval: raw.interval.map(|(ms, _)| ms).filter(|ms| *ms > 0),
            query_offset: raw.query_offset.map(|(ms, _)| ms),
            limit: usize::try_from(raw.limit).unwrap_or(0),
            labels,
            rules,
            unread,
            fields: raw.fields,
            line: self.line(&raw.node),
            span,
        }
    }

    fn check_group_name(&mut self, name: &Located, is_partial: bool) {
        // Prometheus knows no position of a group.
        let nowhere = || ErrorKind::Rule(vec![(0, 0)]);
        if name.is_empty() && !is_partial {
            let span = first_line(name.span(), &self.mistakes);
            let diagnostic = Diagnostic::error("invalid-group", span, "the group has no name")
                .help("add `name:`; group and file together identify the group");
            self.mistakes.add(nowhere(), "Groupname must not be empty".to_owned(), diagnostic);
        }
        let known = self.group_names.get(&name.text).copied();
        if let Some(first) = known.filter(|_| !name.is_empty()) {
            let message = format!("groupname: \"{name}\" is repeated in the same file");
            let ours = format!("the name of the group `{name}` is repeated in the same file");
            let diagnostic = Diagnostic::error("invalid-group", name.span(), ours)
                .because(first, "first written here");
            self.mistakes.add(nowhere(), message, diagnostic);
        }
        self.group_names.entry(Arc::clone(&name.text)).or_insert_with(|| name.span());
    }

    /// A rule, as far as it can be read.
    fn rule(&mut self, group: &str, group_labels: &[Pair], index: usize, raw: RawRule) -> Outcome {
        let record = raw.record.as_ref().filter(|record| !record.is_empty());
        let alert = raw.alert.as_ref().filter(|alert| !alert.is_empty());
        let name = alert.or(record);
        let shown = name.map_or("", |name| name);
        let number = index + 1;
        let is_alert = alert.is_some();
        let which = Which { group, number, name: shown, is_alert, node: &raw.node };
        let n_errors = self.mistakes.found.len();
        if !raw.is_partial || record.is_some() && is_alert {
            self.check_kind(&which, record, alert);
        }
        let read = match &raw.expr {
            None if raw.is_partial => Read::Absent,
            expr => self.expr(&which, expr.as_ref()),
        };
        if let Some(record) = record {
            self.check_recording(&which, &raw, record);
        }
        self.check_names(&which, &raw);
        let own_labels = self.pairs(&which, Some("label").filter(|_| is_alert), raw.labels);
        let annotations =
            self.pairs(&which, Some("annotation").filter(|_| is_alert), raw.annotations);
        let span = self.mistakes.place(&raw.node);
        let fields = raw.fields;
        let (expr, expr_text, name) = match (read, &raw.expr, name) {
            (Read::Good(expr), Some(expr_text), Some(name)) => (expr, expr_text.clone(), name),
            (read, expr, name) => {
                let errors = if let Read::Broken(errors) = read { errors } else { Vec::new() };
                let (name, expr) = (name.cloned(), expr.clone());
                let unread = UnreadRule { name, expr, errors, fields, index, span };
                return Outcome::Unread(Box::new(unread));
            }
        };
        let kind = if is_alert {
            RuleKind::Alerting(Alerting {
                alert: name.to_string(),
                for_ms: raw.for_.as_ref().map_or(0, |(ms, _)| *ms),
                keep_firing_for_ms: raw.keep_firing_for.as_ref().map_or(0, |(ms, _)| *ms),
                annotations: sorted(annotations.iter().map(named)),
            })
        } else {
            RuleKind::Recording { record: name.to_string() }
        };
        let rule = Rule {
            labels: merged(&which, group_labels, &own_labels),
            name: name.clone(),
            expr,
            expr_text,
            own_labels,
            annotations,
            for_: raw.for_,
            keep_firing_for: raw.keep_firing_for,
            kind,
            fields,
            index,
            line: self.line(&raw.node),
            span,
            is_broken: self.mistakes.found.len() > n_errors || raw.is_partial,
        };
        Outcome::Rule(Box::new(rule))
    }

    fn check_kind(&mut self, which: &Which<'_>, record: Option<&Located>, alert: Option<&Located>) {
        match (record, alert) {
            (Some(record), Some(alert)) => {
                let positions = vec![position(record), position(alert)];
                let diagnostic = Diagnostic::error(
                    "invalid-rule",
                    alert.span(),
                    "a rule is either an alert or recorded, not both",
                )
                .because(record.span(), "recorded here")
                .help("make two rules of it");
                let message = "only one of 'record' and 'alert' must be set";
                self.add(which, message, positions, diagnostic);
            }
            (None, None) => {
                let span = first_line(self.mistakes.place(which.node), &self.mistakes);
                let ours = "the rule has neither `alert` nor `record`";
                let diagnostic = Diagnostic::error("invalid-rule", span, ours);
                let message = "one of 'record' or 'alert' must be set";
                self.add(which, message, vec![(0, 0), (0, 0)], diagnostic);
            }
            _ => {}
        }
    }

    fn expr(&mut self, which: &Which<'_>, expr: Option<&Located>) -> Read {
        let Some(text) = expr.filter(|expr| !expr.is_empty()) else {
            let cited = expr.map_or((0, 0), position);
            let span = match expr {
                Some(expr) => expr.span(),
                None => first_line(self.mistakes.place(which.node), &self.mistakes),
            };
            let diagnostic = Diagnostic::error("invalid-rule", span, "the rule has no `expr`");
            self.add(which, "field 'expr' must be set in rule", vec![cited], diagnostic);
            return Read::Absent;
        };
        let parsed = promql::parse(text, &self.options);
        match parsed.expr {
            Some(expr) if parsed.errors.is_empty() => Read::Good(expr),
            _ => {
                self.add_expr_errors(which, text, &parsed.errors);
                Read::Broken(parsed.errors)
            }
        }
    }

    fn check_recording(&mut self, which: &Which<'_>, raw: &RawRule, record: &Located) {
        let is_set = |field: &Option<(i64, Located)>| field.as_ref().is_some_and(|f| f.0 != 0);
        let fields = [
            ("annotations", !raw.annotations.is_empty()),
            ("for", is_set(&raw.for_)),
            ("keep_firing_for", is_set(&raw.keep_firing_for)),
        ];
        for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
            let written = raw.fields.iter().find(|f| &*f.name == field);
            let span = written.map_or(record.span(), |written| written.key);
            let ours = format!("`{field}` means nothing in a recording rule");
            let diagnostic = Diagnostic::error("invalid-rule", span, ours)
                .because(record.span(), "this is a recording rule");
            let message = format!("invalid field '{field}' in recording rule");
            self.add(which, &message, vec![position(record)], diagnostic);
        }
        if let Some(at) = record.find(['{', '}']) {
            let message = format!(
                "braces present in the recording rule name; should it be in expr?: {record}"
            );
            let span = record.locate(Span::new(at, record.len()));
            let ours = "the name of what is recorded has braces in it";
            let diagnostic = Diagnostic::error("invalid-rule", span, ours)
                .help("write labels below `labels:`, and a selector into `expr:`");
            self.add(which, &message, vec![position(record)], diagnostic);
        }
    }

    fn check_names(&mut self, which: &Which<'_>, raw: &RawRule) {
        for (label, _) in raw.labels.iter().filter(|(label, _)| !is_label_name(label)) {
            let message = format!("invalid label name: {label}");
            self.add(which, &message, Vec::new(), bad_label_name(label));
        }
        for (name, _) in raw.annotations.iter().filter(|(name, _)| name.is_empty()) {
            let ours = "the annotation has no name";
            let diagnostic = Diagnostic::error("invalid-rule", name.span(), ours);
            self.add(which, "invalid annotation name: ", Vec::new(), diagnostic);
        }
    }

    /// Labels or annotations with their templates; literal where `what` is none.
    fn pairs(
        &mut self,
        which: &Which<'_>,
        what: Option<&str>,
        pairs: Vec<(Located, Located)>,
    ) -> Vec<Pair> {
        let pairs = pairs.into_iter().map(|(name, value)| {
            let template = match what {
                Some(_) => Template::parse_lenient(which.name, Arc::clone(&value.text)),
                None => Template::literal(Arc::clone(&value.text)),
            };
            if let (Some(what), Some(e)) = (what, template.error()) {
                let message = format!("{what} {}: {e}", quote(&name));
                let diagnostic = template_error(&value, &template, e);
                self.add(which, &message, Vec::new(), diagnostic);
            }
            Pair { name, value, template }
        });
        pairs.collect()
    }

    /// The line of the file where a node begins.
    fn line(&self, node: &Node) -> u32 {
        if self.mistakes.origin.outer().is_none() {
            return node.line;
        }
        let start = self.mistakes.place(node).start;
        self.mistakes.origin.source().lines.line_col(start).line
    }
}

/// The labels of a rule over those of its group. Prometheus looks at the templates of a group
/// only when it expands them.
fn merged(which: &Which<'_>, group: &[Pair], own: &[Pair]) -> Vec<(Arc<str>, Template)> {
    let inherited = group.iter().map(|pair| {
        let template = if which.is_alert {
            Template::parse_lenient(which.name, Arc::clone(&pair.value.text))
        } else {
            pair.template.clone()
        };
        (Arc::clone(&pair.name.text), template)
    });
    sorted(inherited.chain(own.iter().map(named)))
}

fn named(pair: &Pair) -> (Arc<str>, Template) {
    (Arc::clone(&pair.name.text), pair.template.clone())
}

/// Templates sorted by name; of equal names the last counts.
fn sorted(named: impl Iterator<Item = (Arc<str>, Template)>) -> Vec<(Arc<str>, Template)> {
    let mut named: Vec<_> = named.collect();
    named.reverse();
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    named.dedup_by(|(again, _), (last, _)| again == last);
    named
}

fn template_error(value: &Located, template: &Template, message: &str) -> Diagnostic {
    let part = template.error_span().unwrap_or_default();
    // `template: __alert_A:1: unexpected EOF`
    let ours = message.splitn(4, ':').nth(3).unwrap_or(message).trim_start();
    let finding = Diagnostic::error("template-syntax", value.locate(part), ours);
    match template_help(ours, part.of(value)) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn template_help(message: &str, found: &str) -> Option<String> {
    let nearest = |names: &mut dyn Iterator<Item = &'static str>| {
        let distance = |name: &str| strsim::damerau_levenshtein(name, found);
        if found.len() > MAX_WORD {
            return None;
        }
        let near = names.min_by_key(|name| distance(name))?;
        (distance(near) <= near.len() / 3).then(|| format!("write `{near}`"))
    };
    if message.starts_with("undefined variable") {
        let names = ["$labels", "$value", "$externalLabels", "$externalURL"];
        return nearest(&mut names.into_iter());
    }
    if message.starts_with("function ") {
        return nearest(&mut template::function_names());
    }
    if message.starts_with("unexpected EOF") {
        return Some("an `if`, `range` or `with` has no `{{ end }}`".to_owned());
    }
    if message.starts_with("unclosed action") {
        return Some("write `}}` at its end".to_owned());
    }
    let is_arithmetic = message.ends_with("in operand") && matches!(found, "*" | "/" | "+" | "-");
    is_arithmetic.then(|| "templates do no arithmetic: compute it in the expression".to_owned())
}

fn bad_label_name(label: &Located) -> Diagnostic {
    let message = match &**label {
        "" => "the label has no name".to_owned(),
        name => format!("`{name}` cannot be set as a label"),
    };
    let diagnostic = Diagnostic::error("invalid-label-name", label.span(), message);
    if &**label == METRIC_NAME {
        return diagnostic.help("an alert is named by `alert:`, a recorded metric by `record:`");
    }
    diagnostic
}

fn position(text: &Located) -> (u32, u32) {
    (text.node().line, text.node().column)
}

/// What of a span stands on its first line.
fn first_line(span: Span, mistakes: &Mistakes) -> Span {
    super::first_line(span, &mistakes.origin.source().text)
}

/// Any text but the empty one, and not the metric name's label.
fn is_label_name(name: &str) -> bool {
    !name.is_empty() && name != METRIC_NAME
}
