//! Single values of a file, as `yaml.v2` decodes them into Go's types.

use std::{collections::BTreeMap, sync::Arc};

use model::{duration, number, quote::quote};
use yaml::{Content, Entry, Node, ScalarStyle, Tag};

use crate::{
    error::{ErrorKind, FileError},
    file::{Names, Text, Time},
    start,
};

/// Collects mistakes while it reads.
#[derive(Default)]
pub(super) struct Decoder {
    pub(super) errors: Vec<FileError>,
    /// Keys that only we know.
    pub(super) extensions: Vec<FileError>,
}

/// Words that YAML 1.1 takes for booleans, beside `true` and `false`.
const YES: [&str; 9] = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true"];
const NO: [&str; 9] = ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false"];

impl Decoder {
    /// The fields of a struct; unknown ones and repetitions are refused.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Arc<Node>,
        into: &str,
        known: &[&'static str],
        ours: &[&'static str],
    ) -> Vec<(&'n str, &'n Arc<Node>)> {
        let mut fields: Vec<(&str, &Arc<Node>)> = Vec::new();
        for (key, value) in self.entries(node, into) {
            let Some(name) = key.as_scalar() else {
                self.wrong_type(key, "string");
                continue;
            };
            if ours.contains(&name) {
                let message = format!("field {name} not found in type {into}");
                self.extensions.push(shape(key, message, None));
            } else if !known.contains(&name) {
                let message = format!("field {name} not found in type {into}");
                let all = [known, ours].concat().join(", ");
                self.shape(key, message, Some(format!("expected one of {all}")));
                continue;
            }
            fields.push((name, value));
        }
        self.refuse_repetitions(node, &format!("type {into}"));
        fields
    }

    fn refuse_repetitions(&mut self, node: &Node, place: &str) {
        let Content::Mapping(pairs) = &node.content else { return };
        for (i, (key, _)) in pairs.iter().enumerate() {
            let Some(name) = key.as_scalar() else { continue };
            let is_same = |(other, _): &(Arc<Node>, Arc<Node>)| other.as_scalar() == Some(name);
            if pairs[..i].iter().any(is_same) {
                let message = format!("key {} already set in {place}", quote(name));
                self.shape(key, message, None);
            }
        }
    }

    fn entries<'n>(&mut self, node: &'n Arc<Node>, into: &str) -> Vec<Entry<'n>> {
        match node.entries() {
            Ok(entries) => return entries,
            Err(_) if is_null(node) => {}
            Err(other) if std::ptr::eq(other, &raw const **node) => self.wrong_type(node, into),
            Err(other) => {
                let message = "map merge requires map or sequence of maps as the value".to_owned();
                self.value(other, message, None);
            }
        }
        Vec::new()
    }

    /// The items of a list of structs.
    pub(super) fn items<'n>(&mut self, node: &'n Arc<Node>, of: &str) -> Vec<&'n Arc<Node>> {
        match node.as_sequence() {
            Some(items) => items.iter().filter(|item| !is_null(item)).collect(),
            None if is_null(node) => Vec::new(),
            None => {
                self.wrong_type(node, &format!("[]{of}"));
                Vec::new()
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, node: &Arc<Node>) -> Vec<Text> {
        let items = self.items(node, "string");
        items.into_iter().map(|item| self.text(item)).collect()
    }

    /// A text; an empty one where there is none.
    pub(super) fn text(&mut self, node: &Arc<Node>) -> Text {
        let text = match node.as_scalar() {
            Some(_) if is_null(node) => "",
            Some(text) => text,
            None => {
                self.wrong_type(node, "string");
                ""
            }
        };
        Text { text: text.to_owned(), node: Arc::clone(node) }
    }

    /// Names and values, sorted by name.
    pub(super) fn names(&mut self, node: &Arc<Node>) -> Names {
        let mut names = BTreeMap::new();
        for (key, value) in self.entries(node, "map[string]string") {
            let (key, value) = (self.text(key), self.text(value));
            names.insert(key.text, value.text);
        }
        self.refuse_repetitions(node, "map");
        names.into_iter().collect()
    }

    pub(super) fn boolean(&mut self, node: &Arc<Node>) -> bool {
        let is_plain = matches!(&node.content, Content::Scalar { style: ScalarStyle::Plain, .. });
        match node.as_scalar().map(str::to_owned) {
            Some(text) if is_plain && (node.resolve() == Tag::Bool || YES.contains(&&*text)) => {
                !text.to_lowercase().starts_with('f')
            }
            Some(text) if is_plain && NO.contains(&&*text) => false,
            _ if is_null(node) => false,
            _ => {
                self.wrong_type(node, "bool");
                false
            }
        }
    }

    pub(super) fn float(&mut self, node: &Arc<Node>) -> f64 {
        let read = match (node.resolve(), node.as_scalar()) {
            (Tag::Null, _) => Some(0.0),
            (Tag::Int, _) => node.as_int().map(|int| int as f64),
            (Tag::Float, Some(text)) => parse_float(text),
            _ => None,
        };
        read.unwrap_or_else(|| {
            self.wrong_type(node, "float64");
            0.0
        })
    }

    /// Milliseconds.
    pub(super) fn duration(&mut self, node: &Arc<Node>) -> i64 {
        if is_null(node) {
            return 0;
        }
        let Some(text) = self.scalar(node) else { return 0 };
        duration::parse(text).unwrap_or_else(|message| {
            self.value(node, message, Some("expected a duration such as 5m or 1h30m"));
            0
        })
    }

    pub(super) fn time(&mut self, node: &Arc<Node>) -> Time {
        Time { ms: self.duration(node), span: node.span }
    }

    pub(super) fn start(&mut self, node: &Arc<Node>) -> i64 {
        if is_null(node) {
            return 0;
        }
        let Some(text) = self.scalar(node) else { return 0 };
        start::parse(text).unwrap_or_else(|message| {
            let expected = "expected Unix seconds or RFC 3339, such as 2026-01-02T03:04:05Z";
            self.value(node, message, Some(expected));
            0
        })
    }

    fn scalar<'n>(&mut self, node: &'n Arc<Node>) -> Option<&'n str> {
        if node.as_scalar().is_none() {
            self.wrong_type(node, "string");
        }
        node.as_scalar()
    }

    fn wrong_type(&mut self, node: &Node, into: &str) {
        let tag = if is_word(node) { Tag::Bool } else { node.resolve() };
        let shown = node.as_scalar().map_or_else(String::new, |text| {
            if text.len() > 10 {
                format!(" `{}...`", text.chars().take(7).collect::<String>())
            } else {
                format!(" `{text}`")
            }
        });
        let expected = match into {
            "string" => "a text",
            "bool" => "true or false",
            "float64" => "a number; not a number and infinity are written .nan and .inf",
            "map[string]string" => "a mapping of names to texts",
            _ if into.starts_with("[]") => "a list",
            _ => "a mapping",
        };
        let message = format!("cannot unmarshal {}{shown} into {into}", tag.as_str());
        let found = format!("expected {expected}, found {}", tag.describe());
        self.shape(node, message, Some(found));
    }

    fn shape(&mut self, node: &Node, message: String, hint: Option<String>) {
        self.errors.push(shape(node, message, hint));
    }

    fn value(&mut self, node: &Node, message: String, hint: Option<&str>) {
        let hint = hint.map(str::to_owned);
        self.errors.push(FileError { kind: ErrorKind::Value, ..shape(node, message, hint) });
    }
}

fn shape(node: &Node, message: String, hint: Option<String>) -> FileError {
    FileError { message, line: node.line, span: node.span, note: hint, kind: ErrorKind::Shape }
}

/// Whether it is a boolean of YAML 1.1, such as `yes`.
fn is_word(node: &Node) -> bool {
    let Content::Scalar { text, style: ScalarStyle::Plain } = &node.content else { return false };
    let text: &str = text;
    node.tag.is_none() && (YES.contains(&text) || NO.contains(&text))
}

fn is_null(node: &Node) -> bool {
    node.is_null()
}

fn parse_float(text: &str) -> Option<f64> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match unsigned {
        ".inf" | ".Inf" | ".INF" => Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        _ => number::parse_float(&text.replace('_', "")),
    }
}
