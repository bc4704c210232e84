//! The labels and annotations of an alert: templates with what they read.

use std::borrow::Cow;

use diagnostics::Span;
use rules::{Pair, Rule, template::outline::Outline};

/// A label or an annotation of an alerting rule.
#[derive(Debug)]
pub struct Text<'w> {
    /// As written.
    pub pair: &'w Pair,
    /// Whether it is a label; otherwise it is an annotation.
    pub is_label: bool,
    /// What it reads.
    pub outline: Outline<'w>,
}

impl<'w> Text<'w> {
    /// Labels and annotations of an alerting rule; those of its group are not among them. A
    /// recording rule has none: its labels are literal.
    pub(crate) fn all(rule: &'w Rule) -> Vec<Self> {
        if rule.alerting().is_none() {
            return Vec::new();
        }
        let labels = rule.own_labels.iter().map(|pair| (pair, true));
        let all = labels.chain(rule.annotations.iter().map(|pair| (pair, false)));
        let text = |(pair, is_label)| Text { pair, is_label, outline: Outline::of(&pair.template) };
        all.map(text).collect()
    }

    /// ``label `team` `` or ``annotation `summary` ``.
    pub(crate) fn title(&self) -> String {
        let kind = if self.is_label { "label" } else { "annotation" };
        format!("{kind} `{}`", self.pair.name)
    }

    /// Where a part stands in the file.
    pub(crate) fn place(&self, part: Span) -> Span {
        self.pair.value.locate(part)
    }

    /// What stands outside of actions.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &'w str> {
        let text = &*self.pair.value.text;
        let whole = self.pair.template.is_literal().then_some(text);
        let parts = if whole.is_some() { &[] } else { self.outline.texts.as_slice() };
        whole.into_iter().chain(parts.iter().map(move |span| span.of(text)))
    }

    /// The text with a blank for each byte of its actions, so that places stay what they are.
    pub(crate) fn plain(&self) -> Cow<'w, str> {
        let text = &*self.pair.value.text;
        if self.pair.template.is_literal() {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        for span in &self.outline.texts {
            pad(&mut plain, span.start as usize);
            plain.push_str(span.of(text));
        }
        pad(&mut plain, text.len());
        Cow::Owned(plain)
    }
}

/// Fills a text up to a length.
fn pad(plain: &mut String, length: usize) {
    const BLANKS: &str = match str::from_utf8(&[BLANK as u8; 64]) {
        Ok(blanks) => blanks,
        Err(_) => panic!("blanks are ASCII"),
    };
    while plain.len() < length {
        plain.push_str(&BLANKS[..BLANKS.len().min(length - plain.len())]);
    }
}

/// What stands in the place of an action. It is in no text.
pub(crate) const BLANK: char = '\u{1a}';
