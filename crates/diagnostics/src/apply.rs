//! Fixes written into a text.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Edit, Fix, Span};

/// A text with fixes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The whole text afterwards.
    pub text: String,
    /// How many fixes are in it.
    pub n_applied: usize,
    /// Which are not, by their index: they touch what another one changes, or do not belong to
    /// the text. Looking at the new text again finds what is left to do.
    pub skipped: Vec<usize>,
}

/// Writes as many fixes as go together, those that begin first before others.
///
/// A fix is written whole or not at all. Edits that say the same are written once. What is
/// inserted at one place keeps the order of the fixes.
pub fn apply(text: &str, fixes: &[&Fix]) -> Applied {
    let mut order: Vec<usize> = (0..fixes.len()).collect();
    order.sort_by_key(|&i| fixes[i].edits.iter().map(|edit| edit.span.start).min());
    let mut accepted = Accepted::default();
    let mut skipped: Vec<usize> =
        order.into_iter().filter(|&i| !accepted.add(text, fixes[i])).collect();
    skipped.sort_unstable();
    Applied { text: accepted.write(text), n_applied: fixes.len() - skipped.len(), skipped }
}

/// Edits that do not touch each other.
#[derive(Default)]
struct Accepted<'a> {
    /// Start and end of what is replaced, and by what.
    replaced: BTreeMap<u32, (u32, &'a str)>,
    /// What is inserted at a place, in order.
    inserted: BTreeMap<u32, Vec<&'a str>>,
}

impl<'a> Accepted<'a> {
    /// Whether the fix could be taken in.
    fn add(&mut self, text: &str, fix: &'a Fix) -> bool {
        let edits: BTreeSet<&Edit> = fix.edits.iter().collect();
        let is_possible = edits.iter().all(|edit| fits(text, edit.span) && self.is_free(edit))
            && !edits.iter().any(|edit| edits.iter().any(|other| clash(edit, other)));
        if is_possible {
            // In the order of the fix, for what it inserts at one place.
            fix.edits.iter().for_each(|edit| self.take(edit));
        }
        is_possible
    }

    fn is_free(&self, edit: &Edit) -> bool {
        let Span { start, end } = edit.span;
        let last = self.replaced.range(..end.max(start + 1)).next_back();
        let is_covered = last.is_some_and(|(&s, &(e, by))| {
            let span = Span { start: s, end: e };
            (span, by) != (edit.span, &*edit.text) && overlap(span, edit.span)
        });
        let has_insertion = end > start + 1 && self.inserted.range(start + 1..end).next().is_some();
        !is_covered && !has_insertion
    }

    fn take(&mut self, edit: &'a Edit) {
        let Span { start, end } = edit.span;
        if start < end {
            self.replaced.insert(start, (end, &edit.text));
            return;
        }
        let here = self.inserted.entry(start).or_default();
        if !here.contains(&&*edit.text) {
            here.push(&edit.text);
        }
    }

    fn write(&self, text: &str) -> String {
        let insertions = self.inserted.iter().map(|(at, texts)| ((*at, *at), texts.concat()));
        let replacements =
            self.replaced.iter().map(|(start, (end, by))| ((*start, *end), (*by).to_owned()));
        let mut all: Vec<_> = insertions.chain(replacements).collect();
        // At one place an insertion stands before what is replaced there.
        all.sort_by_key(|(span, _)| *span);
        let mut written = String::with_capacity(text.len());
        let mut at = 0;
        for ((start, end), by) in all {
            written.push_str(&text[at..start as usize]);
            written.push_str(&by);
            at = end as usize;
        }
        written.push_str(&text[at..]);
        written
    }
}

/// Whether the span is one of the text, between its characters.
fn fits(text: &str, span: Span) -> bool {
    text.get(span.start as usize..span.end as usize).is_some()
}

/// Whether two edits of one fix cannot both be made.
fn clash(a: &Edit, b: &Edit) -> bool {
    a != b && overlap(a.span, b.span)
}

/// Whether both have a byte, or one has the other's place of insertion inside.
fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}
