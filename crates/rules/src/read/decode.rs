//! The shape of a rule file: which fields there are and of which types.
//!
//! As `yaml.v3` decodes into the structs of `rulefmt`, unknown fields refused.

use std::sync::Arc;

use model::duration;

use crate::{
    error::{ErrorKind, RuleError},
    yaml::{Node, Tag},
};

/// A group as written.
pub(super) struct RawGroup {
    pub(super) node: Arc<Node>,
    pub(super) name: Option<Text>,
    pub(super) interval: Option<i64>,
    pub(super) query_offset: Option<i64>,
    pub(super) limit: i64,
    pub(super) labels: Vec<(Text, Text)>,
    pub(super) rules: Vec<RawRule>,
    /// A field is missing because it could not be read, which was said.
    pub(super) is_partial: bool,
}

/// A rule as written.
pub(super) struct RawRule {
    pub(super) node: Arc<Node>,
    pub(super) record: Option<Text>,
    pub(super) alert: Option<Text>,
    pub(super) expr: Option<Text>,
    pub(super) for_ms: i64,
    pub(super) keep_firing_for_ms: i64,
    pub(super) labels: Vec<(Text, Text)>,
    pub(super) annotations: Vec<(Text, Text)>,
    /// A field is missing because it could not be read, which was said.
    pub(super) is_partial: bool,
}

/// A text and where it is written.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) node: Arc<Node>,
}

/// Collects mistakes while it reads.
#[derive(Default)]
pub(super) struct Decoder {
    pub(super) errors: Vec<RuleError>,
}

const FILE: &str = "rulefmt.RuleGroups";
const GROUP: &str = "rulefmt.RuleGroup";
const RULE: &str = "rulefmt.Rule";
const GROUPS: &str = "[]rulefmt.RuleGroup";
const RULES: &str = "[]rulefmt.Rule";
const MAP: &str = "map[string]string";

type Fields<'n> = Vec<(&'n str, &'n Arc<Node>)>;

impl Decoder {
    /// The whole file.
    pub(super) fn file(&mut self, root: &Arc<Node>) -> Vec<RawGroup> {
        let mut groups = Vec::new();
        for (name, value) in self.fields(root, FILE, &["groups"]) {
            if name == "groups" {
                let items = self.items(value, GROUPS);
                groups.extend(items.into_iter().map(|item| self.group(item)));
            }
        }
        groups
    }

    fn group(&mut self, node: &Arc<Node>) -> RawGroup {
        let known = ["name", "interval", "query_offset", "limit", "labels", "rules"];
        let mut group = RawGroup {
            node: Arc::clone(node),
            name: None,
            interval: None,
            query_offset: None,
            limit: 0,
            labels: Vec::new(),
            rules: Vec::new(),
            is_partial: node.entries().is_err(),
        };
        for (name, value) in self.fields(node, GROUP, &known) {
            match name {
                "name" => group.name = self.required(value, &mut group.is_partial),
                // Prometheus takes an interval of zero for none.
                "interval" => group.interval = self.duration(value).filter(|ms| *ms > 0),
                "query_offset" => group.query_offset = self.duration(value),
                "limit" => group.limit = self.integer(value),
                "labels" => group.labels = self.map(value),
                _ => {
                    let items = self.items(value, RULES);
                    group.rules.extend(items.into_iter().map(|item| self.rule(item)));
                }
            }
        }
        group
    }

    fn rule(&mut self, node: &Arc<Node>) -> RawRule {
        let known = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];
        let mut rule = RawRule {
            node: Arc::clone(node),
            record: None,
            alert: None,
            expr: None,
            for_ms: 0,
            keep_firing_for_ms: 0,
            labels: Vec::new(),
            annotations: Vec::new(),
            is_partial: node.entries().is_err(),
        };
        for (name, value) in self.fields(node, RULE, &known) {
            match name {
                "record" => rule.record = self.required(value, &mut rule.is_partial),
                "alert" => rule.alert = self.required(value, &mut rule.is_partial),
                "expr" => rule.expr = self.required(value, &mut rule.is_partial),
                "for" => rule.for_ms = self.duration(value).unwrap_or(0),
                "keep_firing_for" => {
                    rule.keep_firing_for_ms = self.duration(value).unwrap_or(0);
                }
                "labels" => rule.labels = self.map(value),
                _ => rule.annotations = self.map(value),
            }
        }
        rule
    }

    /// The fields of a struct; unknown ones are refused.
    fn fields<'n>(&mut self, node: &'n Arc<Node>, into: &str, known: &[&str]) -> Fields<'n> {
        let mut fields = Vec::new();
        for (key, value) in self.entries(node, into) {
            let Some(name) = key.as_scalar() else {
                self.wrong_type(key, "string");
                continue;
            };
            if known.contains(&name) {
                fields.push((name, value));
            } else {
                let message = format!("field {name} not found in type {into}");
                let expected = format!("expected one of {}", known.join(", "));
                self.shape(key, message, Some(expected));
            }
        }
        fields
    }

    fn entries<'n>(&mut self, node: &'n Arc<Node>, into: &str) -> Vec<crate::yaml::Entry<'n>> {
        match node.entries() {
            Ok(entries) => return entries,
            Err(_) if node.resolve() == Tag::Null => {}
            Err(other) if std::ptr::eq(other, &raw const **node) => self.wrong_type(node, into),
            Err(other) => {
                let message = "map merge requires map or sequence of maps as the value".to_owned();
                self.errors.push(error(ErrorKind::Value, other, message, None));
            }
        }
        Vec::new()
    }

    fn items<'n>(&mut self, node: &'n Arc<Node>, into: &str) -> Vec<&'n Arc<Node>> {
        match node.as_sequence() {
            Some(items) => items.iter().filter(|item| item.resolve() != Tag::Null).collect(),
            None if node.resolve() == Tag::Null => Vec::new(),
            None => {
                self.wrong_type(node, into);
                Vec::new()
            }
        }
    }

    /// A text that something else would miss.
    fn required(&mut self, node: &Arc<Node>, is_partial: &mut bool) -> Option<Text> {
        *is_partial |= node.as_scalar().is_none();
        self.text(node)
    }

    fn text(&mut self, node: &Arc<Node>) -> Option<Text> {
        match node.as_scalar() {
            Some(_) if node.resolve() == Tag::Null => None,
            Some(text) => Some(Text { text: text.to_owned(), node: Arc::clone(node) }),
            None => {
                self.wrong_type(node, "string");
                None
            }
        }
    }

    fn map(&mut self, node: &Arc<Node>) -> Vec<(Text, Text)> {
        let mut pairs = Vec::new();
        for (key, value) in self.entries(node, MAP) {
            let Some(key) = self.text(key) else { continue };
            let empty = || Text { text: String::new(), node: Arc::clone(value) };
            let value = match value.resolve() {
                Tag::Null => Some(empty()),
                _ => self.text(value),
            };
            pairs.extend(value.map(|value| (key, value)));
        }
        pairs
    }

    fn integer(&mut self, node: &Arc<Node>) -> i64 {
        if node.resolve() == Tag::Null {
            return 0;
        }
        node.as_int().unwrap_or_else(|| {
            self.wrong_type(node, "int");
            0
        })
    }

    fn duration(&mut self, node: &Arc<Node>) -> Option<i64> {
        let text = self.text(node)?;
        match duration::parse(&text.text) {
            Ok(ms) => Some(ms),
            Err(message) => {
                let expected = "expected a duration such as 5m or 1h30m".to_owned();
                self.errors.push(error(ErrorKind::Value, node, message, Some(expected)));
                None
            }
        }
    }

    fn wrong_type(&mut self, node: &Node, into: &str) {
        let tag = node.resolve();
        let shown = node.as_scalar().map_or_else(String::new, |text| {
            if text.len() > 10 {
                format!(" `{}...`", text.chars().take(7).collect::<String>())
            } else {
                format!(" `{text}`")
            }
        });
        let expected = match into {
            "string" => "a text",
            "int" => "an integer",
            GROUPS | RULES => "a list",
            MAP => "a mapping of names to texts",
            _ => "a mapping",
        };
        let message = format!("cannot unmarshal {}{shown} into {into}", tag.as_str());
        let found = format!("expected {expected}, found {}", tag.describe());
        self.shape(node, message, Some(found));
    }

    fn shape(&mut self, node: &Node, message: String, hint: Option<String>) {
        self.errors.push(error(ErrorKind::Shape, node, message, hint));
    }
}

/// An error at a node.
pub(super) fn error(
    kind: ErrorKind,
    node: &Node,
    message: String,
    hint: Option<String>,
) -> RuleError {
    RuleError {
        message,
        line: node.line,
        column: Some(node.column),
        span: Some(node.span),
        note: hint,
        kind,
    }
}
