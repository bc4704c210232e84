//! What groups and rules mean: names, expressions, labels, templates.
//!
//! As `Validate` in Prometheus's `model/rulefmt/rulefmt.go`, in its order.

use std::{collections::BTreeMap, sync::Arc};

use diagnostics::Span;
use model::{METRIC_NAME, quote::quote};
use promql::{Expr, ParseOptions};

use super::decode::{RawGroup, RawRule, Text, error};
use crate::{
    Alerting, Group, Rule, RuleKind, Template,
    error::{ErrorKind, RuleError},
    yaml::Node,
};

/// Collects mistakes while it checks.
pub(super) struct Checker<'t> {
    text: &'t str,
    options: ParseOptions,
    group_names: Vec<String>,
    pub(super) errors: Vec<RuleError>,
}

/// Which rule is checked, as messages name it.
struct Which<'r> {
    group: &'r str,
    number: usize,
    name: &'r str,
    node: &'r Arc<Node>,
}

impl<'t> Checker<'t> {
    pub(super) fn new(text: &'t str, options: ParseOptions, errors: Vec<RuleError>) -> Self {
        Self { text, options, group_names: Vec::new(), errors }
    }

    pub(super) fn group(&mut self, file: &str, raw: &RawGroup) -> Group {
        let name = raw.name.as_ref().map_or("", |name| &name.text);
        let name_node = raw.name.as_ref().map_or(&raw.node, |name| &name.node);
        // Prometheus knows no position of a group.
        let nowhere = || ErrorKind::Rule(vec![(0, 0)]);
        if name.is_empty() && !raw.is_partial {
            let message = "Groupname must not be empty".to_owned();
            self.errors.push(error(nowhere(), name_node, message, None));
        }
        if !name.is_empty() && self.group_names.iter().any(|known| known == name) {
            let message = format!("groupname: \"{name}\" is repeated in the same file");
            self.errors.push(error(nowhere(), name_node, message, None));
        }
        self.group_names.push(name.to_owned());
        for (label, _) in &raw.labels {
            if !is_label_name(&label.text) {
                let message = format!("invalid label name: {}", label.text);
                self.errors.push(error(ErrorKind::Rule(Vec::new()), &label.node, message, None));
            }
        }
        let rules = raw.rules.iter().enumerate();
        let rules = rules.filter_map(|(i, rule)| self.rule(name, &raw.labels, i + 1, rule));
        Group {
            rules: rules.collect(),
            name: name.to_owned(),
            file: file.to_owned(),
            interval: raw.interval,
            query_offset: raw.query_offset,
            limit: usize::try_from(raw.limit).unwrap_or(0),
            labels: raw.labels.iter().map(|(k, v)| (k.text.clone(), v.text.clone())).collect(),
            line: raw.node.line,
        }
    }

    /// A rule, if nothing is wrong with it.
    fn rule(
        &mut self,
        group: &str,
        group_labels: &[(Text, Text)],
        number: usize,
        raw: &RawRule,
    ) -> Option<Rule> {
        let record = raw.record.as_ref().filter(|record| !record.text.is_empty());
        let alert = raw.alert.as_ref().filter(|alert| !alert.text.is_empty());
        let name = alert.or(record).map_or("", |name| &name.text);
        let which = Which { group, number, name, node: &raw.node };
        let n_errors = self.errors.len();
        if !raw.is_partial || record.is_some() && alert.is_some() {
            self.check_kind(&which, record, alert);
        }
        let expr = match &raw.expr {
            None if raw.is_partial => None,
            expr => self.check_expr(&which, expr.as_ref()),
        };
        if let Some(record) = record {
            self.check_recording(&which, raw, record);
        }
        self.check_names(&which, raw);
        let labels = self.labels(&which, group_labels, &raw.labels, alert.is_some());
        let annotations = match alert {
            Some(_) => self.templates(&which, "annotation", &raw.annotations),
            None => Vec::new(),
        };
        let (expr_text, expr) = expr?;
        let kind = match (alert, record) {
            (Some(alert), _) => RuleKind::Alerting(Alerting {
                alert: alert.text.clone(),
                for_ms: raw.for_ms,
                keep_firing_for_ms: raw.keep_firing_for_ms,
                annotations,
            }),
            (None, Some(record)) => RuleKind::Recording { record: record.text.clone() },
            (None, None) => return None,
        };
        (self.errors.len() == n_errors).then(|| Rule {
            query: expr.to_string(),
            expr,
            expr_text: expr_text.text.clone(),
            labels,
            kind,
            line: raw.node.line,
            span: raw.node.span,
            expr_node: Arc::clone(&expr_text.node),
        })
    }

    fn check_kind(&mut self, which: &Which<'_>, record: Option<&Text>, alert: Option<&Text>) {
        match (record, alert) {
            (Some(record), Some(alert)) => {
                let positions = vec![position(&record.node), position(&alert.node)];
                let message = "only one of 'record' and 'alert' must be set";
                self.add(which, message, positions, &alert.node);
            }
            (None, None) => {
                let message = "one of 'record' or 'alert' must be set";
                self.add(which, message, vec![(0, 0), (0, 0)], which.node);
            }
            _ => {}
        }
    }

    fn check_expr<'r>(
        &mut self,
        which: &Which<'_>,
        expr: Option<&'r Text>,
    ) -> Option<(&'r Text, Expr)> {
        let Some(text) = expr.filter(|expr| !expr.text.is_empty()) else {
            let cited = expr.map_or((0, 0), |expr| position(&expr.node));
            let node = expr.map_or(which.node, |expr| &expr.node);
            self.add(which, "field 'expr' must be set in rule", vec![cited], node);
            return None;
        };
        match promql::parse_expr(&text.text, &self.options) {
            Ok(expr) => Some((text, expr)),
            Err(e) => {
                let message = format!("could not parse expression: {e}");
                self.add(which, &message, vec![position(&text.node)], &text.node);
                self.move_into_expr(&text.node, e.span);
                None
            }
        }
    }

    /// Moves the last error from the expression's beginning to the part that is wrong.
    fn move_into_expr(&mut self, node: &Node, part: Span) {
        let Some(span) = node.locate(self.text, part) else { return };
        let Some(error) = self.errors.pop() else { return };
        let span = Span { end: span.end.min(node.span.end).max(span.start), ..span };
        self.errors.push(error.at(self.text, span));
    }

    fn check_recording(&mut self, which: &Which<'_>, raw: &RawRule, record: &Text) {
        let fields = [
            ("annotations", !raw.annotations.is_empty()),
            ("for", raw.for_ms != 0),
            ("keep_firing_for", raw.keep_firing_for_ms != 0),
        ];
        for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
            let message = format!("invalid field '{field}' in recording rule");
            self.add(which, &message, vec![position(&record.node)], &record.node);
        }
        if record.text.contains(['{', '}']) {
            let message = format!(
                "braces present in the recording rule name; should it be in expr?: {}",
                record.text
            );
            self.add(which, &message, vec![position(&record.node)], &record.node);
        }
    }

    fn check_names(&mut self, which: &Which<'_>, raw: &RawRule) {
        for (label, _) in raw.labels.iter().filter(|(label, _)| !is_label_name(&label.text)) {
            let message = format!("invalid label name: {}", label.text);
            self.add(which, &message, Vec::new(), &label.node);
        }
        for (name, _) in raw.annotations.iter().filter(|(name, _)| name.text.is_empty()) {
            self.add(which, "invalid annotation name: ", Vec::new(), &name.node);
        }
    }

    /// The labels of a rule over those of its group. Prometheus looks at the templates of a group
    /// only when it expands them.
    fn labels(
        &mut self,
        which: &Which<'_>,
        group: &[(Text, Text)],
        own: &[(Text, Text)],
        is_alert: bool,
    ) -> Vec<(String, Template)> {
        let template = |text: &str| {
            if is_alert {
                Template::parse_lenient(which.name, text)
            } else {
                Template::literal(text)
            }
        };
        let inherited = group.iter().map(|(k, v)| (k.text.clone(), template(&v.text)));
        let mut labels: BTreeMap<_, _> = inherited.collect();
        if is_alert {
            labels.extend(self.templates(which, "label", own));
        } else {
            labels.extend(own.iter().map(|(k, v)| (k.text.clone(), template(&v.text))));
        }
        labels.into_iter().collect()
    }

    fn templates(
        &mut self,
        which: &Which<'_>,
        what: &str,
        pairs: &[(Text, Text)],
    ) -> Vec<(String, Template)> {
        let mut templates = BTreeMap::new();
        for (name, text) in pairs {
            let template = Template::parse_lenient(which.name, text.text.as_str());
            if let Some(e) = template.error() {
                let message = format!("{what} {}: {e}", quote(&name.text));
                self.add(which, &message, Vec::new(), &text.node);
            }
            templates.insert(name.text.clone(), template);
        }
        templates.into_iter().collect()
    }

    fn add(&mut self, which: &Which<'_>, message: &str, positions: Vec<(u32, u32)>, node: &Node) {
        let (group, name) = (quote(which.group), quote(which.name));
        let message = format!("group {group}, rule {}, {name}: {message}", which.number);
        self.errors.push(error(ErrorKind::Rule(positions), node, message, None));
    }
}

fn position(node: &Node) -> (u32, u32) {
    (node.line, node.column)
}

/// Any text but the empty one, and not the metric name's label.
fn is_label_name(name: &str) -> bool {
    !name.is_empty() && name != METRIC_NAME
}
