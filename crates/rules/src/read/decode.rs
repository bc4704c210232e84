//! The shape of a rule file: which fields there are and of which types.
//!
//! As `yaml.v3` decodes into the structs of `rulefmt`, unknown fields refused.

use std::sync::Arc;

use diagnostics::Diagnostic;
use model::duration;
use yaml::{Located, Node};

use super::{advice, mistake::Mistakes};
use crate::{DocumentKind, Field, ReadOptions, error::ErrorKind};

/// A group as written.
pub(super) struct RawGroup {
    pub(super) node: Arc<Node>,
    pub(super) name: Option<Located>,
    pub(super) interval: Option<(i64, Located)>,
    pub(super) query_offset: Option<(i64, Located)>,
    pub(super) limit: i64,
    pub(super) labels: Vec<(Located, Located)>,
    pub(super) rules: Vec<RawRule>,
    pub(super) fields: Vec<Field>,
    /// A field is missing because it could not be read, which was said.
    pub(super) is_partial: bool,
}

/// A rule as written.
pub(super) struct RawRule {
    pub(super) node: Arc<Node>,
    pub(super) record: Option<Located>,
    pub(super) alert: Option<Located>,
    pub(super) expr: Option<Located>,
    pub(super) for_: Option<(i64, Located)>,
    pub(super) keep_firing_for: Option<(i64, Located)>,
    pub(super) labels: Vec<(Located, Located)>,
    pub(super) annotations: Vec<(Located, Located)>,
    pub(super) fields: Vec<Field>,
    /// A field is missing because it could not be read, which was said.
    pub(super) is_partial: bool,
}

/// Collects mistakes while it reads.
pub(super) struct Decoder {
    pub(super) mistakes: Mistakes,
    options: ReadOptions,
    dialect: Dialect,
}

/// Whose fields are known beside those of Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Prometheus,
    /// The Prometheus operator, which also configures Thanos.
    Operator,
    Victoria,
}

const GROUPS: &str = "[]rulefmt.RuleGroup";
const RULES: &str = "[]rulefmt.Rule";
const MAP: &str = "map[string]string";

/// What has fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    File,
    Group,
    Rule,
}

impl Level {
    /// The fields that Prometheus knows.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::File => &["groups"],
            Self::Group => &["name", "interval", "query_offset", "limit", "labels", "rules"],
            Self::Rule => {
                &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"]
            }
        }
    }

    /// The type in Prometheus.
    fn go_type(self) -> &'static str {
        match self {
            Self::File => "rulefmt.RuleGroups",
            Self::Group => "rulefmt.RuleGroup",
            Self::Rule => "rulefmt.Rule",
        }
    }

    /// What it is called.
    fn noun(self) -> &'static str {
        match self {
            Self::File => "rule file",
            Self::Group => "group",
            Self::Rule => "rule",
        }
    }
}

impl Decoder {
    pub(super) fn new(kind: &DocumentKind, options: ReadOptions, mistakes: Mistakes) -> Self {
        let dialect = match kind {
            DocumentKind::PrometheusRule { .. } => Dialect::Operator,
            DocumentKind::VmRule { .. } => Dialect::Victoria,
            _ => Dialect::Prometheus,
        };
        Self { mistakes, options, dialect }
    }

    /// The whole file.
    pub(super) fn file(&mut self, root: &Arc<Node>) -> Vec<RawGroup> {
        let mut groups = Vec::new();
        for (field, value) in self.fields(root, Level::File).unwrap_or_default() {
            if &*field.name == "groups" {
                let items = self.items(value, GROUPS);
                groups.extend(items.into_iter().map(|item| self.group(item)));
            }
        }
        groups
    }

    fn group(&mut self, node: &Arc<Node>) -> RawGroup {
        let fields = self.fields(node, Level::Group);
        let mut group = RawGroup {
            node: Arc::clone(node),
            name: None,
            interval: None,
            query_offset: None,
            limit: 0,
            labels: Vec::new(),
            rules: Vec::new(),
            is_partial: fields.is_none(),
            fields: Vec::with_capacity(fields.as_ref().map_or(0, Vec::len)),
        };
        for (field, value) in fields.into_iter().flatten() {
            match &*field.name {
                "name" => group.name = self.required(value, &mut group.is_partial),
                "interval" => group.interval = self.duration(value),
                "query_offset" => group.query_offset = self.duration(value),
                "limit" => group.limit = self.integer(value),
                "labels" => group.labels = self.map(value),
                "rules" => {
                    let items = self.items(value, RULES);
                    group.rules.extend(items.into_iter().map(|item| self.rule(item)));
                }
                _ => {}
            }
            group.fields.push(field);
        }
        group
    }

    fn rule(&mut self, node: &Arc<Node>) -> RawRule {
        let fields = self.fields(node, Level::Rule);
        let mut rule = RawRule {
            node: Arc::clone(node),
            record: None,
            alert: None,
            expr: None,
            for_: None,
            keep_firing_for: None,
            labels: Vec::new(),
            annotations: Vec::new(),
            is_partial: fields.is_none(),
            fields: Vec::with_capacity(fields.as_ref().map_or(0, Vec::len)),
        };
        for (field, value) in fields.into_iter().flatten() {
            match &*field.name {
                "record" => rule.record = self.required(value, &mut rule.is_partial),
                "alert" => rule.alert = self.required(value, &mut rule.is_partial),
                "expr" => rule.expr = self.required(value, &mut rule.is_partial),
                "for" => rule.for_ = self.duration(value),
                "keep_firing_for" => rule.keep_firing_for = self.duration(value),
                "labels" => rule.labels = self.map(value),
                "annotations" => rule.annotations = self.map(value),
                // A field that is there under another name is not missing as well.
                name => rule.is_partial |= self.is_misspelt(name),
            }
            rule.fields.push(field);
        }
        rule
    }

    /// The fields of a struct with their values; unknown ones are refused. None of what is no
    /// mapping.
    fn fields<'n>(
        &mut self,
        node: &'n Arc<Node>,
        level: Level,
    ) -> Option<Vec<(Field, &'n Arc<Node>)>> {
        let entries = self.entries(node, level.go_type())?;
        let mut fields = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = Located::new(&self.mistakes.origin, key) else {
                self.wrong_type(key, "string");
                continue;
            };
            if !level.fields().contains(&&*name) && !self.passes_over(&name, level) {
                let message = format!("field {name} not found in type {}", level.go_type());
                let ours = format!("a {} has no field `{name}`", level.noun());
                let finding = Diagnostic::error("unknown-field", name.span(), ours);
                let finding = advice::unknown_field(finding, level, &name, value, node);
                self.mistakes.add(shape(key), message, finding);
            }
            let place = self.mistakes.origin.locate(value.span);
            fields.push((Field { key: name.span(), name: name.text, value: place }, value));
        }
        Some(fields)
    }

    /// Whether an unknown field of a rule stands for one that a rule must have.
    fn is_misspelt(&self, name: &str) -> bool {
        let meant = advice::nearest(name, Level::Rule);
        !self.passes_over(name, Level::Rule) && matches!(meant, Some("alert" | "record" | "expr"))
    }

    /// Whether an unknown field is no mistake.
    fn passes_over(&self, name: &str, level: Level) -> bool {
        self.options.ignore_unknown_fields
            || match self.dialect {
                Dialect::Prometheus => false,
                Dialect::Operator => level == Level::Group && name == "partial_response_strategy",
                Dialect::Victoria => level != Level::File,
            }
    }

    fn entries<'n>(&mut self, node: &'n Arc<Node>, into: &str) -> Option<Vec<yaml::Entry<'n>>> {
        match node.entries() {
            Ok(entries) => return Some(entries),
            Err(_) if node.is_null() => {}
            Err(other) if std::ptr::eq(other, &raw const **node) => self.wrong_type(node, into),
            Err(other) => {
                let message = "map merge requires map or sequence of maps as the value";
                let span = self.mistakes.place(other);
                let diagnostic = Diagnostic::error("wrong-type", span, message);
                self.mistakes.add(ErrorKind::Value, message.to_owned(), diagnostic);
            }
        }
        None
    }

    fn items<'n>(&mut self, node: &'n Arc<Node>, into: &str) -> Vec<&'n Arc<Node>> {
        match node.as_sequence() {
            Some(items) => items.iter().filter(|item| !item.is_null()).collect(),
            None if node.is_null() => Vec::new(),
            None => {
                self.wrong_type(node, into);
                Vec::new()
            }
        }
    }

    /// A text that something else would miss.
    fn required(&mut self, node: &Arc<Node>, is_partial: &mut bool) -> Option<Located> {
        *is_partial |= node.as_scalar().is_none();
        self.text(node)
    }

    fn text(&mut self, node: &Arc<Node>) -> Option<Located> {
        match Located::new(&self.mistakes.origin, node) {
            Some(_) if node.is_null() => None,
            Some(text) => Some(text),
            None => {
                self.wrong_type(node, "string");
                None
            }
        }
    }

    fn map(&mut self, node: &Arc<Node>) -> Vec<(Located, Located)> {
        let Some(entries) = self.entries(node, MAP) else { return Vec::new() };
        let mut pairs = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(key) = self.text(key) else { continue };
            // `~` stands for no text.
            let value = if value.is_null() {
                Some(Located::empty(&self.mistakes.origin, value))
            } else {
                self.text(value)
            };
            pairs.extend(value.map(|value| (key, value)));
        }
        pairs
    }

    fn integer(&mut self, node: &Arc<Node>) -> i64 {
        if node.is_null() {
            return 0;
        }
        node.as_int().unwrap_or_else(|| {
            self.wrong_type(node, "int");
            0
        })
    }

    fn duration(&mut self, node: &Arc<Node>) -> Option<(i64, Located)> {
        let text = self.text(node)?;
        match duration::parse(&text) {
            Ok(ms) => Some((ms, text)),
            Err(message) => {
                let ours = format!("`{text}` is no duration");
                let help = match text.parse::<f64>() {
                    Ok(_) => format!("write a unit behind it, such as `{text}m`"),
                    Err(_) => "write whole numbers with units, such as `5m` or `1h30m`".to_owned(),
                };
                let diagnostic = Diagnostic::error("invalid-duration", text.span(), ours);
                self.mistakes.add(ErrorKind::Value, message, diagnostic.help(help));
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
        let span = self.mistakes.place(node);
        let diagnostic = Diagnostic::error("wrong-type", span, found);
        self.mistakes.add(shape(node), message, diagnostic);
    }
}

fn shape(node: &Node) -> ErrorKind {
    ErrorKind::Shape(node.line)
}
