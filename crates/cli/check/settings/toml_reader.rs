//! Values of a TOML text with their places; every mistake is collected.

use std::{ops::Range, sync::Arc};

use diagnostics::{Diagnostic, Source, Span};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value and where it stands.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Collects what is wrong.
pub(super) struct Reader {
    pub(super) source: Arc<Source>,
    pub(super) found: Vec<Diagnostic>,
}

impl Reader {
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), found: Vec::new() }
    }

    /// Something is wrong at a place.
    pub(super) fn wrong(&mut self, at: Range<usize>, message: impl Into<String>) {
        let span = Span::new(at.start, at.end);
        self.found.push(Diagnostic::error("settings", span, message));
    }

    /// A name that is none of those that are known.
    pub(super) fn unknown(&mut self, what: &str, name: &str, at: Range<usize>, known: &[&str]) {
        let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(name, candidate);
        let near = known.iter().map(|candidate| (likeness(candidate), candidate));
        let near = near.filter(|(likeness, _)| *likeness > 0.6);
        let nearest = near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate);
        let span = Span::new(at.start, at.end);
        let diagnostic =
            Diagnostic::error("settings", span, format!("there is no {what} `{name}`"));
        self.found.push(match nearest {
            Some(nearest) => diagnostic.help(format!("did you mean `{nearest}`?")),
            None => diagnostic.note(format!("expected one of {}", known.join(", "))),
        });
    }

    /// Where something stands, such as `watchfire.toml:3`.
    pub(super) fn place(&self, at: &Range<usize>) -> String {
        let start = self.source.place(Span::new(at.start, at.end).start);
        format!("{}:{}", self.source.name, start.line)
    }

    pub(super) fn text<'v>(&mut self, value: &'v Value<'_>) -> Option<&'v str> {
        self.expect(value, "a text", DeValue::as_str)
    }

    pub(super) fn flag(&mut self, value: &Value<'_>) -> Option<bool> {
        self.expect(value, "true or false", DeValue::as_bool)
    }

    /// A list of texts, or one alone.
    pub(super) fn texts(&mut self, value: &Value<'_>) -> Vec<(String, Range<usize>)> {
        if let Some(text) = value.get_ref().as_str() {
            return vec![(text.to_owned(), value.span())];
        }
        let Some(items) = self.expect(value, "a list of texts", DeValue::as_array) else {
            return Vec::new();
        };
        let items: Vec<_> = items.iter().collect();
        let text = |item: &&Value<'_>| Some((self.text(item)?.to_owned(), item.span()));
        items.iter().filter_map(text).collect()
    }

    /// A duration such as `30s`, in milliseconds.
    pub(super) fn duration(&mut self, value: &Value<'_>) -> Option<i64> {
        let text = self.text(value)?;
        let ms = model::duration::parse(text).ok();
        if ms.is_none() {
            self.wrong(value.span(), format!("`{text}` is not a duration such as 30s or 5m"));
        }
        ms
    }

    /// The entries of a table, in the order in which they are written.
    pub(super) fn entries<'v, 'i>(
        &mut self,
        value: &'v Value<'i>,
    ) -> Vec<(&'v str, Range<usize>, &'v Value<'i>)> {
        let table = self.expect(value, "a table", DeValue::as_table);
        table.map(entries).unwrap_or_default()
    }

    fn expect<'v, 'i, T>(
        &mut self,
        value: &'v Value<'i>,
        expected: &str,
        as_that: impl Fn(&'v DeValue<'i>) -> Option<T>,
    ) -> Option<T> {
        let got = as_that(value.get_ref());
        if got.is_none() {
            let found = value.get_ref().type_str();
            self.wrong(value.span(), format!("expected {expected}, found {found}"));
        }
        got
    }
}

/// The entries of a table, in the order in which they are written.
pub(super) fn entries<'v, 'i>(
    table: &'v DeTable<'i>,
) -> Vec<(&'v str, Range<usize>, &'v Value<'i>)> {
    let mut entries: Vec<_> =
        table.iter().map(|(key, value)| (&**key.get_ref(), key.span(), value)).collect();
    entries.sort_by_key(|(_, at, _)| at.start);
    entries
}
