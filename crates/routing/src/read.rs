//! The tree of a configuration file to what it says about ways.

use std::sync::Arc;

use diagnostics::{Diagnostic, Source, Span};
use model::{MatchOp, Matcher};
use yaml::{Located, Node, Origin};

use crate::{Config, InhibitRule, Receiver, Route, RouteMatcher, matcher};

/// The code of everything that is wrong with a configuration.
const CODE: &str = "alertmanager-config";
/// Routes may be so deep.
const MAX_DEPTH: usize = 64;

/// Reads a configuration of Alertmanager.
pub fn read(source: &Arc<Source>) -> Config {
    let origin = Origin::file(source);
    let stream = yaml::parse(&origin);
    let mut reader = Reader { origin, errors: Vec::new() };
    let document = stream.documents.first();
    for error in document.map_or(&[][..], |document| &document.errors) {
        reader.errors.push(Diagnostic::error(CODE, error.span, error.message.clone()));
    }
    let root = document.and_then(|document| document.root.as_ref());
    let mut config = Config {
        source: Arc::clone(source),
        route: None,
        receivers: Vec::new(),
        inhibit_rules: Vec::new(),
        time_intervals: Vec::new(),
        errors: Vec::new(),
    };
    if let Some(root) = root {
        reader.config(root, &mut config);
    }
    config.errors = reader.errors;
    check_names(&mut config);
    config
}

struct Reader {
    origin: Arc<Origin>,
    errors: Vec<Diagnostic>,
}

impl Reader {
    fn config(&mut self, root: &Arc<Node>, config: &mut Config) {
        for (key, value) in self.entries(root) {
            match key.as_str() {
                "route" => config.route = Some(self.route(&value, 0)),
                "receivers" => {
                    for receiver in self.items(&value) {
                        config.receivers.extend(self.name(&receiver).map(|name| Receiver { name }));
                    }
                }
                "inhibit_rules" => {
                    let rules = self.items(&value);
                    config.inhibit_rules =
                        rules.iter().map(|rule| self.inhibit_rule(rule)).collect();
                }
                "time_intervals" | "mute_time_intervals" => {
                    for interval in self.items(&value) {
                        config.time_intervals.extend(self.name(&interval));
                    }
                }
                _ => {}
            }
        }
    }

    fn route(&mut self, node: &Arc<Node>, depth: usize) -> Route {
        let mut route = Route {
            receiver: None,
            matchers: Vec::new(),
            group_by: None,
            continues: false,
            routes: Vec::new(),
            mute_time_intervals: Vec::new(),
            active_time_intervals: Vec::new(),
            span: self.origin.locate(node.span),
        };
        if depth == MAX_DEPTH {
            self.error(node, "routes are nested too deeply");
            return route;
        }
        for (key, value) in self.entries(node) {
            match key.as_str() {
                "receiver" => route.receiver = self.text(&value),
                "matchers" => route.matchers.extend(self.matchers(&value)),
                "match" => route.matchers.extend(self.old_matchers(&value, MatchOp::Equal)),
                "match_re" => route.matchers.extend(self.old_matchers(&value, MatchOp::Regex)),
                "group_by" => route.group_by = Some(self.texts(&value)),
                "continue" => route.continues = value.as_scalar() == Some("true"),
                "mute_time_intervals" => route.mute_time_intervals = self.texts(&value),
                "active_time_intervals" => route.active_time_intervals = self.texts(&value),
                "routes" => {
                    let children = self.items(&value);
                    route.routes =
                        children.iter().map(|node| self.route(node, depth + 1)).collect();
                }
                _ => {}
            }
        }
        route
    }

    fn inhibit_rule(&mut self, node: &Arc<Node>) -> InhibitRule {
        let span = self.origin.locate(node.span);
        let mut rule =
            InhibitRule { source: Vec::new(), target: Vec::new(), equal: Vec::new(), span };
        for (key, value) in self.entries(node) {
            match key.as_str() {
                "source_matchers" => rule.source.extend(self.matchers(&value)),
                "source_match" => rule.source.extend(self.old_matchers(&value, MatchOp::Equal)),
                "source_match_re" => rule.source.extend(self.old_matchers(&value, MatchOp::Regex)),
                "target_matchers" => rule.target.extend(self.matchers(&value)),
                "target_match" => rule.target.extend(self.old_matchers(&value, MatchOp::Equal)),
                "target_match_re" => rule.target.extend(self.old_matchers(&value, MatchOp::Regex)),
                "equal" => rule.equal = self.texts(&value),
                _ => {}
            }
        }
        rule
    }

    fn matchers(&mut self, node: &Arc<Node>) -> Vec<RouteMatcher> {
        let mut found = Vec::new();
        for text in self.texts(node) {
            match matcher::parse(&text.text) {
                Ok(matchers) => found.extend(
                    matchers
                        .into_iter()
                        .map(|(matcher, part)| RouteMatcher { matcher, span: text.locate(part) }),
                ),
                Err((part, message)) => {
                    self.errors.push(Diagnostic::error(CODE, text.locate(part), message));
                }
            }
        }
        found
    }

    /// `match` and `match_re`: a mapping of names and values.
    fn old_matchers(&mut self, node: &Arc<Node>, op: MatchOp) -> Vec<RouteMatcher> {
        let mut found = Vec::new();
        for (key, value) in self.entries(node) {
            let Some(value) = self.text(&value) else { continue };
            match Matcher::new(&key, op, &value.text) {
                Ok(matcher) => {
                    found.push(RouteMatcher { matcher, span: key.span().to(value.span()) });
                }
                Err(error) => {
                    self.errors.push(Diagnostic::error(CODE, value.span(), error.to_string()));
                }
            }
        }
        found
    }

    fn name(&mut self, node: &Arc<Node>) -> Option<Located> {
        let entries = self.entries(node);
        let (_, value) = entries.iter().find(|(key, _)| key.as_str() == "name")?;
        self.text(value)
    }

    fn entries(&mut self, node: &Arc<Node>) -> Vec<(Located, Arc<Node>)> {
        let entries = match node.entries() {
            Ok(entries) => entries,
            Err(wrong) => {
                let span = self.origin.locate(wrong.span);
                self.errors.push(Diagnostic::error(CODE, span, "expected a mapping (key: value)"));
                return Vec::new();
            }
        };
        let entry = |(key, value): &(&Arc<Node>, &Arc<Node>)| {
            Some((Located::new(&self.origin, key)?, Arc::clone(value)))
        };
        entries.iter().filter_map(entry).collect()
    }

    fn items(&mut self, node: &Arc<Node>) -> Vec<Arc<Node>> {
        match node.as_sequence() {
            Some(nodes) => nodes.to_vec(),
            None if node.as_scalar().is_some_and(|text| text.is_empty() || text == "null") => {
                Vec::new()
            }
            None => {
                self.error(node, "expected a list");
                Vec::new()
            }
        }
    }

    fn texts(&mut self, node: &Arc<Node>) -> Vec<Located> {
        self.items(node).iter().filter_map(|node| self.text(node)).collect()
    }

    fn text(&mut self, node: &Arc<Node>) -> Option<Located> {
        let text = Located::new(&self.origin, node);
        if text.is_none() {
            self.error(node, "expected a single value");
        }
        text
    }

    fn error(&mut self, node: &Node, message: &str) {
        self.errors.push(Diagnostic::error(CODE, self.origin.locate(node.span), message));
    }
}

/// Names that are used must be there: Alertmanager does not start otherwise.
fn check_names(config: &mut Config) {
    let Some(root) = &config.route else { return };
    let mut errors = Vec::new();
    if root.receiver.is_none() {
        errors.push(Diagnostic::error(CODE, head(root.span), "the root route has no receiver"));
    }
    if let Some(first) = root.matchers.first() {
        let message = "the root route takes every alert and must not have matchers";
        errors.push(Diagnostic::error(CODE, first.span, message));
    }
    let receivers: Vec<&str> = config.receivers.iter().map(|r| r.name.as_str()).collect();
    let intervals: Vec<&str> = config.time_intervals.iter().map(Located::as_str).collect();
    let mut waiting = vec![root];
    while let Some(route) = waiting.pop() {
        let receiver = route.receiver.iter().map(|name| (name, &receivers, "receiver"));
        let muted = route.mute_time_intervals.iter().chain(&route.active_time_intervals);
        let muted = muted.map(|name| (name, &intervals, "time interval"));
        for (name, known, what) in receiver.chain(muted) {
            if !known.contains(&name.as_str()) {
                let message = format!("there is no {what} `{name}`");
                errors.push(Diagnostic::error(CODE, name.span(), message));
            }
        }
        waiting.extend(&route.routes);
    }
    errors.sort_by_key(|error| error.span);
    config.errors.extend(errors);
}

fn head(span: Span) -> Span {
    Span { start: span.start, end: span.start }
}
